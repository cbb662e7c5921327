//! The Merkle tree of RFC 6962 section 2.1, kept as the tiles of C2SP tlog-tiles.

use crate::crypto::Sha256;

pub type Hash = [u8; 32];

/// Hashes in a full tile; tiles of level L hold subtrees of 256^L leaves.
pub const WIDTH: usize = 256;

/// RFC 6962: `SHA-256(0x00 || entry)`.
pub fn leaf(entry: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update(&[0]);
    hash.update(entry);
    hash.finish()
}

/// RFC 6962: `SHA-256(0x01 || left || right)`.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update(&[1]);
    hash.update(left);
    hash.update(right);
    hash.finish()
}

/// The Merkle tree hash over hashes of equally tall subtrees.
pub fn root(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => Sha256::new().finish(),
        [only] => *only,
        _ => {
            let (left, right) = hashes.split_at(split(hashes.len() as u64) as usize);
            node(&root(left), &root(right))
        }
    }
}

/// The largest power of two below `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// A growing tree. Holds the right edge only: at most 255 hashes a level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The hashes of the last, unfinished tile of each level; owned by the writer.
    levels: Vec<Vec<Hash>>,
    size: u64,
}

/// A tile that has just become full and will never change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullTile {
    pub level: usize,
    pub index: u64,
    pub hashes: Vec<Hash>,
}

impl Tree {
    /// A tree from the unfinished tiles of a log of `size` entries, lowest level first.
    pub fn from_edge(size: u64, levels: Vec<Vec<Hash>>) -> Self {
        Self { levels, size }
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// The unfinished tiles, lowest level first; empty ones are tiles that end on a boundary.
    pub fn edge(&self) -> &[Vec<Hash>] {
        &self.levels
    }

    /// Adds a leaf; the tiles that it completes are appended to `full`.
    pub fn push(&mut self, leaf: Hash, full: &mut Vec<FullTile>) {
        self.size += 1;
        let mut hash = leaf;
        let mut span = WIDTH as u64;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::with_capacity(WIDTH));
            }
            let tile = &mut self.levels[level];
            tile.push(hash);
            if tile.len() < WIDTH {
                return;
            }
            let hashes = std::mem::replace(tile, Vec::with_capacity(WIDTH));
            hash = root(&hashes);
            full.push(FullTile { level, index: self.size / span - 1, hashes });
            span = span.saturating_mul(WIDTH as u64);
        }
    }

    /// The root of the tree as it stands.
    pub fn root(&self) -> Hash {
        // The edge is a row of perfect subtrees that get smaller to the right; fold it from the right.
        let mut subtrees = Vec::new();
        for tile in self.levels.iter().rev() {
            let mut rest = tile.as_slice();
            while !rest.is_empty() {
                let perfect = 1 << rest.len().ilog2();
                let (head, tail) = rest.split_at(perfect);
                subtrees.push(root(head));
                rest = tail;
            }
        }
        match subtrees.pop() {
            None => root(&[]),
            Some(last) => subtrees.iter().rev().fold(last, |right, left| node(left, &right)),
        }
    }
}

/// An inclusion proof for a leaf, RFC 6962 section 2.1.1: the sibling hashes from the leaf up.
pub fn inclusion(leaves: &[Hash], index: usize) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let middle = split(leaves.len() as u64) as usize;
    let (left, right) = leaves.split_at(middle);
    let (mut proof, sibling) = if index < middle {
        (inclusion(left, index), root(right))
    } else {
        (inclusion(right, index - middle), root(left))
    };
    proof.push(sibling);
    proof
}

/// The root that an inclusion proof leads to; nothing when its length does not fit.
pub fn root_of_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    if size == 1 {
        return proof.is_empty().then_some(leaf);
    }
    let (sibling, below) = proof.split_last()?;
    let middle = split(size);
    if index < middle {
        Some(node(&root_of_inclusion(leaf, index, middle, below)?, sibling))
    } else {
        Some(node(sibling, &root_of_inclusion(leaf, index - middle, size - middle, below)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|n| leaf(&n.to_be_bytes())).collect()
    }

    #[test]
    fn the_growing_tree_agrees_with_the_definition() {
        let leaves = leaves(70_000);
        let mut tree = Tree::default();
        let mut full = Vec::new();
        for (count, &hash) in leaves.iter().enumerate() {
            if count < 600 || count % 9_973 == 0 || count == 65_536 {
                assert_eq!(tree.root(), root(&leaves[..count]), "{count} leaves");
            }
            tree.push(hash, &mut full);
        }
        assert_eq!(full.iter().filter(|tile| tile.level == 0).count(), 273);
        let second: Vec<_> = full.iter().filter(|tile| tile.level == 1).map(|tile| tile.index).collect();
        assert_eq!(second, [0]);
        for tile in full.iter().filter(|tile| tile.level == 0) {
            let start = tile.index as usize * WIDTH;
            assert_eq!(tile.hashes, leaves[start..start + WIDTH]);
        }
    }

    #[test]
    fn every_leaf_has_a_proof_and_no_other_leaf_has_it() {
        for size in [1, 2, 3, 7, 8, 255, 256, 257] {
            let leaves = leaves(size);
            let top = root(&leaves);
            for index in 0..size {
                let proof = inclusion(&leaves, index);
                assert_eq!(root_of_inclusion(leaves[index], index as u64, size as u64, &proof), Some(top));
                assert_ne!(root_of_inclusion(leaf(b"forged"), index as u64, size as u64, &proof), Some(top));
                assert_ne!(root_of_inclusion(leaves[index], index as u64 + 1, size as u64, &proof), Some(top));
            }
        }
    }
}
