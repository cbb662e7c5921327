//! Models on disk: a folder for each, with its files and a `model.toml` that records where they came from and their
//! digests. A model is loaded only when every file still has its digest.

use crate::crypto::Sha256;
use crate::local::gguf::{Gguf, GgufError};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The folder of models.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

/// What `model.toml` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Where it came from: a repository and its revision, or `imported`.
    pub source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
    #[serde(rename = "file")]
    pub files: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub role: Role,
    pub file: String,
    pub bytes: u64,
    pub sha256: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Model,
    /// Turns images into what the model reads.
    Projector,
    /// A fine-tune, by the name behind the `+` in `local/medgemma+radiology`.
    Adapter(String),
}

/// A model whose files are as recorded.
#[derive(Clone, Debug)]
pub struct Verified {
    pub model: PathBuf,
    /// SHA-256 of the model's file.
    pub digest: String,
    pub projector: Option<PathBuf>,
    pub adapters: Vec<(String, PathBuf)>,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("no model `{0}` is installed; run `cordon model pull {0}` or `cordon model import FILE --name {0}`")]
    Missing(String),
    #[error("`{0}` cannot be a model's name: lower-case letters, digits, `.`, `_` and `-` only")]
    Name(String),
    #[error("{}: {cause}", path.display())]
    Io { path: PathBuf, cause: io::Error },
    #[error("{}: {why}", path.display())]
    Manifest { path: PathBuf, why: String },
    #[error("{}: {cause}", path.display())]
    Gguf { path: PathBuf, cause: GgufError },
    #[error("{}: its SHA-256 is not the one recorded; remove the model and fetch it again", .0.display())]
    Changed(PathBuf),
    #[error("{}: the SHA-256 is {actual}, expected {expected}", path.display())]
    Digest { path: PathBuf, expected: String, actual: String },
    #[error("{}: {why}", path.display())]
    Unfit { path: PathBuf, why: &'static str },
}

impl Store {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where this user's models are when nothing else is configured.
    pub fn default_root() -> PathBuf {
        if let Some(folder) = std::env::var_os("CORDON_MODELS") {
            return PathBuf::from(folder);
        }
        let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
        let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
        data.or_else(home).unwrap_or_else(|| PathBuf::from("/var/lib")).join("cordon/models")
    }

    pub fn folder(&self, name: &str) -> Result<PathBuf, StoreError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        if name.is_empty() || name.starts_with('.') || name.len() > 64 || !name.bytes().all(plain) {
            return Err(StoreError::Name(name.to_owned()));
        }
        Ok(self.root.join(name))
    }

    /// The installed models by name.
    pub fn list(&self) -> Result<Vec<(String, Manifest)>, StoreError> {
        let entries = match fs::read_dir(&self.root) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(at(&self.root))?,
        };
        let mut models = Vec::new();
        for entry in entries {
            let name = entry.map_err(at(&self.root))?.file_name();
            let Some(name) = name.to_str() else { continue };
            match self.manifest(name) {
                Ok(manifest) => models.push((name.to_owned(), manifest)),
                // A pull in progress, or somebody else's file.
                Err(StoreError::Missing(_) | StoreError::Name(_)) => {}
                Err(error) => return Err(error),
            }
        }
        models.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(models)
    }

    pub fn manifest(&self, name: &str) -> Result<Manifest, StoreError> {
        let path = self.folder(name)?.join("model.toml");
        let text = match fs::read_to_string(&path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Err(StoreError::Missing(name.to_owned())),
            other => other.map_err(at(&path))?,
        };
        let manifest: Manifest = toml::from_str(&text)
            .map_err(|error| StoreError::Manifest { path: path.clone(), why: error.message().to_owned() })?;
        let outside = |entry: &Entry| Path::new(&entry.file).file_name() != Some(entry.file.as_ref());
        if manifest.files.iter().any(outside) {
            return Err(StoreError::Manifest { path, why: "a file's name is a path".into() });
        }
        Ok(manifest)
    }

    /// Reads every file through and compares; then the heads, so that what llama.cpp would abort on stays out.
    pub fn verify(&self, name: &str) -> Result<Verified, StoreError> {
        let manifest = self.manifest(name)?;
        let folder = self.folder(name)?;
        for entry in &manifest.files {
            let path = folder.join(&entry.file);
            if digest(&path)? != (entry.bytes, entry.sha256.clone()) {
                return Err(StoreError::Changed(path));
            }
        }
        Verified::of(&folder, &manifest)
    }

    /// Adds files that are already on this machine, such as those carried to one without a network. Several are parts
    /// of one file, in this order.
    pub fn import(
        &self,
        name: &str,
        role: Role,
        parts: &[PathBuf],
        expected: Option<&str>,
        source: &str,
        terms: Option<&str>,
    ) -> Result<Manifest, StoreError> {
        let folder = self.folder(name)?;
        fs::create_dir_all(&folder).map_err(at(&folder))?;
        let file = role.file_name();
        let path = folder.join(&file);
        let new = folder.join(format!(".{file}.new"));
        let mut out = File::create(&new).map_err(at(&new))?;
        for part in parts {
            let mut from = File::open(part).map_err(at(part))?;
            io::copy(&mut from, &mut out).map_err(at(part))?;
        }
        out.flush().and_then(|()| out.sync_all()).map_err(at(&new))?;
        let (bytes, sha256) = digest(&new)?;
        let added = self.add(name, Entry { role, file, bytes, sha256 }, &new, expected, source, terms);
        if added.is_err() {
            // What counts is why it was not added.
            let _ = fs::remove_file(&new);
        }
        added.inspect(|_| debug_assert!(path.exists(), "an added file is at its place"))
    }

    /// Moves a complete file to its place and records it. The model's other files stay as they are.
    pub fn add(
        &self,
        name: &str,
        entry: Entry,
        new: &Path,
        expected: Option<&str>,
        source: &str,
        terms: Option<&str>,
    ) -> Result<Manifest, StoreError> {
        if let Some(expected) = expected
            && !expected.eq_ignore_ascii_case(&entry.sha256)
        {
            let (path, expected, actual) = (new.to_owned(), expected.to_owned(), entry.sha256);
            return Err(StoreError::Digest { path, expected, actual });
        }
        let folder = self.folder(name)?;
        let mut manifest = match self.manifest(name) {
            Ok(manifest) => manifest,
            Err(StoreError::Missing(_)) => Manifest { source: source.to_owned(), terms: None, files: Vec::new() },
            Err(error) => return Err(error),
        };
        check_head(new, &entry.role, &folder, &manifest)?;
        let path = folder.join(&entry.file);
        fs::rename(new, &path).map_err(at(&path))?;
        if entry.role == Role::Model {
            manifest.source = source.to_owned();
        }
        manifest.terms = terms.map(str::to_owned).or(manifest.terms);
        manifest.files.retain(|other| other.role != entry.role);
        manifest.files.push(entry);
        self.record(&folder, &manifest)?;
        Ok(manifest)
    }

    fn record(&self, folder: &Path, manifest: &Manifest) -> Result<(), StoreError> {
        let path = folder.join("model.toml");
        let text = toml::to_string(manifest)
            .map_err(|error| StoreError::Manifest { path: path.clone(), why: error.to_string() })?;
        let new = folder.join(".model.toml.new");
        fs::write(&new, text).map_err(at(&new))?;
        fs::rename(&new, &path).map_err(at(&path))
    }

    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.manifest(name)?;
        let folder = self.folder(name)?;
        fs::remove_dir_all(&folder).map_err(at(&folder))
    }
}

impl Role {
    /// The name of its file within the model's folder.
    pub fn file_name(&self) -> String {
        match self {
            Self::Model => "model.gguf".into(),
            Self::Projector => "projector.gguf".into(),
            Self::Adapter(name) => format!("adapter-{name}.gguf"),
        }
    }
}

impl Verified {
    fn of(folder: &Path, manifest: &Manifest) -> Result<Self, StoreError> {
        let path = |entry: &Entry| folder.join(&entry.file);
        let find = |role| manifest.files.iter().find(|entry| entry.role == role);
        let model = find(Role::Model).ok_or_else(|| StoreError::Unfit {
            path: folder.to_owned(),
            why: "there is no file of the model itself",
        })?;
        let adapters = manifest.files.iter().filter_map(|entry| match &entry.role {
            Role::Adapter(name) => Some((name.clone(), path(entry))),
            _ => None,
        });
        for entry in &manifest.files {
            check_head(&path(entry), &entry.role, folder, manifest)?;
        }
        Ok(Self {
            model: path(model),
            digest: model.sha256.clone(),
            projector: find(Role::Projector).map(path),
            adapters: adapters.collect(),
        })
    }
}

/// Whether a file is what its role needs.
fn check_head(path: &Path, role: &Role, folder: &Path, manifest: &Manifest) -> Result<(), StoreError> {
    let open = |path: &Path| Gguf::open(path).map_err(|cause| StoreError::Gguf { path: path.to_owned(), cause });
    let head = open(path)?;
    let unfit = |why| Err(StoreError::Unfit { path: path.to_owned(), why });
    match role {
        Role::Model if head.architecture().is_none() || head.text("adapter.type").is_some() => unfit("not a model"),
        Role::Projector if head.architecture() != Some("clip") => unfit("not a vision projector"),
        Role::Adapter(_) => {
            let Some(entry) = manifest.files.iter().find(|entry| entry.role == Role::Model) else {
                return unfit("import the model before its adapters");
            };
            let model = open(&folder.join(&entry.file))?;
            if head.adapts(&model) { Ok(()) } else { unfit("an adapter of another model") }
        }
        _ => Ok(()),
    }
}

/// Length and SHA-256, in lower-case hexadecimal.
pub fn digest(path: &Path) -> Result<(u64, String), StoreError> {
    let mut file = File::open(path).map_err(at(path))?;
    let (mut sha, mut length, mut buffer) = (Sha256::new(), 0u64, vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer).map_err(at(path))? {
            0 => break,
            read => {
                sha.update(&buffer[..read]);
                length += read as u64;
            }
        }
    }
    Ok((length, data_encoding::HEXLOWER.encode(&sha.finish())))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> StoreError + use<> {
    let path = path.to_owned();
    |cause| StoreError::Io { path, cause }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::gguf::tests::written;

    fn import(store: &Store, role: Role, bytes: &[u8], expected: Option<&str>) -> Result<Manifest, StoreError> {
        let dir = tempfile::tempdir().unwrap();
        let (half, rest) = bytes.split_at(bytes.len() / 2);
        let parts = [dir.path().join("a"), dir.path().join("b")];
        fs::write(&parts[0], half).unwrap();
        fs::write(&parts[1], rest).unwrap();
        store.import("tiny", role, &parts, expected, "imported", None)
    }

    fn model() -> Vec<u8> {
        written(&[("general.architecture", "gemma3")], &[("q.weight", &[8, 4])])
    }

    #[test]
    fn an_imported_model_verifies_until_a_byte_changes() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        import(&store, Role::Model, &model(), None).unwrap();
        let verified = store.verify("tiny").unwrap();
        assert_eq!(store.list().unwrap().len(), 1);
        let mut bytes = fs::read(&verified.model).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&verified.model, bytes).unwrap();
        assert!(matches!(store.verify("tiny"), Err(StoreError::Changed(_))));
        store.remove("tiny").unwrap();
        assert!(matches!(store.verify("tiny"), Err(StoreError::Missing(_))));
    }

    #[test]
    fn what_is_no_model_or_has_another_digest_is_not_installed() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        assert!(matches!(import(&store, Role::Model, b"<html>", None), Err(StoreError::Gguf { .. })));
        let cut = &model()[..model().len() - 40];
        assert!(matches!(import(&store, Role::Model, cut, None), Err(StoreError::Gguf { .. })));
        assert!(matches!(import(&store, Role::Model, &model(), Some("00")), Err(StoreError::Digest { .. })));
        assert!(matches!(import(&store, Role::Projector, &model(), None), Err(StoreError::Unfit { .. })));
        assert!(store.list().unwrap().is_empty());
        assert_eq!(fs::read_dir(dir.path().join("tiny")).unwrap().count(), 0);
    }

    #[test]
    fn an_adapter_is_installed_only_beside_its_model() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        let keys = [("general.architecture", "gemma3"), ("adapter.type", "lora")];
        let adapter = written(&keys, &[("q.weight.lora_a", &[8, 2]), ("q.weight.lora_b", &[2, 4])]);
        let other = written(&keys, &[("q.weight.lora_a", &[7, 2]), ("q.weight.lora_b", &[2, 4])]);
        let role = || Role::Adapter("radiology".into());
        assert!(matches!(import(&store, role(), &adapter, None), Err(StoreError::Unfit { .. })));
        import(&store, Role::Model, &model(), None).unwrap();
        assert!(matches!(import(&store, role(), &other, None), Err(StoreError::Unfit { .. })));
        import(&store, role(), &adapter, None).unwrap();
        assert_eq!(store.verify("tiny").unwrap().adapters[0].0, "radiology");
    }

    #[test]
    fn a_name_is_no_path() {
        let store = Store::new("/nowhere");
        for name in ["", "..", "../x", "a/b", ".a", "A"] {
            assert!(matches!(store.manifest(name), Err(StoreError::Name(_))), "{name}");
        }
    }
}
