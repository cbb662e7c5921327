//! X12 interchanges: claims, remittances, enrolments, eligibility.
//!
//! The separators come from the interchange header (X12.5): its fourth byte, the byte after its sixteenth separator,
//! and the one after that. A part pasted without the header is read with the usual ones.

mod table;

use super::Formats;
use super::content::Content;
use super::sketch::Sketch;
use super::value::{self, Value};
use crate::entity::{EntityType, Role};
use crate::text::Span;
use memchr::{memchr, memchr_iter, memmem};
pub(super) use table::Elements;

const RULE: &str = "x12";

/// Acts on the interchange in a part of the text.
pub(super) fn read(sketch: &mut Sketch, formats: &Formats, region: Span) {
    let text = &sketch.text()[..region.end];
    let bytes = text.as_bytes();
    let header = memmem::find_iter(&bytes[region.start..], b"ISA")
        .map(|at| region.start + at)
        .find_map(|at| Separators::at(bytes, at).map(|separators| (at, separators)));
    let Some((start, mut separators)) = header.or_else(|| Some((fragment(text, region.start)?, Separators::USUAL)))
    else {
        return;
    };
    if separators == Separators::USUAL && memchr(separators.segment, &bytes[start..]).is_none() {
        separators.segment = b'\n';
    }
    let mut at = start;
    let mut misses = 0;
    while at < text.len() {
        let end = memchr(separators.segment, &bytes[at..]).map_or(text.len(), |length| at + length);
        let first = at + text[at..end].len() - text[at..end].trim_start().len();
        let span = Span::new(first, first + text[first..end].trim_end().len());
        match memchr(separators.element, span.of(text).as_bytes()).map(|length| &text[first..first + length]) {
            Some(name) if is_name(name) => segment(sketch, &formats.x12, name, span, separators),
            _ if span.is_empty() => {}
            _ => misses += 1,
        }
        // What is no segment is prose; a second such piece says that the interchange is over.
        if misses > 1 {
            break;
        }
        at = end + 1;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Separators {
    element: u8,
    component: u8,
    repetition: u8,
    segment: u8,
}

impl Separators {
    const USUAL: Self = Self { element: b'*', component: b':', repetition: b'^', segment: b'~' };

    fn at(bytes: &[u8], start: usize) -> Option<Self> {
        if start > 0 && bytes[start - 1].is_ascii_alphanumeric() {
            return None;
        }
        let element = *bytes.get(start + 3).filter(|byte| byte.is_ascii_punctuation())?;
        let header = &bytes[start..bytes.len().min(start + 160)];
        let mut ends = memchr_iter(element, header);
        let repetition = ends.nth(10).and_then(|at| header.get(at + 1)).copied()?;
        let last = ends.nth(4)?;
        let (&component, &segment) = (header.get(last + 1)?, header.get(last + 2)?);
        let is_separator = |byte: u8| !byte.is_ascii_alphanumeric() && byte.is_ascii();
        let repetition = if is_separator(repetition) { repetition } else { b'^' };
        (is_separator(component) && is_separator(segment)).then_some(Self { element, component, repetition, segment })
    }
}

/// Where segments start that stand without a header.
fn fragment(text: &str, from: usize) -> Option<usize> {
    ["NM1*", "CLM*", "DMG*", "ST*8", "ST*2", "SBR*"]
        .iter()
        .filter_map(|mark| memmem::find(&text.as_bytes()[from..], mark.as_bytes()).map(|at| from + at))
        .filter(|&at| at == 0 || matches!(text.as_bytes()[at - 1], b'~' | b'\n' | b'\r' | b' ' | b'"' | b'`'))
        .min()
}

fn is_name(name: &str) -> bool {
    (2..=3).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn segment(sketch: &mut Sketch, table: &Elements, name: &str, span: Span, separators: Separators) {
    let text = sketch.text();
    sketch.keep(Span::new(span.start, span.start + name.len()));
    let elements: Vec<Span> =
        split(text, Span::new(span.start + name.len() + 1, span.end), separators.element).collect();
    let qualifier = |number: usize| elements.get(number - 1).map_or("", |span| span.of(text).trim());
    for (index, &element) in elements.iter().enumerate() {
        let content = match table.content(name, index + 1, qualifier) {
            // An organisation in the place of a person.
            Content::Name(role) if name == "NM1" && qualifier(2) == "2" => match role {
                Role::Provider => Content::Id(EntityType::Hospital, Role::Subject),
                Role::Subject => Content::Id(EntityType::Org, Role::Subject),
            },
            content => content,
        };
        if name == "ISA" && (index == 10 || index == 15) {
            sketch.keep(element);
            continue;
        }
        for repetition in split(text, element, separators.repetition) {
            let is_range = content == Content::Date && repetition.of(text).contains('-');
            let separator = if is_range { b'-' } else { separators.component };
            for component in split(text, repetition, separator) {
                let content = match content {
                    // Procedures and diagnoses carry the date they happened on behind their code.
                    Content::Code
                        if value::is_compact_date(component.of(text)) && matches!(name, "HI" | "SVD" | "SV1") =>
                    {
                        Content::Date
                    }
                    content => content,
                };
                sketch.value(Value::Plain(component), content, None, RULE);
            }
        }
    }
    if name == "NM1" && qualifier(2) != "2" {
        let (family, given) = (qualifier(3), qualifier(4));
        if let (false, false, Content::Name(role)) =
            (family.is_empty(), given.is_empty(), table.content(name, 3, qualifier))
        {
            sketch.seed(&format!("{given} {family}"), EntityType::Name, role);
        }
    }
}

fn split(text: &str, span: Span, separator: u8) -> impl Iterator<Item = Span> + '_ {
    let mut start = span.start;
    let ends = memchr_iter(separator, span.of(text).as_bytes()).map(move |at| span.start + at);
    ends.chain([span.end]).map(move |end| {
        let piece = Span::new(start.min(end), end);
        start = end + 1;
        piece
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_whole, marked, narrative};

    const HEADER: &str =
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *250102*1530*^*00501*000000905*0*P*:~";

    #[test]
    fn a_claim_is_read_by_qualifier() {
        check(
            &format!(
                "{HEADER}NM1*IL*1*NOVAK*EVA****MI*1EG4TE5MK73~N3*5 ELM RD~N4*DOVER*DE*19901~DMG*D8*19340512*F~REF*SY*900123456~NM1*85*2*NORTHSIDE*****XX*1234567893~CLM*7712*100***11:B:1~DTP*472*RD8*20240314-20240315~HI*ABK:E1165~SE*9*0001~"
            ),
            "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *[DATE:250102]*1530*^*00501*000000905*0*P*:~NM1*IL*1*[NAME:NOVAK]*[NAME:EVA]****MI*[HEALTH_PLAN_ID:1EG4TE5MK73]~N3*[LOCATION:5 ELM RD]~N4*[LOCATION:DOVER]*DE*[LOCATION:19901]~DMG*D8*[DATE:19340512]*F~REF*SY*[SSN:900123456]~NM1*85*2*[HOSPITAL:NORTHSIDE]*****XX*[LICENSE:1234567893]~CLM*[ACCOUNT:7712]*100***11:B:1~DTP*472*RD8*[DATE:20240314]-[DATE:20240315]~HI*ABK:E1165~SE*9*0001~",
        );
    }

    #[test]
    fn separators_are_those_of_the_header() {
        let header = HEADER.replace('*', "|").replace('~', "\n");
        let text = format!("{header}NM1|QC|1|NOVAK|EVA\nNTE|ADD|CALL SON PAT\nQQQ|unlisted\n");
        check_whole(&text);
        assert!(
            marked(&text)
                .ends_with("NM1|QC|1|[NAME:NOVAK]|[NAME:EVA]\nNTE|ADD|CALL SON PAT\nQQQ|[OTHER_ID:unlisted]\n")
        );
        assert!(narrative(&text).contains(&"CALL SON PAT".to_owned()));
    }

    #[test]
    fn a_part_without_a_header_is_read_too() {
        check(
            "see NM1*IL*1*NOVAK*EVA~REF*EA*77001~ thanks",
            "see NM1*IL*1*[NAME:NOVAK]*[NAME:EVA]~REF*EA*[MRN:77001]~ thanks",
        );
        check("NISAN and ISA|x are no interchange", "NISAN and ISA|x are no interchange");
    }
}
