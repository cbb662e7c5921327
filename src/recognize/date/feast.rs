//! Feasts and holidays by their names: `Christmas Eve`, `St. Patrick's Day`, `día de Reyes`, `Karfreitag`.

use super::numeric::Found;
use super::spoken::year_after;
use crate::entity::Strength::Weak;
use crate::recognize::word::Words;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Names that mean a day in any case, a word with an s also as a possessive (`Mother's Day`, `mothers day`).
const FEASTS: &str = "\
christmas;xmas;christmastime;christmastide;yuletide;boxing day;thanksgiving;friendsgiving;halloween;\
all hallows eve;all saints day;all souls day;hanukkah;hannukah;chanukah;chanukkah;diwali;deepavali;ramadan;\
ramadhan;ramzan;passover;pesach;juneteenth;kwanzaa;pentecost;whitsun;whit sunday;whit monday;purim;sukkot;sukkos;\
shavuot;shavuos;simchat torah;tisha bav;tisha b av;lag baomer;lag b omer;tu bishvat;yom kippur;rosh hashanah;\
rosh hashana;yom hashoah;yom haatzmaut;vesak;buddha purnima;nowruz;norouz;navroz;eid al fitr;eid al adha;\
eid ul fitr;eid ul adha;eid el fitr;laylat al qadr;ashura;mawlid;milad un nabi;new years eve;new year eve;\
new years day;new year day;good friday;palm sunday;ash wednesday;maundy thursday;holy thursday;holy saturday;\
easter;shrove tuesday;pancake day;fat tuesday;mardi gras;twelfth night;three kings day;st patricks day;\
saint patricks day;st paddys day;st pattys day;paddys day;patricks day;valentines day;mothers day;fathers day;\
grandparents day;mlk day;martin luther king day;martin luther king jr day;presidents day;memorial day;labor day;\
labour day;independence day;veterans day;armistice day;remembrance day;remembrance sunday;mothering sunday;\
columbus day;indigenous peoples day;cinco de mayo;groundhog day;april fools day;april fools;earth day;arbor day;\
flag day;patriots day;election day;inauguration day;tax day;super bowl sunday;black friday;cyber monday;\
giving tuesday;bank holiday;guy fawkes night;guy fawkes day;guy fawkes;bonfire night;burns night;leap day;\
st georges day;st andrews day;st davids day;st johns day;st nicholas day;st lucys day;st stephens day;\
st josephs day;st jean baptiste;michaelmas;candlemas;martinmas;lammas;hogmanay;samhain;beltane;imbolc;\
midsummers day;midsummer day;midsummer eve;midsummers eve;midsummer;summer solstice;winter solstice;\
spring equinox;anzac day;australia day;waitangi day;matariki;canada day;victoria day;civic holiday;bastille day;\
kings day;queens birthday;kings birthday;gandhi jayanti;raksha bandhan;ganesh chaturthi;durga puja;navratri;\
navaratri;dussehra;dasara;onam;pongal;makar sankranti;vaisakhi;baisakhi;janmashtami;karva chauth;lohri;songkran;\
loy krathong;lunar new year;chinese new year;mid autumn festival;moon festival;dragon boat festival;qingming;\
tomb sweeping day;setsubun;shogatsu;chuseok;seollal;tet festival;tet holiday;losar;day of the dead;\
día de los muertos;dia de los muertos;día de muertos;dia de muertos;día de reyes;dia de reyes;día de los reyes;\
dia de los reyes;noche de reyes;víspera de reyes;después de reyes;en reyes;hasta reyes;tras reyes;por reyes;\
reyes magos;las posadas;semana santa;domingo de ramos;domingo de resurrección;jueves santo;viernes santo;\
lunes de pascua;pascua;pascuas;nochebuena;nochevieja;noche buena;noche vieja;navidad;navidades;año nuevo;\
fin de año;día de la madre;dia de la madre;día del padre;dia del padre;noche de san juan;todos los santos;\
día de la hispanidad;corpus christi;noël;réveillon;jour de l an;nouvel an;toussaint;lundi de pâques;\
dimanche de pâques;pâques;lundi de pentecôte;pentecôte;jeudi de l ascension;pont de l ascension;assomption;\
épiphanie;chandeleur;vendredi saint;fête nationale;fête des mères;fête des pères;fête du travail;saint sylvestre;\
saint valentin;saint nicolas;saint jean baptiste;weihnachten;weihnachtstag;weihnachtsfeiertag;heiligabend;\
heiliger abend;heilig abend;silvester;neujahr;ostern;ostersonntag;ostermontag;karfreitag;gründonnerstag;pfingsten;\
pfingstmontag;pfingstsonntag;christi himmelfahrt;mariä himmelfahrt;maria himmelfahrt;fronleichnam;allerheiligen;\
allerseelen;tag der deutschen einheit;tag der arbeit;rosenmontag;aschermittwoch;faschingsdienstag;nikolaustag;\
dreikönigstag;heilige drei könige;muttertag;vatertag;reformationstag;erntedank;oktoberfest;véspera de natal;\
dia de natal;noite de natal;ano novo;passagem de ano;páscoa;sexta feira santa;dia de todos os santos;dia das mães;\
dia dos pais;festa junina;vigilia di natale;pasqua;pasquetta;capodanno;ferragosto;epifania;ognissanti;\
santo stefano;venerdì santo;festa della mamma;kerstmis;kerst;kerstavond;kerstdag;pasen;goede vrijdag;pinksteren;\
hemelvaart;hemelvaartsdag;koningsdag;sinterklaas;sint maarten;oud en nieuw;oudjaarsavond;nieuwjaarsdag;moederdag;\
vaderdag;julafton;juldagen;juldag;midsommar;midsommarafton;påsk;påsken;påske;julaften;nyttårsaften;nyårsafton;\
syttende mai;juhannus;joulu;pääsiäinen;wigilia;wigilię;wigilii;wielkanoc;wielkanocy;boże narodzenie;\
bożego narodzenia;boże ciało;wszystkich świętych;trzech króli;orthodox easter;orthodox christmas;heritage day;\
white sunday;labour weekend;labor weekend;labour day weekend;labor day weekend;memorial weekend;easter weekend;\
thanksgiving weekend;dashain;tihar;chhath;shivratri;maha shivaratri;guru purnima;gurpurab;guru nanak jayanti;\
ram navami;hanuman jayanti;akshaya tritiya;ugadi;gudi padwa;bihu;timkat;meskel;genna;enkutatash;arbaeen;muharram;\
lailat al miraj;shab e barat;hari raya;aidilfitri;aidiladha;gawai;kaamatan;galungan;nyepi;waisak;lebaran;\
thaipusam;hungry ghost festival;qixi;double ninth festival;winter solstice festival;gantan;oshogatsu;culture day;\
marine day;freedom day;day of reconciliation;human rights day;womens day;youth day;jamhuri day;madaraka day;\
mashujaa day;democracy day;emancipation day;carnival monday;jouvert;discovery day;simon bolivar day;\
orthodox good friday;st patricks weekend;august bank holiday;spring bank holiday;may day;mayday;midwinter day;\
truth and reconciliation day;family literacy day;st brigids day;reek sunday;all ireland sunday;melbourne cup day;\
show day;kamehameha day;prince kuhio day;statehood day;pioneer day;pi day;fourth of july;july fourth";

/// Names that are words or surnames too: they want capitals.
const CAPITAL: &str = "\
new years;epiphany;holi;eid;rakhi;tet;obon;valentines;super bowl;family day;republic day;national day;golden week;\
holy week;spring festival;ascension day;ascension thursday;assumption day;feast of the assumption;three kings;\
rosh chodesh;lent;advent sunday;poya;fiestas patrias;natale;carnaval;carnevale;fasching";

/// What makes a feast's name something else: Christmas disease is haemophilia B, Christmas factor is factor IX.
const ELSE: &[&str] = &[
    "disease", "factor", "tree", "island", "seals", "card", "cards", "carol", "rose", "lily", "cactus", "egg", "eggs",
];

/// The names by their first words, possessives also without their s, and whether they want a capital.
static BY_START: LazyLock<HashMap<&str, Vec<(&str, bool)>>> = LazyLock::new(|| {
    let names = FEASTS.split(';').map(|name| (name, false)).chain(CAPITAL.split(';').map(|name| (name, true)));
    let mut starts: HashMap<_, Vec<_>> = HashMap::new();
    for (name, capital) in names {
        let first = name.split(' ').next().unwrap_or(name);
        let stem = first.strip_suffix('s').filter(|stem| stem.len() > 2);
        for start in [Some(first), stem].into_iter().flatten() {
            starts.entry(start).or_default().push((name, capital));
        }
    }
    starts
});

/// The words that a name may start with.
pub fn starts() -> impl Iterator<Item = &'static str> {
    BY_START.keys().copied()
}

/// Feasts, with `Day` and `Eve` and a year after them.
pub fn at_holiday(words: &Words<'_>, at: usize) -> Found {
    let mut last = BY_START
        .get(words.str(at).to_lowercase().as_str())?
        .iter()
        .filter(|&&(_, capital)| !capital || words.capital(at) && !is_acronym(words, at))
        .filter_map(|(name, _)| matches(words, at, name))
        .max()?;
    if words.is_any(last + 1, ELSE) {
        return None;
    }
    while words.is_any(last + 1, &["eve", "day", "weekend", "morning", "night", "sunday", "monday", "week"]) {
        last += 1;
    }
    let last = year_after(words, last).filter(|&year| words.digits(year) == 4).unwrap_or(last);
    Some((last, Weak))
}

/// `TET` and `EID` are short for something else.
fn is_acronym(words: &Words<'_>, at: usize) -> bool {
    words.str(at).len() <= 4 && words.str(at).bytes().all(|byte| byte.is_ascii_uppercase())
}

/// The last piece of a name that starts at a piece.
fn matches(words: &Words<'_>, at: usize, name: &str) -> Option<usize> {
    let (mut next, mut last) = (at, at);
    for word in name.split(' ') {
        last = if same(words, next, word) {
            next
        } else {
            // `Patrick's` for `patricks`.
            let stem = word.strip_suffix('s').filter(|stem| stem.len() > 2)?;
            let possessive = same(words, next, stem) && words.str(next + 1) == "'";
            match possessive {
                true if words.is(next + 2, "s") => next + 2,
                _ => return None,
            }
        };
        next = last + 1;
        // `St. Patrick's`, `Veterans' Day`, `Eid-al-Fitr`, `l'an`.
        if words.is_any(next, &["'", ".", "-"]) && words.glued(last) {
            next += 1;
        }
    }
    Some(last)
}

fn same(words: &Words<'_>, at: usize, word: &str) -> bool {
    words.is(at, word) || !word.is_ascii() && words.str(at).to_lowercase() == word
}

#[cfg(test)]
mod tests {
    use crate::recognize::date::tests::check;

    #[test]
    fn feasts_of_many_peoples_in_any_case() {
        check("since ⟦Christmas⟧ and ⟦New Year's Eve⟧, after ⟦Labor Day⟧ and ⟦Thanksgiving 2019⟧, on ⟦Mother's Day⟧");
        check(
            "FELL ON ⟦ST. PATRICK'S DAY⟧; back ⟦good friday⟧, then ⟦veterans day⟧ wk; ⟦mothers day⟧, ⟦VETERANS' DAY⟧",
        );
        check(
            "no insulin over ⟦Tet⟧, ⟦Eid al-Fitr⟧, ⟦Rosh Hashanah⟧ or ⟦Lunar New Year⟧; home for ⟦Matariki⟧ and ⟦Diwali⟧",
        );
        check("ingresó el ⟦día de Reyes⟧, visto en ⟦Semana Santa⟧; depuis la ⟦Toussaint⟧ et le ⟦lundi de Pâques⟧");
        check("seit ⟦Heiligabend⟧, bis ⟦Ostern⟧, nach ⟦Pfingsten⟧; z ⟦Wigilii⟧; met ⟦Kerst⟧ thuis");
    }

    #[test]
    fn words_that_a_feast_is_named_with_stay() {
        check(
            "Christmas disease and a new year of life; tet spell; all good; TET; holy cow; an epiphany; new years of pain",
        );
        check("on a black day, memorial service, labor pains, whit, boxing, flag lot, tax");
    }
}
