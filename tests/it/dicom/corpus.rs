//! A deterministic corpus: one object for each place where an identifier can hide.

mod labels;

use cordon::dicom::Choice;
use std::io::Write as _;

/// Bytes of pixel data of an ordinary image.
pub const PIXELS: usize = 64;

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
const JPEG: &str = "1.2.840.10008.1.2.4.50";

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

    fn word_kept_by(&mut self, choice: Choice) -> String {
        let word = self.word();
        self.retained.push((choice, word.clone()));
        word
    }
}

/// Writes elements in one encoding.
pub struct Builder {
    explicit: bool,
    big: bool,
    pub bytes: Vec<u8>,
}

impl Builder {
    pub fn new(syntax: &str) -> Self {
        Self { explicit: syntax != IMPLICIT, big: syntax == BIG_ENDIAN, bytes: Vec::new() }
    }

    fn u16(&mut self, value: u16) {
        self.bytes.extend(if self.big { value.to_be_bytes() } else { value.to_le_bytes() });
    }

    fn u32(&mut self, value: u32) {
        self.bytes.extend(if self.big { value.to_be_bytes() } else { value.to_le_bytes() });
    }

    fn tag(&mut self, tag: u32) {
        self.u16((tag >> 16) as u16);
        self.u16(tag as u16);
    }

    /// An empty table of offsets, one frame, and the end of the pixels.
    fn encapsulated(&mut self, frame: &[u8]) {
        for fragment in [&[][..], frame] {
            self.tag(0xFFFE_E000);
            self.u32(fragment.len() as u32);
            self.bytes.extend(fragment);
        }
        self.tag(0xFFFE_E0DD);
        self.u32(0);
    }

    fn head(&mut self, tag: u32, vr: &str, length: u32) {
        self.tag(tag);
        if !self.explicit {
            return self.u32(length);
        }
        self.bytes.extend(vr.as_bytes());
        if ["OB", "OW", "SQ", "UN", "UT", "UC", "UR"].contains(&vr) {
            self.bytes.extend([0, 0]);
            self.u32(length);
        } else {
            self.u16(length as u16);
        }
    }

    pub fn put(&mut self, tag: u32, vr: &str, value: impl AsRef<[u8]>) -> &mut Self {
        let value = value.as_ref();
        let odd = value.len() % 2;
        self.head(tag, vr, (value.len() + odd) as u32);
        self.bytes.extend(value);
        self.bytes.extend(vec![if vr == "UI" || vr.starts_with('O') { 0 } else { b' ' }; odd]);
        self
    }

    pub fn short(&mut self, tag: u32, value: u16) -> &mut Self {
        let bytes = if self.big { value.to_be_bytes() } else { value.to_le_bytes() };
        self.put(tag, "US", bytes)
    }

    fn nested(&self) -> Self {
        Self { explicit: self.explicit, big: self.big, bytes: Vec::new() }
    }

    /// A sequence of one item, with lengths or with delimiters.
    pub fn sequence(&mut self, tag: u32, defined: bool, item: impl FnOnce(&mut Self)) -> &mut Self {
        let mut inner = self.nested();
        item(&mut inner);
        let length = inner.bytes.len() as u32;
        self.head(tag, "SQ", if defined { length + 8 } else { u32::MAX });
        self.tag(0xFFFE_E000);
        self.u32(if defined { length } else { u32::MAX });
        self.bytes.extend(inner.bytes);
        if !defined {
            for end in [0xFFFE_E00D, 0xFFFE_E0DD] {
                self.tag(end);
                self.u32(0);
            }
        }
        self
    }
}

/// Preamble, file meta information and a data set.
pub fn file(syntax: &str, class: &str, preamble: &[u8], meta: &[(u32, &str, &[u8])], data_set: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 128];
    bytes[..preamble.len()].copy_from_slice(preamble);
    bytes.extend(b"DICM");
    let mut head = Builder::new(EXPLICIT);
    head.put(0x0002_0002, "UI", class).put(0x0002_0003, "UI", "1.2.3.4").put(0x0002_0010, "UI", syntax);
    for &(tag, vr, value) in meta {
        head.put(tag, vr, value);
    }
    let mut length = Builder::new(EXPLICIT);
    length.put(0x0002_0000, "UL", (head.bytes.len() as u32).to_le_bytes());
    bytes.extend(length.bytes);
    bytes.extend(head.bytes);
    bytes.extend(data_set);
    bytes
}

/// The elements that every image has, with a patient.
fn start(data: &mut Builder, class: &str, charset: &str, name: &[u8]) {
    if !charset.is_empty() {
        data.put(0x0008_0005, "CS", charset);
    }
    data.put(0x0008_0016, "UI", class).put(0x0008_0018, "UI", "1.2.3.4").put(0x0008_0020, "DA", "20200310");
    data.put(0x0008_0060, "CS", "CT").put(0x0010_0010, "PN", name).put(0x0010_0020, "LO", "");
}

fn pixels(data: &mut Builder) {
    data.short(0x0028_0010, 8).short(0x0028_0011, 8).short(0x0028_0100, 8).put(0x7FE0_0010, "OW", [0x5A; PIXELS]);
}

/// Object `number` of a study, of a day.
pub fn image(number: u32, day: &str) -> Vec<u8> {
    let mut data = Builder::new(EXPLICIT);
    data.put(0x0008_0016, "UI", CT).put(0x0008_0018, "UI", format!("1.2.3.{number}")).put(0x0008_0020, "DA", day);
    data.put(0x0008_0060, "CS", "CT").put(0x0010_0020, "LO", "PAT-7").put(0x0020_000D, "UI", "1.2.3");
    pixels(&mut data);
    file(EXPLICIT, CT, b"", &[], &data.bytes)
}

/// Eight rows of eight pixels, the first two of which are outside the region; it claims to show no text.
pub fn ultrasound() -> Vec<u8> {
    let class = "1.2.840.10008.5.1.4.1.1.6.1";
    let mut data = Builder::new(EXPLICIT);
    data.put(0x0008_0016, "UI", class).put(0x0008_0018, "UI", "1.2.3.4").put(0x0008_0060, "CS", "US");
    data.sequence(0x0018_6011, true, |region| {
        for (tag, edge) in [(0x0018_6018, 0u32), (0x0018_601A, 2), (0x0018_601C, 7), (0x0018_601E, 7)] {
            region.put(tag, "UL", edge.to_le_bytes());
        }
    });
    data.short(0x0028_0002, 1).short(0x0028_0010, 8).short(0x0028_0011, 8).short(0x0028_0100, 8);
    data.put(0x0028_0301, "CS", "NO").put(0x7FE0_0010, "OB", [0xAA; 64]);
    file(EXPLICIT, class, b"", &[], &data.bytes)
}

/// The value of an element of a short VR in explicit little endian, found by its head.
pub fn value(bytes: &[u8], tag: u32) -> String {
    let head = [(tag >> 16) as u16, tag as u16].map(u16::to_le_bytes).concat();
    let at = memchr::memmem::rfind(bytes, &head).unwrap();
    let length = usize::from(u16::from_le_bytes([bytes[at + 6], bytes[at + 7]]));
    String::from_utf8_lossy(&bytes[at + 8..at + 8 + length]).trim_matches(['\0', ' ']).to_owned()
}

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
    corpus.objects
}

/// Where the whole table of attributes is planted once more: in sequences that no table lists, and in ones that stay.
const SEQUENCES: [u32; 7] = [0x0028_9145, 0x0008_1115, 0x0040_0275, 0x5200_9230, 0x0040_A730, 0x0028_9422, 0x0008_1199];

/// Every attribute that the table lists and that an option could keep, at top level and in sequences, in each encoding.
/// In listed sequences a code, a name and a UID.
pub fn whole_table(seed: u64, rows: &str) -> Vec<Object> {
    let tags: Vec<(u32, String)> = rows
        .lines()
        .filter_map(|row| {
            let mut cells = row.split('\t');
            let tag = u32::from_str_radix(cells.next()?, 16).ok()?;
            Some((tag, cells.nth(2)?.to_owned()))
        })
        .filter(|(tag, _)| tag >> 16 >= 8 && *tag != 0x0008_0016 && *tag != 0x7FE0_0010)
        .collect();
    let mut corpus = Corpus { seed, objects: Vec::new() };
    for syntax in [EXPLICIT, IMPLICIT, BIG_ENDIAN] {
        let mut plants = corpus.plants();
        let mut data = Builder::new(syntax);
        data.put(0x0008_0005, "CS", "ISO_IR 192").put(0x0008_0016, "UI", CT);
        plant_all(&mut data, &mut plants, &tags);
        corpus.add("every listed attribute", file(syntax, CT, b"", &[], &data.bytes), plants, false);
        for sequence in SEQUENCES {
            let mut plants = corpus.plants();
            let mut data = Builder::new(syntax);
            data.put(0x0008_0016, "UI", CT);
            data.sequence(sequence, true, |item| {
                item.sequence(0x0028_9145, false, |item| plant_all(item, &mut plants, &tags));
            });
            corpus.add("every listed attribute in a sequence", file(syntax, CT, b"", &[], &data.bytes), plants, false);
        }
    }
    corpus.objects
}

fn plant_all(data: &mut Builder, plants: &mut Plants, tags: &[(u32, String)]) {
    for (tag, vr) in tags {
        let vr = vr.split(' ').next().unwrap_or_default();
        match vr {
            "SQ" => drop(data.sequence(*tag, true, |item| {
                item.put(0x0008_0100, "SH", plants.word()).put(0x0008_0102, "SH", plants.word());
                item.put(0x0008_0104, "LO", plants.word()).put(0x0008_1155, "UI", plants.number("1.2.826.0.1.", 12));
                item.put(0x0010_0010, "PN", plants.word());
            })),
            "PN" | "LO" | "SH" | "ST" | "LT" | "UT" | "UC" | "OB" | "OW" | "UN" | "CS" | "AE" => {
                data.put(*tag, vr, plants.word());
            }
            "UR" => {
                data.put(*tag, vr, format!("http://{}.example/", plants.word()));
            }
            "UI" => {
                data.put(*tag, vr, plants.number("1.2.826.0.1.", 12));
            }
            "DA" => {
                data.put(*tag, vr, plants.date());
            }
            "DT" => {
                let stamp = format!("{}101112", plants.date());
                data.put(*tag, vr, &stamp);
                plants.made.push(stamp);
            }
            "IS" | "DS" => {
                data.put(*tag, vr, plants.number("7", 9));
            }
            _ => {}
        }
    }
}

/// The patient's name, number and birth date in every attribute that the table does not list, written in many ways.
pub fn identity_everywhere(seed: u64, unlisted: &[(u32, &str)]) -> Vec<Object> {
    let mut corpus = Corpus { seed, objects: Vec::new() };
    let (family, given, number, born) = ("Zylbrandt", "Quenelda", "840219377", "19530419");
    let reversed: String = family.chars().rev().collect();
    let hex = data_encoding::HEXLOWER.encode(family.as_bytes());
    let base64 = data_encoding::BASE64.encode(family.as_bytes());
    let forms = [
        family.to_owned(),
        format!("{given} {family}"),
        family.to_uppercase(),
        format!("for {given} of ward 7"),
        number.to_owned(),
        "8402-19377".to_owned(),
        born.to_owned(),
        "1953-04-19".to_owned(),
        "04/19/1953".to_owned(),
        "19.04.1953".to_owned(),
        format!("1.2.826.0.1.{born}.77"),
        reversed,
        hex,
        base64,
    ];
    for (form, is_nested) in forms.iter().flat_map(|form| [(form, false), (form, true)]) {
        let mut data = Builder::new(EXPLICIT);
        let plant = |data: &mut Builder| {
            for &(tag, vr) in unlisted {
                data.put(tag, vr, form);
            }
        };
        data.put(0x0008_0016, "UI", CT).put(0x0010_0010, "PN", format!("{family}^{given}"));
        data.put(0x0010_0020, "LO", number).put(0x0010_0030, "DA", born);
        if is_nested {
            data.sequence(0x0028_9145, true, plant);
        } else {
            plant(&mut data);
        }
        let made = vec![family.to_owned(), given.to_owned(), number.to_owned(), born.to_owned(), form.clone()];
        let plants = Plants { state: 0, made, retained: Vec::new() };
        corpus.add(
            "the patient's identity where nobody expects it",
            file(EXPLICIT, CT, b"", &[], &data.bytes),
            plants,
            false,
        );
    }
    corpus.objects
}

/// Attributes that must be what they are for the object to be read at all.
pub fn describes_pixels(tag: u32) -> bool {
    matches!(tag, 0x0008_0005 | 0x0008_0016 | 0x0008_0018 | 0x0008_0060)
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

    fn everywhere_in(&mut self, syntax: &'static str, place: &'static str) {
        let mut plants = self.plants();
        let mut data = Builder::new(syntax);
        let name = plants.word();
        start(&mut data, CT, "", format!("{name}^{}", plants.word()).as_bytes());
        // Listed attributes, listed ones in sequences that are not listed, and the name in text that is not listed.
        data.put(0x0010_1040, "LO", plants.word()).put(0x0010_4000, "LT", plants.word());
        data.put(0x0018_1000, "LO", plants.word_kept_by(Choice::RetainDeviceIdentity)).put(
            0x0018_5100,
            "CS",
            name.to_uppercase(),
        );
        data.put(0x0020_4000, "LT", plants.word());
        data.sequence(0x0028_9145, true, |item| {
            item.put(0x0008_1010, "SH", plants.word_kept_by(Choice::RetainDeviceIdentity));
            item.put(0x0009_0010, "LO", "MAKER").put(0x0009_1001, "LO", plants.word());
            item.sequence(0x0009_1002, false, |inner| {
                inner.put(0x0009_1003, "LO", plants.word());
            });
        });
        data.put(0x0029_0010, "LO", "MAKER").put(0x0029_1001, "LO", plants.word());
        data.sequence(0x0029_1002, true, |item| {
            item.put(0x0010_0010, "PN", plants.word());
        });
        data.sequence(0x0040_0275, false, |item| {
            item.put(0x0040_0007, "LO", plants.word());
            item.sequence(0x0040_0008, true, |code| {
                code.put(0x0008_0104, "LO", name.clone());
            });
        });
        data.sequence(0x0070_0001, false, |item| {
            item.sequence(0x0070_0008, false, |text| {
                text.put(0x0070_0006, "ST", plants.word());
            });
        });
        data.sequence(0x0088_0200, true, |icon| {
            icon.put(0x7FE0_0010, "OW", plants.word());
        });
        data.sequence(0x0400_0500, true, |encrypted| {
            encrypted.put(0x0400_0520, "OB", plants.word());
        });
        data.sequence(0x0400_0561, true, |original| {
            original.put(0x0400_0564, "LO", plants.word());
            original.sequence(0x0400_0550, true, |old| {
                old.put(0x0010_0010, "PN", plants.word());
            });
        });
        data.put(0x5000_2500, "LO", plants.word()).put(0x5000_3000, "OW", plants.word());
        data.put(0x6000_0022, "LO", plants.word()).put(0x6000_3000, "OW", plants.word());
        data.put(0x6000_4000, "LT", plants.word()).put(0x7FE0_0010, "OW", [0x5A; PIXELS]);
        data.sequence(0xFFFA_FFFA, true, |signature| {
            signature.put(0x0400_0120, "OB", plants.word());
        });
        data.put(0xFFFC_FFFC, "OB", plants.word());
        data.bytes.extend(plants.word().as_bytes());
        let is_deflated = syntax == DEFLATED;
        if is_deflated {
            let mut deflater = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
            deflater.write_all(&data.bytes).unwrap();
            data.bytes = deflater.finish().unwrap();
        }
        self.add(place, file(syntax, CT, b"", &[], &data.bytes), plants, is_deflated);
    }

    fn around_the_data_set(&mut self) {
        let mut plants = self.plants();
        let preamble = plants.word();
        let meta = [0x0002_0016, 0x0002_0017, 0x0002_0018, 0x0002_0013].map(|tag| (tag, plants.word()));
        let private = plants.word();
        let mut elements: Vec<(u32, &str, &[u8])> = meta
            .iter()
            .map(|(tag, word)| (*tag, if *tag == 0x0002_0013 { "SH" } else { "AE" }, word.as_bytes()))
            .collect();
        elements.sort();
        elements.push((0x0002_0102, "OB", private.as_bytes()));
        let mut data = Builder::new(EXPLICIT);
        start(&mut data, CT, "", b"");
        data.put(0x0010_0000, "UL", [0; 4]).put(0x0010_1090, "LO", plants.word());
        data.bytes.extend([0; 40]);
        data.bytes.extend(plants.word().as_bytes());
        let bytes = file(EXPLICIT, CT, preamble.as_bytes(), &elements, &data.bytes);
        self.add("preamble, file meta information, bytes after the end", bytes, plants, false);
    }

    fn without_preamble(&mut self) {
        for syntax in [EXPLICIT, IMPLICIT, BIG_ENDIAN] {
            let mut plants = self.plants();
            let mut data = Builder::new(syntax);
            start(&mut data, CT, "", plants.word().as_bytes());
            pixels(&mut data);
            self.add("no preamble", data.bytes, plants, false);
        }
    }

    fn unknown_and_wrong_types(&mut self) {
        let mut plants = self.plants();
        let mut data = Builder::new(EXPLICIT);
        start(&mut data, CT, "", plants.word().as_bytes());
        let mut inner = Builder::new(IMPLICIT);
        inner.tag(0xFFFE_E000);
        inner.u32(u32::MAX);
        inner.put(0x0010_0010, "PN", plants.word()).put(0x0011_1001, "LO", plants.word());
        inner.tag(0xFFFE_E00D);
        inner.u32(0);
        // A listed sequence, one that is not listed, and a private one, as unknown.
        for tag in [0x0008_1140, 0x0008_114A, 0x0009_1001] {
            data.put(tag, "UN", &inner.bytes);
        }
        // Names under a wrong VR, listed, unlisted and unknown to the dictionary.
        data.put(0x0010_0021, "OB", plants.word()).put(0x0010_21B0, "UN", plants.word());
        data.put(0x0018_0022, "DA", plants.word()).put(0x0018_0050, "DS", plants.word());
        data.put(0x0018_1120, "US", plants.word()).put(0x0018_FFF0, "LO", plants.word());
        data.put(0x0020_000D, "LO", plants.word()).put(0x0028_0003, "ZZ", plants.word());
        self.add("unknown and wrong VRs", file(EXPLICIT, CT, b"", &[], &data.bytes), plants, false);
    }

    fn scripts(&mut self) {
        let latin: &[u8] = b"Q\xFCnlevrotz";
        let cases: [(&str, &[u8], &str); 6] = [
            ("ISO_IR 192", "Кувшинникова".as_bytes(), "Кувшинникова"),
            ("ISO_IR 100", latin, "Qünlevrotz"),
            ("GB18030", b"\xCD\xF5\xD0\xA1\xB6\xAB", "王小东"),
            ("\\ISO 2022 IR 87", b"\x1b$B;3EDB@O:\x1b(B", "山田太郎"),
            ("\\ISO 2022 IR 149", b"\x1b$)C\xFB\xF3\xD1\xCE\xD4\xD7", "洪吉洞"),
            ("ISO_IR 999", b"Q\xC1\xC2\xC3\xC4\xC5", "Q\u{c1}\u{c2}"),
        ];
        for (charset, bytes, text) in cases {
            let mut data = Builder::new(EXPLICIT);
            start(&mut data, CT, charset, bytes);
            // In text that is not listed, in the object's set and in another one set by the item.
            data.put(0x0018_1250, "SH", bytes);
            data.sequence(0x0028_9145, true, |item| {
                item.put(0x0008_0005, "CS", "ISO_IR 192").put(0x0028_3003, "LO", text);
            });
            let output = file(EXPLICIT, CT, b"", &[], &data.bytes);
            let plants = Plants {
                state: 0,
                made: vec![text.to_owned(), String::from_utf8_lossy(bytes).into_owned()],
                retained: Vec::new(),
            };
            self.add("character sets", output, plants, true);
        }
    }

    fn deep(&mut self) {
        fn nest(data: &mut Builder, depth: usize, word: &str) {
            match depth {
                0 => {
                    data.put(0x0010_0010, "PN", word);
                }
                _ => drop(data.sequence(0x0028_9145, false, |item| nest(item, depth - 1, word))),
            }
        }
        let mut plants = self.plants();
        let mut data = Builder::new(EXPLICIT);
        start(&mut data, CT, "", b"");
        nest(&mut data, 60, &plants.word());
        self.add("sixty levels deep", file(EXPLICIT, CT, b"", &[], &data.bytes), plants, false);
    }

    fn structured_report(&mut self) {
        let class = "1.2.840.10008.5.1.4.1.1.88.11";
        let mut plants = self.plants();
        let mut data = Builder::new(EXPLICIT);
        start(&mut data, class, "", plants.word().as_bytes());
        let concept = |item: &mut Builder, code: &str| {
            item.sequence(0x0040_A043, true, |name| {
                name.put(0x0008_0100, "SH", code).put(0x0008_0102, "SH", "DCM").put(0x0008_0104, "LO", "A concept");
            });
        };
        data.put(0x0040_A040, "CS", "CONTAINER");
        data.sequence(0x0040_A073, true, |observer| {
            observer.put(0x0040_A027, "LO", plants.word()).put(0x0040_A075, "PN", plants.word());
            observer.sequence(0x0040_A088, true, |code| {
                code.put(0x0008_0104, "LO", plants.word());
            });
        });
        data.sequence(0x0040_A730, false, |item| {
            item.put(0x0040_A010, "CS", "CONTAINS").put(0x0040_A040, "CS", "TEXT");
            concept(item, "121022");
            item.put(0x0040_A160, "UT", plants.word());
        });
        data.sequence(0x0040_B020, false, |annotation| {
            annotation.put(0x0070_0006, "ST", plants.word());
        });
        self.add("structured report", file(EXPLICIT, class, b"", &[], &data.bytes), plants, false);
        let mut plants = self.plants();
        let mut data = Builder::new(EXPLICIT);
        start(&mut data, class, "", b"");
        data.sequence(0x0040_A730, true, |item| {
            item.put(0x0040_A010, "CS", "CONTAINS").put(0x0040_A040, "CS", "PNAME");
            concept(item, "121008");
            item.put(0x0040_A123, "PN", plants.word());
        });
        self.add("a person in a report", file(EXPLICIT, class, b"", &[], &data.bytes), plants, false);
    }

    fn documents(&mut self) {
        for (place, class) in [("encapsulated PDF", "104.1"), ("encapsulated CDA", "104.2")] {
            let class = format!("1.2.840.10008.5.1.4.1.1.{class}");
            let mut plants = self.plants();
            let mut data = Builder::new(EXPLICIT);
            start(&mut data, &class, "", b"");
            data.put(0x0042_0010, "ST", plants.word()).put(0x0042_0011, "OB", plants.word());
            self.add(place, file(EXPLICIT, &class, b"", &[], &data.bytes), plants, false);
        }
    }

    fn compressed_frames(&mut self) {
        let mut plants = self.plants();
        let mut data = Builder::new(EXPLICIT);
        start(&mut data, CT, "", b"");
        data.short(0x0028_0010, 8).short(0x0028_0011, 8);
        data.head(0x7FE0_0010, "OB", u32::MAX);
        let segment =
            |marker: u8, body: &[u8]| [&[0xFF, marker][..], &(body.len() as u16 + 2).to_be_bytes(), body].concat();
        let mut frame = vec![0xFF, 0xD8];
        frame.extend(segment(0xFE, plants.word().as_bytes()));
        frame.extend(segment(0xE1, format!("Exif\0\0{}", plants.word()).as_bytes()));
        frame.extend(segment(0xDA, &[1, 1, 0, 0, 63, 0]));
        frame.extend([1, 2, 3, 0xFF, 0xD9]);
        frame.extend(plants.word().as_bytes());
        frame.resize(frame.len().next_multiple_of(2), 0);
        data.encapsulated(&frame);
        data.bytes.extend(plants.word().as_bytes());
        self.add("compressed frames", file(JPEG, CT, b"", &[], &data.bytes), plants, false);
    }

    fn directory(&mut self) {
        let class = "1.2.840.10008.1.3.10";
        let mut plants = self.plants();
        let mut data = Builder::new(EXPLICIT);
        data.put(0x0004_1200, "UL", [0; 4]);
        data.sequence(0x0004_1220, false, |record| {
            record.put(0x0004_1400, "UL", [0; 4]).put(0x0004_1430, "CS", "PATIENT");
            record.put(0x0010_0010, "PN", plants.word()).put(0x0010_0020, "LO", plants.word());
        });
        self.add("directory", file(EXPLICIT, class, b"", &[], &data.bytes), plants, false);
    }
}
