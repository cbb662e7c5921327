use super::super::testing::{check, check_whole, marked, narrative};

#[test]
fn a_patient_is_found_by_field_and_repetition() {
    check(
        "MSH|^~\\&|LAB|NORTHSIDE|||20250102||ADT^A08|88121|P|2.5\rPID|1||7700123^^^NS^MR~900-12-3456^^^USSSA^SS||KOVACS^MARIA^T^^MRS||19340512|F|||5 ELM RD^APT 2^DOVER^DE^19901^USA||^PRN^PH^^1^302^5550144",
        "MSH|^~\\&|LAB|[HOSPITAL:NORTHSIDE]|||[DATE:20250102]||ADT^A08|[OTHER_ID:88121]|P|2.5\rPID|1||[MRN:7700123]^^^NS^MR~[SSN:900-12-3456]^^^USSSA^SS||[NAME:KOVACS]^[NAME:MARIA]^[NAME:T]^^MRS||[DATE:19340512]|F|||[LOCATION:5 ELM RD]^[LOCATION:APT 2]^[LOCATION:DOVER]^DE^[LOCATION:19901]^USA||^PRN^PH^^1^[PHONE:302]^[PHONE:5550144]",
    );
}

#[test]
fn delimiters_are_those_of_the_message() {
    check(
        "MSH$%*!@$LAB$$$$20250102$$ADT%A08$1$P$2.3\nPID$1$$55-1%%%X%MR$$NOVAK%EVA",
        "MSH$%*!@$LAB$$$$[DATE:20250102]$$ADT%A08$[OTHER_ID:1]$P$2.3\nPID$1$$[MRN:55-1]%%%X%MR$$[NAME:NOVAK]%[NAME:EVA]",
    );
}

#[test]
fn text_is_decoded_and_reports_are_joined() {
    let text = "MSH|^~\\&|A\nOBX|1|FT|11502-2||Call 555\\X2D\\0177\\.br\\for O\\T\\M|\nOBX|2|TX|11502-2||KOV~ACS\nOBX|3|NM|2345-7||131|mg/dL";
    check_whole(text);
    assert_eq!(narrative(text), ["A", "Call 555-0177\nfor O&M\nKOV\nACS\n"]);
    assert_eq!(marked(text), text);
}

#[test]
fn site_defined_segments_fail_closed() {
    check(
        "PID|1\nZPX|1|900-12-3456|Brook Mills Ltd|https://p.example.org/1\nQQQ|unlisted",
        "PID|1\nZPX|1|[OTHER_ID:900-12-3456]|[OTHER_ID:Brook Mills Ltd]|[URL:https://p.example.org/1]\nQQQ|unlisted",
    );
    check("MSH|^~\\&|\nQQQ|unlisted", "MSH|^~\\&|\nQQQ|[OTHER_ID:unlisted]");
}

#[test]
fn messages_stand_in_prose_in_quotes_and_on_one_line() {
    check("Parse this: MSH|^~\\&|A\nPID|1||77\nthanks", "Parse this: MSH|^~\\&|A\nPID|1||[MRN:77]\nthanks");
    check("x = \"MSH|^~\\\\&|A\\rPID|1||77^^^B&C\"", "x = \"MSH|^~\\\\&|A\\rPID|1||[MRN:77]^^^B&C\"");
    check("\u{b}MSH|^~\\&|A PID|1||77\u{1c}", "\u{b}MSH|^~\\&|A PID|1||[MRN:77]\u{1c}");
    check("> PID|1||77", "> PID|1||[MRN:77]");
}

#[test]
fn pipes_alone_are_no_message() {
    assert_eq!(narrative("a|b|c\nERR|x|y"), Vec::<String>::new());
    assert_eq!(narrative("| PID | name |\n|---|---|"), Vec::<String>::new());
}

#[test]
fn a_number_ends_before_the_words_that_follow_the_message() {
    check(
        "MSH|^~\\&|EPIC||||20260101||ADT^A01|7|P|2.5\rPID|1||||||||||||(415)555-0132 please @ once",
        "MSH|^~\\&|EPIC||||[DATE:20260101]||ADT^A01|[OTHER_ID:7]|P|2.5\rPID|1||||||||||||[PHONE:(415)555-0132] please @ once",
    );
}
