//! Records for other systems: JSON lines, CSV, CEF, RFC 5424 syslog and FHIR AuditEvent.

use serde_json::{Value, json};
use std::fmt::Write as _;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One record a line, as it stands in the log.
    Jsonl,
    /// Comma-separated values with a header, RFC 4180.
    Csv,
    /// ArcSight Common Event Format.
    Cef,
    /// Syslog, RFC 5424, with structured data.
    Rfc5424,
    /// FHIR R4 AuditEvent resources, one a line, after the IHE de-identification audit profile.
    Fhir,
}

/// The fields of a CSV line, in this order.
const COLUMNS: [&str; 14] = [
    "seq",
    "ts",
    "type",
    "id",
    "node",
    "actor.sub",
    "actor.client",
    "route",
    "dest.id",
    "model",
    "decision",
    "reason",
    "policy",
    "status",
];

impl Format {
    /// A line before the first record.
    pub fn header(self) -> Option<String> {
        (self == Self::Csv).then(|| format!("{},counts", COLUMNS.join(",")))
    }

    /// One record as one line, without its end.
    pub fn line(self, record: &Value) -> String {
        match self {
            Self::Jsonl => record.to_string(),
            Self::Csv => csv(record),
            Self::Cef => cef(record),
            Self::Rfc5424 => rfc5424(record),
            Self::Fhir => fhir(record).to_string(),
        }
    }
}

/// A field as text; `a.b` looks into an object. What is absent is empty.
fn field(record: &Value, path: &str) -> String {
    match path.split('.').try_fold(record, |value, key| value.get(key)) {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Findings by Safe Harbor letter, and their sum.
fn counts(record: &Value) -> (Vec<(&str, u64)>, u64) {
    let counts: Vec<_> = record["counts"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(letter, count)| Some((letter.as_str(), count.as_u64()?)))
        .collect();
    let sum = counts.iter().map(|(_, count)| count).sum();
    (counts, sum)
}

fn csv(record: &Value) -> String {
    let letters: Vec<_> = counts(record).0.iter().map(|(letter, count)| format!("{letter}={count}")).collect();
    // No field can hold a comma, a quote or a line end: the log reduces them to names.
    COLUMNS.iter().map(|path| field(record, path)).chain([letters.join(" ")]).collect::<Vec<_>>().join(",")
}

fn cef(record: &Value) -> String {
    let severity = match record["decision"].as_str() {
        Some("deny") => 5,
        Some("error") => 7,
        _ => 3,
    };
    let kind = field(record, "type");
    let mut line = format!("CEF:0|Cordon|Cordon|{}|{kind}|{kind}|{severity}|", env!("CARGO_PKG_VERSION"));
    let (_, redactions) = counts(record);
    let values = [
        ("rt", field(record, "ts")),
        ("dvchost", field(record, "node")),
        ("externalId", field(record, "id")),
        ("suser", field(record, "actor.sub")),
        ("requestClientApplication", field(record, "actor.client")),
        ("request", field(record, "route")),
        ("dhost", field(record, "dest.host")),
        ("act", field(record, "decision")),
        ("reason", field(record, "reason")),
        ("cs1Label", "policy".into()),
        ("cs1", field(record, "policy")),
        ("cs3Label", "model".into()),
        ("cs3", field(record, "model")),
        ("cn1Label", "redactions".into()),
        ("cn1", redactions.to_string()),
        ("cn2Label", "residual".into()),
        ("cn2", field(record, "residual")),
        ("cn3Label", "logIndex".into()),
        ("cn3", field(record, "seq")),
        ("in", field(record, "bytes_in")),
        ("out", field(record, "bytes_out")),
    ];
    let present = values.iter().filter(|(_, value)| !value.is_empty());
    line.push_str(&present.map(|(key, value)| format!("{key}={}", cef_escape(value))).collect::<Vec<_>>().join(" "));
    line
}

fn cef_escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('=', "\\=")
}

fn rfc5424(record: &Value) -> String {
    // Facility 13 (log audit); severity 6 (informational), 4 (warning) for what was refused.
    let priority = 13 * 8 + if matches!(record["decision"].as_str(), Some("deny" | "error")) { 4 } else { 6 };
    let kind = field(record, "type");
    let mut line =
        format!("<{priority}>1 {} {} cordon - {kind} [cordon@32473", field(record, "ts"), field(record, "node"));
    let names = ["id", "seq", "actor.sub", "actor.client", "route", "dest.id", "model", "decision", "reason", "policy"];
    for path in names {
        let value = field(record, path);
        if !value.is_empty() {
            let name = path.rsplit('.').next().unwrap_or(path);
            write!(line, " {name}=\"{}\"", rfc5424_escape(&value)).expect("a string can be written");
        }
    }
    for (letter, count) in counts(record).0 {
        write!(line, " {letter}=\"{count}\"").expect("a string can be written");
    }
    line.push(']');
    line
}

fn rfc5424_escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace(']', "\\]")
}

/// The event as a FHIR R4 AuditEvent: an export by the gateway, on behalf of the caller, to the destination.
fn fhir(record: &Value) -> Value {
    const DCM: &str = "http://dicom.nema.org/resources/ontology/DCM";
    let agent = |code: &str, display: &str, who: String, requestor: bool| {
        json!({
            "type": { "coding": [{ "system": DCM, "code": code, "display": display }] },
            "who": { "identifier": { "value": who } },
            "requestor": requestor,
        })
    };
    let mut agents = vec![agent("110153", "Source Role ID", field(record, "node"), false)];
    let destination = field(record, "dest.id");
    if !destination.is_empty() {
        agents.push(agent("110152", "Destination Role ID", destination, false));
    }
    let caller = field(record, "actor.sub");
    if !caller.is_empty() {
        agents.push(agent("110150", "Application", caller, true));
    }
    let (letters, _) = counts(record);
    let mut detail: Vec<_> =
        letters.iter().map(|(letter, count)| json!({ "type": letter, "valueString": count.to_string() })).collect();
    detail.push(json!({ "type": "logIndex", "valueString": field(record, "seq") }));
    let outcome = match record["decision"].as_str() {
        Some("deny") => "4",
        Some("error") => "8",
        _ => "0",
    };
    json!({
        "resourceType": "AuditEvent",
        "id": field(record, "id").to_ascii_lowercase(),
        "type": { "system": DCM, "code": "110106", "display": "Export" },
        "subtype": [{
            "system": "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle",
            "code": "pseudonymize",
        }],
        "action": "R",
        "recorded": field(record, "ts"),
        "outcome": outcome,
        "outcomeDesc": field(record, "type"),
        "agent": agents,
        "source": { "observer": { "identifier": { "value": field(record, "node") } } },
        "entity": [{
            "what": { "identifier": { "value": field(record, "id") } },
            "name": field(record, "route"),
            "detail": detail,
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Value {
        json!({
            "actor": { "auth": "api-key", "client": "ehr", "sub": "ward-3" }, "counts": { "A": 2, "C": 1 },
            "decision": "allow_redacted", "dest": { "host": "api.example", "id": "openai" }, "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "mono_us": 5, "node": "node-a", "policy": "p_1", "route": "/v1/chat/completions", "seq": 4,
            "ts": "2026-01-02T03:04:05.000006Z", "type": "egress.intent", "v": 1,
        })
    }

    #[test]
    fn each_format_names_who_where_and_how_many() {
        assert_eq!(
            Format::Csv.line(&record()),
            "4,2026-01-02T03:04:05.000006Z,egress.intent,01ARZ3NDEKTSV4RRFFQ69G5FAV,node-a,ward-3,ehr,\
             /v1/chat/completions,openai,,allow_redacted,,p_1,,A=2 C=1"
        );
        let cef = Format::Cef.line(&record());
        assert!(
            cef.starts_with("CEF:0|Cordon|Cordon|") && cef.contains(" dhost=api.example ") && cef.contains(" cn1=3 "),
            "{cef}"
        );
        let syslog = Format::Rfc5424.line(&record());
        assert!(syslog.starts_with("<110>1 2026-01-02T03:04:05.000006Z node-a cordon - egress.intent ["), "{syslog}");
        assert!(syslog.ends_with(r#" A="2" C="1"]"#), "{syslog}");
        let fhir: Value = serde_json::from_str(&Format::Fhir.line(&record())).unwrap();
        assert_eq!(fhir["agent"].as_array().unwrap().len(), 3);
        assert_eq!(fhir["entity"][0]["detail"][0]["valueString"], "2");
    }
}
