//! What the tagger sees of a word: the word itself, its neighbours, how they are written, what the lists say.

use super::classes::Classes;
use crate::recognize::dictionary::{Entry, Kind as List, Lexicon, fold};
use crate::recognize::name::page::{Line, Page};
use crate::recognize::token::{Gap, Kind, Shape, Token};

/// Features of one token.
pub const COUNT: usize = 39;

/// Bits of a feature's place in the table of weights.
pub const BITS: u32 = 19;

/// The tokens of a text and the features of each.
pub struct Sequence {
    pub tokens: Vec<Token>,
    pub features: Vec<[u32; COUNT]>,
    /// Written without capitals.
    pub lower: bool,
}

impl Sequence {
    /// `hide` says of a token that the lists are not asked about it, for training on names that no list has; of every
    /// other such token the class is hidden too.
    pub fn read(text: &str, lexicon: &Lexicon, classes: &Classes, hide: impl Fn(&Token) -> bool) -> Self {
        Self::of(&Page::read(text, lexicon), classes, hide)
    }

    pub(in crate::recognize) fn of(page: &Page<'_>, classes: &Classes, hide: impl Fn(&Token) -> bool) -> Self {
        let mut views: Vec<View> = Vec::with_capacity(page.words.len());
        let mut key = String::new();
        for (at, word) in page.words.iter().enumerate() {
            let hidden = hide(&word.token);
            let entry = if hidden { Entry::default() } else { word.entry };
            let own = page.str(at);
            let style = style(page, at);
            let gap = word.token.gap as u64;
            views.push(match word.token.kind {
                Kind::Word(shape) => {
                    key.clear();
                    fold::fold_into(own, &mut key);
                    View {
                        word: hash(1, key.as_bytes()),
                        list: signature(entry),
                        class: if hidden && word.token.start % 2 == 0 { 0 } else { u64::from(classes.of(&key)) },
                        shape: shape as u64 + 1,
                        head: hash(2, prefix(&key, 2).as_bytes()),
                        tail: hash(3, suffix(&key, 3).as_bytes()),
                        tail_short: hash(4, suffix(&key, 2).as_bytes()),
                        tail_long: hash(9, suffix(&key, 4).as_bytes()),
                        style,
                        gap,
                        // A frequent word is a clue by itself; a name must not be learnt by heart.
                        lexical: entry.common() >= 6 || cue(entry) != 0 || entry.has(List::Function),
                    }
                }
                Kind::Number => View::plain(hash(5, &[own.len().min(6) as u8]), 10, style, gap),
                Kind::Code => View::plain(hash(6, &[]), 11, style, gap),
                Kind::Mark(mark) => View::plain(hash(7, &[mark]), 12, style, gap),
            });
        }
        let edge = View::plain(hash(8, &[]), 13, 0, 5);
        let view = |at: usize, by: isize| at.checked_add_signed(by).and_then(|at| views.get(at)).unwrap_or(&edge);
        let features = (0..views.len())
            .map(|at| {
                let (b3, b2, b1) = (view(at, -3), view(at, -2), view(at, -1));
                let (own, a1, a2, a3) = (view(at, 0), view(at, 1), view(at, 2), view(at, 3));
                let word = |view: &View| if view.lexical { view.word } else { view.list ^ 0x55 };
                let list = |view: &View| view.list.wrapping_mul(31).wrapping_add(view.shape);
                [
                    at_place(1, word(own), 0),
                    at_place(2, word(b1), 0),
                    at_place(3, word(a1), 0),
                    at_place(4, word(b2), 0),
                    at_place(5, word(a2), 0),
                    at_place(6, word(b1), list(own)),
                    at_place(7, list(own), word(a1)),
                    at_place(8, list(own), 0),
                    at_place(9, list(b1), 0),
                    at_place(10, list(a1), 0),
                    at_place(11, list(b1), list(own)),
                    at_place(12, list(own), list(a1)),
                    at_place(13, own.tail, own.shape),
                    at_place(14, own.tail_short, own.shape),
                    at_place(15, own.head, own.shape),
                    at_place(16, own.shape, own.style),
                    at_place(17, own.shape.wrapping_mul(64).wrapping_add(b1.shape), a1.shape),
                    at_place(18, word(b2), word(b1)),
                    at_place(19, word(a1), word(a2)),
                    at_place(20, own.list, own.style),
                    at_place(21, b1.shape.wrapping_mul(64).wrapping_add(b2.shape), own.shape),
                    at_place(22, a1.shape.wrapping_mul(64).wrapping_add(a2.shape), own.shape),
                    at_place(23, word(b1), own.shape.wrapping_mul(64).wrapping_add(own.style)),
                    at_place(25, word(b1), word(a1)),
                    at_place(26, word(own), word(a1)),
                    at_place(27, word(b1), word(own)),
                    at_place(28, own.tail_long, own.shape),
                    at_place(29, list(own), a1.gap.wrapping_mul(8).wrapping_add(own.gap)),
                    at_place(30, own.class, own.shape),
                    at_place(31, b1.class, list(own)),
                    at_place(32, a1.class, list(own)),
                    at_place(33, b1.class, b2.class),
                    at_place(34, a1.class, a2.class),
                    at_place(35, b1.class, a1.class),
                    at_place(36, own.class, b1.class),
                    at_place(37, own.class, a1.class),
                    at_place(38, b3.class, own.shape),
                    at_place(39, a3.class, own.shape),
                    at_place(24, a1.style, own.style.wrapping_mul(64).wrapping_add(own.shape)),
                ]
            })
            .collect();
        Self { tokens: page.words.iter().map(|word| word.token).collect(), features, lower: page.lower }
    }
}

/// A token as its own and its neighbours' features see it.
struct View {
    word: u64,
    list: u64,
    /// The class of words that are used alike.
    class: u64,
    shape: u64,
    head: u64,
    tail: u64,
    tail_short: u64,
    tail_long: u64,
    style: u64,
    gap: u64,
    lexical: bool,
}

impl View {
    fn plain(word: u64, shape: u64, style: u64, gap: u64) -> Self {
        Self {
            word,
            list: 0,
            class: word,
            shape,
            head: 0,
            tail: 0,
            tail_short: 0,
            tail_long: 0,
            style,
            gap,
            lexical: true,
        }
    }
}

/// What the lists say of a word, in a few steps.
fn signature(entry: Entry) -> u64 {
    let step = |grade: u8| match grade {
        0 => 0,
        1..=3 => 1,
        4..=6 => 2,
        _ => 3u64,
    };
    let grades = step(entry.given())
        | step(entry.surname()) << 2
        | step(entry.common()) << 4
        | step(entry.grade(List::Clinical)) << 6
        | step(entry.grade(List::City)) << 8;
    let flags = [
        List::Drug,
        List::Eponym,
        List::EponymNoun,
        List::Region,
        List::Calendar,
        List::Abbreviation,
        List::Header,
        List::Function,
        List::Facility,
        List::Nickname,
    ]
    .into_iter()
    .enumerate()
    .fold(0, |flags, (at, list)| flags | u64::from(entry.has(list)) << at);
    grades | flags << 10 | cue(entry) << 20
}

/// What a word announces.
fn cue(entry: Entry) -> u64 {
    [
        List::Title,
        List::StaffTitle,
        List::Credential,
        List::Suffix,
        List::Particle,
        List::Kin,
        List::Patient,
        List::Staff,
        List::NameLabel,
        List::Lead,
        List::Deed,
        List::Greeting,
        List::Farewell,
    ]
    .into_iter()
    .enumerate()
    .fold(0, |flags, (at, list)| flags | u64::from(entry.has(list)) << at)
}

/// How the line and the text around a token are written.
fn style(page: &Page<'_>, at: usize) -> u64 {
    let word = &page.words[at];
    let line = match word.line {
        Line::Mixed => 0,
        Line::Title => 1,
        Line::Upper => 2,
    };
    let gap = match word.token.gap {
        Gap::None => 0,
        Gap::Space => 1,
        Gap::Wide => 2,
        Gap::Line => 3,
        Gap::Paragraph => 4,
    };
    line + 3 * gap
        + 15 * u64::from(page.lower)
        + 30 * u64::from(word.token.possessive)
        + 60 * u64::from(page.starts_sentence(at) && word.shape() == Some(Shape::Capital))
}

fn prefix(key: &str, count: usize) -> &str {
    key.char_indices().nth(count).map_or(key, |(end, _)| &key[..end])
}

fn suffix(key: &str, count: usize) -> &str {
    key.char_indices().rev().nth(count - 1).map_or(key, |(start, _)| &key[start..])
}

/// The place of a feature in the table.
fn at_place(template: u64, one: u64, two: u64) -> u32 {
    let mut state = template.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ one;
    state = (state ^ (state >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ two.wrapping_mul(0x94d0_49bb_1331_11eb);
    state = (state ^ (state >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (state >> (64 - BITS)) as u32
}

pub(super) fn hash(seed: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(seed ^ 0xcbf2_9ce4_8422_2325, |state, &byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
