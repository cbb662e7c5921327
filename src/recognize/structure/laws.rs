//! What holds of every format and every text.

use super::testing::{check_whole, formats};
use super::*;
use proptest::prelude::*;
use std::time::Instant;

/// Pieces of every format, to be put together in any order.
const PIECES: [&str; 46] = [
    "MSH|^~\\&|A|B",
    "\rPID|1||77^^^X^MR",
    "\nOBX|1|FT|1||a\\X4D\\b\\.br\\",
    "ZAB|x|",
    "ISA*00*",
    "~NM1*IL*1*NOVAK*EVA",
    "REF*SY*1",
    "{\"resourceType\":\"Patient\"",
    ",\"name\":[{\"family\":\"",
    "\\u00e9",
    "\"}]}",
    "{\"mrn\":\"7\"",
    "{'dob': '1971-02-03'",
    "<ClinicalDocument><id extension=\"",
    "<name><given>",
    "</given></name>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?x ",
    "?>",
    "&#x4D;",
    "<td>",
    "</td>",
    "Patient Name,MRN\n",
    "| Name | DOB |\n|---|---|\n",
    "a,b\n",
    "\"\"",
    "\n",
    "\r\n",
    "\t",
    "MRN: ",
    "user=",
    "'",
    "\"",
    "INSERT INTO t (mrn) VALUES (",
    ")",
    "From: a@b.c\n",
    "Subject: =?utf-8?B?QQ==?=\n",
    "=C3=A9=\n",
    "BEGIN:VCARD\nTEL:1\n",
    "(0010,0010) PN [A^B]",
    "Novak_Eva7.pdf",
    "é山😀",
    "1934-05-12",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_is_forgotten_and_none_panics(pieces in proptest::collection::vec(0..PIECES.len(), 0..14), tail in "\\PC{0,24}") {
        let text: String = pieces.iter().map(|&piece| PIECES[piece]).chain([&*tail]).collect();
        check_whole(&text);
    }

    #[test]
    fn any_text_is_read(text in "[\\PC\n\r\t\u{b}]{0,200}") {
        check_whole(&text);
    }

    #[test]
    fn json_parses_again(name in "[A-Za-z' é\\\\\"]{1,12}", id in "[0-9]{4,9}") {
        let value = serde_json::json!({
            "resourceType": "Patient", "id": id, "name": [{"family": name, "given": [name]}],
            "identifier": [{"value": id}], "note": [{"text": name}], "mrn": id,
        });
        let text = value.to_string();
        let out = replaced(&text);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok(), "{out}");
        prop_assert!(!out.contains(&id));
    }

    #[test]
    fn no_canary_survives_in_a_field_that_identifies(canary in "[B-DF-HJ-NP-TV-Z]{6}[0-9]{3}") {
        for template in CANARIES {
            let text = template.replace('%', &canary);
            prop_assert!(!replaced(&text).contains(&canary), "{}", replaced(&text));
        }
    }
}

/// Fields of every format that identify, with the place of the canary.
const CANARIES: [&str; 15] = [
    "MSH|^~\\&|A|B\rPID|1|%|%^^^X^MR~%|%|%^%^%||||%^%||%^^%||%|%||||%|%|%|%",
    "PID|1\rNK1|1|%^%|SPO|%|%\rZZZ|1|%|%",
    "{\"resourceType\":\"Patient\",\"id\":\"%\",\"identifier\":[{\"value\":\"%\"}],\"name\":[{\"text\":\"%\",\"family\":\"%\",\"given\":[\"%\"]}],\"address\":[{\"line\":[\"%\"],\"city\":\"%\",\"postalCode\":\"%\"}]}",
    "{\"resourceType\":\"Observation\",\"subject\":{\"reference\":\"Patient/%\",\"display\":\"%\"},\"extension\":[{\"url\":\"x\",\"valueString\":\"%\"}]}",
    "<ClinicalDocument><id extension=\"%\"/><patientRole><id extension=\"%\"/><addr><city>%</city></addr><telecom value=\"tel:%\"/><patient><name><given>%</given><family>%</family></name></patient></patientRole><v:x y=\"%\">%</v:x><!-- % --></ClinicalDocument>",
    "NM1*IL*1*%*%*%***MI*%~N3*%~N4*%*DE*%~REF*EA*%~CLM*%*1~QQQ*%~",
    "Patient Name,MRN,Phone,City\n%,%,%,%\n",
    "| Patient Name | MRN |\n|---|---|\n| % | % |",
    "{\"patientName\": \"%\", \"mrn\": \"%\", \"city\": \"%\", \"accountNumber\": \"%\"}",
    "{\"00100010\":{\"vr\":\"PN\",\"Value\":[{\"Alphabetic\":\"%^%\"}]},\"00100020\":{\"vr\":\"LO\",\"Value\":[\"%\"]},\"00091001\":{\"vr\":\"LO\",\"Value\":[\"%\"]}}",
    "(0010,0010) PN [%^%] # x\n(0010,0020) LO [%]",
    "From: \"%\" <%@example.org>\r\nMessage-ID: <%>\r\nReceived: from %\r\n\r\nx",
    "BEGIN:VCARD\nFN:%\nN:%;%\nTEL:%\nUID:%\nEND:VCARD",
    "INSERT INTO p (last_name, mrn) VALUES ('%', '%')",
    "<order><lastName>%</lastName><mrn>%</mrn></order>",
];

/// The text with every finding replaced, as a surrogate would.
fn replaced(text: &str) -> String {
    let mut findings = read(text, formats()).unwrap_or_default().findings;
    findings.sort_by_key(|finding| (finding.span.start, std::cmp::Reverse(finding.span.end)));
    let (mut out, mut at) = (String::new(), 0);
    for finding in findings {
        if finding.span.start >= at {
            out += &text[at..finding.span.start];
            out += "[ID_1]";
        }
        at = at.max(finding.span.end);
    }
    out + text.get(at..).unwrap_or_default()
}

/// Texts that would take long if anything were looked at again and again. The bound is what a slow machine reaches
/// without optimisation; a quadratic reader misses it by orders of magnitude.
#[test]
fn every_text_takes_linear_time() {
    let worst = [
        "{\"a\":",
        "[{",
        "<a ",
        "<a b=\"",
        "MSH|^~\\&|",
        "PID|",
        "a,",
        "a:",
        "a=",
        "\"",
        "&",
        "\\X",
        "=?",
        "(",
        "{\"",
        "values(",
        "a.pdf",
        "|a|\n",
        "ISA*",
        "a;b\n",
        "mrn\tname\n",
        "x  y\n",
        "<!--",
        "name: ",
        "From: a\n",
        "BEGIN:V\n",
        "\\X41\\",
    ];
    for piece in worst {
        let text = piece.repeat(65_536 / piece.len());
        let start = Instant::now();
        _ = read(&text, formats());
        let taken = start.elapsed();
        assert!(taken.as_secs_f64() < 4.0, "{piece:?} took {taken:?}");
    }
}
