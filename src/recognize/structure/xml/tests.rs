use super::super::testing::{check, check_whole, marked, narrative};

#[test]
fn a_patient_is_found_by_element() {
    check(
        r#"<ClinicalDocument xmlns="urn:hl7-org:v3"><templateId root="2.16.840.1.113883.10.20.22.1.2"/><id root="9B2D7F0A-3C1E-4F6B"/><recordTarget><patientRole><id root="2.16.840.1.113883.4.1" extension="900-12-3456"/><addr><streetAddressLine>5 Elm Rd</streetAddressLine><city>Dover</city><state>DE</state></addr><telecom value="tel:+1-302-555-0144"/><patient><name><given>Eva</given><family>O&apos;Dea</family></name><birthTime value="19340512"/></patient></patientRole></recordTarget></ClinicalDocument>"#,
        r#"<ClinicalDocument xmlns="urn:hl7-org:v3"><templateId root="2.16.840.1.113883.10.20.22.1.2"/><id root="[OTHER_ID:9B2D7F0A-3C1E-4F6B]"/><recordTarget><patientRole><id root="2.16.840.1.113883.4.1" extension="[SSN:900-12-3456]"/><addr><streetAddressLine>[LOCATION:5 Elm Rd]</streetAddressLine><city>[LOCATION:Dover]</city><state>DE</state></addr><telecom value="tel:[PHONE:+1-302-555-0144]"/><patient><name><given>[NAME:Eva]</given><family>[NAME:O&apos;Dea]</family></name><birthTime value="[DATE:19340512]"/></patient></patientRole></recordTarget></ClinicalDocument>"#,
    );
}

#[test]
fn sections_are_read_across_tags_and_entries_by_element() {
    let text = r##"<structuredBody><section><code code="30954-2"/><text><td><content>E</content><content>va</content> Novak</td></text><entry><observation><text><reference value="#r1"/></text><effectiveTime><low value="20240314"/></effectiveTime><value xsi:type="PQ" value="131" unit="mg/dL"/></observation></entry></section></structuredBody>"##;
    check_whole(text);
    assert_eq!(
        narrative(text).iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect::<Vec<_>>(),
        ["Eva Novak"]
    );
    assert!(marked(text).contains("<low value=\"[DATE:20240314]\"/>"));
}

#[test]
fn comments_instructions_and_other_namespaces_fail_closed() {
    check(
        r#"<?xml version="1.0"?><?xml-stylesheet href="x?pat=77"?><!-- for Eva --><ClinicalDocument><acme:flag note="Eva N">Eva Novak</acme:flag></ClinicalDocument>"#,
        r#"<?xml version="1.0"?><?xml-stylesheet [OTHER_ID:href="x?pat=77]"?><!-- [OTHER_ID:for Eva] --><ClinicalDocument><acme:flag note="[OTHER_ID:Eva N]">[OTHER_ID:Eva Novak]</acme:flag></ClinicalDocument>"#,
    );
}

#[test]
fn a_document_type_declaration_makes_it_prose() {
    let text = r#"<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><ClinicalDocument><id extension="77001"/></ClinicalDocument>"#;
    let layout = super::super::read(text, super::super::testing::formats()).unwrap_or_default();
    assert!(layout.kept.is_empty());
    assert!(layout.narrative.iter().any(|(view, _)| view.text() == text));
}

#[test]
fn other_vocabularies_are_read_by_their_names() {
    check(
        "<order><patient><lastName>Novak</lastName><dob>1971-02-03</dob><note>ok</note></patient><drug name=\"x\">Lantus</drug></order>",
        "<order><patient><lastName>[NAME:Novak]</lastName><dob>[DATE:1971-02-03]</dob><note>ok</note></patient><drug name=\"x\">Lantus</drug></order>",
    );
    check(
        "<table><tr><th>Patient</th><th>MRN</th><th>K</th></tr><tr><td>Eva <b>N.</b></td><td>77001</td><td>4.1</td></tr></table>",
        "<table><tr><th>Patient</th><th>MRN</th><th>K</th></tr><tr><td>[NAME:Eva] <b>[NAME:N.]</b></td><td>[MRN:77001]</td><td>4.1</td></tr></table>",
    );
    check(r#"<input name="mrn" value="77001">x</input>"#, r#"<input name="mrn" value="[MRN:77001]">x</input>"#);
}

#[test]
fn dicom_in_xml() {
    check(
        r#"<NativeDicomModel><DicomAttribute tag="00100010" vr="PN" keyword="PatientName"><PersonName number="1"><Alphabetic><FamilyName>O'Dea</FamilyName></Alphabetic></PersonName></DicomAttribute></NativeDicomModel>"#,
        r#"<NativeDicomModel><DicomAttribute tag="00100010" vr="PN" keyword="PatientName"><PersonName number="1"><Alphabetic><FamilyName>[NAME:O'Dea]</FamilyName></Alphabetic></PersonName></DicomAttribute></NativeDicomModel>"#,
    );
}

#[test]
fn angle_brackets_in_prose_are_no_markup() {
    for text in ["BP <120 and >80", "Eva <eva@example.org>", "a <b and c> d", "<PATIENT> said"] {
        assert_eq!(marked(text), text);
    }
}
