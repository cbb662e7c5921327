//! Places where somebody wrote something that no table of attributes lists: labels, codes of a site, colour profiles,
//! what stands beside signatures, and what is not where it belongs.

use super::{Builder, CT, Corpus, EXPLICIT, IMPLICIT, JPEG, Plants, file, start};

use cordon::dicom::Choice;

impl Corpus {
    pub(super) fn labels(&mut self) {
        self.presentation();
        self.waveform();
        self.media();
        self.codes_of_a_site();
        self.beside_signatures();
        self.colour_profiles();
        self.old_age();
        self.astray();
    }

    fn add_plain(&mut self, place: &'static str, class: &str, write: impl FnOnce(&mut Builder, &mut Plants)) {
        let mut plants = self.plants();
        let mut data = Builder::new(EXPLICIT);
        start(&mut data, class, "", plants.word().as_bytes());
        write(&mut data, &mut plants);
        self.add(place, file(EXPLICIT, class, b"", &[], &data.bytes), plants, false);
    }

    fn presentation(&mut self) {
        self.add_plain("labels of a presentation state", "1.2.840.10008.5.1.4.1.1.11.1", |data, plants| {
            data.put(0x0028_3003, "LO", plants.word()).put(0x0042_0010, "ST", plants.word());
            data.sequence(0x0070_0060, true, |layer| {
                layer.put(0x0070_0002, "CS", plants.word().to_uppercase()).put(0x0070_0068, "LO", plants.word());
            });
            data.put(0x0070_0080, "CS", plants.word().to_uppercase()).put(0x0070_0081, "LO", plants.word());
            data.sequence(0x0070_0087, true, |other| {
                other.put(0x0070_0081, "LO", plants.word());
            });
        });
    }

    fn waveform(&mut self) {
        self.add_plain("annotations of a waveform", "1.2.840.10008.5.1.4.1.1.9.1.1", |data, plants| {
            data.sequence(0x0040_B020, false, |note| {
                note.sequence(0x0040_A043, true, |name| {
                    name.put(0x0008_0100, "SH", plants.word()).put(0x0008_0104, "LO", plants.word());
                });
                let when = plants.date();
                plants.retained.push((Choice::RetainFullDates, when.clone()));
                note.put(0x0040_A13A, "DT", when).put(0x0040_A160, "UT", plants.word());
                note.put(0x0070_0006, "ST", plants.word());
            });
            data.sequence(0x5400_0100, true, |group| {
                group.put(0x003A_0020, "SH", plants.word());
                group.sequence(0x003A_0200, false, |channel| {
                    channel.put(0x003A_0203, "SH", plants.word());
                    channel.sequence(0x003A_0208, true, |source| {
                        source.put(0x0008_0100, "SH", plants.word()).put(0x0008_0102, "SH", "99LAB");
                        source.put(0x0008_0103, "SH", plants.word()).put(0x0008_0104, "LO", plants.word());
                    });
                });
            });
        });
    }

    fn media(&mut self) {
        self.add_plain("names of media", CT, |data, plants| {
            data.sequence(0x0008_1115, true, |series| {
                let uid = plants.number("1.2.826.0.1.", 12);
                plants.retained.push((Choice::RetainUids, uid.clone()));
                series.put(0x0088_0130, "SH", plants.word()).put(0x0088_0140, "UI", uid);
            });
        });
        let mut plants = self.plants();
        let mut data = Builder::new(EXPLICIT);
        data.put(0x0004_1130, "CS", plants.word().to_uppercase());
        data.put(0x0004_1141, "CS", plants.word().to_uppercase());
        data.put(0x0004_1200, "UL", [0; 4]).put(0x0004_1202, "UL", [0; 4]).short(0x0004_1212, 0);
        self.add("name of a file-set", file(EXPLICIT, "1.2.840.10008.1.3.10", b"", &[], &data.bytes), plants, false);
    }

    fn codes_of_a_site(&mut self) {
        self.add_plain("codes of a site", CT, |data, plants| {
            for (sequence, scheme) in [(0x0008_2218, "99LOCAL"), (0x0018_0026, "DCM"), (0x0018_0029, "")] {
                data.sequence(sequence, true, |code| {
                    code.put(0x0008_0100, "SH", plants.word()).put(0x0008_0102, "SH", scheme);
                    code.put(0x0008_0103, "SH", plants.word()).put(0x0008_0104, "LO", plants.word());
                });
            }
            data.sequence(0x0008_1140, true, |reference| {
                reference.put(0x0008_0080, "LO", plants.word_kept_by(Choice::RetainInstitutionIdentity));
                reference.put(0x0008_0100, "SH", plants.word()).put(0x0008_0102, "SH", "SCT");
                reference.put(0x0008_0104, "LO", plants.word());
            });
            data.sequence(0x0018_A001, true, |equipment| {
                equipment.put(0x0008_0080, "LO", plants.word_kept_by(Choice::RetainInstitutionIdentity));
                equipment.put(0x0008_1070, "PN", plants.word()).put(0x0018_A003, "ST", plants.word());
                equipment.sequence(0x0040_A170, true, |purpose| {
                    purpose.put(0x0008_0100, "SH", "109102").put(0x0008_0102, "SH", "DCM");
                    purpose.put(0x0008_0104, "LO", plants.word());
                });
            });
        });
    }

    fn beside_signatures(&mut self) {
        self.add_plain("beside signatures", CT, |data, plants| {
            data.put(0x0400_0020, "OB", plants.word());
            data.sequence(0x4FFE_0001, true, |parameters| {
                parameters.put(0x0400_0010, "UI", "1.2.3").put(0x0400_0120, "OB", plants.word());
            });
        });
    }

    fn colour_profiles(&mut self) {
        let profile = |word: &str| {
            let text = [&b"text\0\0\0\0"[..], word.as_bytes(), b"\0"].concat();
            let mut bytes = vec![0; 128];
            bytes[36..40].copy_from_slice(b"acsp");
            bytes.extend(1u32.to_be_bytes());
            bytes.extend(b"cprt");
            bytes.extend([144, text.len() as u32].map(u32::to_be_bytes).concat());
            bytes.extend(text);
            bytes
        };
        self.add_plain("a colour profile", CT, |data, plants| {
            data.put(0x0028_2000, "OB", profile(&plants.word()));
            data.sequence(0x0048_0105, true, |path| {
                path.put(0x0028_2000, "OB", plants.word());
            });
        });
        let mut plants = self.plants();
        let mut data = Builder::new(EXPLICIT);
        start(&mut data, CT, "", b"");
        data.head(0x7FE0_0010, "OB", u32::MAX);
        let body = [&b"ICC_PROFILE\0\x01\x01"[..], &profile(&plants.word())].concat();
        let broken = [&b"ICC_PROFILE\0\x01\x02"[..], plants.word().as_bytes()].concat();
        let segment = |body: &[u8]| [&b"\xFF\xE2"[..], &(body.len() as u16 + 2).to_be_bytes(), body].concat();
        let mut frame =
            [&b"\xFF\xD8"[..], &segment(&body), &segment(&broken), b"\xFF\xDA\0\x08\x01\x01\0\0\x3F\0"].concat();
        frame.extend([1, 2, 3, 0xFF, 0xD9]);
        frame.resize(frame.len().next_multiple_of(2), 0);
        data.encapsulated(&frame);
        self.add("a colour profile of a frame", file(JPEG, CT, b"", &[], &data.bytes), plants, false);
    }

    fn old_age(&mut self) {
        self.add_plain("an age above 89", CT, |data, plants| {
            plants.made.push("094Y".to_owned());
            data.put(0x0010_1010, "AS", "094Y");
            data.sequence(0x0028_9145, true, |item| {
                item.put(0x0010_1010, "AS", "094Y");
            });
        });
    }

    /// Elements where none should be, sequences that are none, and what follows the last tag.
    fn astray(&mut self) {
        let mut plants = self.plants();
        let mut data = Builder::new(IMPLICIT);
        start(&mut data, CT, "", plants.word().as_bytes());
        data.put(0x0008_1140, "LO", plants.word()).put(0x0028_9145, "LO", plants.word());
        data.sequence(0x0028_9422, true, |item| {
            item.put(0x0002_0016, "AE", plants.word()).put(0x0002_0102, "OB", plants.word());
            item.put(0x0000_0902, "LO", plants.word());
        });
        data.put(0xFFFC_FFFC, "OB", plants.word());
        data.bytes.extend(if self.seed.is_multiple_of(2) { vec![0xFF; 10] } else { vec![0; 64] });
        data.bytes.extend(plants.word().as_bytes());
        self.add("astray", file(IMPLICIT, CT, b"", &[], &data.bytes), plants, false);
    }
}
