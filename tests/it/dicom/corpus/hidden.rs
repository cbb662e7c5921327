//! Places where somebody who means it would put a name or a number, and where nobody looks.

use super::{Builder, CT, Corpus, DEFLATED, EXPLICIT, IMPLICIT, Plants, file, start};
use cordon::dicom::Choice;

/// Basic Text SR, and a presentation state.
const REPORT: &str = "1.2.840.10008.5.1.4.1.1.88.11";
const PRESENTATION: &str = "1.2.840.10008.5.1.4.1.1.11.1";

impl Corpus {
    pub(super) fn hidden(&mut self) {
        self.numbers();
        self.kinds_of_objects();
        self.private_sequences();
        self.samples();
        self.scripts_of_names();
        self.a_byte_order_mark();
        self.another_object_behind();
        self.long_texts();
        self.references_of_a_report();
        self.styles();
        self.more_documents();
        self.a_whole_medium();
    }

    fn add_named(
        &mut self,
        place: &'static str,
        class: &str,
        write: impl FnOnce(&mut Builder, &mut Plants, &str, &str),
    ) {
        let mut plants = self.plants();
        let mut data = Builder::new(EXPLICIT);
        let (name, number) = (plants.word(), plants.number("4", 8));
        start(&mut data, class, "", name.as_bytes());
        data.put(0x0010_1000, "LO", &number);
        write(&mut data, &mut plants, &name, &number);
        self.add(place, file(EXPLICIT, class, b"", &[], &data.bytes), plants, false);
    }

    /// The patient's number as a measurement, in any way to write it.
    fn numbers(&mut self) {
        self.add_named("a number as a measurement", CT, |data, plants, _, number| {
            let value: f64 = number.parse().unwrap();
            let forms = [format!("{number}.000"), format!("+{number}"), format!("0{number}"), format!("{value:e}")];
            for (tag, form) in [0x0018_0050, 0x0018_0060, 0x0018_0080, 0x0018_0081].into_iter().zip(&forms) {
                data.put(tag, "DS", form);
            }
            data.put(0x0018_1150, "IS", format!("1\\{number}")).put(0x0018_9073, "FD", value.to_le_bytes());
            data.put(0x0018_9219, "SS", [1, 0]).put(0x0028_9001, "UL", (value as u32).to_le_bytes());
            plants.made.extend(forms);
        });
    }

    /// A class and a kind of encoding that are none, but a number.
    fn kinds_of_objects(&mut self) {
        let mut plants = self.plants();
        let number = plants.number("4", 8);
        let class = format!("1.2.826.0.1.{number}");
        let mut data = Builder::new(EXPLICIT);
        start(&mut data, &class, "", plants.word().as_bytes());
        data.put(0x0010_1000, "LO", &number).put(0x0020_000D, "UI", &class);
        self.add("a class that is a number", file(EXPLICIT, &class, b"", &[], &data.bytes), plants, false);
    }

    fn private_sequences(&mut self) {
        self.add_named("private sequences as unknown", CT, |data, plants, name, _| {
            let mut inner = Builder::new(IMPLICIT);
            inner.put(0x0009_0010, "LO", "MAKER").put(0x0009_1003, "LO", plants.word());
            inner.sequence(0x0009_1004, true, |item| {
                item.put(0x0010_0010, "PN", plants.word()).put(0x0009_1005, "ST", name);
            });
            let mut item = Builder::new(IMPLICIT);
            item.tag(0xFFFE_E000);
            item.u32(inner.bytes.len() as u32);
            item.bytes.extend(inner.bytes);
            data.put(0x0009_0010, "LO", "MAKER").put(0x0009_1001, "UN", &item.bytes);
            data.sequence(0x0028_9145, false, |outer| {
                outer.put(0x0009_0010, "LO", "MAKER").put(0x0009_1001, "UN", &item.bytes);
            });
        });
    }

    /// Text as samples: private, in an icon, in a waveform, in a lookup table, under VRs of numbers.
    fn samples(&mut self) {
        self.add_named("text as samples", CT, |data, plants, name, _| {
            data.put(0x0009_0010, "LO", "MAKER").put(0x0009_1001, "OB", plants.word());
            data.put(0x0009_1002, "OW", plants.word()).put(0x0009_1003, "UN", plants.word());
            data.put(0x0018_9073, "FD", &name[..8]).put(0x0028_0009, "AT", &name[..8]);
            data.put(0x0028_1201, "OW", format!("{name}.."));
            data.sequence(0x0028_3000, true, |table| {
                table.put(0x0028_3006, "OW", name);
            });
            data.sequence(0x0008_1140, false, |reference| {
                reference.sequence(0x0088_0200, true, |icon| {
                    icon.short(0x0028_0010, 1).put(0x0028_2000, "OB", plants.word()).put(
                        0x7FE0_0010,
                        "OB",
                        plants.word(),
                    );
                });
            });
            data.sequence(0x5400_0100, true, |waveform| {
                waveform.put(0x003A_0020, "SH", name).put(0x5400_1010, "OW", name);
            });
        });
    }

    /// Three forms of one name, in sets that are switched to, and in an item with another set.
    fn scripts_of_names(&mut self) {
        let japanese = b"Qazwotu^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B";
        let korean = b"Qezkimo^Gildong=\x1b$)C\xFB\xF3^\x1b$)C\xD1\xCE\xD4\xD7=\x1b$)C\xC8\xAB^\x1b$)C\xB1\xE6\xB5\xBF";
        let cases: [(&str, &[u8], &[&str]); 4] = [
            ("\\ISO 2022 IR 87", japanese, &["Qazwotu", "山田", "太郎", "やまだ", "\x1b$B;3ED", "\x1b$BB@O:"]),
            ("\\ISO 2022 IR 149", korean, &["Qezkimo", "洪", "吉洞", "홍", "길동"]),
            ("GB18030", b"Qizwang^\x95\x32\x82\x36\xCD\xF5", &["Qizwang", "\u{20000}", "王"]),
            ("ISO_IR 144", b"\xBA\xE3\xD2\xE8\xD8\xDD\xDD\xD8\xDA^Q", &["Кувшинник"]),
        ];
        for (charset, name, texts) in cases {
            let mut data = Builder::new(EXPLICIT);
            start(&mut data, CT, charset, name);
            data.put(0x0018_1250, "SH", name).put(0x0018_1261, "LO", name);
            data.sequence(0x0028_9145, true, |item| {
                item.put(0x0008_0005, "CS", "ISO_IR 192").put(0x0028_3003, "LO", texts.join(" "));
                item.sequence(0x0028_9145, false, |inner| {
                    inner.put(0x0008_0005, "CS", charset).put(0x0028_3003, "LO", name);
                });
                item.put(0x0040_A160, "UT", texts.concat());
            });
            let made = texts.iter().map(|&text| text.to_owned()).collect();
            let plants = Plants { state: 0, made, retained: Vec::new() };
            self.add("names in three forms", file(EXPLICIT, CT, b"", &[], &data.bytes), plants, true);
        }
    }

    fn a_byte_order_mark(&mut self) {
        let mut plants = self.plants();
        let mut data = Builder::new(EXPLICIT);
        let name = plants.word();
        start(&mut data, CT, "ISO_IR 192", format!("\u{feff}{name}").as_bytes());
        data.put(0x0018_1250, "SH", &name).put(0x0018_1261, "LO", format!("\u{feff}{name}"));
        self.add("a byte order mark", file(EXPLICIT, CT, b"", &[], &data.bytes), plants, false);
    }

    /// A whole other object after the end of the first, and the same once more after its pixels.
    fn another_object_behind(&mut self) {
        for syntax in [EXPLICIT, DEFLATED] {
            let mut plants = self.plants();
            let mut other = Builder::new(EXPLICIT);
            start(&mut other, CT, "", plants.word().as_bytes());
            let other = file(EXPLICIT, CT, plants.word().as_bytes(), &[], &other.bytes);
            let mut data = Builder::new(EXPLICIT);
            start(&mut data, CT, "", plants.word().as_bytes());
            data.put(0x7FE0_0010, "OW", [0x5A; 64]);
            if syntax == DEFLATED {
                data.bytes = super::deflated(&data.bytes);
            }
            data.bytes.extend(other);
            self.add("another object behind", file(syntax, CT, b"", &[], &data.bytes), plants, syntax == DEFLATED);
        }
    }

    /// The VRs of the long length: text of any size, and addresses.
    fn long_texts(&mut self) {
        self.add_named("long texts and addresses", CT, |data, plants, name, number| {
            data.put(0x0008_010E, "UR", format!("https://{}.example/{number}", plants.word()));
            data.put(0x0008_0119, "UC", format!("code of {}", name)).put(0x0008_0120, "UR", format!("urn:x:{number}"));
            data.put(0x0008_1190, "UR", format!("https://pacs.example/{}", plants.word()));
            data.put(0x0018_9915, "UC", plants.word()).put(0x0040_4036, "PN", plants.word());
            data.put(0x0042_0010, "ST", plants.word()).put(0x0070_0006, "ST", plants.word());
            data.put(0x0074_100C, "LO", name).put(0x3010_0030, "UT", format!("{} {number}", plants.word()));
        });
    }

    /// Items that refer to others, items in items, and values of every type.
    fn references_of_a_report(&mut self) {
        self.add_named("references and values of a report", REPORT, |data, plants, name, number| {
            data.put(0x0040_A040, "CS", "CONTAINER");
            data.sequence(0x0040_A504, true, |template| {
                template.put(0x0008_0105, "CS", "DCMR").put(0x0040_DB00, "CS", name.to_uppercase());
            });
            data.sequence(0x0040_A730, false, |item| {
                item.put(0x0040_A010, "CS", "INFERRED FROM").put(0x0040_DB73, "UL", [1, 0, 0, 0]);
                item.put(0x0040_A160, "UT", plants.word());
            });
            data.sequence(0x0040_A730, true, |item| {
                item.put(0x0040_A010, "CS", "CONTAINS").put(0x0040_A040, "CS", "NUM");
                item.sequence(0x0040_A043, true, |concept| {
                    concept.put(0x0008_0100, "SH", plants.word()).put(0x0008_0102, "SH", "99LOCAL");
                    concept.put(0x0008_0104, "LO", plants.word());
                });
                item.sequence(0x0040_A300, true, |value| {
                    value.put(0x0040_A30A, "DS", number).put(0x0040_A161, "FD", [0; 8]);
                });
                item.put(0x0040_A120, "DT", plants.day()).put(0x0040_A124, "UI", plants.uid());
                item.sequence(0x0040_A730, false, |inner| {
                    inner.put(0x0040_A010, "CS", "HAS PROPERTIES").put(0x0040_A040, "CS", "TEXT");
                    inner.put(0x0040_A160, "UT", plants.word()).put(0x0040_A123, "PN", plants.word());
                });
            });
        });
    }

    fn styles(&mut self) {
        self.add_named("styles of a presentation state", PRESENTATION, |data, plants, name, _| {
            data.sequence(0x0070_0001, true, |annotation| {
                annotation.put(0x0070_0002, "CS", plants.word().to_uppercase());
                annotation.sequence(0x0070_0008, true, |text| {
                    text.put(0x0070_0006, "ST", plants.word());
                    text.sequence(0x0070_0231, true, |style| {
                        style.put(0x0070_0227, "LO", name).put(0x0070_0229, "LO", name);
                    });
                });
                annotation.sequence(0x0070_0209, true, |compound| {
                    compound.put(0x0070_0006, "ST", plants.word()).put(0x0070_0294, "CS", name.to_uppercase());
                });
            });
            data.put(0x0070_0084, "PN", plants.word()).put(0x0070_0081, "LO", plants.word());
        });
    }

    /// Models and what goes with them; and a document where none belongs.
    fn more_documents(&mut self) {
        for (place, class) in [
            ("encapsulated STL", "104.3"),
            ("encapsulated OBJ", "104.4"),
            ("encapsulated MTL", "104.5"),
            ("a document in an image", "2"),
        ] {
            let class = format!("1.2.840.10008.5.1.4.1.1.{class}");
            self.add_named(place, &class, |data, plants, name, _| {
                data.put(0x0042_0010, "ST", plants.word()).put(0x0042_0011, "OB", format!("solid {}", plants.word()));
                data.put(0x0042_0012, "LO", format!("model/{name}"));
                data.sequence(0x0042_0013, true, |source| {
                    source.put(0x0008_1155, "UI", plants.uid());
                });
            });
        }
    }

    /// A directory with records of every level, whose files have the patient's name.
    fn a_whole_medium(&mut self) {
        let class = "1.2.840.10008.1.3.10";
        let mut plants = self.plants();
        let mut data = Builder::new(EXPLICIT);
        let name = plants.word();
        data.put(0x0004_1130, "CS", plants.word().to_uppercase()).put(
            0x0004_1141,
            "CS",
            format!("{}\\README", plants.word().to_uppercase()),
        );
        data.put(0x0004_1200, "UL", [0; 4]).put(0x0004_1202, "UL", [0; 4]).put(0x0004_1212, "US", [0; 2]);
        let mut records = Builder::new(EXPLICIT);
        for kind in ["PATIENT", "STUDY", "SERIES", "IMAGE"] {
            let mut record = Builder::new(EXPLICIT);
            record.put(0x0004_1400, "UL", [0; 4]).put(0x0004_1410, "US", [0xFF, 0xFF]).put(0x0004_1420, "UL", [0; 4]);
            record.put(0x0004_1430, "CS", kind);
            match kind {
                "PATIENT" => record.put(0x0010_0010, "PN", &name).put(0x0010_0020, "LO", plants.number("4", 8)),
                "STUDY" => {
                    record.put(0x0008_0020, "DA", plants.day()).put(0x0008_0050, "SH", plants.word());
                    record.put(0x0008_1030, "LO", plants.word()).put(0x0020_000D, "UI", plants.uid())
                }
                "SERIES" => {
                    record.put(0x0008_0060, "CS", "CT").put(
                        0x0008_0080,
                        "LO",
                        plants.word_kept_by(Choice::RetainInstitutionIdentity),
                    );
                    record.put(0x0020_000E, "UI", plants.uid())
                }
                _ => {
                    record.put(0x0004_1500, "CS", format!("{}\\{}", name.to_uppercase(), plants.word().to_uppercase()));
                    record.put(0x0004_1510, "UI", CT).put(0x0004_1511, "UI", plants.uid());
                    record.put(0x0004_1512, "UI", EXPLICIT).put(0x0020_0013, "IS", "1")
                }
            };
            records.tag(0xFFFE_E000);
            records.u32(record.bytes.len() as u32);
            records.bytes.extend(record.bytes);
        }
        data.head(0x0004_1220, "SQ", records.bytes.len() as u32);
        data.bytes.extend(records.bytes);
        self.add("a whole medium", file(EXPLICIT, class, b"", &[], &data.bytes), plants, false);
    }
}
