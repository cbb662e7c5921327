//! A text as the recognizer of names reads it: tokens, what the lists say of each, and how its lines are written.

use crate::recognize::dictionary::{Entry, Kind as List, Lexicon};
use crate::recognize::token::{self, Gap, Kind, Shape, Token};

pub(in crate::recognize) struct Page<'a> {
    pub text: &'a str,
    pub words: Vec<Word>,
    /// Written without capitals, as dictation and chat are: a small letter says nothing.
    pub lower: bool,
    /// In German every noun has a capital, so that a capital says nothing.
    pub german: bool,
    /// In a language other than English few words are in the lists, so that an unknown word says little.
    pub foreign: bool,
    pub lexicon: &'a Lexicon,
}

#[derive(Clone, Copy)]
pub(in crate::recognize) struct Word {
    pub token: Token,
    pub entry: Entry,
    pub line: Line,
}

/// How the words of a line are written, which tells what a capital letter in it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::recognize) enum Line {
    /// As sentences are.
    Mixed,
    /// `History of Present Illness`: every word of weight has a capital.
    Title,
    /// `CHIEF COMPLAINT`.
    Upper,
}

impl<'a> Page<'a> {
    pub fn read(text: &'a str, lexicon: &'a Lexicon) -> Self {
        let tokens = token::tokens(text);
        let mut words: Vec<Word> = Vec::with_capacity(tokens.len());
        let (mut capitals, mut smalls, mut german, mut foreign, mut english) = (0usize, 0usize, 0usize, 0usize, 0usize);
        for token in tokens {
            let entry = match token.kind {
                Kind::Word(shape) => {
                    match shape {
                        Shape::Lower => smalls += 1,
                        Shape::Capital => capitals += 1,
                        _ => {}
                    }
                    look_up(token.text(text), lexicon)
                }
                _ => Entry::default(),
            };
            if token.kind == Kind::Word(Shape::Lower) {
                german += usize::from(entry.has(List::German));
                foreign += usize::from(entry.has(List::Function));
                english += usize::from(entry.common() == 9 && !entry.has(List::Function));
            }
            words.push(Word { token, entry, line: Line::Mixed });
        }
        let foreign = foreign > english && foreign >= 3;
        let lower = capitals * 40 < smalls && smalls >= 4;
        let mut page =
            Self { text, words, lower, german: foreign && german >= 3 && german * 3 > smalls / 4, foreign, lexicon };
        page.mark_lines();
        page
    }

    fn mark_lines(&mut self) {
        let mut start = 0;
        while start < self.words.len() {
            let mut end = start + 1;
            while end < self.words.len() && self.words[end].token.gap < Gap::Line {
                end += 1;
            }
            let line = style(&self.words[start..end]);
            for word in &mut self.words[start..end] {
                word.line = line;
            }
            start = end;
        }
    }

    pub fn word(&self, at: usize) -> Option<&Word> {
        self.words.get(at)
    }

    pub fn before(&self, at: usize, back: usize) -> Option<&Word> {
        at.checked_sub(back).and_then(|at| self.words.get(at))
    }

    pub fn str(&self, at: usize) -> &'a str {
        self.words.get(at).map_or("", |word| word.token.text(self.text))
    }

    pub fn is(&self, at: usize, word: &str) -> bool {
        self.str(at).eq_ignore_ascii_case(word)
    }

    pub fn is_any(&self, at: usize, words: &[&str]) -> bool {
        let this = self.str(at);
        words.iter().any(|word| this.eq_ignore_ascii_case(word))
    }

    pub fn mark(&self, at: usize) -> Option<u8> {
        match self.words.get(at)?.token.kind {
            Kind::Mark(mark) => Some(mark),
            _ => None,
        }
    }

    /// Whether a capital letter is due here whatever the word is.
    pub fn starts_sentence(&self, at: usize) -> bool {
        let Some(previous) = self.before(at, 1) else { return true };
        self.words[at].token.gap >= Gap::Line
            || matches!(
                previous.token.kind,
                Kind::Mark(b'.' | b'!' | b'?' | b':' | b'*' | b'#' | b'|' | b'"' | b'[' | b']' | b'>' | 0)
            )
            || matches!(previous.token.kind, Kind::Mark(b'-' | b')')) && self.words[at].token.gap > Gap::None && {
                // A bullet or the number of a list.
                self.words[at - 1].token.gap >= Gap::Line
                    || previous.token.is_mark(b')')
                        && self.before(at, 2).is_some_and(|word| word.token.kind == Kind::Number)
            }
    }
}

impl Word {
    pub fn shape(&self) -> Option<Shape> {
        match self.token.kind {
            Kind::Word(shape) => Some(shape),
            _ => None,
        }
    }

    pub fn has(&self, list: List) -> bool {
        self.entry.has(list)
    }

    /// Whether it begins with a capital letter.
    pub fn is_capital(&self) -> bool {
        matches!(self.token.kind, Kind::Word(Shape::Capital | Shape::Upper | Shape::Initial))
    }

    pub fn same_line(&self) -> bool {
        self.token.gap < Gap::Line
    }
}

fn style(words: &[Word]) -> Line {
    let (mut capital, mut upper, mut lower, mut letters) = (0, 0, 0, 0);
    for word in words {
        match word.token.kind {
            Kind::Word(Shape::Lower) => {
                let small = word.token.end - word.token.start <= 3;
                lower += usize::from(!small);
            }
            Kind::Word(Shape::Capital) => capital += 1,
            Kind::Word(Shape::Upper) => {
                upper += 1;
                letters += usize::from(word.token.end - word.token.start > 4);
            }
            _ => {}
        }
    }
    match () {
        () if lower + capital == 0 && (upper >= 2 || letters > 0) => Line::Upper,
        () if lower == 0 && capital + upper >= 2 => Line::Title,
        () if upper > 2 * (lower + capital) && letters > 1 => Line::Upper,
        () => Line::Mixed,
    }
}

/// The lists of names were made without apostrophes.
fn look_up(word: &str, lexicon: &Lexicon) -> Entry {
    let entry = lexicon.entry(word);
    if !entry.is_known() && word.contains(['\'', '’']) {
        lexicon.entry(&word.replace(['\'', '’'], ""))
    } else {
        entry
    }
}
