//! Texts of many parts of which no two are the same, which the pieces that are repeated do not make.

/// A kind of text, and how to write so many bytes of it.
pub struct Shape {
    pub name: &'static str,
    write: fn(usize) -> String,
}

impl Shape {
    pub fn of_size(&self, size: usize) -> String {
        (self.write)(size)
    }
}

macro_rules! shapes {
    ($($name:literal => $write:expr;)*) => {
        pub const SHAPES: &[Shape] = &[$(Shape { name: $name, write: $write }),*];
    };
}

shapes! {
    "a column of names" => |size| lines(size, "patient\n", |at| format!("{}\n", name(at)));
    "separated values" => |size| lines(size, "name,mrn,dob\n", |at| format!("{},{at:08},1957-04-12\n", name(at)));
    "a table of pipes" => |size| {
        lines(size, "| Name | MRN |\n|---|---|\n", |at| format!("| {} | {at:08} |\n", name(at)))
    };
    "columns of fixed width" => |size| {
        lines(size, "Name                 MRN\n", |at| format!("{:<20} {at:08}\n", name(at)))
    };
    "one wide row" => |size| {
        let count = size / 24;
        let row = |cell: fn(usize) -> String| (0..count).map(cell).collect::<Vec<_>>().join(",");
        format!("{}\n{}\n", row(|at| format!("name{at}")), row(name))
    };
    "HL7 v2, patients" => |size| {
        let head = "MSH|^~\\&|A|B|C|D|20240314||ADT^A01|1|P|2.5\r";
        lines(size, head, |at| format!("PID|{at}||{at:08}^^^MR||{}||19570412|F|||12 ELM ST\r", name(at).replace(' ', "^")))
    };
    "HL7 v2, results" => |size| {
        let head = "MSH|^~\\&|A|B|C|D|20240314||ORU^R01|1|P|2.5\r";
        lines(size, head, |at| format!("OBX|{at}|TX|||Seen by Dr. {} on 03/14/2024~again|\r", name(at)))
    };
    "X12" => |size| {
        let sender = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *240314*1200*^*00501*1*0*P*:~";
        lines(size, sender, |at| format!("NM1*IL*1*{}***MI*{at:08}~", name(at)))
    };
    "lines of JSON" => |size| lines(size, "", |at| format!("{{\"name\":\"{}\",\"mrn\":\"{at:08}\"}}\n", name(at)));
    "keys of JSON" => |size| lines(size, "{", |at| format!("\"patient_{at}\":\"{}\",", name(at))) + "\"end\":1}";
    "JSON in fences" => |size| lines(size, "", |at| format!("```json\n{{\"name\":\"{}\"}}\n```\n", name(at)));
    "JSON in JSON" => |size| nested(size, "{\"name\":", "\"Maria Kovacs\"", "}");
    "lists in lists" => |size| nested(size, "[\"Maria Kovacs 03/14/1957\",", "1", "]");
    "elements in elements" => |size| nested(size, "<name>", "Maria Kovacs", "</name>");
    "rows of HTML" => |size| lines(size, "", |at| format!("<tr><td>{}</td><td>{at:08}</td></tr>", name(at)));
    "attributes of HTML" => |size| lines(size, "", |at| format!("<a href=\"x{at}\" title=\"{}\">", name(at)));
    "cards" => |size| lines(size, "", |at| format!("BEGIN:VCARD\nFN:{}\nTEL:6175550123\nEND:VCARD\n", name(at)));
    "a dump of DICOM" => |size| lines(size, "", |at| format!("(0010,{:04x}) PN [{}]\n", at & 0xffff, name(at)));
    "a dump on one line" => |size| lines(size, "", |at| format!("(0010,{:04x}) PN [{}] ", at & 0xffff, name(at)));
    "tags without a value" => |size| lines(size, "", |at| format!("(0010,{:04x})St. ", at & 0xffff));
    "header fields" => |size| lines(size, "From: Maria <m@example.org>\n", |at| format!("X-H{at}: {}\n", name(at)));
    "fields that any text has" => |size| lines(size, "", |at| format!("To: a{at}\n"));
    "folded fields" => |size| lines(size, "", |at| format!("    From: a{at}\n"));
    "messages" => |size| lines(size, "", |at| format!("From: a{at}\nTo: b\n\nSeen today.\n"));
    "pairs" => |size| lines(size, "", |at| format!("name{at}={} ", name(at)));
    "log lines" => |size| {
        lines(size, "", |at| format!("2024-03-14 08:12:44 INFO user=mkovacs{at} patient=\"{}\" id={at:08}\n", name(at)))
    };
    "statements" => |size| lines(size, "", |at| format!("INSERT INTO p VALUES ('{}', '{at:08}');\n", name(at)));
    "addresses of mail" => |size| lines(size, "", |at| format!("m{at}.kovacs@example.org, "));
    "addresses of the web" => |size| lines(size, "", |at| format!("https://x.example/{at}/a?b=c "));
    "doctors" => |size| lines(size, "", |at| format!("Dr. {} saw Ms. {}. ", name(at), name(at * 31 + 7)));
    "names of many parts" => |size| lines(size, "", |at| format!("{}-", capital(at)));
    "words with capitals" => |size| lines(size, "", |at| format!("{} ", capital(at)));
    "capitals" => |size| lines(size, "", |at| format!("{} ", letters(at).to_uppercase()));
    "camel case" => |size| lines(size, "", capital);
    "letters without an end" => |size| lines(size, "", |at| letters(mixed(at) as usize));
    "labels in letters" => |size| lines(size, "", |at| format!("{}IDicdMRN", letters(at)));
    "labels" => |size| lines(size, "", |at| format!("MRN {} no. ", mixed(at) % 100_000_000));
    "long numbers" => |size| lines(size, "", |at| format!("{:011} ", mixed(at) % 100_000_000_000));
    "dotted numbers" => |size| lines(size, "", |at| format!("{}.", mixed(at) % 300));
    "hyphenated numbers" => |size| lines(size, "", |at| format!("{:03}-", mixed(at) % 1000));
    "dates" => |size| lines(size, "", |at| format!("{:02}/{:02}/{} ", at % 12 + 1, at % 28 + 1, 1950 + at % 70));
    "streets" => |size| lines(size, "", |at| format!("{at} {} Street, Boston, ", capital(at)));
    "hospitals" => |size| lines(size, "", |at| format!("Mercy {} Hospital of the ", capital(at)));
    "signs and letters at random" => |size| random(size, " ,.-/:@#\n09azAZqQeE");
    "capitals and digits at random" => |size| random(size, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -");
    "characters at random" => |size| random(size, "aéЖ李市ㅎ가ﬁ\u{301}\u{200b}１ 5.");
}

fn lines(size: usize, head: &str, line: impl Fn(usize) -> String) -> String {
    let mut text = head.to_owned();
    let mut at = 0;
    while text.len() < size {
        text += &line(at);
        at += 1;
    }
    text
}

fn nested(size: usize, open: &str, inside: &str, close: &str) -> String {
    let depth = size / (open.len() + close.len());
    format!("{}{inside}{}", open.repeat(depth), close.repeat(depth))
}

fn random(size: usize, characters: &str) -> String {
    let characters: Vec<char> = characters.chars().collect();
    lines(size, "", |at| characters[mixed(at) as usize % characters.len()].into())
}

/// Given names and surnames, and one in four that no list has.
fn name(at: usize) -> String {
    let given = ["Maria", "Imre", "Zsofia", "Grace"][at % 4];
    let own = capital(at + 1000);
    format!("{given} {}", ["Kovacs", "Young", "O'Brien", &own][at / 4 % 4])
}

fn letters(mut at: usize) -> String {
    let mut letters = String::new();
    while at > 0 || letters.is_empty() {
        letters.push(char::from(b'a' + (at % 26) as u8));
        at /= 26;
    }
    letters
}

fn capital(at: usize) -> String {
    let mut word = letters(at * 37 + 500);
    word[..1].make_ascii_uppercase();
    word
}

/// A number that looks like any other (the finalizer of SplitMix64).
fn mixed(at: usize) -> u64 {
    let mut number = at as u64 + 0x9e37_79b9_7f4a_7c15;
    number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (number ^ number >> 31) >> 1
}
