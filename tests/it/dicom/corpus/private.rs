//! Private attributes that the option to retain safe ones keeps, and others that only look like them.

use super::{BIG_ENDIAN, Builder, CT, EXPLICIT, IMPLICIT, Plants, file, start};

/// An object in each encoding, with the strings that must stay and those that must not.
pub fn safe_private(seed: u64) -> Vec<(Vec<u8>, Vec<String>, Vec<String>)> {
    [EXPLICIT, IMPLICIT, BIG_ENDIAN]
        .into_iter()
        .enumerate()
        .map(|(at, syntax)| object(seed + at as u64, syntax))
        .collect()
}

fn object(seed: u64, syntax: &str) -> (Vec<u8>, Vec<String>, Vec<String>) {
    let mut plants = Plants { state: seed, made: Vec::new(), retained: Vec::new() };
    let mut data = Builder::new(syntax);
    let name = plants.word();
    start(&mut data, CT, "", name.as_bytes());
    data.put(0x0010_1000, "LO", plants.number("", 9));
    let number = plants.made[1].clone();
    // Of the right creator, in its block, but no row of the table; and under another creator, and under none.
    data.put(0x0019_0010, "LO", "SIEMENS MR HEADER").put(0x0019_0011, "LO", "SIEMENS MR HEADER 2");
    data.put(0x0019_100B, "LO", plants.word()).put(0x0019_100C, "IS", "1000").put(0x0019_100D, "CS", "DIRECTIONAL");
    data.put(0x0019_110C, "IS", plants.number("", 9)).put(0x0019_120C, "IS", plants.number("", 9));
    // A creator of which nothing stays.
    data.put(0x0029_0010, "LO", "SIEMENS CSA HEADER").put(0x0029_1010, "OB", plants.word());
    data.put(0x0043_0010, "LO", "GEMS_PARM_01").put(0x0043_1001, "SH", plants.word());
    // Safe ones that hold the patient all the same, as text, as a number, and as samples in one byte and in two.
    data.put(0x0045_0010, "LO", "GEMS_HELIOS_01").put(0x0099_0010, "LO", "NQHeader");
    data.put(0x0099_1002, "UI", plants.number("1.2.826.0.1.", 12)).put(
        0x0099_1005,
        "LT",
        format!("for {}", plants.word()),
    );
    data.put(0x0099_1020, "SH", &name);
    let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).chain([0xF8; 8]).collect();
    data.put(0x0119_0010, "LO", "SIEMENS Ultrasound SC2000").put(
        0x0119_1001,
        "OB",
        [&[0xF8; 8], name.as_bytes()].concat(),
    );
    data.put(0x0119_1004, "OB", wide).put(0x0119_1010, "SH", "STREAM 7").put(0x0119_1013, "IS", &number);
    // A sequence that stays, whose items have their own blocks.
    data.put(0x2001_0010, "LO", "Philips Imaging DD 001").put(0x2001_0011, "LO", "Philips Imaging DD 001");
    data.put(0x2001_1003, "FL", [0; 4]).put(0x2001_1006, "CS", "Y");
    data.sequence(0x2001_105F, syntax != IMPLICIT, |item| {
        item.put(0x0010_0010, "PN", plants.word()).put(0x0010_4000, "LT", plants.word());
        item.put(0x2001_0011, "LO", "Philips Imaging DD 001").put(0x2001_1033, "CS", plants.word().to_uppercase());
        item.put(0x2001_1136, "CS", "STACKED").put(0x2001_11FE, "LO", plants.word());
    });
    data.put(0x2001_1087, "SH", "1H").put(0x2001_1133, "CS", "TOP");
    data.put(0x7FE0_0010, "OW", [0x5A; 64]);
    let kept = ["SIEMENS MR HEADER", "1000", "DIRECTIONAL", "NQHeader", "SIEMENS Ultrasound SC2000", "STREAM 7", "1H"];
    let mut kept: Vec<String> = kept.map(str::to_owned).to_vec();
    kept.extend(["Philips Imaging DD 001", "STACKED", "TOP"].map(str::to_owned));
    let mut gone = plants.made;
    gone.extend(["SIEMENS MR HEADER 2", "SIEMENS CSA HEADER", "GEMS_PARM_01", "GEMS_HELIOS_01"].map(str::to_owned));
    (file(syntax, CT, b"", &[], &data.bytes), kept, gone)
}
