//! Turns a document into one that may leave: every string, key and number is lifted out, analysed, replaced and
//! filled back. Pure CPU work, without a clock but for the deadline it is given.

mod clean;
mod date;
mod document;
mod encoded;
mod exchange;
mod fill;
mod findings;
mod host;
mod imaging;
mod inserts;
mod lift;
mod media;
mod mint;
mod number;
mod person;
mod residual;
mod rewrite;
mod seal;
mod shadow;
mod shape;
mod spread;
mod standin;
mod survey;
mod wire;

use crate::crypto::Key;
use crate::entity::{EntityType, Finding};
pub use crate::profile::Operator;
use crate::profile::Policy;
use crate::recognize::{Analyzer, Fault, Segment};
use crate::refusal::{Reason, Refusal};
pub use clean::{Clean, Cleared, Position, Report};
pub use document::{Document, Scope, Style};
pub use exchange::Exchange;
#[cfg(test)]
pub(crate) use exchange::exchange_of;
use fill::Fill;
use findings::Segments;
pub use imaging::Imaging;
use lift::{Handling, Leaf, LeafId, Lift};
pub use media::{ClearedFile, Identity, Media, Surrogates};
use mint::Mint;
use rewrite::Rewriter;
pub use seal::Seals;
use shadow::Shadow;
pub use shape::{Class, Shape, Spot};
use standin::StandIns;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;
#[cfg(test)]
pub(crate) use tests::words;
pub use wire::Wire;

/// What finds identifiers in the segments of a document: the analyzer, or a failing one in tests.
pub trait Detector: Send + Sync {
    /// One list of findings per segment, sorted and disjoint, in the segment's own bytes.
    fn analyze(&self, document: &[Segment<'_>], deadline: Instant) -> Result<Vec<Vec<Finding>>, Fault>;

    /// The same for a scope, in which findings of unchanged segments may be remembered.
    fn analyze_for(
        &self,
        scope: &Scope,
        document: &[Segment<'_>],
        deadline: Instant,
    ) -> Result<Vec<Vec<Finding>>, Fault> {
        let _ = scope;
        self.analyze(document, deadline)
    }
}

impl Detector for Analyzer {
    fn analyze(&self, document: &[Segment<'_>], deadline: Instant) -> Result<Vec<Vec<Finding>>, Fault> {
        Analyzer::analyze(self, document, deadline)
    }

    fn analyze_for(
        &self,
        scope: &Scope,
        document: &[Segment<'_>],
        deadline: Instant,
    ) -> Result<Vec<Vec<Finding>>, Fault> {
        Analyzer::analyze_for(self, Some(scope.name()), document, deadline)
    }
}

/// Clears documents. Shared by all exchanges.
pub struct Deidentifier {
    detector: Arc<dyn Detector>,
    media: Option<Arc<dyn Media>>,
    key: Key,
}

impl Deidentifier {
    /// The key is that of the installation: keyed pseudonyms, memories and seals of every scope derive from it.
    pub fn new(detector: Arc<dyn Detector>, key: Key) -> Self {
        Self { detector, media: None, key: key.derive("deid") }
    }

    /// With something that clears media of formats it knows. Without it, all media is refused.
    pub fn with_media(mut self, media: Arc<dyn Media>) -> Self {
        self.media = Some(media);
        self
    }

    /// The seals of a scope, for the reply's side.
    pub fn seals(&self, scope: &Scope) -> Seals {
        Seals::new(&self.key, scope)
    }

    /// Clears one document. CPU-bound: run it on a blocking pool.
    pub fn clear(&self, document: Document, policy: &Policy, deadline: Instant) -> Result<Cleared, Refusal> {
        let Document { scope, body, shape, values, style, prior, wire } = document;
        let seals = self.seals(&scope);
        let mut lift = Lift::new(policy, &seals, self.media.as_deref());
        let tree = lift.body(body, shape.root())?;
        let places: Vec<String> = values.iter().map(|value| value.place.clone()).collect();
        let values = values.into_iter().map(|value| lift.value(value)).collect::<Result<Vec<LeafId>, _>>()?;
        let (mut leaves, inserts) = (lift.leaves, lift.inserts);

        let key = self.key.derive(&format!("scope {}", scope.name()));
        let mut mint = Mint::new(prior.as_deref(), style, &key, policy);
        let lookalikes = survey::lookalikes(&leaves, &mut mint);
        let mut stand_ins = StandIns::of(&leaves, &lookalikes);
        stand_ins.swap(&mut leaves);
        let shadows = Shadow::all(&tree, &leaves);
        let wholes = number::wholes(&leaves);
        let segments = Segments::of(&leaves, &wholes, &shadows);
        let found = self.detector.analyze_for(&scope, &segments.list, deadline).map_err(refusal)?;
        let mut findings = segments.sort(found, &leaves, policy)?;
        stand_ins.swap(&mut leaves);
        for ((leaf, findings), lookalikes) in leaves.iter().zip(&mut findings).zip(&lookalikes) {
            *findings = standin::outside(&leaf.text, std::mem::take(findings), lookalikes);
        }
        spread::spread(&leaves, &mut findings, policy)?;

        mint.place_timeline(leaves.iter().zip(&findings).flat_map(|(leaf, findings)| {
            let dates = findings.iter().filter(|finding| finding.entity == EntityType::Date);
            dates.map(|finding| finding.span.of(&leaf.text))
        }));
        let mut rewriter = Rewriter { mint, policy, report: Report::default(), taken: HashSet::new() };
        rewriter.report.reserved = lookalikes.iter().map(Vec::len).sum();
        if findings.iter().any(|findings| !findings.is_empty()) {
            rewriter.taken = survey::numbers(&leaves);
        }
        let mut surrogates = Vec::with_capacity(leaves.len());
        for ((leaf, findings), lookalikes) in leaves.iter().zip(&findings).zip(&lookalikes) {
            // What is spread over the document may lie in a pseudonym too.
            let outside = standin::outside(&leaf.text, findings.clone(), lookalikes);
            surrogates.push(rewriter.leaf(leaf, &outside)?);
        }

        let mut report = rewriter.report;
        let exchange = rewriter.mint.finish();
        self.clear_media(&leaves, &mut surrogates, policy, &mut report)?;
        let fill = Fill { leaves: &leaves, surrogates: &surrogates, inserts: &inserts };
        let node = fill.node(&tree);
        let values: Vec<(String, Clean)> =
            places.into_iter().zip(values).map(|(place, value)| (place, fill.leaf(value))).collect();
        let (content_type, body) = wire.write(&node)?;
        residual::look(&String::from_utf8_lossy(&body), &exchange, policy)?;
        for (place, value) in &values {
            residual::look(value.as_str(), &exchange, policy).map_err(|refusal| refusal.at(place))?;
        }
        Ok(Cleared { node, body, content_type, values, exchange: Arc::new(exchange), report })
    }
}

impl Deidentifier {
    /// Media last: who it is about has the surrogate by which the rest of the document calls them.
    fn clear_media(
        &self,
        leaves: &[Leaf],
        surrogates: &mut [Option<String>],
        policy: &Policy,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        let named: HashMap<&str, String> = leaves
            .iter()
            .zip(surrogates.iter())
            .filter(|(leaf, _)| matches!(leaf.handling, Handling::Identity(_)))
            .filter_map(|(leaf, surrogate)| Some((leaf.text.as_str(), surrogate.clone()?)))
            .collect();
        let surrogate = |original: &str| named.get(original).cloned();
        for (leaf, place) in leaves.iter().zip(surrogates) {
            let Handling::Media { prefix, bytes } = &leaf.handling else { continue };
            let opaque = || Refusal::new(Reason::OpaqueContent).at(&leaf.place);
            let media = self.media.as_deref().ok_or_else(opaque)?;
            let cleared = media.clear(bytes, policy, &surrogate).map_err(|refusal| refusal.at(&leaf.place))?;
            let ClearedFile { bytes, actions } = cleared.ok_or_else(opaque)?;
            *place = Some(format!("{prefix}{}", encoded::encode(&bytes)));
            for (action, count) in actions {
                *report.media.entry(action).or_default() += count;
            }
        }
        Ok(())
    }
}

/// A detector that gave no answer.
fn refusal(fault: Fault) -> Refusal {
    match fault {
        Fault::Failed => Reason::DetectorFailed.into(),
        Fault::Deadline => Reason::Deadline.into(),
    }
}

#[cfg(test)]
mod tests;
