//! Colour profiles, ISO 15076-1: numbers stay, texts do not, and neither does what lies between.

const HEAD: usize = 128;
/// A tag is its name, the place and the length of its data.
const ENTRY: usize = 12;

/// Types of data that are numbers throughout.
const NUMBERS: [&[u8; 4]; 19] = [
    b"XYZ ", b"curv", b"para", b"mft1", b"mft2", b"mAB ", b"mBA ", b"sf32", b"uf32", b"chrm", b"clro", b"sig ",
    b"view", b"meas", b"dtim", b"ui08", b"ui16", b"ui32", b"cicp",
];

/// The profile without its texts, of the same length; `None` if the bytes are no profile.
pub fn scrubbed(profile: &[u8]) -> Option<Vec<u8>> {
    let head = profile.first_chunk::<HEAD>().filter(|head| &head[36..40] == b"acsp")?;
    let mut clean = vec![0; profile.len()];
    clean[..HEAD].copy_from_slice(head);
    // The digest of the whole, which no longer holds; zero means that there is none.
    clean[84..HEAD].fill(0);
    let count = number(profile, HEAD)?;
    let table = HEAD..(HEAD + 4).checked_add(count.checked_mul(ENTRY)?)?;
    clean.get_mut(table.clone())?.copy_from_slice(profile.get(table.clone())?);
    for entry in (table.start + 4..table.end).step_by(ENTRY) {
        let start = number(profile, entry + 4)?;
        let place = start..start.checked_add(number(profile, entry + 8)?)?;
        let data = profile.get(place.clone())?;
        if place.start < table.end {
            return None;
        }
        write(data, &mut clean[place]);
    }
    Some(clean)
}

/// What stays of the data of one tag: all of what is numbers, and of texts the form.
fn write(data: &[u8], clean: &mut [u8]) {
    let Some(kind) = data.first_chunk::<4>() else { return };
    if NUMBERS.contains(&kind) {
        return clean.copy_from_slice(data);
    }
    // The type, four reserved bytes, and for texts in several languages how many there are and where.
    let form = match kind {
        b"mluc" => number(data, 8).and_then(|count| count.checked_mul(12)?.checked_add(16)).unwrap_or(8),
        b"desc" => 12,
        _ => 8,
    };
    let form = form.min(data.len());
    clean[..form].copy_from_slice(&data[..form]);
    clean[4.min(form)..8.min(form)].fill(0);
    if kind == b"desc" {
        let length = number(data, 8).unwrap_or_default().min(data.len() - form);
        clean[form..form + length.saturating_sub(1)].fill(b' ');
    }
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..)?.first_chunk()?;
    usize::try_from(u32::from_be_bytes(*four)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(tags: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0; HEAD];
        bytes[36..40].copy_from_slice(b"acsp");
        bytes.extend((tags.len() as u32).to_be_bytes());
        let mut at = HEAD + 4 + ENTRY * tags.len();
        for (name, data) in tags {
            bytes.extend(*name);
            bytes.extend((at as u32).to_be_bytes());
            bytes.extend((data.len() as u32).to_be_bytes());
            at += data.len();
        }
        tags.iter().for_each(|(_, data)| bytes.extend(*data));
        bytes
    }

    #[test]
    fn texts_go_and_numbers_stay() {
        let text = [&b"text\0\0\0\0"[..], b"Anna Kovacs\0"].concat();
        let description = [&b"desc\0\0\0\0\0\0\0\x0cAnna Kovacs\0"[..], &[7; 20]].concat();
        let white = [&b"XYZ \0\0\0\0"[..], &[1; 12]].concat();
        let mut bytes = profile(&[(b"cprt", &text), (b"desc", &description), (b"wtpt", &white)]);
        bytes.extend(b"Kovacs");
        let clean = scrubbed(&bytes).unwrap();
        assert_eq!(clean.len(), bytes.len());
        assert!(!clean.windows(6).any(|six| six == b"Kovacs"));
        assert!(clean.windows(white.len()).any(|part| part == white));
        assert_eq!(scrubbed(&clean).as_deref(), Some(&clean[..]));
    }

    #[test]
    fn what_is_no_profile_is_not_taken_for_one() {
        for length in [11, 40, 130] {
            let mut bytes = profile(&[]);
            bytes.truncate(length);
            assert_eq!(scrubbed(&bytes), None, "{length} bytes");
        }
        assert_eq!(scrubbed(b"Anna Kovacs"), None);
        let mut bytes = profile(&[(b"cprt", b"text\0\0\0\0x")]);
        bytes.truncate(bytes.len() - 1);
        assert_eq!(scrubbed(&bytes), None);
        bytes[HEAD..HEAD + 4].fill(0xFF);
        assert_eq!(scrubbed(&bytes), None);
    }
}
