//! Images of a study, and what is looked up in them.

use super::{Builder, CT, EXPLICIT, file};

/// Bytes of pixel data of an ordinary image.
pub const PIXELS: usize = 64;

pub fn pixels(data: &mut Builder) {
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
