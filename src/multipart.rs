//! Forms of several parts (RFC 7578, RFC 2046): read strictly, and written anew from what was read.
//!
//! Nothing of the original framing goes on: neither its boundary, nor what stands before the first part and after the
//! last, nor headers of parts. So what a parser of forms may disagree about is gone before a provider sees it.

use memchr::memmem;

/// One part of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<B> {
    pub name: String,
    /// Present where the part is a file, even if it is empty.
    pub file_name: Option<String>,
    pub content_type: Option<String>,
    pub body: B,
}

/// The form is not written as every parser reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the form cannot be read: {0}")]
pub struct Malformed(&'static str);

/// The boundary that a content type of `multipart/form-data` names.
pub fn boundary(content_type: &str) -> Option<String> {
    boundary_of("multipart/form-data", content_type)
}

/// The boundary that a content type of this kind of `multipart` names.
pub fn boundary_of(kind: &str, content_type: &str) -> Option<String> {
    let (essence, parameters) = content_type.split_once(';')?;
    if !essence.trim().eq_ignore_ascii_case(kind) {
        return None;
    }
    let mut found = parameters.split(';').filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| unquoted(value.trim()))
    });
    let (boundary, None) = (found.next()??, found.next()) else { return None };
    // RFC 2046 section 5.1.1: up to 70 of these, not ending with a blank.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&byte);
    ((1..=70).contains(&boundary.len()) && boundary.bytes().all(plain)).then_some(boundary)
}

/// The parts of a form in their order.
pub fn parse<'b>(bytes: &'b [u8], boundary: &str, most: usize) -> Result<Vec<Part<&'b [u8]>>, Malformed> {
    pieces(bytes, boundary, most)?.into_iter().map(part).collect()
}

/// The parts of a `multipart/related` in their order: types and bodies. Their other headers are left behind.
pub fn bodies<'b>(bytes: &'b [u8], boundary: &str, most: usize) -> Result<Vec<(&'b str, &'b [u8])>, Malformed> {
    let body = |piece: &'b [u8]| {
        let end = memmem::find(piece, b"\r\n\r\n").ok_or(Malformed("a part has no headers"))?;
        let head = std::str::from_utf8(&piece[..end]).map_err(|_| Malformed("a header is not UTF-8"))?;
        let mut headers = head.split("\r\n").filter_map(|line| line.split_once(':'));
        let kind = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        Ok((kind.map_or("", |(_, kind)| kind.trim()), &piece[end + 4..]))
    };
    pieces(bytes, boundary, most)?.into_iter().map(body).collect()
}

/// What stands between the boundaries: headers and body of each part.
fn pieces<'b>(bytes: &'b [u8], boundary: &str, most: usize) -> Result<Vec<&'b [u8]>, Malformed> {
    let delimiter = format!("\r\n--{boundary}");
    let opening = &delimiter.as_bytes()[2..];
    // A preamble is allowed by the standard and read by nobody, so it is not taken along.
    let mut rest = match bytes.strip_prefix(opening) {
        Some(rest) => rest,
        None => {
            let start = memmem::find(bytes, delimiter.as_bytes()).ok_or(Malformed("its boundary is not in it"))?;
            &bytes[start + delimiter.len()..]
        }
    };
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        rest = rest.strip_prefix(b"\r\n").ok_or(Malformed("a boundary does not end its line"))?;
        let end = memmem::find(rest, delimiter.as_bytes()).ok_or(Malformed("its last part is not closed"))?;
        if parts.len() == most {
            return Err(Malformed("it has more parts than the limit"));
        }
        parts.push(&rest[..end]);
        rest = &rest[end + delimiter.len()..];
    }
}

/// Writes parts as a form and gives its content type and bytes. The same parts give the same form.
pub fn write(parts: &[Part<Vec<u8>>]) -> (String, Vec<u8>) {
    let boundary = absent(parts);
    let mut out = Vec::with_capacity(parts.iter().map(|part| part.body.len() + 256).sum());
    for part in parts {
        out.extend(format!("--{boundary}\r\ncontent-disposition: form-data; name=\"{}\"", part.name).bytes());
        if let Some(file_name) = &part.file_name {
            out.extend(format!("; filename=\"{file_name}\"").bytes());
        }
        if let Some(content_type) = &part.content_type {
            out.extend(format!("\r\ncontent-type: {content_type}").bytes());
        }
        out.extend(b"\r\n\r\n");
        out.extend(&part.body);
        out.extend(b"\r\n");
    }
    out.extend(format!("--{boundary}--\r\n").bytes());
    (format!("multipart/form-data; boundary={boundary}"), out)
}

/// Writes typed bodies as a `multipart/related` whose root is of one type, as [`write`] writes a form.
pub fn write_related(root: &str, bodies: Vec<(String, Vec<u8>)>) -> (String, Vec<u8>) {
    let part = |(kind, body)| Part { name: String::new(), file_name: None, content_type: Some(kind), body };
    let parts: Vec<_> = bodies.into_iter().map(part).collect();
    let boundary = absent(&parts);
    let mut out = Vec::with_capacity(parts.iter().map(|part| part.body.len() + 128).sum());
    for part in parts {
        let kind = part.content_type.unwrap_or_default();
        out.extend(format!("--{boundary}\r\ncontent-type: {kind}\r\n\r\n").bytes());
        out.extend(part.body);
        out.extend(b"\r\n");
    }
    out.extend(format!("--{boundary}--\r\n").bytes());
    (format!("multipart/related; type=\"{root}\"; boundary={boundary}"), out)
}

/// Whether a name can stand in a header of a part without being quoted in a way that parsers differ about.
pub fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.[]".contains(&byte);
    (1..=128).contains(&name.len()) && name.bytes().all(plain)
}

/// A boundary that stands in no part.
fn absent(parts: &[Part<Vec<u8>>]) -> String {
    let free = |boundary: &String| parts.iter().all(|part| memmem::find(&part.body, boundary.as_bytes()).is_none());
    let mut candidates = (0u64..).map(|number| format!("cordon-form-{number:016x}"));
    candidates.find(free).expect("a finite form does not hold every boundary")
}

fn part(bytes: &[u8]) -> Result<Part<&[u8]>, Malformed> {
    // A part without headers begins with the blank line; it then has no name.
    let end = memmem::find(bytes, b"\r\n\r\n").ok_or(Malformed("a part has no headers"))?;
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| Malformed("a header is not UTF-8"))?;
    let (mut disposition, mut content_type) = (None, None);
    for line in head.split("\r\n") {
        let (name, value) = line.split_once(':').ok_or(Malformed("a header has no colon"))?;
        if line.starts_with([' ', '\t']) || value.contains(['\r', '\n', '\0']) {
            return Err(Malformed("a header is folded"));
        }
        let slot = match name.to_ascii_lowercase().as_str() {
            "content-disposition" => &mut disposition,
            "content-type" => &mut content_type,
            // A part in another encoding would be read by some and not by others; RFC 7578 section 4.7 forbids it.
            "content-transfer-encoding" if !matches!(value.trim(), "binary" | "8bit" | "7bit") => {
                return Err(Malformed("a part is encoded"));
            }
            _ => continue,
        };
        if slot.replace(value.trim()).is_some() {
            return Err(Malformed("a header stands twice"));
        }
    }
    let (name, file_name) = named(disposition.ok_or(Malformed("a part has no name"))?)?;
    Ok(Part { name, file_name, content_type: content_type.map(str::to_owned), body: &bytes[end + 4..] })
}

/// The names in a content disposition.
fn named(disposition: &str) -> Result<(String, Option<String>), Malformed> {
    let mut rest = disposition.strip_prefix("form-data").ok_or(Malformed("a part is no form data"))?;
    let (mut name, mut file_name) = (None, None);
    while let Some(parameter) = rest.trim_start().strip_prefix(';') {
        let (key, value) = parameter.split_once('=').ok_or(Malformed("a disposition cannot be read"))?;
        let (value, after) = value_of(value)?;
        rest = after;
        let slot = match key.trim().to_ascii_lowercase().as_str() {
            "name" => &mut name,
            "filename" => &mut file_name,
            // It says the same in another alphabet, and is dropped as the other one is.
            "filename*" => continue,
            _ => return Err(Malformed("a disposition has an unknown parameter")),
        };
        if slot.replace(value).is_some() {
            return Err(Malformed("a part is named twice"));
        }
    }
    if !rest.trim().is_empty() {
        return Err(Malformed("a disposition cannot be read"));
    }
    let name = name.filter(|name| is_plain(name)).ok_or(Malformed("a part's name is no field of the API"))?;
    Ok((name, file_name))
}

/// A value, quoted or not, and what stands behind it.
fn value_of(text: &str) -> Result<(String, &str), Malformed> {
    let Some(quoted) = text.trim_start().strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return Ok((text[..end].trim().to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Ok((value, &quoted[at + 1..])),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            c => value.push(c),
        }
    }
    Err(Malformed("a quotation is not closed"))
}

fn unquoted(value: &str) -> Option<String> {
    match value.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"').filter(|inner| !inner.contains(['"', '\\'])).map(str::to_owned),
        None => Some(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The name, the name of the file and the text of a part.
    type Expected<'a> = (&'a str, Option<&'a str>, &'a str);

    #[track_caller]
    fn check(form: &str, expected: Result<&[Expected<'_>], &str>) {
        let parts = parse(form.as_bytes(), "b", 4);
        let read = parts.as_ref().map(|parts| {
            let text = |part: &Part<&[u8]>| std::str::from_utf8(part.body).expect("text").to_owned();
            parts.iter().map(|part| (part.name.as_str(), part.file_name.as_deref(), text(part))).collect::<Vec<_>>()
        });
        match (read, expected) {
            (Ok(read), Ok(expected)) => {
                let read: Vec<_> = read.iter().map(|(name, file, text)| (*name, *file, text.as_str())).collect();
                assert_eq!(read, expected, "{form}");
            }
            (Err(error), Err(word)) => assert!(error.0.contains(word), "{form}: {error}"),
            (read, expected) => panic!("{form}: {read:?} is not {expected:?}"),
        }
    }

    const FIELD: &str = "content-disposition: form-data; name=\"a\"";

    #[test]
    fn parts_are_read_and_what_surrounds_them_is_not() {
        check(&format!("--b\r\n{FIELD}\r\n\r\nx\r\n--b--\r\n"), Ok(&[("a", None, "x")]));
        check(&format!("Maria\r\n--b\r\n{FIELD}\r\n\r\nx\r\n--b--Kovacs"), Ok(&[("a", None, "x")]));
        check(
            &format!("--b\r\n{FIELD}; filename=\"M \\\"K\\\".txt\"\r\n\r\n\r\n--b--"),
            Ok(&[("a", Some("M \"K\".txt"), "")]),
        );
        check(&format!("--b\r\n{FIELD}\r\n\r\nx--b--\r\n\r\n--b--"), Ok(&[("a", None, "x--b--\r\n")]));
    }

    #[test]
    fn what_parsers_read_differently_is_refused() {
        check("nothing", Err("boundary is not in it"));
        check(&format!("--b\r\n{FIELD}\r\n\r\nx"), Err("not closed"));
        check(&format!("--b \r\n{FIELD}\r\n\r\nx\r\n--b--"), Err("end its line"));
        check("--b\r\nx: y\r\n\r\nx\r\n--b--", Err("no name"));
        check(&format!("--b\r\n{FIELD}\r\n{FIELD}\r\n\r\nx\r\n--b--"), Err("twice"));
        check(&format!("--b\r\n{FIELD}; name=\"c\"\r\n\r\nx\r\n--b--"), Err("twice"));
        check(&format!("--b\r\n{FIELD}\r\n folded\r\n\r\nx\r\n--b--"), Err("colon"));
        check(&format!("--b\r\n{FIELD}\r\ncontent-transfer-encoding: base64\r\n\r\nx\r\n--b--"), Err("encoded"));
        check("--b\r\ncontent-disposition: form-data; name=\"Maria Kovacs\"\r\n\r\nx\r\n--b--", Err("no field"));
        check(&format!("{}--b--", format!("--b\r\n{FIELD}\r\n\r\nx\r\n").repeat(5)), Err("more parts"));
    }

    #[test]
    fn boundaries_are_plain() {
        let named = |text| boundary(text);
        assert_eq!(named("multipart/form-data; boundary=x-1").as_deref(), Some("x-1"));
        assert_eq!(named("Multipart/Form-Data; boundary=\"x:1\"").as_deref(), Some("x:1"));
        for wrong in [
            "multipart/form-data",
            "multipart/mixed; boundary=x",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=x; boundary=y",
            "multipart/form-data; boundary=\"x\\\"y\"",
            "multipart/form-data; boundary=Maria Kovacs",
        ] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
    }

    fn any_part() -> impl Strategy<Value = Part<Vec<u8>>> {
        let parts = ("[a-z_\\[\\]]{1,12}", prop::option::of("[a-z.]{0,12}"), prop::collection::vec(any::<u8>(), 0..64));
        parts.prop_map(|(name, file_name, body)| Part { name, file_name, content_type: None, body })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_alike(parts in prop::collection::vec(any_part(), 1..5)) {
            let (kind, bytes) = write(&parts);
            let read = parse(&bytes, &boundary(&kind).expect("own"), 8).expect("own");
            prop_assert_eq!(read.len(), parts.len());
            for (read, part) in read.iter().zip(&parts) {
                prop_assert_eq!((&read.name, &read.file_name), (&part.name, &part.file_name));
                prop_assert_eq!(read.body, &part.body[..]);
            }
        }
    }
}
