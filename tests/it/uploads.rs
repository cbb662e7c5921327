//! Files of the formats that hospitals have, each with a patient in it: cleared by their own rules, or refused.

use crate::gateway::Gateway;
use crate::provider::{FakeProvider, Step, whole};

const NEEDLES: &[&str] = &["Kovacs", "KOVACS", "84620917", "536-22-8417", "536228417", "1971-03-04", "19710304"];

const CSV: &str = "name,mrn,dob,ssn\nMaria Kovacs,84620917,1971-03-04,536-22-8417\n\"Kovacs, Maria\",84620917,,\n";
const HL7: &str = "MSH|^~\\&|A|B|C|D|20240101||ADT^A01|1|P|2.5\rPID|1||84620917^^^H^MR||Kovacs^Maria||19710304|F|||||||||||536228417\r";
const FHIR: &str = r#"{"resourceType":"Patient","id":"84620917","identifier":[{"value":"84620917"}],"name":[{"family":"Kovacs","given":["Maria"]}],"birthDate":"1971-03-04","text":{"status":"generated","div":"<div>Maria Kovacs</div>"}}"#;
const FHIR_XML: &str = r#"<?xml version="1.0"?><Patient xmlns="http://hl7.org/fhir"><identifier><value value="84620917"/></identifier><name><family value="Kovacs"/><given value="Maria"/></name><birthDate value="1971-03-04"/></Patient>"#;
const CDA: &str = r#"<ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole><id extension="84620917" root="1.2"/><patient><name><given>Maria</given><family>Kovacs</family></name><birthTime value="19710304"/></patient></patientRole></recordTarget></ClinicalDocument>"#;
const MAIL: &str = "From: Maria Kovacs <maria.kovacs@example.com>\r\nSubject: =?utf-8?Q?MRN_84620917_of_Maria_Kov=61cs?=\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nPatient: Maria Kov=\r\nacs, SSN 536-22-8417\r\n";
const X12: &str = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *240101*1200*^*00501*1*0*P*:~GS*HC*A*B*20240101*1200*1*X*005010X222A1~ST*837*1~NM1*IL*1*KOVACS*MARIA****MI*84620917~DMG*D8*19710304*F~SE*1*1~";
const CARD: &str = "BEGIN:VCARD\nVERSION:3.0\nFN:Maria Kovacs\nN:Kovacs;Maria;;;\nNOTE:MRN 84620917\nEND:VCARD\n";
const LINES: &str = "{\"patient\":{\"name\":\"Maria Kovacs\",\"mrn\":84620917}}\n{\"prompt\":\"SSN 536-22-8417\"}\n";

const DOCUMENTS: &[(&str, &str)] = &[
    ("Kovacs.csv", CSV),
    ("84620917.hl7", HL7),
    ("p.json", FHIR),
    ("p.ndjson", LINES),
    ("p.jsonl", LINES),
    ("p.xml", FHIR_XML),
    ("c.xml", CDA),
    ("m.eml", MAIL),
    ("c.txt", X12),
    ("c.vcf", CARD),
];

fn form(file_name: &str, content: &[u8], purpose: bool) -> Vec<u8> {
    let purpose =
        if purpose { "--b\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nuser_data\r\n" } else { "" };
    let file = format!("--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\n\r\n");
    [purpose.as_bytes(), file.as_bytes(), content, b"\r\n--b--\r\n"].concat()
}

type Headers = &'static [(&'static str, &'static str)];

/// The places that take a file, with the headers of their clients, and whether they want to know what for.
const PLACES: &[(&str, Headers, bool)] = &[
    ("/openai/v1/files", &[], true),
    ("/azure/openai/files?api-version=2024-10-21", &[], true),
    ("/anthropic/v1/files", &[("anthropic-version", "2023-06-01"), ("anthropic-beta", "files-api-2025-04-14")], false),
];

async fn upload(gateway: &Gateway, place: usize, file_name: &str, content: &[u8]) -> (u16, String) {
    let (path, headers, purpose) = PLACES[place];
    let headers = [&[("content-type", "multipart/form-data; boundary=b")], headers].concat();
    let answer = gateway.send_bytes("POST", path, &headers, &form(file_name, content, purpose)).await;
    (answer.status, answer.body)
}

async fn provider() -> FakeProvider {
    FakeProvider::with(|_| vec![Step::Send(whole("application/json", r#"{"id":"file-1","object":"file"}"#))]).await
}

#[tokio::test]
async fn documents_are_cleared_by_their_formats() {
    let provider = provider().await;
    let gateway = Gateway::builder().every_api(&provider).destination("azure", "azure", &provider, "").start().await;
    for place in 0..PLACES.len() {
        for (file_name, content) in DOCUMENTS {
            let (status, body) = upload(&gateway, place, file_name, content.as_bytes()).await;
            assert_eq!(status, 200, "{file_name}: {body}");
            for needle in NEEDLES {
                assert!(!provider.saw(needle), "{file_name}: {needle} left");
            }
        }
    }
}

#[tokio::test]
async fn binaries_are_refused_whatever_they_are_called() {
    let provider = provider().await;
    let gateway = Gateway::builder().every_api(&provider).destination("azure", "azure", &provider, "").start().await;
    let utf16: Vec<u8> = CSV.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files: &[&[u8]] =
        &[b"\x89PNG\r\n\x1a\nKovacs", b"PK\x03\x04Kovacs", b"\xff\xd8\xffKovacs", b"\0\x01Kovacs\xff"];
    for place in 0..PLACES.len() {
        for content in files {
            for name in ["note.txt", "scan.png", "Kovacs"] {
                let (status, body) = upload(&gateway, place, name, content).await;
                assert_eq!(status, 422, "{name}: {body}");
            }
        }
        let (_, _) = upload(&gateway, place, "p.csv", &utf16).await;
    }
    assert!(NEEDLES.iter().all(|needle| !provider.saw(needle)));
}
