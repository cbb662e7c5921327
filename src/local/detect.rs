//! The local model as a recognizer: a second pair of eyes that can only add.
//!
//! The model reads the text in chunks and names what identifies a person. Its output is constrained to strings that
//! stand in the chunk, so that it can neither invent one nor follow what a note tells it to do; each is then covered
//! wherever it stands. A server on premise takes no such constraint, but a schema: what it invents is dropped and
//! counted. What the model cannot do in its time refuses the request, unless the configuration says in as
//! many words that the rules alone will do.

mod chunk;
mod entry;

use crate::entity::{EntityType, Finding, Role, Strength};
use crate::local::Models;
use crate::local::prompt::{Finish, Message, Piece, Prompt, Sampling, Shape, Speaker};
use crate::recognize::{Fault, Passage, Recognizer, SegmentKind};
use crate::refusal::{Reason, Refusal};
use crate::text::Span;
use chunk::{chunks, halves};
use entry::{INSTRUCTION, List, STRUCTURED_INSTRUCTION, grammar, schema};
use prometheus_client::metrics::counter::Counter;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// What the configuration says under `[local.detection]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Such as `local/medgemma`.
    pub model: String,
    pub when: When,
    /// At most this long for one passage.
    pub time: Duration,
    /// What happens when the model gives no answer.
    pub absent: Absent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Always,
    /// When the rules left something open: a capitalised word or a long number that nothing covers or knows.
    Uncertain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    Refuse,
    /// The findings of the rules are taken as enough.
    RulesOnly,
}

pub struct ModelRecognizer {
    settings: Settings,
    models: Arc<Models>,
    /// Where the model's answer is waited for; the recognizer itself runs on a thread that may block.
    runtime: Handle,
    counts: Counts,
}

/// What came of asking, since the start. Clones count together.
#[derive(Clone, Default)]
pub struct Counts {
    /// Strings that the model named and that stand in the text.
    pub found: Counter,
    /// Strings that it named and that do not.
    pub invented: Counter,
    /// Passages for which it gave no whole answer.
    pub absent: Counter,
}

/// What the model says of one chunk.
struct Listing {
    entries: Vec<(EntityType, String)>,
    /// Whether the list ended by itself, rather than because it may not be longer.
    whole: bool,
}

impl ModelRecognizer {
    pub fn new(settings: Settings, models: Arc<Models>, runtime: Handle) -> Self {
        Self { settings, models, runtime, counts: Counts::default() }
    }

    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    fn ask(&self, text: &str, deadline: Instant, findings: &mut Vec<Finding>) -> Result<(), Refusal> {
        let mut left = chunks(text);
        left.reverse();
        while let Some(chunk) = left.pop() {
            // A line break would end an entry; a space in its place keeps every offset.
            let flat = text[chunk.clone()].replace(['\n', '\r', '\t'], " ");
            let listing = self.runtime.block_on(async {
                match self.models.takes_grammars(&self.settings.model) {
                    true => self.listed(&flat, deadline).await,
                    false => self.structured(&flat, deadline).await,
                }
            })?;
            for (entity, words) in &listing.entries {
                match cover(text, *entity, words, findings) {
                    0 => self.counts.invented.inc(),
                    _ => self.counts.found.inc(),
                };
            }
            // What does not fit in one list is read again in halves. A list that is too long for a few lines of text
            // has no end: the model, or who wrote the note, goes round in circles.
            if !listing.whole {
                let why = || Refusal::new(Reason::LocalUnavailable).because("its list of findings has no end");
                left.extend(halves(text, chunk).ok_or_else(why)?);
            }
        }
        Ok(())
    }

    fn prompt(chunk: &str, instruction: String, shape: Shape) -> Prompt {
        Prompt {
            messages: vec![Message::text(Speaker::System, instruction), Message::text(Speaker::User, chunk)],
            sampling: Sampling { temperature: Some(0.0), ..Sampling::default() },
            max_tokens: Some(TOKENS_MAX),
            choices: 1,
            shape,
            forget: true,
            ..Prompt::default()
        }
    }

    /// What a model in a process of ours says of one chunk: an entry a line, of words that stand there.
    async fn listed(&self, chunk: &str, deadline: Instant) -> Result<Listing, Refusal> {
        let prompt = Self::prompt(chunk, INSTRUCTION.to_owned(), Shape::Grammar(grammar(chunk)));
        let mut answer = self.models.answer(&self.settings.model, TENANT, prompt, deadline)?;
        let (mut list, mut cut) = (List::default(), false);
        while let Some(piece) = answer.next().await {
            match piece? {
                Piece::Text { text, .. } => list.lines(&text),
                Piece::End { finish, .. } => cut = finish == Finish::Length,
                _ => {}
            }
            // Dropping the answer cancels it.
            if list.is_over() {
                break;
            }
        }
        Ok(Listing { whole: !cut && !list.is_full(), entries: list.entries })
    }

    /// What a server says of one chunk. An answer that is not of the schema is none.
    async fn structured(&self, chunk: &str, deadline: Instant) -> Result<Listing, Refusal> {
        let shape = Shape::JsonSchema(schema());
        let mut prompt = Self::prompt(chunk, STRUCTURED_INSTRUCTION.to_owned(), shape);
        prompt.max_tokens = Some(STRUCTURED_TOKENS_MAX);
        let mut answer = self.models.answer(&self.settings.model, TENANT, prompt, deadline)?;
        let (mut list, mut cut) = (List::default(), false);
        while let Some(piece) = answer.next().await {
            match piece? {
                Piece::Text { text, .. } => list.structured(&text),
                Piece::End { finish, .. } => cut = finish == Finish::Length,
                _ => {}
            }
            if list.is_over() {
                break;
            }
        }
        if !cut && !list.is_over() && !list.is_structured() {
            return Err(Refusal::new(Reason::LocalUnavailable).because("its findings cannot be read"));
        }
        Ok(Listing { whole: !cut && !list.is_full(), entries: list.entries })
    }
}

impl Recognizer for ModelRecognizer {
    fn name(&self) -> &str {
        NAME
    }

    fn find(&self, passage: &Passage<'_>, deadline: Instant, findings: &mut Vec<Finding>) -> Result<(), Fault> {
        let text = passage.text();
        let wanted = passage.kind == SegmentKind::Prose
            && text.chars().filter(|letter| letter.is_alphabetic()).count() >= LETTERS_MIN
            && (self.settings.when == When::Always || uncertain(text, findings));
        if !wanted {
            return Ok(());
        }
        let own = deadline.min(Instant::now() + self.settings.time);
        let Err(refusal) = self.ask(text, own, findings) else { return Ok(()) };
        self.counts.absent.inc();
        match self.settings.absent {
            Absent::RulesOnly => {
                tracing::warn!(reason = refusal.reason.code(), "the model gave no findings; the rules alone decide");
                Ok(())
            }
            Absent::Refuse if refusal.reason == Reason::Deadline => Err(Fault::Deadline),
            Absent::Refuse => Err(Fault::Failed),
        }
    }
}

const NAME: &str = "model";
/// Whose questions these are. What a passage left in the model's cache is removed at once; the instruction stays.
const TENANT: &str = "detection";
/// Shorter passages are left to the rules: a model guesses there.
const LETTERS_MIN: usize = 12;
const TOKENS_MAX: u32 = 256;
/// JSON takes more than lines.
const STRUCTURED_TOKENS_MAX: u32 = 1024;

/// Covers every place where the words stand as whole words; tells how many there are.
fn cover(text: &str, entity: EntityType, words: &str, findings: &mut Vec<Finding>) -> usize {
    let before = findings.len();
    // The model read spaces where the text breaks its lines.
    let flat = text.replace(['\n', '\r', '\t'], " ");
    let inner = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    for (start, found) in flat.match_indices(words) {
        let end = start + found.len();
        if inner(flat[..start].chars().next_back()) && inner(found.chars().next())
            || inner(flat[end..].chars().next()) && inner(found.chars().next_back())
        {
            continue;
        }
        let span = Span::new(start, end);
        let role = Role::Subject;
        findings.push(Finding { span, entity, role, strength: Strength::Likely, recognizer: NAME.into() });
    }
    findings.len() - before
}

/// Whether something that could identify is covered by no finding: a capitalised word within a sentence, or a number of
/// five digits and more.
fn uncertain(text: &str, findings: &[Finding]) -> bool {
    let mut begins = true;
    let mut offset = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_matches(|letter: char| !letter.is_alphanumeric());
        let start = offset + word.find(bare).unwrap_or(0);
        let span = Span::new(start, start + bare.len());
        offset += word.len();
        let capital = bare.chars().next().is_some_and(char::is_uppercase) && bare.chars().any(char::is_lowercase);
        let number = bare.bytes().filter(u8::is_ascii_digit).count() >= 5;
        let open = number || (capital && !begins && bare.chars().count() > 2);
        if open && !findings.iter().any(|finding| finding.span.overlaps(span)) {
            return true;
        }
        begins = word.trim_end().ends_with(['.', '!', '?', ':']) || word.ends_with('\n');
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_whole_occurrence_is_covered_and_no_part_of_a_word() {
        let text = "Ann Lee came.\nLater Ann\nLee left; Ann Leeson stayed.";
        let mut findings = Vec::new();
        cover(text, EntityType::Name, "Ann Lee", &mut findings);
        let found: Vec<&str> = findings.iter().map(|finding| finding.span.of(text)).collect();
        assert_eq!(found, ["Ann Lee", "Ann\nLee"]);
        assert_eq!(cover(text, EntityType::Name, "Bob Ray", &mut findings), 0);
    }

    #[test]
    fn what_the_rules_leave_open_is_uncertain() {
        let covered = |text: &str, words: &str| {
            let mut findings = Vec::new();
            cover(text, EntityType::Name, words, &mut findings);
            uncertain(text, &findings)
        };
        assert!(covered("The patient met Okafor today.", "nothing"));
        assert!(!covered("The patient met Okafor today.", "Okafor"));
        assert!(covered("see file 8812345", "x"));
        assert!(!covered("Patient is well. He takes 500 mg.", "x"));
    }
}
