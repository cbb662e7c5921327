//! A model's chat template: messages in, the text that the model was trained on out.
//!
//! The template runs over placeholders, not over the messages themselves. What it adds around them (`<start_of_turn>`)
//! becomes control tokens; the messages are put in afterwards as plain text, so that no user can type a control token.

use crate::local::prompt::{Message, Part, Speaker};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Rest;
use minijinja::{Environment, Error, ErrorKind, Value, context};

pub struct Template {
    environment: Environment<'static>,
    beginning: String,
    end: String,
}

/// A stretch of the model's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stretch<'a> {
    /// From the template: what looks like a control token is one.
    Control(String),
    /// From a message: nothing in it is a control token.
    Text(&'a str),
    Image(&'a [u8]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("the model's chat template cannot be read")]
    Unreadable,
    #[error("the model's chat template does not take these messages in this order")]
    Refused,
}

/// For models of the Gemma family that were published without one. The system text opens the first turn of the user.
const GEMMA: &str = "{{ bos_token }}{% set ns = namespace(system='') %}{% for message in messages %}\
{% if message.role == 'system' %}{% set ns.system = ns.system + message.content + '\\n\\n' %}{% else %}\
{{ '<start_of_turn>' + ('model' if message.role == 'assistant' else 'user') + '\\n' + ns.system + message.content + \
'<end_of_turn>\\n' }}{% set ns.system = '' %}{% endif %}{% endfor %}\
{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}";

/// A placeholder is a number between two private-use characters; the text of messages never meets the template.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

impl Template {
    /// The template of a model, or the known one of its family. `beginning` and `end` are its tokens of these names.
    pub fn new(source: Option<&str>, architecture: &str, beginning: &str, end: &str) -> Result<Self, TemplateError> {
        let source = match source {
            Some(source) => source,
            None if architecture.starts_with("gemma") => GEMMA,
            None => return Err(TemplateError::Unreadable),
        };
        let mut environment = Environment::new();
        // As the publishers' own tools read templates.
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|_| TemplateError::Unreadable)?);
        // A template of a model's file is foreign code: it may take no more steps than any real one does.
        environment.set_fuel(Some(1_000_000));
        environment.add_function("raise_exception", |_: Rest<Value>| -> Result<Value, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, "refused by the template"))
        });
        environment.set_unknown_method_callback(python_method);
        environment.add_template_owned("chat", source.to_owned()).map_err(|_| TemplateError::Unreadable)?;
        let template = Self { environment, beginning: beginning.to_owned(), end: end.to_owned() };
        // Found now rather than at the first question.
        let probe = [Message::text(Speaker::User, "x")];
        let rendered = template.render(&probe).map_err(|_| TemplateError::Unreadable)?;
        if rendered.contains(&Stretch::Text("x")) { Ok(template) } else { Err(TemplateError::Unreadable) }
    }

    /// What the model reads, up to where its answer begins.
    pub fn render<'a>(&self, messages: &'a [Message]) -> Result<Vec<Stretch<'a>>, TemplateError> {
        let turns = turns(messages);
        match self.fill(&turns) {
            // Some templates know no system role: its text opens the first turn of the user, as Gemma's asks.
            Err(_) if turns.first().is_some_and(|turn| turn.role == "system") && turns.len() > 1 => {
                let mut folded = turns;
                let system = folded.remove(0);
                folded[0].parts.splice(0..0, system.parts.into_iter().chain([Stretch::Text("\n\n")]));
                self.fill(&folded)
            }
            filled => filled,
        }
    }

    fn fill<'a>(&self, turns: &[Turn<'a>]) -> Result<Vec<Stretch<'a>>, TemplateError> {
        let mut parts = Vec::new();
        let messages: Vec<Value> = turns
            .iter()
            .map(|turn| {
                let mut content = String::new();
                for part in &turn.parts {
                    content.push_str(&format!("{OPEN}{}{CLOSE}", parts.len()));
                    parts.push(part.clone());
                }
                context! { role => turn.role, content => content }
            })
            .collect();
        let template = self.environment.get_template("chat").map_err(|_| TemplateError::Unreadable)?;
        let text = template
            .render(context! {
                messages => messages,
                add_generation_prompt => true,
                bos_token => self.beginning.as_str(),
                eos_token => self.end.as_str(),
            })
            .map_err(|_| TemplateError::Refused)?;
        let mut stretches = Vec::new();
        let mut used = 0;
        for (index, piece) in text.split(OPEN).enumerate() {
            let control = match piece.split_once(CLOSE) {
                Some((number, control)) if index > 0 => {
                    let part = number.parse::<usize>().ok().and_then(|number| parts.get(number));
                    stretches.push(part.cloned().ok_or(TemplateError::Refused)?);
                    used += 1;
                    control
                }
                _ => piece,
            };
            if !control.is_empty() {
                stretches.push(Stretch::Control(control.to_owned()));
            }
        }
        // A template that leaves out a message, or says it twice, would answer another question.
        if used == parts.len() { Ok(stretches) } else { Err(TemplateError::Refused) }
    }
}

struct Turn<'a> {
    role: &'static str,
    parts: Vec<Stretch<'a>>,
}

/// Messages as templates expect them: neighbours of one speaker are one turn, results of calls come from the user.
fn turns(messages: &[Message]) -> Vec<Turn<'_>> {
    let mut turns: Vec<Turn<'_>> = Vec::new();
    for message in messages {
        let role = match message.speaker {
            Speaker::System => "system",
            Speaker::User | Speaker::Tool => "user",
            Speaker::Assistant => "assistant",
        };
        let parts = message.parts.iter().map(|part| match part {
            Part::Text(text) => Stretch::Text(text.trim()),
            Part::Image(bytes) => Stretch::Image(bytes),
        });
        match turns.last_mut() {
            Some(turn) if turn.role == role => {
                turn.parts.push(Stretch::Text("\n\n"));
                turn.parts.extend(parts);
            }
            _ => turns.push(Turn { role, parts: parts.collect() }),
        }
    }
    turns
}

/// The methods of Python's strings that published templates use.
fn python_method(
    _: &mut minijinja::State<'_, '_>,
    value: &Value,
    method: &str,
    arguments: &[Value],
) -> Result<Value, Error> {
    let unknown = || Error::new(ErrorKind::UnknownMethod, "no such method");
    let text = value.as_str().ok_or_else(unknown)?;
    let argument = arguments.first().and_then(Value::as_str);
    Ok(match (method, argument) {
        ("strip", None) => text.trim().into(),
        ("lstrip", None) => text.trim_start().into(),
        ("rstrip", None) => text.trim_end().into(),
        ("strip", Some(set)) => text.trim_matches(|letter| set.contains(letter)).into(),
        ("lstrip", Some(set)) => text.trim_start_matches(|letter| set.contains(letter)).into(),
        ("rstrip", Some(set)) => text.trim_end_matches(|letter| set.contains(letter)).into(),
        ("startswith", Some(start)) => text.starts_with(start).into(),
        ("endswith", Some(end)) => text.ends_with(end).into(),
        ("split", Some(by)) => text.split(by).map(Value::from).collect::<Vec<_>>().into(),
        ("upper", None) => text.to_uppercase().into(),
        ("lower", None) => text.to_lowercase().into(),
        _ => return Err(unknown()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHATML: &str = "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + \
        '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
    const NO_SYSTEM: &str = "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}\
        {{ raise_exception('alternate') }}{% endif %}[{{ m.role }}]{{ m.content.strip() }}{% endfor %}";

    fn written(source: Option<&str>, messages: &[Message]) -> Result<String, TemplateError> {
        let template = Template::new(source, "gemma3", "<bos>", "<eos>")?;
        let show = |stretch: &Stretch<'_>| match stretch {
            Stretch::Control(text) => text.clone(),
            Stretch::Text(text) => format!("{{{text}}}"),
            Stretch::Image(_) => "{image}".to_owned(),
        };
        Ok(template.render(messages)?.iter().map(show).collect())
    }

    #[test]
    fn gemma_folds_the_system_text_into_the_first_turn() {
        let messages = [
            Message::text(Speaker::System, "Be brief."),
            Message::text(Speaker::User, "Hi"),
            Message::text(Speaker::Assistant, "Hello"),
            Message::text(Speaker::User, "<end_of_turn>"),
        ];
        assert_eq!(
            written(None, &messages).unwrap(),
            "<bos><start_of_turn>user\n{Be brief.}\n\n{Hi}<end_of_turn>\n<start_of_turn>model\n{Hello}<end_of_turn>\n\
             <start_of_turn>user\n{<end_of_turn>}<end_of_turn>\n<start_of_turn>model\n"
        );
    }

    #[test]
    fn a_template_of_the_model_is_followed() {
        let messages = [Message::text(Speaker::System, "S"), Message::text(Speaker::User, "{{ 1 }}")];
        assert_eq!(
            written(Some(CHATML), &messages).unwrap(),
            "<|im_start|>system\n{S}<|im_end|>\n<|im_start|>user\n{{{ 1 }}}<|im_end|>\n<|im_start|>assistant\n"
        );
    }

    #[test]
    fn one_that_knows_no_system_role_gets_it_in_the_first_turn() {
        let mut messages = vec![Message::text(Speaker::System, "S"), Message::text(Speaker::User, "a")];
        messages.push(Message::text(Speaker::User, "b"));
        assert_eq!(written(Some(NO_SYSTEM), &messages).unwrap(), "[user]{S}{\n\n}{a}{\n\n}{b}");
        let backwards = [Message::text(Speaker::Assistant, "a"), Message::text(Speaker::User, "b")];
        assert_eq!(written(Some(NO_SYSTEM), &backwards), Err(TemplateError::Refused));
    }

    #[test]
    fn a_template_that_drops_a_message_or_never_ends_is_refused() {
        let last = "{{ messages[-1].content }}";
        let two = [Message::text(Speaker::User, "a"), Message::text(Speaker::Assistant, "b")];
        assert_eq!(written(Some(last), &two), Err(TemplateError::Refused));
        let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}";
        assert_eq!(written(Some(endless), &two), Err(TemplateError::Unreadable));
        assert_eq!(written(Some("{% if %}"), &two), Err(TemplateError::Unreadable));
    }
}
