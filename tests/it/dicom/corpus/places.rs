//! The places that every reader of DICOM knows: sequences, private blocks, what surrounds the data set, scripts,
//! reports, documents, compressed frames, a directory.

use super::study::pixels;
use super::{BIG_ENDIAN, Builder, CT, Corpus, DEFLATED, EXPLICIT, IMPLICIT, JPEG, PIXELS, Plants, file, start};
use cordon::dicom::Choice;

impl Corpus {
    pub(super) fn everywhere_in(&mut self, syntax: &'static str, place: &'static str) {
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
            data.bytes = super::deflated(&data.bytes);
        }
        self.add(place, file(syntax, CT, b"", &[], &data.bytes), plants, is_deflated);
    }

    pub(super) fn around_the_data_set(&mut self) {
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

    pub(super) fn without_preamble(&mut self) {
        for syntax in [EXPLICIT, IMPLICIT, BIG_ENDIAN] {
            let mut plants = self.plants();
            let mut data = Builder::new(syntax);
            start(&mut data, CT, "", plants.word().as_bytes());
            pixels(&mut data);
            self.add("no preamble", data.bytes, plants, false);
        }
    }

    pub(super) fn unknown_and_wrong_types(&mut self) {
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

    pub(super) fn scripts(&mut self) {
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

    pub(super) fn deep(&mut self) {
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

    pub(super) fn structured_report(&mut self) {
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

    pub(super) fn documents(&mut self) {
        for (place, class) in [("encapsulated PDF", "104.1"), ("encapsulated CDA", "104.2")] {
            let class = format!("1.2.840.10008.5.1.4.1.1.{class}");
            let mut plants = self.plants();
            let mut data = Builder::new(EXPLICIT);
            start(&mut data, &class, "", b"");
            data.put(0x0042_0010, "ST", plants.word()).put(0x0042_0011, "OB", plants.word());
            self.add(place, file(EXPLICIT, &class, b"", &[], &data.bytes), plants, false);
        }
    }

    pub(super) fn compressed_frames(&mut self) {
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

    pub(super) fn directory(&mut self) {
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
