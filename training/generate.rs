//! Text with known names and places, made from templates and the word lists. The same seed makes the same text.

use cordon::rules::Rules;
use std::collections::HashMap;

/// One document: its text, and where it has what.
pub struct Example {
    pub text: String,
    /// Start, end and entity, by its place in `cordon::recognize::tagger::ENTITIES`.
    pub spans: Vec<(usize, usize, usize)>,
    /// Names that the lists are not asked about, so that the tagger learns to do without them.
    pub hidden: Vec<(usize, usize)>,
}

/// A small generator of random numbers (SplitMix64), the same on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

pub struct Generator {
    templates: HashMap<String, Vec<String>>,
    /// Words of each list, by frequency.
    lists: HashMap<&'static str, Vec<Vec<String>>>,
}

const NAME: usize = 0;
const LOCATION: usize = 1;
const HOSPITAL: usize = 2;
const ORG: usize = 3;

impl Generator {
    pub fn new(rules: &Rules, templates: &str) -> Self {
        let mut by_genre: HashMap<String, Vec<String>> = HashMap::new();
        let mut genre = String::new();
        for line in templates.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                Some(name) if !name.contains(' ') => genre = name.to_owned(),
                _ => by_genre.entry(genre.clone()).or_default().push(line.replace("\\n", "\n")),
            }
        }
        let mut lists = HashMap::new();
        for name in ["given", "surname", "common", "city", "clinical", "drug"] {
            let bytes = rules.file(&format!("dictionaries/{name}.txt")).expect("the list is there");
            let mut buckets = vec![Vec::new(); 10];
            for line in std::str::from_utf8(bytes).expect("UTF-8").lines().filter(|line| !line.starts_with('#')) {
                let (word, grade) = line.split_once('\t').unwrap_or((line, "5"));
                if word.chars().all(|c| c.is_ascii_alphabetic() || c == ' ' || c == '-') && word.len() > 2 {
                    buckets[grade.parse::<usize>().unwrap_or(5)].push(word.to_owned());
                }
            }
            buckets.retain(|bucket| !bucket.is_empty());
            lists.insert(name, buckets);
        }
        Self { templates: by_genre, lists }
    }

    pub fn example(&self, random: &mut Random) -> Example {
        let mut example = Example { text: String::new(), spans: Vec::new(), hidden: Vec::new() };
        let genre = *random.pick(&["note", "note", "note", "message", "message", "prompt", "dialogue", "none"]);
        let person = Person::new(self, random);
        for at in 0..1 + random.below(8) {
            if at > 0 {
                example.text.push_str(match (genre, random.below(10)) {
                    ("dialogue", _) => "\n",
                    (_, 0..5) => "\n",
                    (_, 5..6) => "\n\n",
                    _ => " ",
                });
            }
            let genre = if random.chance(50) && genre != "dialogue" { "none" } else { genre };
            let template = random.pick(&self.templates[genre]);
            self.fill(template, &person, random, &mut example);
        }
        let case = random.below(100);
        if genre == "dialogue" || case < 12 {
            example.text.make_ascii_lowercase();
        } else if case < 18 {
            example.text.make_ascii_uppercase();
        }
        example
    }

    fn fill(&self, template: &str, person: &Person, random: &mut Random, example: &mut Example) {
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            example.text.push_str(&rest[..open]);
            rest = &rest[open + 1..];
            let close = rest.find('}').filter(|&close| rest[..close].chars().all(|c| c.is_ascii_alphabetic()));
            let Some(close) = close else {
                example.text.push('{');
                continue;
            };
            let slot = &rest[..close];
            rest = &rest[close + 1..];
            let start = example.text.len();
            let (text, entity) = self.slot(slot, person, random);
            example.text.push_str(&text);
            if let Some(entity) = entity {
                example.spans.push((start, example.text.len(), entity));
                if random.chance(35) {
                    example.hidden.push((start, example.text.len()));
                }
            }
        }
        example.text.push_str(rest);
    }

    fn slot(&self, slot: &str, person: &Person, random: &mut Random) -> (String, Option<usize>) {
        // Mostly the person that the document is about.
        let other;
        let person = if random.chance(40) {
            person
        } else {
            other = Person::new(self, random);
            &other
        };
        let name = |text: String| (text, Some(NAME));
        let initial = |name: &str| name.chars().next().unwrap_or('X');
        match slot {
            "full" => name(match random.below(10) {
                0 => format!("{} {}. {}", person.first, person.middle, person.last),
                1 => format!("{} {} {}", person.first, person.middle, person.last),
                2 => format!("{}. {}", initial(&person.first), person.last),
                3 => format!("{} {}-{}", person.first, person.last, capital(&self.word("surname", random))),
                _ => format!("{} {}", person.first, person.last),
            }),
            "first" => name(if random.chance(4) {
                format!("{}-{}", person.first, capital(&self.word("given", random)))
            } else {
                person.first.clone()
            }),
            "last" => name(person.last.clone()),
            "reversed" => name(match random.below(4) {
                0 => format!("{}, {} {}", person.last, person.first, person.middle),
                1 => format!("{}, {}", person.last.to_uppercase(), person.first.to_uppercase()),
                _ => format!("{}, {}", person.last, person.first),
            }),
            "upperreversed" => name(format!("{}, {}", person.last.to_uppercase(), person.first.to_uppercase())),
            "short" => name(if random.chance(60) {
                format!("{} {}", person.first, initial(&person.last))
            } else {
                format!("{}. {}", initial(&person.first), person.last)
            }),
            "initials" => name(format!("{}.{}", initial(&person.first), initial(&person.last))),
            "city" => (title(&self.word("city", random)), Some(LOCATION)),
            "street" => (self.street(random), Some(LOCATION)),
            "hospital" => (self.hospital(random), Some(HOSPITAL)),
            "org" => (self.organisation(random), Some(ORG)),
            _ => (self.plain(slot, random), None),
        }
    }

    fn street(&self, random: &mut Random) -> String {
        let name = title(&self.word(*random.pick(&["surname", "city", "common", "given"]), random));
        let kind = random.pick(&[
            "Street", "St", "Avenue", "Ave", "Road", "Rd", "Lane", "Drive", "Court", "Blvd", "Way", "Place", "Square",
            "Terrace", "Trail", "Circle", "Parkway", "Hill", "Crescent",
        ]);
        let number = 1 + random.below(9999);
        let small = 1 + random.below(200);
        let unit = match random.below(5) {
            0 => format!(" Apt. {}", 1 + random.below(999)),
            1 => format!(", Unit {}", 1 + random.below(99)),
            _ => String::new(),
        };
        match random.below(12) {
            0 => format!("{name} {small}"),
            1 => format!(
                "{name}{} {small}",
                random.pick(&["straat", "weg", "gatan", "vej", "katu", "gasse", "vegen", "strasse"])
            ),
            2 => format!(
                "{} {name} {small}",
                random.pick(&["Rua", "Via", "Calle", "ul.", "Avenida", "Via dei", "Plaza"])
            ),
            3 => format!(
                "{small} {} {name}",
                random.pick(&["rue", "Rue de", "Avenue de", "Boulevard de", "rue des", "Chemin de"])
            ),
            4 => format!("the corner of {name} {kind} and {}", title(&self.word("surname", random))),
            5 => format!("{number} {name} {kind}{unit}"),
            _ => format!("{number} {name} {kind}"),
        }
    }

    fn hospital(&self, random: &mut Random) -> String {
        let name = title(&self.word(*random.pick(&["city", "city", "surname", "common"]), random));
        let saint = capital(&self.word("given", random));
        match random.below(9) {
            0 => format!("St. {saint}'s Hospital"),
            1 => format!("St. {saint} Medical Center"),
            2 => format!("{name} General Hospital"),
            3 => format!("{name} Medical Center"),
            4 => format!("{name} Memorial"),
            5 => format!("{name} Community Hospital"),
            6 => format!("{name} Family Clinic"),
            7 => format!("{name} Health Center"),
            _ => format!("{name} Regional Hospital"),
        }
    }

    fn organisation(&self, random: &mut Random) -> String {
        let name = if random.chance(30) {
            capital(&invented(random))
        } else {
            title(&self.word(*random.pick(&["surname", "city", "common"]), random))
        };
        let second = title(&self.word("surname", random));
        match random.below(22) {
            10..14 => name,
            14 => format!("{name} {}", title(&self.word("common", random))),
            15 => format!("{name} Software"),
            16 => format!("{name} Partners"),
            17 => format!("{name} Bank"),
            18 => format!("{name} Construction"),
            19 => format!("{name} {} Corp", capital(&self.word("common", random))),
            20 => format!("{name} Labs"),
            21 => format!("{name} Insurance"),
            0 => format!("{name} High School"),
            1 => format!("{name} University"),
            2 => format!("{name} Elementary"),
            3 => format!("{name} & {second}"),
            4 => format!("{name} Inc"),
            5 => format!("{name} LLC"),
            6 => format!("{name} Logistics"),
            7 => format!("{name} Foods"),
            8 => format!("{name}, {second} and {}", capital(&self.word("surname", random))),
            _ => format!("{name} Group"),
        }
    }

    fn plain(&self, slot: &str, random: &mut Random) -> String {
        let pick = |list: &[&str], random: &mut Random| (*random.pick(list)).to_owned();
        match slot {
            "title" => pick(&["Mr.", "Mrs.", "Ms.", "Miss", "Mr", "Mrs"], random),
            "stafftitle" => pick(&["Dr.", "Dr", "Dr.", "Prof.", "Doctor"], random),
            "credential" => pick(&["MD", "RN", "NP", "PA-C", "DO", "LCSW", "PharmD", "PhD", "M.D.", "RD"], random),
            "role" => pick(&["nurse", "PT", "case manager", "social worker", "attending", "pharmacist", "OT"], random),
            "kin" => pick(
                &[
                    "wife", "husband", "mother", "father", "son", "daughter", "sister", "brother", "aunt", "uncle",
                    "partner", "niece", "friend", "neighbor", "grandson",
                ],
                random,
            ),
            "kinposs" => pick(&["his", "her", "their", "the patient's"], random),
            "sex" => pick(&["male", "female", "man", "woman", "M", "F", "boy", "girl", "gentleman"], random),
            "mf" => pick(&["M", "F"], random),
            "age" => (1 + random.below(95)).to_string(),
            "num" => (1 + random.below(200)).to_string(),
            "zip" => format!("{:05}", random.below(99999)),
            "phone" => format!("({}) 555-{:04}", 200 + random.below(700), random.below(9999)),
            "date" => format!("{}/{}/{}", 1 + random.below(12), 1 + random.below(28), 1930 + random.below(96)),
            "time" => format!("{:02}:{:02}", random.below(24), random.below(60)),
            "weekday" => pick(&["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"], random),
            "month" => pick(&["January", "March", "May", "June", "August", "October", "December"], random),
            "season" => pick(&["spring", "summer", "fall", "winter", "year", "month"], random),
            "state" => pick(
                &[
                    "Texas",
                    "TX",
                    "California",
                    "CA",
                    "New York",
                    "NY",
                    "Ohio",
                    "Georgia",
                    "Virginia",
                    "Washington",
                    "FL",
                    "Montana",
                ],
                random,
            ),
            "country" => pick(
                &["Mexico", "India", "China", "Ghana", "France", "Peru", "Vietnam", "Kenya", "Jordan", "Chad"],
                random,
            ),
            "job" => pick(
                &["teacher", "nurse", "welder", "driver", "cook", "clerk", "engineer", "cashier", "plumber"],
                random,
            ),
            "lab" => pick(
                &["Hgb", "WBC", "Na", "K", "Cr", "BUN", "A1c", "TSH", "INR", "AST", "troponin", "glucose", "Plt"],
                random,
            ),
            "header" => pick(
                &[
                    "Allergies",
                    "Medications",
                    "Assessment",
                    "Plan",
                    "Impression",
                    "Findings",
                    "Subjective",
                    "Objective",
                    "Social History",
                    "Hospital Course",
                    "Disposition",
                    "Indication",
                ],
                random,
            ),
            "HEADER" => pick(
                &["ALLERGIES", "MEDICATIONS", "ASSESSMENT", "PLAN", "IMPRESSION", "FINDINGS", "HPI", "ROS", "LABS"],
                random,
            ),
            "eponymterm" => pick(EPONYM_TERMS, random),
            "organism" | "Organism" => pick(
                &[
                    "Escherichia coli",
                    "Klebsiella pneumoniae",
                    "Staphylococcus aureus",
                    "Candida albicans",
                    "Pseudomonas",
                    "Legionella",
                    "Borrelia burgdorferi",
                    "Blastomyces dermatitidis",
                ],
                random,
            ),
            "drug" => self.word("drug", random),
            "Drug" => capital(&self.word("drug", random)),
            "dx" | "term" => self.clinical(random),
            "Dx" | "Term" => capital(&self.clinical(random)),
            "unit" => pick(
                &[
                    "mg",
                    "mg/dL",
                    "mm Hg",
                    "cm",
                    "mm",
                    "mL",
                    "mEq/L",
                    "g/dL",
                    "%",
                    "kg",
                    "mcg",
                    "U/L",
                    "cc",
                    "units",
                    "beats/min",
                    "ng/mL",
                ],
                random,
            ),
            "abbr" => abbreviation(random),
            "brand" => brand(random),
            "Brand" => capital(&brand(random)),
            "word" => self.word("common", random),
            "Word" => capital(&self.word("common", random)),
            "WORD" => self.word("common", random).to_uppercase(),
            other => unreachable!("unknown slot {other}"),
        }
    }

    fn clinical(&self, random: &mut Random) -> String {
        let word = self.word("clinical", random);
        if random.chance(40) { format!("{} {word}", self.word("clinical", random)) } else { word }
    }

    /// A word of a list. Every frequency is as likely as the next, so that rare words are seen too.
    fn word(&self, list: &str, random: &mut Random) -> String {
        let buckets = &self.lists[list];
        let (one, two) = (random.below(buckets.len()), random.below(buckets.len()));
        // The more frequent of two, half of the time.
        let bucket = &buckets[if random.chance(50) { one.max(two) } else { one }];
        random.pick(bucket).clone()
    }
}

struct Person {
    first: String,
    middle: char,
    last: String,
}

impl Person {
    fn new(lists: &Generator, random: &mut Random) -> Self {
        let first = if random.chance(10) { invented(random) } else { lists.word("given", random) };
        let last = match random.below(20) {
            0..2 => invented(random),
            // Words that are names.
            2 => lists.word("common", random),
            _ => lists.word("surname", random),
        };
        let last = match random.below(60) {
            0 => format!("O'{}", capital(&last)),
            1 => format!("de la {}", capital(&last)),
            2 => format!("van {}", capital(&last)),
            3 => format!("Mc{}", capital(&last)),
            _ => title(&last),
        };
        Self { first: title(&first), middle: (b'A' + random.below(26) as u8) as char, last }
    }
}

/// A name that no list has.
fn invented(random: &mut Random) -> String {
    let mut name = String::new();
    for _ in 0..2 + random.below(2) {
        name.push_str(
            *random.pick(&[
                "b", "k", "m", "n", "r", "s", "t", "v", "z", "d", "l", "j", "sh", "kr", "st", "g", "h", "br", "",
            ]),
        );
        name.push_str(*random.pick(&["a", "e", "i", "o", "u", "ai", "ei", "oo", "ia", "y"]));
    }
    name.push_str(*random.pick(&["", "n", "r", "s", "k", "va", "ski", "ez", "sen", "ian", "ov", "ic", "lu", "mi"]));
    name
}

/// Capitals, some with digits or a small ending: `IgM`, `BCR-ABL`, `CN VII`.
fn abbreviation(random: &mut Random) -> String {
    if random.chance(40) {
        return (*random.pick(&[
            "IgM",
            "IgG",
            "CN V",
            "CN VII",
            "BCR-ABL",
            "HER2",
            "GCS",
            "CT",
            "MRI",
            "ECG",
            "EMG",
            "VSD",
            "ASD",
            "PND",
            "DJD",
            "CPK",
            "CSF",
            "PT",
            "PTT",
            "NSAID",
            "ACE",
            "HLA-B27",
            "p53",
            "Hep B",
            "Type II",
            "Grade III",
            "E. coli",
            "C. difficile",
            "S. aureus",
            "HIV",
            "TSH",
            "T4",
        ]))
        .to_owned();
    }
    (0..2 + random.below(3)).map(|_| (b'A' + random.below(26) as u8) as char).collect()
}

/// A product that no list has.
fn brand(random: &mut Random) -> String {
    let mut name = invented(random);
    name.push_str(
        *random.pick(&["", "x", "ta", "ra", "dex", "zol", "vir", "max", "cor", "lin", "pro", "ex", "ril", "on"]),
    );
    name
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn title(words: &str) -> String {
    words.split(' ').map(capital).collect::<Vec<_>>().join(" ")
}

const EPONYM_TERMS: &[&str] = &[
    "Parkinson disease",
    "Parkinson's disease",
    "Hodgkin lymphoma",
    "Foley catheter",
    "Crohn's disease",
    "Down syndrome",
    "Babinski sign",
    "Murphy sign",
    "Glasgow Coma Scale",
    "Apgar score",
    "Gleason score",
    "Child-Pugh class",
    "Graves disease",
    "Cushing syndrome",
    "Stevens-Johnson syndrome",
    "Guillain-Barre syndrome",
    "Hashimoto thyroiditis",
    "Whipple procedure",
    "Valsalva maneuver",
    "Trendelenburg position",
    "Baker cyst",
    "Colles fracture",
    "Addison disease",
    "Bell palsy",
    "Marfan syndrome",
    "Raynaud phenomenon",
    "Swan-Ganz catheter",
    "Wells score",
    "Kaposi sarcoma",
    "Kawasaki disease",
    "Huntington disease",
    "Lyme disease",
    "Turner syndrome",
    "Wilson disease",
    "Paget disease",
    "Ewing sarcoma",
    "Wilms tumor",
    "Romberg test",
    "Tinel sign",
    "Phalen test",
];
