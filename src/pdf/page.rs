//! Reads what a page shows, in the order in which it is shown: lines where the pen moves down, blanks where it jumps.
//!
//! A name that is shown in two pieces must come out as one word, and two fields beside each other as two; so the pen is
//! followed with the fonts' own widths (ISO 32000-1, 9.4).

use super::PdfError;
use super::font::Font;
use lopdf::content::Content;
use lopdf::{Dictionary, Document, Object};

/// What a page shows so far.
pub(super) struct Page<'d> {
    document: &'d Document,
    pub text: String,
    /// Where the last letters ended.
    pen: Option<(f64, f64)>,
    /// How much more may be decompressed.
    left: usize,
}

/// An affine map, as PDF writes it.
type Matrix = [f64; 6];

#[derive(Clone)]
struct State<'d> {
    map: Matrix,
    text: Matrix,
    line: Matrix,
    font: Option<std::rc::Rc<Font<'d>>>,
    size: f64,
    leading: f64,
    letter_space: f64,
    word_space: f64,
    stretch: f64,
}

impl<'d> Page<'d> {
    pub fn new(document: &'d Document, limit: usize) -> Self {
        Self { document, text: String::new(), pen: None, left: limit }
    }

    /// Follows a content stream and the forms that it draws.
    pub fn read(
        &mut self,
        content: &[u8],
        resources: &[&'d Dictionary],
        map: Matrix,
        depth: usize,
    ) -> Result<(), PdfError> {
        self.left = self.left.checked_sub(content.len()).ok_or(PdfError::TooLarge)?;
        let content = Content::decode(content).map_err(|_| PdfError::Unreadable)?;
        let mut state = State {
            map,
            text: UNIT,
            line: UNIT,
            font: None,
            size: 1.0,
            leading: 0.0,
            letter_space: 0.0,
            word_space: 0.0,
            stretch: 1.0,
        };
        let mut saved = Vec::new();
        for operation in &content.operations {
            let number = |at: usize| operation.operands.get(at).map_or(0.0, real);
            match operation.operator.as_str() {
                "q" if saved.len() < DEEPEST => saved.push(state.clone()),
                "Q" => state = saved.pop().unwrap_or(state),
                "cm" => state.map = times(matrix(&operation.operands), state.map),
                "BT" => (state.text, state.line) = (UNIT, UNIT),
                "Tf" => {
                    let name = operation.operands.first().and_then(|name| name.as_name().ok()).unwrap_or_default();
                    state.font = self.font(name, resources).map(Into::into);
                    state.size = number(1);
                }
                "TL" => state.leading = number(0),
                "Tc" => state.letter_space = number(0),
                "Tw" => state.word_space = number(0),
                "Tz" => state.stretch = number(0) / 100.0,
                "Td" => state.move_line(number(0), number(1)),
                "TD" => {
                    state.leading = -number(1);
                    state.move_line(number(0), number(1));
                }
                "Tm" => {
                    state.line = matrix(&operation.operands);
                    state.text = state.line;
                }
                "T*" => state.move_line(0.0, -state.leading),
                "Tj" => operation.operands.iter().for_each(|text| self.show(&mut state, text)),
                "TJ" => {
                    let pieces = operation.operands.first().and_then(|pieces| pieces.as_array().ok());
                    pieces.into_iter().flatten().for_each(|piece| self.show(&mut state, piece));
                }
                "'" => {
                    state.move_line(0.0, -state.leading);
                    operation.operands.iter().for_each(|text| self.show(&mut state, text));
                }
                "\"" => {
                    (state.word_space, state.letter_space) = (number(0), number(1));
                    state.move_line(0.0, -state.leading);
                    operation.operands.iter().skip(2).for_each(|text| self.show(&mut state, text));
                }
                "Do" if depth < FORMS => {
                    let name = operation.operands.first().and_then(|name| name.as_name().ok()).unwrap_or_default();
                    self.form(name, resources, state.map, depth)?;
                }
                _ => {}
            }
            if self.text.len() > super::TEXT_BYTES {
                return Err(PdfError::TooLarge);
            }
        }
        Ok(())
    }

    /// Shows a string, or moves by the number that stands between two strings.
    fn show(&mut self, state: &mut State<'d>, piece: &Object) {
        let bytes = match piece {
            Object::String(bytes, _) => bytes,
            number => return state.advance(-real(number) / 1000.0 * state.size * state.stretch),
        };
        let Some(font) = state.font.clone() else {
            self.text.extend(bytes.iter().map(|_| char::REPLACEMENT_CHARACTER));
            return;
        };
        let shown = times(state.text, state.map);
        let (x, y) = (shown[4], shown[5]);
        let height = (state.size * shown[2].hypot(shown[3])).abs().max(0.01);
        if let Some((end, line)) = self.pen {
            if (y - line).abs() > 0.4 * height || x < end - 2.0 * height {
                self.text.push('\n');
            } else if x > end + 0.18 * height && !self.text.ends_with([' ', '\n']) {
                self.text.push(' ');
            }
        }
        self.text.push_str(&font.letters(bytes));
        let letters = font.codes(bytes).count() as f64;
        let blanks = font.codes(bytes).filter(|&code| code == 32).count() as f64;
        let width = font.codes(bytes).map(|code| font.width(code)).sum::<f64>() / 1000.0 * state.size;
        state.advance((width + letters * state.letter_space + blanks * state.word_space) * state.stretch);
        let end = times(state.text, state.map);
        self.pen = Some((end[4], end[5]));
    }

    fn form(&mut self, name: &[u8], resources: &[&'d Dictionary], map: Matrix, depth: usize) -> Result<(), PdfError> {
        let found = resources.iter().find_map(|resources| {
            let forms = self.document.get_dict_in_dict(resources, b"XObject").ok()?;
            forms.get_deref(name, self.document).ok()?.as_stream().ok()
        });
        let Some(form) =
            found.filter(|form| form.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|kind| kind == b"Form"))
        else {
            return Ok(());
        };
        let content = form.get_plain_content_with_limit(self.left).map_err(|_| PdfError::TooLarge)?;
        let own = self.document.get_dict_in_dict(&form.dict, b"Resources").ok();
        let within = form.dict.get(b"Matrix").and_then(Object::as_array).map_or(UNIT, |operands| matrix(operands));
        let resources: Vec<_> = own.into_iter().chain(resources.iter().copied()).collect();
        self.read(&content, &resources, times(within, map), depth + 1)
    }

    fn font(&self, name: &[u8], resources: &[&'d Dictionary]) -> Option<Font<'d>> {
        let font = resources.iter().find_map(|resources| {
            let fonts = self.document.get_dict_in_dict(resources, b"Font").ok()?;
            self.document.get_dict_in_dict(fonts, name).ok()
        });
        Font::new(self.document, font?, self.left)
    }
}

impl State<'_> {
    fn move_line(&mut self, x: f64, y: f64) {
        self.line = times([1.0, 0.0, 0.0, 1.0, x, y], self.line);
        self.text = self.line;
    }

    fn advance(&mut self, by: f64) {
        self.text = times([1.0, 0.0, 0.0, 1.0, by, 0.0], self.text);
    }
}

pub(super) const UNIT: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

fn times(a: Matrix, b: Matrix) -> Matrix {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

fn matrix(operands: &[Object]) -> Matrix {
    let mut matrix = UNIT;
    matrix.iter_mut().zip(operands).for_each(|(place, operand)| *place = real(operand));
    matrix
}

pub(super) fn real(object: &Object) -> f64 {
    match object {
        Object::Integer(number) => *number as f64,
        Object::Real(number) => f64::from(*number),
        _ => 0.0,
    }
}

/// Forms in forms.
const FORMS: usize = 4;
const DEEPEST: usize = 256;
