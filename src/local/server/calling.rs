//! Calls in the text of a server's answer, where the tools were described to its model in words.

use crate::local::output::Output;
use crate::local::prompt::Call;
use crate::local::tools::{self, Calling, MARK};

/// The text of one choice as it comes.
pub enum Spoken {
    /// Calls, if any, come apart from the text.
    Plain,
    /// A mark in the text begins a call, and all that follows belongs to it.
    Marked { output: Output, call: Option<String> },
    /// The whole text is one call.
    Call(String),
}

impl Spoken {
    pub fn new(calling: Calling) -> Self {
        match calling {
            Calling::No => Self::Plain,
            Calling::Possible => Self::Marked { output: Output::new(vec![MARK.to_owned()]), call: None },
            Calling::Forced => Self::Call(String::new()),
        }
    }

    /// Adds a part of the text, and takes what of it can be shown.
    pub fn push(&mut self, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Marked { call: Some(call), .. } => {
                call.push_str(text);
                String::new()
            }
            Self::Marked { output, call } => {
                let shown = output.push(text.as_bytes());
                *call = output.stopped().then(|| output.rest().to_owned());
                shown
            }
            Self::Call(call) => {
                call.push_str(text);
                String::new()
            }
        }
    }

    /// The calls, and the text that was held back. What looked like a call and is none is shown as it was said.
    pub fn finish(self) -> (String, Vec<Call>) {
        let (said, call) = match self {
            Self::Plain => return (String::new(), Vec::new()),
            Self::Marked { mut output, call: None } => return (output.finish(), Vec::new()),
            Self::Marked { call: Some(call), .. } => (format!("{MARK}{call}"), call),
            Self::Call(call) => (call.clone(), call),
        };
        tools::calls(&call).map_or_else(|| (said, Vec::new()), |calls| (String::new(), calls))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(calling: Calling, parts: &[&str], text: &str, calls: usize) {
        let mut spoken = Spoken::new(calling);
        let mut shown: String = parts.iter().map(|part| spoken.push(part)).collect();
        let (rest, called) = spoken.finish();
        shown.push_str(&rest);
        assert_eq!((shown.as_str(), called.len()), (text, calls), "{parts:?}");
    }

    #[test]
    fn calls_are_taken_out_of_the_text_at_any_cut() {
        check(Calling::No, &["a <tool_call>"], "a <tool_call>", 0);
        check(Calling::Possible, &["So: <tool", "_call>{\"name\":\"f\",", "\"arguments\":{}}</tool_call>"], "So: ", 1);
        check(Calling::Possible, &["1 <tool"], "1 <tool", 0);
        check(Calling::Possible, &["<tool_call>no"], "<tool_call>no", 0);
        check(Calling::Forced, &["{\"name\":\"f\",\"argum", "ents\":{\"a\":1}}"], "", 1);
        check(Calling::Forced, &["{\"name\":"], "{\"name\":", 0);
    }
}
