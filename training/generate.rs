//! Text with known names and places, made from templates and the word lists. The same seed makes the same text.

use cordon::rules::Rules;
use std::collections::{HashMap, HashSet};

/// One document: its text, and where it has what.
pub struct Example {
    pub text: String,
    /// Start, end and entity, by its place in `cordon::recognize::tagger::ENTITIES`.
    pub spans: Vec<(usize, usize, usize)>,
    /// Names that the lists are not asked about, so that the tagger learns to do without them.
    pub hidden: Vec<(usize, usize)>,
}

/// A small generator of random numbers (SplitMix64), the same on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// The templates, and the words of their slots.
const TEXTS: [&str; 13] = [
    include_str!("templates/first.txt"),
    include_str!("templates/hospital.txt"),
    include_str!("templates/around.txt"),
    include_str!("templates/hard.txt"),
    include_str!("templates/places.txt"),
    include_str!("templates/documents.txt"),
    include_str!("templates/lists.txt"),
    include_str!("templates/organisations.txt"),
    include_str!("templates/terms.txt"),
    include_str!("templates/nothing.txt"),
    include_str!("templates/notes.txt"),
    include_str!("templates/messages.txt"),
    include_str!("words.txt"),
];

pub struct Generator {
    templates: HashMap<String, Vec<String>>,
    /// Words of the slots.
    vocabularies: HashMap<String, Vec<String>>,
    /// Words of each list, by frequency.
    lists: HashMap<&'static str, Vec<Vec<String>>>,
    /// Terms in which a name stands.
    terms: Vec<String>,
    /// Given names and surnames that are ordinary words.
    words_that_are_names: HashMap<&'static str, Vec<String>>,
}

const NAME: usize = 0;
const LOCATION: usize = 1;
const HOSPITAL: usize = 2;
const ORG: usize = 3;

impl Generator {
    pub fn new(rules: &Rules) -> Self {
        let mut by_genre: HashMap<String, Vec<String>> = HashMap::new();
        let mut genre = String::new();
        let mut vocabularies: HashMap<String, Vec<String>> = HashMap::new();
        let lines = TEXTS.iter().flat_map(|text| text.lines());
        for line in lines.filter(|line| !line.starts_with('#') && !line.is_empty()) {
            if let Some(name) = genre.strip_prefix("words:").filter(|_| !line.starts_with('[')) {
                let joint = if line.contains('|') { '|' } else { ' ' };
                let words = line.split(joint).map(str::to_owned);
                vocabularies.entry(name.to_owned()).or_default().extend(words);
                continue;
            }
            match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                Some(name) if !name.contains(' ') => genre = name.to_owned(),
                _ => by_genre.entry(genre.clone()).or_default().push(line.replace("\\n", "\n")),
            }
        }
        let mut lists = HashMap::new();
        for name in ["given", "surname", "common", "city", "clinical", "drug", "nickname"] {
            let bytes = rules.file(&format!("dictionaries/{name}.txt")).expect("the list is there");
            let mut buckets = vec![Vec::new(); 10];
            for line in std::str::from_utf8(bytes).expect("UTF-8").lines().filter(|line| !line.starts_with('#')) {
                let (word, grade) = line.split_once('\t').unwrap_or((line, "5"));
                if word.chars().all(|c| c.is_ascii_alphabetic() || c == ' ' || c == '-') && word.len() > 2 {
                    buckets[grade.parse::<usize>().unwrap_or(5)].push(word.to_owned());
                }
            }
            buckets.retain(|bucket| !bucket.is_empty());
            lists.insert(name, buckets);
        }
        // The buckets of the three most frequent grades, and of all names but the rarest.
        let words: HashSet<&String> = lists["common"][4..].iter().flatten().collect();
        let words_that_are_names = ["given", "surname"]
            .map(|list| {
                let names = lists[list][1..].iter().flatten();
                (list, names.filter(|name| words.contains(name)).cloned().collect())
            })
            .into();
        let bytes = rules.file("dictionaries/eponym-term.txt").expect("the list is there");
        let terms = std::str::from_utf8(bytes).expect("UTF-8").lines().filter(|line| !line.starts_with(['#', '[']));
        Self {
            templates: by_genre,
            vocabularies,
            lists,
            terms: terms.map(str::to_owned).collect(),
            words_that_are_names,
        }
    }

    pub fn example(&self, random: &mut Random) -> Example {
        let mut example = Example { text: String::new(), spans: Vec::new(), hidden: Vec::new() };
        let genre = *random.pick(&[
            "note", "note", "note", "message", "message", "prompt", "dialogue", "none", "terse", "terse", "terse",
            "german", "german", "spanish",
        ]);
        let person = Person::new(self, random);
        for at in 0..1 + random.below(8) {
            if at > 0 {
                example.text.push_str(match (genre, random.below(10)) {
                    ("dialogue", _) => "\n",
                    (_, 0..5) => "\n",
                    (_, 5..6) => "\n\n",
                    _ => " ",
                });
            }
            let genre = match genre {
                "dialogue" => genre,
                _ if random.chance(50) => genre,
                "terse" => *random.pick(&["none", "tersenone"]),
                "german" => "germannone",
                "spanish" => "spanishnone",
                _ => "none",
            };
            let template = random.pick(&self.templates[genre]);
            self.fill(template, &person, random, &mut example);
        }
        let case = random.below(100);
        if matches!(genre, "german" | "spanish") {
            if case < 3 {
                example.text.make_ascii_uppercase();
            }
        } else if genre == "dialogue" || case < 12 || genre == "terse" && case < 35 {
            example.text.make_ascii_lowercase();
        } else if case < 18 {
            example.text.make_ascii_uppercase();
        }
        example
    }

    fn fill(&self, template: &str, person: &Person, random: &mut Random, example: &mut Example) {
        let mut rest = template;
        let begin = example.text.len();
        while let Some(open) = rest.find('{') {
            example.text.push_str(&rest[..open]);
            rest = &rest[open + 1..];
            let close = rest.find('}').filter(|&close| rest[..close].chars().all(|c| c.is_ascii_alphabetic()));
            let Some(close) = close else {
                example.text.push('{');
                continue;
            };
            let slot = &rest[..close];
            rest = &rest[close + 1..];
            let start = example.text.len();
            let (text, entity) = self.slot(slot, person, random);
            example.text.push_str(&text);
            if let Some(entity) = entity {
                example.spans.push((start, example.text.len(), entity));
                if random.chance(35) {
                    example.hidden.push((start, example.text.len()));
                }
            }
        }
        example.text.push_str(rest);
        // Who writes everything else in small letters writes names so too.
        if is_small(template) && random.chance(70) {
            let small = example.text.split_off(begin).to_ascii_lowercase();
            example.text.push_str(&small);
        }
    }

    fn slot(&self, slot: &str, person: &Person, random: &mut Random) -> (String, Option<usize>) {
        // Mostly the person that the document is about.
        let other;
        let person = if random.chance(40) {
            person
        } else {
            other = Person::new(self, random);
            &other
        };
        let name = |text: String| (text, Some(NAME));
        let initial = |name: &str| name.chars().next().unwrap_or('X');
        match slot {
            "full" => name(match random.below(10) {
                0 => format!("{} {}. {}", person.first, person.middle, person.last),
                1 => format!("{} {} {}", person.first, person.middle, person.last),
                2 => format!("{}. {}", initial(&person.first), person.last),
                3 => format!("{} {}-{}", person.first, person.last, capital(&self.word("surname", random))),
                _ => format!("{} {}", person.first, person.last),
            }),
            "first" => name(if random.chance(4) {
                format!("{}-{}", person.first, capital(&self.word("given", random)))
            } else {
                person.first.clone()
            }),
            "last" => name(person.last.clone()),
            "reversed" => name(match random.below(4) {
                0 => format!("{}, {} {}", person.last, person.first, person.middle),
                1 => format!("{}, {}", person.last.to_uppercase(), person.first.to_uppercase()),
                _ => format!("{}, {}", person.last, person.first),
            }),
            "upperreversed" => name(format!("{}, {}", person.last.to_uppercase(), person.first.to_uppercase())),
            "short" => name(if random.chance(60) {
                format!("{} {}", person.first, initial(&person.last))
            } else {
                format!("{}. {}", initial(&person.first), person.last)
            }),
            "initials" => name(format!("{}.{}", initial(&person.first), initial(&person.last))),
            "city" => (title(&self.word("city", random)), Some(LOCATION)),
            "street" => (self.street(random), Some(LOCATION)),
            "hospital" => (self.organised("hospitals", &["city", "city", "surname", "common"], random), Some(HOSPITAL)),
            "org" => (self.organised("orgs", &["surname", "city", "common"], random), Some(ORG)),
            "wordfirst" => name(title(&self.both("given", random))),
            "wordlast" => name(title(&self.both("surname", random))),
            "stafflast" => name(person.last.clone()),
            "abbrname" => name(signed(random)),
            "nick" => name(capital(&self.word("nickname", random))),
            "hood" => (self.neighbourhood(random), Some(LOCATION)),
            "county" => (title(&self.word(*random.pick(&["surname", "city"]), random)), Some(LOCATION)),
            "road" => (self.road(random), Some(LOCATION)),
            "hospbare" => (self.bare_hospital(random), Some(HOSPITAL)),
            "school" => (self.organised("schools", &["surname", "city", "common", "given"], random), Some(ORG)),
            "shop" => (self.organised("shops", &["surname", "given", "common", "city"], random), Some(ORG)),
            "agency" => (self.organised("agencies", &["city", "surname"], random), Some(ORG)),
            "upperfull" => name(format!("{} {}", person.first, person.last).to_uppercase()),
            "upperfirst" => name(person.first.to_uppercase()),
            "upperlast" => name(person.last.to_uppercase()),
            "village" => (self.village(random), Some(LOCATION)),
            // Numbers of rooms are for the grammar: learnt here, every number would look like one.
            "room" => (room(random), None),
            "intersection" => (self.intersection(random), Some(LOCATION)),
            "practice" => {
                (self.organised("practices", &["surname", "surname", "common", "city"], random), Some(HOSPITAL))
            }
            _ if slot.starts_with("de") || slot.starts_with("es") => self.foreign(slot, random),
            _ => (self.plain(slot, random), None),
        }
    }

    /// Slots of German and Spanish.
    fn foreign(&self, slot: &str, random: &mut Random) -> (String, Option<usize>) {
        let own = |list: &str, random: &mut Random| random.pick(&self.vocabularies[list]).clone();
        // One in five comes from elsewhere.
        let given = |list: &str, random: &mut Random| {
            if random.chance(20) { capital(&self.word("given", random)) } else { own(list, random) }
        };
        let last = |list: &str, random: &mut Random| match random.below(20) {
            0..3 => capital(&self.word("surname", random)),
            3 => capital(&invented(random)),
            4 => format!("{}-{}", own(list, random), own(list, random)),
            _ => own(list, random),
        };
        let name = |text: String| (text, Some(NAME));
        match slot {
            "defirst" => name(given("degiven", random)),
            "delast" => name(last("delast", random)),
            "deupper" => name(last("delast", random).to_uppercase()),
            "defull" => name(format!("{} {}", given("degiven", random), last("delast", random))),
            "esfirst" => name(given("esgiven", random)),
            "eslast" => name(last("eslast", random)),
            "esfull" => name(match random.below(3) {
                0 => format!("{} {}", given("esgiven", random), last("eslast", random)),
                1 => format!(
                    "{} {} {} {}",
                    given("esgiven", random),
                    own("esgiven", random),
                    last("eslast", random),
                    last("eslast", random)
                ),
                _ => format!("{} {} {}", given("esgiven", random), last("eslast", random), last("eslast", random)),
            }),
            "decity" | "escity" => (
                match random.below(6) {
                    0 => title(&self.word("city", random)),
                    _ => own(slot, random),
                },
                Some(LOCATION),
            ),
            "destreet" => {
                let number = 1 + random.below(150);
                let street = match random.below(4) {
                    0 => format!("{}straße", own("delast", random)),
                    1 => format!("{}er Str.", own("decity", random)),
                    2 => format!("{}-{}-Straße", own("degiven", random), own("delast", random)),
                    _ => format!(
                        "{}{}",
                        own("destem", random),
                        random.pick(&["weg", "gasse", "platz", "allee", "ring", "straße"])
                    ),
                };
                (format!("{street} {number}"), Some(LOCATION))
            }
            "esstreet" => {
                let kind =
                    random.pick(&["Calle", "C/", "Avda.", "Av.", "Avenida", "Plaza", "Paseo", "Ronda", "Camino"]);
                let street = match random.below(3) {
                    0 => format!("{kind} {} {}", own("esgiven", random), own("eslast", random)),
                    1 => format!("{kind} de {}", own("escity", random)),
                    _ => format!("{kind} {}", own("eslast", random)),
                };
                let end = match random.below(5) {
                    0 => ", s/n".to_owned(),
                    1 => format!(" {}, {}º {}", 1 + random.below(90), 1 + random.below(9), random.pick(&["A", "B"])),
                    _ => format!(", {}", 1 + random.below(200)),
                };
                (format!("{street}{end}"), Some(LOCATION))
            }
            "dehospital" => {
                let city = own("decity", random);
                let hospital = match random.below(9) {
                    0 => format!("Klinikum {city}"),
                    1 => format!("Universitätsklinikum {city}"),
                    2 => format!("Krankenhaus {city}"),
                    3 => format!("St. {}-Krankenhaus", own("degiven", random)),
                    4 => format!("Landeskrankenhaus {city}"),
                    5 => format!("Uniklinik {city}"),
                    6 => format!("Klinik am {}", own("delast", random)),
                    7 => format!("{}-Klinik {city}", own("delast", random)),
                    _ => format!("Seniorenheim {}", own("delast", random)),
                };
                (hospital, Some(HOSPITAL))
            }
            "eshospital" => {
                let city = own("escity", random);
                let hospital = match random.below(6) {
                    0 => format!("Hospital Universitario de {city}"),
                    1 => format!("Hospital General de {city}"),
                    2 => format!("Hospital {} {}", own("esgiven", random), own("eslast", random)),
                    3 => format!("Clínica {}", own("eslast", random)),
                    4 => format!("Centro de Salud {}", own("eslast", random)),
                    _ => format!("Complejo Hospitalario de {city}"),
                };
                (hospital, Some(HOSPITAL))
            }
            "deorg" => {
                let name = own("delast", random);
                let kind = random.pick(&["GmbH", "AG", "& Söhne", "Logistik", "Maschinenbau", "Bäckerei", "Werke"]);
                (format!("{name} {kind}"), Some(ORG))
            }
            "esorg" => {
                let name = own("eslast", random);
                let kind = random.pick(&["Fundación", "Instituto", "Talleres", "Colegio", "Transportes", "Panadería"]);
                (format!("{kind} {name}"), Some(ORG))
            }
            "denoun" => (
                match random.below(5) {
                    0..2 => own("desolo", random),
                    _ => format!("{}{}", own("destem", random), own("dehead", random)),
                },
                None,
            ),
            "detitel" => ((*random.pick(&["Herr", "Frau", "Fr.", "Hr."])).to_owned(), None),
            "depat" => (
                (*random.pick(&["den Patienten", "die Patientin", "Ihren Patienten", "Ihre Patientin"])).to_owned(),
                None,
            ),
            "dedate" => {
                (format!("{}.{}.{}", 1 + random.below(28), 1 + random.below(12), 1930 + random.below(96)), None)
            }
            _ => (own(slot, random), None),
        }
    }

    fn village(&self, random: &mut Random) -> String {
        let name = match random.below(4) {
            0 => capital(&invented(random)),
            1 => title(&self.word("city", random)),
            _ => title(&self.word("surname", random)),
        };
        let small = capital(&self.word("common", random));
        match random.below(12) {
            0 => format!("{} {name}", random.pick(&["Lower", "Upper", "Little", "Great", "North", "Old", "Nether"])),
            1 => format!("{name}{}", random.pick(&["ton", "ville", "ham", "by", "ford", "burg", "wick", "thorpe"])),
            2 => format!("{name} {}", random.pick(&["Creek", "Falls", "Springs", "Heights", "Park", "Grove", "Bay"])),
            3 => format!("{small} {}", random.pick(&["Creek", "Falls", "Springs", "Hollow", "Green", "End"])),
            4 => format!("{name}-on-{}", random.pick(&["Sea", "Trent", "Thames", "Wye"])),
            _ => name,
        }
    }

    fn intersection(&self, random: &mut Random) -> String {
        let joint = random.pick(&["&", "and", "/"]);
        let number = 1 + random.below(120);
        let ordinal = match (number % 10, number % 100) {
            (_, 11..=13) => "th",
            (1, _) => "st",
            (2, _) => "nd",
            (3, _) => "rd",
            _ => "th",
        };
        format!("{number}{ordinal} {joint} {}", title(&self.word("surname", random)))
    }

    fn neighbourhood(&self, random: &mut Random) -> String {
        let name = title(&self.word(*random.pick(&["surname", "city", "common"]), random));
        match random.below(10) {
            0 => format!("{name} Park"),
            1 => format!("{name} Heights"),
            2 => format!("{} {name}", random.pick(&["East", "West", "North", "South", "Upper", "Lower", "Old"])),
            3 => format!("{name} Hill"),
            4 => format!("{name} Village"),
            5 => format!("{name} Terrace"),
            6 => format!("{name}side"),
            _ => name,
        }
    }

    fn road(&self, random: &mut Random) -> String {
        let name = title(&self.word(*random.pick(&["surname", "city", "common", "given"]), random));
        let kind = random.pick(&[
            "Street",
            "St",
            "Avenue",
            "Ave",
            "Road",
            "Rd",
            "Lane",
            "Ln",
            "Drive",
            "Dr",
            "Blvd",
            "Way",
            "Close",
            "Row",
            "Terrace",
            "Pike",
            "Turnpike",
            "Parkway",
            "Hill Road",
            "Crescent",
            "Court",
        ]);
        format!("{name} {kind}")
    }

    /// An organisation after one of the patterns of a list: `*` stands for a name, `@` for that of a saint.
    fn organised(&self, patterns: &str, names: &[&str], random: &mut Random) -> String {
        let name = match random.below(10) {
            0 => capital(&invented(random)),
            1 => self.village(random),
            2 => format!("{} {}", capital(&self.word("common", random)), random.pick(&self.vocabularies["estate"])),
            3 if random.chance(30) => format!("{} {}", self.direction(random), title(&self.word("city", random))),
            _ => title(&self.word(*random.pick(names), random)),
        };
        let saint = capital(&self.word("given", random));
        let second = title(&self.word("surname", random));
        random.pick(&self.vocabularies[patterns]).replace('*', &name).replace('@', &saint).replace('%', &second)
    }

    fn direction(&self, random: &mut Random) -> &'static str {
        *random.pick(&["North", "South", "East", "West", "Upper", "Lower", "Central", "Greater", "Mid"])
    }

    /// A hospital as its staff call it.
    fn bare_hospital(&self, random: &mut Random) -> String {
        let saint = capital(&self.word("given", random));
        let name = title(&self.word(*random.pick(&["city", "surname", "surname", "common"]), random));
        match random.below(12) {
            0 => format!("St. {saint}'s"),
            1 => format!("St {saint}"),
            2 => format!("{name} General"),
            3 => format!("{name} Memorial"),
            4 => format!("{name} Regional"),
            5 => format!("{name} Community"),
            6 => {
                (*random.pick(&["Mercy", "Baptist", "Methodist", "Sinai", "Good Samaritan", "Sacred Heart", "Trinity"]))
                    .to_owned()
            }
            7 => (0..3).map(|_| (b'A' + random.below(26) as u8) as char).chain("H".chars()).collect(),
            _ => name,
        }
    }

    fn street(&self, random: &mut Random) -> String {
        let name = title(&self.word(*random.pick(&["surname", "city", "common", "given"]), random));
        let kind = random.pick(&[
            "Street", "St", "Avenue", "Ave", "Road", "Rd", "Lane", "Drive", "Court", "Blvd", "Way", "Place", "Square",
            "Terrace", "Trail", "Circle", "Parkway", "Hill", "Crescent",
        ]);
        let number = 1 + random.below(9999);
        let small = 1 + random.below(200);
        let unit = match random.below(5) {
            0 => format!(" Apt. {}", 1 + random.below(999)),
            1 => format!(", Unit {}", 1 + random.below(99)),
            _ => String::new(),
        };
        match random.below(12) {
            0 => format!("{name} {small}"),
            1 => format!(
                "{name}{} {small}",
                random.pick(&["straat", "weg", "gatan", "vej", "katu", "gasse", "vegen", "strasse"])
            ),
            2 => format!(
                "{} {name} {small}",
                random.pick(&["Rua", "Via", "Calle", "ul.", "Avenida", "Via dei", "Plaza"])
            ),
            3 => format!(
                "{small} {} {name}",
                random.pick(&["rue", "Rue de", "Avenue de", "Boulevard de", "rue des", "Chemin de"])
            ),
            4 => format!("the corner of {name} {kind} and {}", title(&self.word("surname", random))),
            5 => format!("{number} {name} {kind}{unit}"),
            _ => format!("{number} {name} {kind}"),
        }
    }

    fn plain(&self, slot: &str, random: &mut Random) -> String {
        match slot {
            "age" => (1 + random.below(95)).to_string(),
            "num" => (1 + random.below(200)).to_string(),
            "zip" => format!("{:05}", random.below(99999)),
            "phone" => format!("({}) 555-{:04}", 200 + random.below(700), random.below(9999)),
            "date" => date(random),
            "time" => format!("{:02}:{:02}", random.below(24), random.below(60)),
            // What every note says, and one time in three what few do.
            "drug" if random.chance(35) => self.word("drug", random),
            "dx" | "term" if random.chance(35) => self.clinical(random),
            "Drug" | "Eponymterm" | "Dx" | "Term" | "Organism" => capital(&self.plain(&slot.to_lowercase(), random)),
            "eponymterm" if random.chance(60) => random.pick(&self.terms).clone(),
            "abbr" if random.chance(40) => abbreviation(random),
            "brand" => brand(random),
            "Brand" => capital(&brand(random)),
            "word" => self.word("common", random),
            "Word" => capital(&self.word("common", random)),
            "WORD" => self.word("common", random).to_uppercase(),
            _ => random.pick(&self.vocabularies[slot]).clone(),
        }
    }

    fn clinical(&self, random: &mut Random) -> String {
        let word = self.word("clinical", random);
        if random.chance(40) { format!("{} {word}", self.word("clinical", random)) } else { word }
    }

    /// A name of a list that is an ordinary word too.
    fn both(&self, list: &str, random: &mut Random) -> String {
        random.pick(&self.words_that_are_names[list]).clone()
    }

    /// A word of a list. Every frequency is as likely as the next, so that rare words are seen too.
    fn word(&self, list: &str, random: &mut Random) -> String {
        let buckets = &self.lists[list];
        let (one, two) = (random.below(buckets.len()), random.below(buckets.len()));
        // The more frequent of two, half of the time.
        let bucket = &buckets[if random.chance(50) { one.max(two) } else { one }];
        random.pick(bucket).clone()
    }
}

/// Whether a template is written without capitals, as far as it is no slot.
fn is_small(template: &str) -> bool {
    let (mut slot, mut small) = (false, 0);
    for c in template.chars() {
        match c {
            '{' => slot = true,
            '}' => slot = false,
            _ if slot => {}
            _ if c.is_uppercase() => return false,
            _ => small += usize::from(c.is_lowercase()),
        }
    }
    small >= 12
}

/// A bed or a room as a ward writes it.
fn room(random: &mut Random) -> String {
    let number = 1 + random.below(40);
    let letter = (b'A' + random.below(4) as u8) as char;
    match random.below(9) {
        0 => format!("{}{}", 100 + random.below(900), letter.to_ascii_lowercase()),
        1 => format!("{} {}", 1 + random.below(9), random.pick(&["West", "North", "South", "East"])),
        2 => format!("{}{}", 1 + random.below(9), random.pick(&["W", "N", "E", "S"])),
        3 => format!("bed {number}{letter}"),
        4 => format!("Bay {number}"),
        5 => format!("Rm {}", 100 + random.below(900)),
        6 => format!("ICU {number}"),
        7 => format!("{}-{letter}", 100 + random.below(900)),
        _ => format!("{}", 100 + random.below(900)),
    }
}

struct Person {
    first: String,
    middle: char,
    last: String,
}

impl Person {
    fn new(lists: &Generator, random: &mut Random) -> Self {
        let first = match random.below(20) {
            0..2 => invented(random),
            2 => lists.both("given", random),
            _ => lists.word("given", random),
        };
        let last = match random.below(20) {
            0..2 => invented(random),
            2 => lists.word("common", random),
            3 => lists.both("surname", random),
            _ => lists.word("surname", random),
        };
        let last = match random.below(60) {
            0 => format!("O'{}", capital(&last)),
            1 => format!("de la {}", capital(&last)),
            2 => format!("van {}", capital(&last)),
            3 => format!("Mc{}", capital(&last)),
            _ => title(&last),
        };
        Self { first: title(&first), middle: (b'A' + random.below(26) as u8) as char, last }
    }
}

/// A name that no list has.
fn invented(random: &mut Random) -> String {
    let mut name = String::new();
    for _ in 0..2 + random.below(2) {
        name.push_str(
            *random.pick(&[
                "b", "k", "m", "n", "r", "s", "t", "v", "z", "d", "l", "j", "sh", "kr", "st", "g", "h", "br", "",
            ]),
        );
        name.push_str(*random.pick(&["a", "e", "i", "o", "u", "ai", "ei", "oo", "ia", "y"]));
    }
    name.push_str(*random.pick(&["", "n", "r", "s", "k", "va", "ski", "ez", "sen", "ian", "ov", "ic", "lu", "mi"]));
    name
}

/// The initials with which staff signs.
fn signed(random: &mut Random) -> String {
    let upper = random.chance(50);
    (0..2 + random.below(2)).map(|_| (if upper { b'A' } else { b'a' } + random.below(26) as u8) as char).collect()
}

/// Capitals that mean nothing.
fn abbreviation(random: &mut Random) -> String {
    (0..2 + random.below(3)).map(|_| (b'A' + random.below(26) as u8) as char).collect()
}

/// A day as notes write it.
fn date(random: &mut Random) -> String {
    let (month, day, year) = (1 + random.below(12), 1 + random.below(28), 1930 + random.below(96));
    match random.below(8) {
        0 => format!("{month}/{day}"),
        1 => format!("{month:02}/{day:02}/{:02}", year % 100),
        2 => format!("{year}-{month:02}-{day:02}"),
        3 => format!("{day:02}.{month:02}.{year}"),
        4 => format!("{} {day}", MONTHS[month - 1]),
        5 => format!("{day} {} {year}", MONTHS[month - 1]),
        _ => format!("{month}/{day}/{year}"),
    }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "March", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec"];

/// A product that no list has.
fn brand(random: &mut Random) -> String {
    let mut name = invented(random);
    name.push_str(
        *random.pick(&["", "x", "ta", "ra", "dex", "zol", "vir", "max", "cor", "lin", "pro", "ex", "ril", "on"]),
    );
    name
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn title(words: &str) -> String {
    words.split(' ').map(capital).collect::<Vec<_>>().join(" ")
}
