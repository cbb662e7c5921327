//! The log's published files: entry bundles, hash tiles and the checkpoint, as C2SP tlog-tiles lays them out.
//!
//! Every file is written beside its name, synced, renamed, and its folder synced, so that a crash leaves either the
//! old file or the new one. The checkpoint goes last: what it commits to is there before it is.

use super::merkle::{Hash, WIDTH};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// `tile/<level>/<index>[.p/<width>]`, relative to the log's directory.
pub fn hashes_path(level: usize, index: u64, width: usize) -> PathBuf {
    path(&format!("tile/{level}"), index, width)
}

/// `tile/entries/<index>[.p/<width>]`, relative to the log's directory.
pub fn entries_path(index: u64, width: usize) -> PathBuf {
    path("tile/entries", index, width)
}

/// Indexes are written in groups of three digits, all but the last with an `x` before them.
fn path(folder: &str, index: u64, width: usize) -> PathBuf {
    let mut name = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        name = format!("x{:03}/{name}", rest % 1000);
        rest /= 1000;
    }
    let partial = if width == WIDTH { String::new() } else { format!(".p/{width}") };
    PathBuf::from(format!("{folder}/{name}{partial}"))
}

/// The index of the unfinished tile of a level in a log of `size` entries.
pub fn edge_index(size: u64, level: usize) -> u64 {
    size.checked_shr(8 * (level as u32 + 1)).unwrap_or(0)
}

/// The bytes of a hash tile.
pub fn encode_hashes(hashes: &[Hash]) -> Vec<u8> {
    hashes.concat()
}

pub fn decode_hashes(bytes: &[u8], width: usize) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    (rest.is_empty() && hashes.len() == width).then(|| hashes.to_vec())
}

/// The bytes of an entry bundle: each entry after its length, a big-endian u16.
pub fn encode_entries<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bundle = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len()).expect("the log takes no entry above 65,535 bytes");
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    bundle
}

pub fn decode_entries(mut bundle: &[u8], count: usize) -> Option<Vec<Vec<u8>>> {
    let mut entries = Vec::with_capacity(count);
    while !bundle.is_empty() {
        let (length, rest) = bundle.split_first_chunk()?;
        let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        entries.push(entry.to_vec());
        bundle = rest;
    }
    (entries.len() == count).then_some(entries)
}

/// Writes a file so that it is there whole, under this name, after a crash.
pub fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    create_folders(folder)?;
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let beside = folder.join(format!(".{}.new", name.to_string_lossy()));
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    sync_folder(folder)
}

/// Creates a folder and those above it, each entry synced in its parent.
pub fn create_folders(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create_folders(parent)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(parent),
    }
}

pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes the unfinished tiles that a later one replaces: widths other than `keep` of this index.
pub fn remove_partial(full_path: &Path, keep: Option<usize>) -> io::Result<()> {
    let mut folder = full_path.as_os_str().to_owned();
    folder.push(".p");
    let folder = PathBuf::from(folder);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if keep.is_none_or(|width| entry.file_name().to_str() != Some(&width.to_string())) {
            fs::remove_file(entry.path())?;
        }
    }
    if keep.is_none() { fs::remove_dir(&folder) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(hashes_path(0, 1_234_067, 256), Path::new("tile/0/x001/x234/067"));
        assert_eq!(hashes_path(1, 0, 3), Path::new("tile/1/000.p/3"));
        assert_eq!(entries_path(5, 204), Path::new("tile/entries/005.p/204"));
    }

    #[test]
    fn bundles_decode_to_their_entries_and_nothing_else() {
        let entries: [&[u8]; 3] = [b"a", b"", b"ccc"];
        let bundle = encode_entries(entries);
        assert_eq!(decode_entries(&bundle, 3).unwrap(), entries);
        assert!(decode_entries(&bundle, 2).is_none());
        assert!(decode_entries(&bundle[..bundle.len() - 1], 3).is_none());
    }
}
