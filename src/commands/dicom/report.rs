//! The report of a call: what was done to which attribute of which file, without values.

use crate::dicom::{Error, Policy};
use anyhow::Context;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Written as it grows, so that a folder of any size takes no memory.
pub struct Report {
    file: Option<BufWriter<File>>,
    is_first: bool,
}

impl Report {
    pub fn create(path: Option<&Path>, policy: &Policy) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self { file: None, is_first: true }) };
        let mut file = BufWriter::new(File::create(path).with_context(|| path.display().to_string())?);
        let methods: Vec<_> =
            policy.methods(false).map(|(code, meaning)| json!({"code": code, "meaning": meaning})).collect();
        write!(file, "{{\"methods\": {}, \"files\": [", json!(methods))?;
        Ok(Self { file: Some(file), is_first: true })
    }

    pub fn add(&mut self, name: &str, done: &Result<crate::dicom::Report, Error>) -> anyhow::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let entry = match done {
            Ok(done) => {
                let mut attributes: BTreeMap<String, BTreeMap<&str, u64>> = BTreeMap::new();
                for (&(tag, action), &count) in &done.actions {
                    let tag = format!("{:04X}{:04X}", tag.group(), tag.element());
                    attributes.entry(tag).or_default().insert(action.name(), count);
                }
                json!({
                    "file": name,
                    "status": "written",
                    "sop_class": done.sop_class,
                    "transfer_syntax": done.transfer_syntax,
                    "comments_blanked": done.comments_blanked,
                    "pixels_blanked": done.pixels_blanked,
                    "notes": done.notes,
                    "attributes": attributes,
                })
            }
            Err(error) => json!({
                "file": name,
                "status": if matches!(error, Error::NotDicom) { "left out" } else { "refused" },
                "code": error.code(),
                "message": error.to_string(),
                "hint": error.hint(),
            }),
        };
        let separator = if std::mem::take(&mut self.is_first) { "" } else { "," };
        write!(file, "{separator}\n{entry}")?;
        Ok(())
    }

    pub fn finish(self) -> anyhow::Result<()> {
        let Some(mut file) = self.file else { return Ok(()) };
        writeln!(file, "\n]}}")?;
        file.flush()?;
        Ok(())
    }
}
