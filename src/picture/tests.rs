//! Pictures with a patient in every block that has room for one.

use super::*;
use proptest::prelude::*;

const PATIENT: &[u8] = b"Maria Kovacs 84620917";

fn holds_patient(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"Kovacs").is_some()
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [&(data.len() as u32).to_be_bytes()[..], kind, data, &[0; 4]].concat()
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    [&[0xff, marker][..], &(data.len() as u16 + 2).to_be_bytes(), data].concat()
}

fn riff(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let padding = if data.len() % 2 == 1 { &[0][..] } else { &[] };
    [name, &(data.len() as u32).to_le_bytes()[..], data, padding].concat()
}

/// A picture of each format: without and with what it may hold beside its pixels.
fn pictures() -> Vec<(Format, Vec<u8>, Vec<u8>)> {
    let header = chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]);
    let (pixels, end) = (chunk(b"IDAT", &[1, 2, 3]), chunk(b"IEND", b""));
    let texts = [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"iCCP", b"sPLT", b"gAMA", b"zzZz"];
    let texts: Vec<u8> = texts.iter().flat_map(|kind| chunk(kind, PATIENT)).collect();
    let png = [png::SIGNATURE, &header, &pixels, &end].concat();
    let written_png = [png::SIGNATURE, &header, &texts, &pixels, &end, PATIENT].concat();

    let adobe = segment(0xee, b"Adobe\0\x64\0\0\0\0\x01");
    let tables = [segment(0xdb, &[7; 65]), segment(0xc0, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0])].concat();
    let scan = [segment(0xda, &[1, 1, 0, 0, 63, 0]), vec![9, 0xff, 0, 8, 0xff, 0xd0, 7]].concat();
    let texts: Vec<u8> = (0xe0..=0xef).chain([0xfe]).flat_map(|marker| segment(marker, PATIENT)).collect();
    let jpeg = [&[0xff, 0xd8][..], &adobe, &tables, &scan, &[0xff, 0xd9]].concat();
    let written_jpeg = [&[0xff, 0xd8][..], &adobe, &texts, &tables, &scan, &texts, &[0xff, 0xd9], PATIENT].concat();

    let screen = b"GIF89a\x01\0\x01\0\x80\0\0\x01\x02\x03\x04\x05\x06";
    let moves = b"\x21\xf9\x04\0\0\0\0\0\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0";
    let image = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    let text = [&[PATIENT.len() as u8], PATIENT, &[0]].concat();
    let texts = [&b"\x21\xfe"[..], &text, b"\x21\x01", &text, b"\x21\xff\x0bXMP DataXMP", &text].concat();
    let gif = [&screen[..], moves, image, b";"].concat();
    let written_gif = [&screen[..], moves, &texts, image, b";", PATIENT].concat();

    let webp = |flags: u8, texts: &[u8], behind: &[u8]| {
        let frame = [&[0; 16][..], &riff(b"VP8 ", &[1, 2, 3]), if texts.is_empty() { &[] } else { texts }].concat();
        let header = riff(b"VP8X", &[flags, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let chunks = [&b"WEBP"[..], &header, &riff(b"ANMF", &frame), texts].concat();
        [&riff(b"RIFF", &chunks)[..], behind].concat()
    };
    let texts =
        [riff(b"EXIF", PATIENT), riff(b"XMP ", PATIENT), riff(b"ICCP", PATIENT), riff(b"none", PATIENT)].concat();
    vec![
        (Format::Png, png, written_png),
        (Format::Jpeg, jpeg, written_jpeg),
        (Format::Gif, gif, written_gif),
        (Format::Webp, webp(0x10, b"", b""), webp(0x3c, &texts, PATIENT)),
    ]
}

#[test]
fn nothing_but_pixels_stays() {
    for (format, plain, written) in pictures() {
        assert_eq!((sniff(&plain), sniff(&written)), (Some(format), Some(format)));
        assert!(holds_patient(&written));
        assert_eq!(format.bare(&written).as_ref(), Ok(&plain), "{format:?}");
        assert_eq!(format.bare(&plain).as_ref(), Ok(&plain), "{format:?}");
    }
}

#[test]
fn what_does_not_fit_together_is_refused() {
    for (format, plain, _) in pictures() {
        for end in 0..plain.len() {
            assert!(format.bare(&plain[..end]).is_err(), "{format:?} cut at {end}");
        }
    }
    let unknown = [png::SIGNATURE, &chunk(b"ZZZZ", PATIENT), &chunk(b"IEND", b"")].concat();
    assert!(Format::Png.bare(&unknown).is_err());
    assert!(Format::Jpeg.bare(b"\xff\xd8\xff\xf7\x00\x04ab\xff\xd9").is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(
        format in 0usize..4,
        at in 0usize..400,
        noise in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let (format, _, mut bytes) = pictures().swap_remove(format);
        let at = at.min(bytes.len());
        bytes.splice(at.., noise);
        if let Ok(bare) = format.bare(&bytes) {
            prop_assert!(bare.len() <= bytes.len() + 1);
            prop_assert_eq!(format.bare(&bare), Ok(bare.clone()));
        }
    }
}
