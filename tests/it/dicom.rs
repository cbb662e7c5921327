//! DICOM objects with identifiers planted in every place where they can hide, and objects that mean harm.

mod corpus;
mod exchange;
mod hostile;

use cordon::dicom::{self, BurnedIn, Choice, Documents, Keyed, Policy, Profile, Truncated, reader};
use cordon::rules::Rules;
use corpus::{Object, objects};
use dicom_core::{Tag, VR};
use std::collections::HashSet;
use std::process::Command;

fn policy(choices: &[Choice]) -> Policy {
    let profile = Profile { choices: choices.to_vec(), burned_in: BurnedIn::Keep, ..Profile::default() };
    Policy::new(&Rules::embedded(), profile).unwrap()
}

fn deidentify(bytes: &[u8], policy: &Policy) -> Result<Vec<u8>, dicom::Error> {
    dicom::deidentify_bytes(bytes, policy, &Keyed::new(b"the key of these tests"), &dicom::Alone)
        .map(|(bytes, _)| bytes)
}

/// Which of the planted strings are in the bytes, in any of the forms a text may take.
fn survivors<'o>(object: &'o Object, output: &[u8]) -> Vec<&'o str> {
    let lower = output.to_ascii_lowercase();
    // The digits of a date are in the long number of some UID sooner or later.
    let holds = |needle: &[u8]| {
        let is_number = needle.iter().all(u8::is_ascii_digit);
        let is_digit = |at: usize| lower.get(at).is_some_and(u8::is_ascii_digit);
        memchr::memmem::find_iter(&lower, needle)
            .any(|at| !is_number || !(at.checked_sub(1).is_some_and(is_digit) || is_digit(at + needle.len())))
    };
    let is_there = |plant: &&str| {
        let plant = plant.to_lowercase();
        let wide: Vec<u8> = plant.encode_utf16().flat_map(u16::to_le_bytes).collect();
        holds(plant.as_bytes()) || holds(&wide)
    };
    object.plants.iter().map(String::as_str).filter(is_there).collect()
}

#[test]
fn nothing_planted_survives_under_any_option() {
    for choices in [vec![]].into_iter().chain(Choice::ALL.map(|choice| vec![choice])) {
        let policy = policy(&choices);
        for seed in 0..3 {
            for object in objects(seed) {
                let output = deidentify(&object.bytes, &policy)
                    .unwrap_or_else(|error| panic!("{} is refused: {error}", object.place));
                let is_retained = |word: &&str| {
                    object.retained.iter().any(|(choice, retained)| choices.contains(choice) && retained == word)
                };
                let mut left = survivors(&object, &output);
                left.retain(|word| !is_retained(word));
                assert!(left.is_empty(), "{} under {choices:?}: {left:?}", object.place);
                assert_eq!(dicom::verify::markers(&output), Ok(()), "{}", object.place);
            }
        }
    }
}

#[test]
fn of_private_attributes_the_safe_ones_stay_with_their_creators_and_nothing_else_does() {
    let policy = policy(&[Choice::RetainSafePrivate]);
    for (bytes, kept, gone) in corpus::safe_private(7) {
        let output = deidentify(&bytes, &policy).unwrap();
        let holds = |text: &String| memchr::memmem::find(&output, text.as_bytes()).is_some();
        assert_eq!(kept.iter().filter(|text| !holds(text)).collect::<Vec<_>>(), Vec::<&String>::new());
        let object =
            Object { place: "private", bytes: bytes.clone(), plants: gone, retained: vec![], is_encoded: false };
        // Not one that is a part of one that stays.
        let mut left = survivors(&object, &output);
        left.retain(|text| !kept.iter().any(|kept| kept.eq_ignore_ascii_case(text)));
        assert_eq!(left, Vec::<&str>::new());
        assert_eq!(dicom::verify::markers(&output), Ok(()));
        let originals = dicom::verify::Originals::read(&bytes, &policy).unwrap();
        assert_eq!(originals.survivors(&output).unwrap(), vec![]);
        assert!(memchr::memmem::find(&output, b"113111").is_some());
        // Without the option none does.
        let basic = deidentify(&bytes, &self::policy(&[])).unwrap();
        assert!(
            kept.iter()
                .filter(|text| text.contains(' '))
                .all(|text| memchr::memmem::find(&basic, text.as_bytes()).is_none())
        );
    }
}

#[test]
fn a_site_adds_what_it_knows_to_be_safe() {
    let mut data = corpus::Builder::new("1.2.840.10008.1.2.1");
    data.put(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.2").put(0x0011_0010, "LO", "ACME").put(
        0x0011_1005,
        "CS",
        "ROUND",
    );
    let bytes = corpus::file("1.2.840.10008.1.2.1", "1.2.840.10008.5.1.4.1.1.2", b"", &[], &data.bytes);
    let holds = |policy| memchr::memmem::find(&deidentify(&bytes, &policy).unwrap(), b"ROUND").is_some();
    let rows = "creator\tgroup\telement\tvr\nACME\t0011\t05\tCS\n";
    assert!(!holds(policy(&[Choice::RetainSafePrivate])));
    assert!(holds(policy(&[Choice::RetainSafePrivate]).with_safe_private(rows).unwrap()));
    assert!(!holds(policy(&[]).with_safe_private(rows).unwrap()), "without the option");
}

#[test]
fn nothing_that_the_table_lists_survives_anywhere() {
    let rules = Rules::embedded();
    let rows = std::str::from_utf8(rules.file("dicom/attributes.tsv").unwrap()).unwrap();
    let policy = policy(&[]);
    let mut planted = 0;
    for object in corpus::whole_table(0, rows) {
        planted += object.plants.len();
        let left = survivors(&object, &deidentify(&object.bytes, &policy).unwrap());
        assert!(left.is_empty(), "{}: {left:?}", object.place);
    }
    assert!(planted > 20_000, "{planted} planted");
}

#[test]
fn the_patient_is_nowhere_in_what_the_table_does_not_list() {
    let rules = Rules::embedded();
    let rows = std::str::from_utf8(rules.file("dicom/attributes.tsv").unwrap()).unwrap();
    let listed: HashSet<u32> =
        rows.lines().filter_map(|row| u32::from_str_radix(row.split('\t').next()?, 16).ok()).collect();
    let text = [VR::LO, VR::SH, VR::ST, VR::LT, VR::UT, VR::UC, VR::CS, VR::IS, VR::DS, VR::AS, VR::OB, VR::AE, VR::UI];
    let mut unlisted = Vec::new();
    for tag in (0x0008..=0x0088u32).step_by(2).flat_map(|group| (1..=0xFFFF).map(move |element| group << 16 | element))
    {
        match reader::dictionary_vr(Tag((tag >> 16) as u16, tag as u16)) {
            Some(vr) if text.contains(&vr) && !listed.contains(&tag) && !corpus::describes_pixels(tag) => {
                unlisted.push((tag, vr.to_string()))
            }
            _ => {}
        }
    }
    assert!(unlisted.len() > 1000, "{} attributes", unlisted.len());
    let policy = policy(&[]);
    for object in corpus::identity_everywhere(0, &unlisted) {
        let left = survivors(&object, &deidentify(&object.bytes, &policy).unwrap());
        assert!(left.is_empty(), "{}: {left:?}", object.place);
    }
}

#[test]
fn the_planted_strings_are_in_the_originals() {
    for object in objects(0) {
        // The deflated one shows nothing before it is inflated; other character sets have their own bytes.
        let shown = object.plants.len() - survivors(&object, &object.bytes).len();
        assert!(shown == 0 || object.is_encoded, "{} hides {shown} of its own plants", object.place);
    }
}

#[test]
#[ignore = "writes the corpus for benches/dicom_peers.py into the folder that CORDON_CORPUS names"]
fn the_corpus_for_other_tools() {
    let folder = std::path::PathBuf::from(std::env::var_os("CORDON_CORPUS").unwrap());
    std::fs::create_dir_all(folder.join("files")).unwrap();
    let rules = Rules::embedded();
    let rows = std::str::from_utf8(rules.file("dicom/attributes.tsv").unwrap()).unwrap();
    let corpus = (0..6).flat_map(|seed| corpus::whole_table(seed, rows).into_iter().chain(objects(seed)));
    let mut plants = serde_json::Map::new();
    for (number, object) in corpus.enumerate().take(220) {
        let name = format!("{number:03}.dcm");
        std::fs::write(folder.join("files").join(&name), object.bytes).unwrap();
        plants.insert(name, object.plants.into());
    }
    std::fs::write(folder.join("plants.json"), serde_json::Value::Object(plants).to_string()).unwrap();
}

#[test]
fn what_was_done_twice_is_the_same_and_what_is_clean_stays_valid() {
    let policy = policy(&[]);
    for object in objects(1) {
        let once = deidentify(&object.bytes, &policy).unwrap();
        assert_eq!(once, deidentify(&object.bytes, &policy).unwrap(), "{}", object.place);
        let twice = deidentify(&once, &policy).unwrap();
        assert_eq!(dicom::verify::markers(&twice), Ok(()), "{}", object.place);
    }
}

#[test]
fn uids_of_a_study_fit_together_over_calls_and_dates_move_together() {
    let policy = policy(&[Choice::RetainModifiedDates]);
    let [first, second] =
        [corpus::image(1, "20200310"), corpus::image(2, "20200317")].map(|bytes| deidentify(&bytes, &policy).unwrap());
    let study = |bytes: &[u8]| corpus::value(bytes, 0x0020_000D);
    let date = |bytes: &[u8]| corpus::value(bytes, 0x0008_0020);
    assert_eq!(study(&first), study(&second));
    assert!(study(&first).starts_with("2.25."));
    let day = |text: String| jiff::civil::Date::strptime("%Y%m%d", text).unwrap();
    assert_eq!((day(date(&second)) - day(date(&first))).get_days(), 7);
    assert_ne!(date(&first), "20200310");
}

#[test]
fn a_risky_modality_is_refused_whatever_it_says_of_itself_and_nothing_is_written() {
    let policy = Policy::new(&Rules::embedded(), Profile::default()).unwrap();
    let mut output = Vec::new();
    let ultrasound = corpus::ultrasound();
    let keyed = Keyed::new(b"key");
    let done = dicom::deidentify(&ultrasound[..], None, &mut output, &policy, &keyed, &dicom::Alone);
    assert!(matches!(done, Err(dicom::Error::BurnedIn(_))));
    assert!(output.is_empty());
}

#[test]
fn outside_the_regions_of_an_ultrasound_image_all_is_blank() {
    let profile = Profile { burned_in: BurnedIn::Blank, ..Profile::default() };
    let policy = Policy::new(&Rules::embedded(), profile).unwrap();
    let output = deidentify(&corpus::ultrasound(), &policy).unwrap();
    let pixels = &output[output.len() - 64..];
    // Eight by eight pixels, of which the region holds the rows from the third on.
    assert!(pixels[..16].iter().all(|&byte| byte == 0));
    assert!(pixels[16..].iter().all(|&byte| byte == 0xAA));
}

#[test]
fn a_document_is_refused_where_the_policy_says_so() {
    let profile = Profile { documents: Documents::Refuse, ..Profile::default() };
    let policy = Policy::new(&Rules::embedded(), profile).unwrap();
    let document = objects(0).into_iter().find(|object| object.place == "encapsulated PDF").unwrap();
    assert!(matches!(deidentify(&document.bytes, &policy), Err(dicom::Error::Opaque { .. })));
}

#[test]
fn of_an_object_that_is_not_whole_what_is_there_is_written_where_the_policy_says_so() {
    let bytes = corpus::image(1, "20200310");
    let cut = &bytes[..bytes.len() - 10];
    assert!(matches!(deidentify(cut, &policy(&[])), Err(dicom::Error::Truncated)));
    let profile = Profile { truncated: Truncated::Write, burned_in: BurnedIn::Keep, ..Profile::default() };
    let policy = Policy::new(&Rules::embedded(), profile).unwrap();
    let (output, report) =
        dicom::deidentify_bytes(cut, &policy, &Keyed::new(b"the key of these tests"), &dicom::Alone).unwrap();
    assert_eq!(output[output.len() - corpus::PIXELS + 10..], cut[cut.len() - corpus::PIXELS + 10..]);
    assert_eq!(dicom::verify::markers(&output), Ok(()));
    assert_eq!(report.notes.len(), 1);
    // Whether a class is a number of the patient's is not to be known where the number is cut off.
    for object in objects(0).into_iter().filter(|object| object.place != "a class that is a number") {
        for end in (0..object.bytes.len()).step_by(7) {
            if let Ok(output) = deidentify(&object.bytes[..end], &policy) {
                let left = survivors(&object, &output);
                assert!(left.is_empty(), "{} cut at {end}: {left:?}", object.place);
            }
        }
    }
}

#[test]
fn from_file_to_file_the_bytes_are_the_same_as_in_memory() {
    let policy = policy(&[]);
    let folder = tempfile::tempdir().unwrap();
    for object in objects(2) {
        let [input, output] = ["in", "out"].map(|name| folder.path().join(name));
        std::fs::write(&input, &object.bytes).unwrap();
        let (from, to) = (std::fs::File::open(&input).unwrap(), std::fs::File::create(&output).unwrap());
        let keyed = Keyed::new(b"the key of these tests");
        dicom::deidentify_file(&from, &to, &policy, &keyed, &dicom::Alone).unwrap();
        assert_eq!(std::fs::read(&output).unwrap(), deidentify(&object.bytes, &policy).unwrap(), "{}", object.place);
    }
}

#[test]
fn pixels_are_copied_byte_for_byte() {
    let bytes = corpus::image(1, "20200310");
    let output = deidentify(&bytes, &policy(&[])).unwrap();
    assert_eq!(output[output.len() - corpus::PIXELS..], bytes[bytes.len() - corpus::PIXELS..]);
}

/// Writes every output of the corpus into a folder.
fn written() -> (tempfile::TempDir, Vec<(std::path::PathBuf, &'static str)>) {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(&[]);
    let write = |(index, object): (usize, Object)| {
        let path = folder.path().join(format!("{index}.dcm"));
        std::fs::write(&path, deidentify(&object.bytes, &policy).unwrap()).unwrap();
        (path, object.place)
    };
    let paths = objects(0).into_iter().enumerate().map(write).collect();
    (folder, paths)
}

#[test]
fn dcmtk_reads_every_output() {
    if Command::new("dcmdump").arg("--version").output().is_err() {
        return eprintln!("SKIPPED: `dcmdump` is not installed (Debian: dcmtk)");
    }
    let (_folder, outputs) = written();
    for (path, place) in outputs {
        let dump = Command::new("dcmdump").arg("-q").arg(&path).output().unwrap();
        assert!(dump.status.success(), "{place}: {}", String::from_utf8_lossy(&dump.stderr));
    }
}

#[test]
fn pydicom_reads_every_output_and_writes_the_same_data_set() {
    let python = std::env::var("CORDON_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has = Command::new(&python).args(["-c", "import pydicom"]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        return eprintln!("SKIPPED: {python} has no pydicom (set CORDON_TEST_PYTHON to one that has)");
    }
    let script = "import io, sys, pydicom\n\
                  for path in sys.argv[1:]:\n\
                  \x20   read = pydicom.dcmread(path)\n\
                  \x20   assert read.PatientIdentityRemoved == 'YES', path\n\
                  \x20   out = io.BytesIO()\n\
                  \x20   pydicom.dcmwrite(out, read)\n\
                  \x20   out.seek(0)\n\
                  \x20   assert pydicom.dcmread(out) == read, path\n";
    let (_folder, outputs) = written();
    let paths = outputs.iter().map(|(path, _)| path);
    let run = Command::new(&python).args(["-W", "ignore", "-c", script]).args(paths).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}
