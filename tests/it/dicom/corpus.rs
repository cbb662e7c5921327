//! A deterministic corpus: one object for each place where an identifier can hide.

mod builder;
mod everywhere;
mod hidden;
mod labels;
mod places;
mod private;
mod study;

pub use builder::{Builder, file};
use cordon::dicom::Choice;
pub use everywhere::{describes_pixels, identity_everywhere, whole_table};
pub use private::safe_private;
use std::io::Write as _;
pub use study::{PIXELS, image, ultrasound, value};

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
const JPEG: &str = "1.2.840.10008.1.2.4.50";

/// One object for each hiding place.
pub fn objects(seed: u64) -> Vec<Object> {
    let mut corpus = Corpus { seed, objects: Vec::new() };
    corpus.everywhere_in(EXPLICIT, "explicit little endian");
    corpus.everywhere_in(IMPLICIT, "implicit little endian");
    corpus.everywhere_in(BIG_ENDIAN, "explicit big endian");
    corpus.everywhere_in(DEFLATED, "deflated");
    corpus.around_the_data_set();
    corpus.without_preamble();
    corpus.unknown_and_wrong_types();
    corpus.scripts();
    corpus.deep();
    corpus.structured_report();
    corpus.documents();
    corpus.compressed_frames();
    corpus.directory();
    corpus.labels();
    corpus.hidden();
    corpus.objects
}

pub struct Object {
    pub place: &'static str,
    pub bytes: Vec<u8>,
    pub plants: Vec<String>,
    /// Those that an option keeps.
    pub retained: Vec<(Choice, String)>,
    /// Whether the plants are there in another form than UTF-8.
    pub is_encoded: bool,
}

/// Names that no dictionary has, a new one at each call.
struct Plants {
    state: u64,
    made: Vec<String>,
    retained: Vec<(Choice, String)>,
}

impl Plants {
    fn word(&mut self) -> String {
        let mut word = String::from("Q");
        for step in 0..9 {
            self.state = self.state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let letters: &[u8] = if step % 2 == 0 { b"aeiou" } else { b"bdfgklmnprtvz" };
            word.push(char::from(letters[(self.state >> 33) as usize % letters.len()]));
        }
        self.made.push(word.clone());
        word
    }

    fn digit(&mut self) -> u8 {
        self.state = self.state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.state >> 33) as u8 % 9 + 1
    }

    fn number(&mut self, prefix: &str, digits: usize) -> String {
        let mut number = prefix.to_owned();
        (0..digits).for_each(|_| number.push(char::from(b'0' + self.digit())));
        self.made.push(number.clone());
        number
    }

    fn date(&mut self) -> String {
        let date = format!("19{}{}0{}1{}", self.digit(), self.digit(), self.digit(), self.digit());
        self.made.push(date.clone());
        date
    }

    fn uid(&mut self) -> String {
        let uid = self.number("1.2.826.0.1.", 12);
        self.retained.push((Choice::RetainUids, uid.clone()));
        uid
    }

    fn day(&mut self) -> String {
        let day = self.date();
        self.retained.push((Choice::RetainFullDates, day.clone()));
        day
    }

    fn word_kept_by(&mut self, choice: Choice) -> String {
        let word = self.word();
        self.retained.push((choice, word.clone()));
        word
    }
}

/// The elements that every image has, with a patient.
fn start(data: &mut Builder, class: &str, charset: &str, name: &[u8]) {
    if !charset.is_empty() {
        data.put(0x0008_0005, "CS", charset);
    }
    data.put(0x0008_0016, "UI", class).put(0x0008_0018, "UI", "1.2.3.4").put(0x0008_0020, "DA", "20200310");
    data.put(0x0008_0060, "CS", "CT").put(0x0010_0010, "PN", name).put(0x0010_0020, "LO", "");
}

/// What a deflated data set looks like.
fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut deflater = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    deflater.write_all(bytes).unwrap();
    deflater.finish().unwrap()
}

struct Corpus {
    seed: u64,
    objects: Vec<Object>,
}

impl Corpus {
    fn plants(&self) -> Plants {
        Plants {
            state: self.seed.wrapping_mul(1000) + self.objects.len() as u64,
            made: Vec::new(),
            retained: Vec::new(),
        }
    }

    fn add(&mut self, place: &'static str, bytes: Vec<u8>, plants: Plants, is_encoded: bool) {
        self.objects.push(Object { place, bytes, plants: plants.made, retained: plants.retained, is_encoded });
    }
}
