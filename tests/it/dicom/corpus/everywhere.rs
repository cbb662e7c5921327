//! Every attribute that the table lists, and the patient in every one that it does not.

use super::{BIG_ENDIAN, Builder, CT, Corpus, EXPLICIT, IMPLICIT, Object, Plants, file};

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
