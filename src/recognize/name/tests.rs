use super::*;
use crate::recognize::View;
use std::sync::LazyLock;
use std::time::Duration;

static NAMES: LazyLock<Names> = LazyLock::new(|| Names::new(&Rules::embedded()).expect("the lists are sound"));

fn findings(text: &str, label: Option<&str>) -> Vec<Finding> {
    let view = View::identity(text);
    let passage = Passage { view: &view, label, kind: SegmentKind::Prose };
    let mut findings = Vec::new();
    NAMES.find(&passage, Instant::now() + Duration::from_secs(60), &mut findings).expect("in time");
    findings.sort_by_key(|finding| finding.span);
    findings
}

/// The text is written with its names in brackets.
#[track_caller]
fn check(marked: &str) {
    let text = marked.replace(['[', ']'], "");
    let mut found = text.clone();
    for finding in findings(&text, None).iter().rev() {
        found.insert(finding.span.end, ']');
        found.insert(finding.span.start, '[');
    }
    assert_eq!(found, marked);
}

#[test]
fn titles() {
    check("Seen by Dr. [Okafor] today.");
    check("Mr. [Will Young] and Mrs. [May] were told.");
    check("Dr. [Foley] placed a Foley catheter.");
    check("Ms. [Anna K.] is here.");
    check("Prof. [van der Berg] reviewed the films.");
}

#[test]
fn plain_names() {
    check("We saw [Maria Garcia] in clinic.");
    check("[Maria L. Garcia] is a 45-year-old woman.");
    check("A 60-year-old male, [Richard H.], recently admitted.");
    check("Discussed with [J. R. Okafor] today.");
    check("[William \"Bill\" Thornquist] came alone.");
    check("[Garcia, Maria L.] was admitted.");
    check("Spoke with [Jean-Luc O'Brien-McDonald].");
}

#[test]
fn announced_names() {
    check("Patient: [Maria Garcia]");
    check("Name: [john smith]");
    check("His wife [Rosa] called.");
    check("My name is [Rubija]");
    check("Dear [Ana],\nthank you.");
    check("Best regards,\n[Tom Okafor]");
    check("Attn: [Kim Lee], RN");
}

#[test]
fn small_letters() {
    check("hi , [martha] . how are you ?");
    check("so dr. [smith] said that [maria garcia] was doing well and will come back in may");
}

#[test]
fn words_that_are_no_names_here() {
    for text in [
        "The patient will return in May.",
        "History of Parkinson disease and Hodgkin lymphoma; a Foley catheter is in place.",
        "Apgar 8 and 9. Glasgow Coma Scale 15.",
        "CHIEF COMPLAINT\nChest Pain\n\nPast Medical History:\nDiabetes Mellitus, Hypertension",
        "Patient: denies pain.",
        "Start Lisinopril and Metformin. Grace period ended.",
        "She lives in New Mexico.",
        "Stevens-Johnson syndrome after Bactrim.",
    ] {
        check(text);
    }
}

#[test]
fn staff_have_their_role() {
    for text in ["Seen by Dr. Okafor.", "Maria Garcia, RN", "Nurse Kim called."] {
        assert_eq!(findings(text, None)[0].role, Role::Provider, "{text}");
    }
    assert_eq!(findings("His wife Rosa called.", None)[0].role, Role::Subject);
}

#[test]
fn other_scripts() {
    check("患者姓名：[李小龍] 性别：男");
    check("患者は[田中]さんです");
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_and_spans_are_on_characters(text in ".{0,80}|([A-Za-z]{1,9}|[.,:'-]| |Dr|de la|\n){0,40}") {
        for finding in findings(&text, None) {
            proptest::prop_assert!(!finding.span.of(&text).is_empty());
        }
    }
}

#[test]
fn keys_tell() {
    assert_eq!(findings("grace hunter", Some("patientName")).len(), 1);
    assert!(findings("lisinopril", Some("drug_name")).is_empty());
}

#[test]
fn initials() {
    for text in [
        "Pt. [M.K.] seen in follow-up.",
        "[J.S.], 67F, admitted overnight.",
        "Initials: [RTB]",
        "Mgnt of COPD in pt, Mr. [W.], who was admitted",
        "Moved from the U.S. is a plus; given I.V. fluids by P.O. box",
    ] {
        check(text);
    }
}

#[test]
fn words_that_are_names_where_something_says_so() {
    for text in [
        "Pt states her sister [Grace] will drive her home.",
        "Son [Will] at bedside; daughter [April] is HCP.",
        "[Will] is her husband and [Joy] is her daughter.",
        "Discussed with patient's wife ([Hope]) and son ([Mark]).",
        "Emergency contact: [Summer Rain Johnson] (daughter)",
        "emergency contact: [dawn fields], sister",
        "Ms. [Downs] has Down syndrome.",
        "her husband, [Earl], and their son [Rusty Waters]",
        "The [Hendersons] came in together.",
        "(goes by [Bill])",
        "Pt prefers to be called '[Sunny]' during visits.",
    ] {
        check(text);
    }
}

#[test]
fn family_name_first() {
    // In a column, whatever the lists say of the family name, and whether it has a hyphen.
    check("Seen today.\n[Zalan, Zsofia]\t03/14/1950\n[Lindqvist-Mora, Grace]\t03/14/1950");
    for text in [
        "[Young, Grace] DOB 1/2/60",
        "[YOUNG, GRACE A] 03/04/1950 F",
        "Re: [Kaur, Simran]",
        "Name: [Müller-Lüdenscheidt, Karl-Heinz]",
    ] {
        check(text);
    }
}

#[test]
fn particles_and_scripts() {
    for text in [
        "Referred by [Anne-Marie St. Clair], LCSW.",
        "Seen with interpreter [Abdul-Rahman al-Masri].",
        "Mr. [de la Cruz] and Mrs. [Mac Donald]",
        "Patient: [Nguyễn Thị Hoa]",
        "Пациент: [Иванов Сергей Петрович]",
        "Ασθενής: [Γιώργος Παπαδόπουλος]",
        "환자명: [김민수]",
    ] {
        check(text);
    }
}

#[test]
fn german_and_spanish() {
    check("Wir berichten über Ihre Patientin [Beate Albers], geb. am 4.4.1997, die sich bei uns in der Klinik befand.");
    check("Sehr geehrte Frau Kollegin [Weigel], wir danken für die Überweisung und die Bilder der Patientin.");
    check("Apellidos: [Gómez Arena].\nRemitido por el Servicio de Medicina Interna con los datos de la historia.");
}

#[test]
fn nicknames_inside_names() {
    for text in [
        "Patient: [William \"Bill\" Kovacs]. Answer in JSON.",
        "Patient: [William “Bill” Kovacs]. Answer in JSON.",
        "Patient: [William (Bill) Kovacs]. Answer in JSON.",
        "Patient: [Maria \"M\" Kovacs]. Answer in JSON.",
        "Patient: [William James \"Bill\" Kovacs] was seen.",
        "PATIENT: [WILLIAM \"BILL\" KOVACS]",
    ] {
        check(text);
    }
}

#[test]
fn relatives_with_names_that_are_short_forms() {
    for text in [
        "Her husband [Pat] called.",
        "Her husband \"[Pat]\" called.",
        "Her husband “[Pat]” is at the bedside.",
        "Lives with her significant other [Bea]. Sig. other, [Tom], works.",
        "Spoke with son, Pt agrees with the plan. Her husband patient and calm.",
    ] {
        check(text);
    }
}

#[test]
fn family_names_in_capitals() {
    for text in ["PATIENT: [VAN DER BERG, ANNEKE]", "Patient [DOE, JANE] was seen.", "her maiden name is [Key]"] {
        check(text);
    }
}

#[test]
fn letters() {
    for text in [
        "Follow up PRN. /[jdm]",
        "Dictated and reviewed.\n/[KLM]",
        "Follow up PRN.\n[KLM]/[jdq]",
        "last name [n-g-u-y-e-n], first name [Thuy]",
        "The name is spelled [K O V A C S].",
        "Heart rate 80 /min\nGiven 5 mg /hr\nFever. and/or\nCOPD/chf\nHepatitis A-B-C-D-E panel",
        "Seen on rounds. /wnl",
    ] {
        check(text);
    }
}

#[test]
fn initials_of_whoever_acted() {
    for text in [
        "Seen by [KTM] and [AJ], plan agreed.",
        "L breast core, gross by [kb], read by [TRW].",
        "Screened (initials [RDB]) at the second site.",
        "Signed: [jwb]/[MTK] after review",
        "report to nurse [tk] at 0340, dr [g] aware",
        "Continue current plan. -[KTM]",
        "Seen by PT and OT. Read by me, cleared by ENT, checked by hand.",
        "Hep B-AB pending. mr/dr notified, done by noon",
    ] {
        check(text);
    }
}

#[test]
fn messages_that_open_with_a_name() {
    for text in ["Hi its [Deb] from the infusion desk", "hey doc its [manny] my sugar was 310", "Its swelling is down."]
    {
        check(text);
    }
}

#[test]
fn children_without_a_name() {
    check("Infant Boy, 3200 g, Apgars 8 and 9");
    check("Baby Girl [Castellanos] is feeding well.");
}

#[test]
fn contractions_are_nobody() {
    check("user: don't mock the database. user: I'm a data scientist. name: they've none");
    check("user: [Sean O'Dea]. Patient: [D'Angelo Brown] isn't here.");
}

#[test]
fn names_beside_names() {
    check("Her daughters [Hope] and [Summer] visit; parents [Skye] and [River] agree.");
    check("Her brother [Art] and art class.");
    check("The hope and summer of the trial.");
}

#[test]
fn speakers() {
    check("[zekra]: who has 14?\nimran: me\n[zekra]: thanks\n");
    check("Plan: rest\nLabs: none\nPlan: discharge\n");
}

#[test]
fn callers_and_other_names() {
    check("Hi this is [Summer] calling for results. Yes it's [Anand] reading tonight.");
    check("He goes by \"[Dutch]\". She gave her name as \"[Ghost]\".");
    check("Will follow. Thanks, [Ros]");
    check("hi this is [marcus webb] i missed my appt");
    check("Mrs. [Pruitt], [P-R-U-I-T-T], called. Hepatitis A-B-C-D-E panel");
    check("critical K called by [mjt] at 0911, read back");
    check("NPO until CT. -[mk]");
    check("The lab is calling again.");
}

#[test]
fn whoever_lies_in_a_bed() {
    check("rm 9 [Nguyen-Baker] waiting, Bed 3 – [Gilchrist] – NSTEMI, Rm 4 clean, bed 5 Empty");
}
