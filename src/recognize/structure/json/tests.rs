use super::super::testing::{check, check_whole, narrative};

#[test]
fn keys_tell_what_values_hold() {
    check(
        r#"Use {"patientName": "Eva Nov\u00e1k", "mrn": 483920, "dob": "1971-02-03", "name": "Eva", "dose": 5, "note": "ok"} now"#,
        r#"Use {"patientName": "[NAME:Eva Nov\u00e1k]", "mrn": [MRN:483920], "dob": "[DATE:1971-02-03]", "name": "[NAME:Eva]", "dose": 5, "note": "ok"} now"#,
    );
    check(r#"{"name": "metformin", "type": "object"}"#, r#"{"name": "metformin", "type": "object"}"#);
}

#[test]
fn a_resource_is_read_by_the_shape_of_its_types() {
    check(
        r#"{"resourceType":"Patient","id":"p-77120","name":[{"use":"official","family":"Kovács","_family":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/humanname-own-name","valueString":"Nagy"}]},"given":["Eva","M"]}],"gender":"female","birthDate":"1934-05-12","telecom":[{"system":"email","value":"eva@example.org"}],"address":[{"line":["5 Elm Rd"],"city":"Dover","state":"DE","postalCode":"19901"}],"identifier":[{"system":"urn:oid:1.2.3","type":{"coding":[{"code":"MR"}]},"value":"7700123"},{"system":"http://hl7.org/fhir/sid/us-ssn","value":"900-12-3456"}]}"#,
        r#"{"resourceType":"Patient","id":"[OTHER_ID:p-77120]","name":[{"use":"official","family":"[NAME:Kovács]","_family":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/humanname-own-name","valueString":"[NAME:Nagy]"}]},"given":["[NAME:Eva]","[NAME:M]"]}],"gender":"female","birthDate":"[DATE:1934-05-12]","telecom":[{"system":"email","value":"[EMAIL:eva@example.org]"}],"address":[{"line":["[LOCATION:5 Elm Rd]"],"city":"[LOCATION:Dover]","state":"DE","postalCode":"[LOCATION:19901]"}],"identifier":[{"system":"urn:oid:1.2.3","type":{"coding":[{"code":"MR"}]},"value":"[MRN:7700123]"},{"system":"http://hl7.org/fhir/sid/us-ssn","value":"[SSN:900-12-3456]"}]}"#,
    );
}

#[test]
fn references_keep_their_form_and_codes_their_value() {
    check(
        r##"{"resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org","code":"2345-7","display":"Glucose"}]},"subject":{"reference":"Patient/p-77120","display":"Eva Kovács"},"performer":[{"reference":"https://ehr.example.org/fhir/Practitioner/d9"}],"valueQuantity":{"value":131.0,"unit":"mg/dL"},"effectiveDateTime":"2024-03-14T09:00:00Z"}"##,
        r##"{"resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org","code":"2345-7","display":"Glucose"}]},"subject":{"reference":"Patient/[OTHER_ID:p-77120]","display":"[NAME:Eva Kovács]"},"performer":[{"reference":"[URL:https://ehr.example.org/fhir]/Practitioner/[OTHER_ID:d9]"}],"valueQuantity":{"value":131.0,"unit":"mg/dL"},"effectiveDateTime":"[DATE:2024-03-14T09:00:00Z]"}"##,
    );
}

#[test]
fn narratives_are_read_across_tags() {
    let text = r#"{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><b>Eva</b> <i>N</i>ovak</div>"}}"#;
    check_whole(text);
    assert_eq!(narrative(text), ["\nEva Novak\n"]);
}

#[test]
fn unknown_extensions_fail_closed() {
    check(
        r#"{"resourceType":"Patient","extension":[{"url":"https://site.example/job","valueString":"Brook Mills"},{"url":"http://hl7.org/fhir/StructureDefinition/geolocation","extension":[{"url":"latitude","valueDecimal":44.01}]}]}"#,
        r#"{"resourceType":"Patient","extension":[{"url":"[URL:https://site.example]/job","valueString":"[OTHER_ID:Brook Mills]"},{"url":"http://hl7.org/fhir/StructureDefinition/geolocation","extension":[{"url":"latitude","valueDecimal":[LOCATION:44.01]}]}]}"#,
    );
}

#[test]
fn dicom_is_read_by_representation_and_tag() {
    check(
        r#"[{"00100010":{"vr":"PN","Value":[{"Alphabetic":"Novak^Eva"}]},"00100020":{"vr":"LO","Value":["7700123"]},"00101010":{"vr":"AS","Value":["092Y"]},"00080016":{"vr":"UI","Value":["1.2.840.10008.5.1"]},"0020000D":{"vr":"UI","Value":["1.2.826.1"]},"00091001":{"vr":"LO","Value":["Eva private"]},"7FE00010":{"vr":"OW","InlineBinary":"AAEC"}}]"#,
        r#"[{"00100010":{"vr":"PN","Value":[{"Alphabetic":"[NAME:Novak^Eva]"}]},"00100020":{"vr":"LO","Value":["[MRN:7700123]"]},"00101010":{"vr":"AS","Value":["[AGE_OVER_89:092]Y"]},"00080016":{"vr":"UI","Value":["1.2.840.10008.5.1"]},"0020000D":{"vr":"UI","Value":["[OTHER_ID:1.2.826.1]"]},"00091001":{"vr":"LO","Value":["[OTHER_ID:Eva private]"]},"7FE00010":{"vr":"OW","InlineBinary":"[OTHER_ID:AAEC]"}}]"#,
    );
}

#[test]
fn what_does_not_parse_is_still_read() {
    check(r#"{"mrn": "77001", "dob": "1971-02"#, r#"{"mrn": "[MRN:77001]", "dob": "[DATE:1971-02]"#);
    check(r#"{"a" Eva}"#, r#"{"a" Eva}"#);
    check_whole(&"{\"a\":[".repeat(300));
}

#[test]
fn documents_with_a_reader_of_their_own_are_known() {
    use super::super::reads_json;
    assert!(reads_json(r#"{"resourceType":"Patient"}"#) && reads_json(r#"{"00100010":{"vr":"PN","Value":["A^B"]}}"#));
    assert!(!reads_json(r#"{"mrn":"77001"}"#));
}
