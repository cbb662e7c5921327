//! Answers that cannot be anything but what was asked for: `llguidance` says which tokens may come next.
//!
//! The engine draws first and asks about that one token; the mask over the whole vocabulary is made only when the token
//! is not allowed. With Gemma's 262,144 tokens this costs 0.3 to 0.6 ms a token, where a grammar in llama.cpp's own
//! sampler chain costs 97 ms.

use crate::local::prompt::Shape;
use crate::local::schema;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::sampling::LlamaSampler;
use llguidance::api::TopLevelGrammar;
use llguidance::{Matcher, ParserFactory};
use serde_json::Value;
use std::sync::OnceLock;

/// Compiles grammars for one vocabulary.
pub struct Grammars<'a> {
    model: &'a LlamaModel,
    /// Made at the first use: it takes a second and 120 MB with Gemma's vocabulary.
    factory: OnceLock<Option<ParserFactory>>,
}

impl<'a> Grammars<'a> {
    pub fn new(model: &'a LlamaModel) -> Self {
        Self { model, factory: OnceLock::new() }
    }

    /// A matcher for the shape; none for free text. The error never quotes the schema.
    pub fn matcher(&self, shape: &Shape) -> Result<Option<Constraint>, &'static str> {
        let grammar = match shape {
            Shape::Text => return Ok(None),
            Shape::JsonObject => TopLevelGrammar::from_json_schema(spaced(serde_json::json!({ "type": "object" }))),
            Shape::JsonSchema(text) => TopLevelGrammar::from_json_schema(spaced(schema::closed(schema::read(text)?))),
            Shape::Grammar(lark) => TopLevelGrammar::from_lark(lark.clone()),
        };
        let factory = self.factory.get_or_init(|| factory(self.model));
        let factory = factory.as_ref().ok_or("this model's vocabulary cannot be constrained")?;
        let matcher = Matcher::new(factory.create_parser(grammar));
        if matcher.is_error() {
            return Err("the schema uses what is not supported, or is too large");
        }
        Ok(Some(Constraint { matcher }))
    }
}

/// Bounds the white space between the parts of an answer: a model that is lost would write nothing else.
fn spaced(mut schema: Value) -> Value {
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("x-guidance".into(), serde_json::json!({ "whitespace_pattern": SPACE }));
    }
    schema
}

/// A space, or a line break and what indents the next line.
const SPACE: &str = r"( |\n[ \t]{0,24})";

fn factory(model: &LlamaModel) -> Option<ParserFactory> {
    let environment = LlamaSampler::llguidance_tok_env(model);
    let mut factory = ParserFactory::new_simple(&environment).ok()?;
    factory.quiet();
    // Errors would quote the answer so far.
    factory.limits_mut().verbose_errors = false;
    Some(factory)
}

/// Where an answer stands in its grammar.
pub struct Constraint {
    matcher: Matcher,
}

/// The matcher failed: a limit, or a token that it had not allowed.
pub struct Stuck;

impl Constraint {
    pub fn allows(&mut self, token: u32) -> Result<bool, Stuck> {
        self.matcher.validate_tokens(&[token]).map(|valid| valid == 1).map_err(|_| Stuck)
    }

    /// Rules out every token that may not come next.
    pub fn mask(&mut self, logits: &mut [f32]) -> Result<(), Stuck> {
        let mask = self.matcher.compute_mask_or_eos().map_err(|_| Stuck)?;
        for (token, logit) in logits.iter_mut().enumerate() {
            if !mask.is_allowed(token as u32) {
                *logit = f32::NEG_INFINITY;
            }
        }
        Ok(())
    }

    pub fn take(&mut self, token: u32) -> Result<(), Stuck> {
        self.matcher.consume_token(token).map_err(|_| Stuck)
    }

    /// Whether nothing more can come.
    pub fn complete(&self) -> bool {
        self.matcher.is_stopped()
    }
}
