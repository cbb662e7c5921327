//! Tiny models of random weights, so that the whole path of a model runs without one: a Gemma 3 text model of about
//! 1 MB and a vision projector for it. They answer nonsense, but they answer.

use crate::gateway::Gateway;
use crate::provider::FakeProvider;
use cordon::local::store::{Role, Store};

/// A gateway with a tiny model that sees, `local/tiny`; `more` goes on in the table of its settings.
pub async fn gateway(provider: &FakeProvider, more: &str) -> (Gateway, tempfile::TempDir) {
    let (settings, dir) = settings(more);
    (Gateway::builder().provider(provider).settings(&settings).start().await, dir)
}

/// The settings of a tiny model, and the folder that it lives in.
pub fn settings(more: &str) -> (String, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::new(dir.path().join("store"));
    for (role, bytes) in [(Role::Model, gemma3()), (Role::Projector, projector())] {
        let file = dir.path().join("file.gguf");
        std::fs::write(&file, bytes).unwrap();
        store.import("tiny", role, &[file], None, "test", None).unwrap();
    }
    let settings = format!(
        "[local]\ndirectory = {:?}\nprogram = {:?}\n[local.models.tiny]\ncontext = 2048\nthreads = 1\n{more}",
        dir.path().join("store"),
        env!("CARGO_BIN_EXE_cordon")
    );
    (settings, dir)
}

/// Writes the parts of a GGUF file, version 3.
struct Writer {
    keys: Vec<u8>,
    key_count: u64,
    heads: Vec<u8>,
    tensor_count: u64,
    data: Vec<u8>,
    random: u64,
}

impl Writer {
    fn new(architecture: &str, seed: u64) -> Self {
        let (keys, heads, data) = (Vec::new(), Vec::new(), Vec::new());
        let mut writer = Self { keys, key_count: 0, heads, tensor_count: 0, data, random: seed };
        writer.text("general.architecture", architecture);
        writer
    }

    fn key(&mut self, name: &str, kind: u32, bytes: &[u8]) {
        string(&mut self.keys, name.as_bytes());
        self.keys.extend(kind.to_le_bytes());
        self.keys.extend(bytes);
        self.key_count += 1;
    }

    fn number(&mut self, name: &str, value: u32) {
        self.key(name, 4, &value.to_le_bytes());
    }

    fn float(&mut self, name: &str, value: f32) {
        self.key(name, 6, &value.to_le_bytes());
    }

    fn flag(&mut self, name: &str, value: bool) {
        self.key(name, 7, &[u8::from(value)]);
    }

    fn text(&mut self, name: &str, value: &str) {
        let mut bytes = Vec::new();
        string(&mut bytes, value.as_bytes());
        self.key(name, 8, &bytes);
    }

    fn array(&mut self, name: &str, kind: u32, count: usize, items: &[u8]) {
        let mut bytes = kind.to_le_bytes().to_vec();
        bytes.extend((count as u64).to_le_bytes());
        bytes.extend(items);
        self.key(name, 9, &bytes);
    }

    /// A tensor of F32; `shape` with the fastest dimension first. All ones when `spread` is 0.
    fn tensor(&mut self, name: &str, shape: &[u64], spread: f32) {
        string(&mut self.heads, name.as_bytes());
        self.heads.extend((shape.len() as u32).to_le_bytes());
        shape.iter().for_each(|length| self.heads.extend(length.to_le_bytes()));
        self.heads.extend(0u32.to_le_bytes());
        self.heads.extend((self.data.len() as u64).to_le_bytes());
        self.tensor_count += 1;
        for _ in 0..shape.iter().product::<u64>() {
            let value = if spread == 0.0 { 1.0 } else { self.normal() * spread };
            self.data.extend(value.to_le_bytes());
        }
        self.data.resize(self.data.len().next_multiple_of(32), 0);
    }

    /// Nearly normal: the sum of twelve even draws.
    fn normal(&mut self) -> f32 {
        let mut even = || {
            self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.random >> 40) as f32 / (1u64 << 24) as f32
        };
        (0..12).map(|_| even()).sum::<f32>() - 6.0
    }

    fn finish(self) -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend(3u32.to_le_bytes());
        bytes.extend(self.tensor_count.to_le_bytes());
        bytes.extend(self.key_count.to_le_bytes());
        bytes.extend(self.keys);
        bytes.extend(self.heads);
        bytes.resize(bytes.len().next_multiple_of(32), 0);
        bytes.extend(self.data);
        bytes
    }
}

fn string(bytes: &mut Vec<u8>, text: &[u8]) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text);
}

const WIDTH: u64 = 64;
const INNER: u64 = 128;
const HEAD: u64 = 32;

/// A text model with Gemma's control tokens, bytes and letters as its vocabulary.
pub fn gemma3() -> Vec<u8> {
    gemma3_that(false)
}

/// The same as a model that makes embeddings: the mean of the vectors of its tokens.
pub fn embedder() -> Vec<u8> {
    gemma3_that(true)
}

fn gemma3_that(embeds: bool) -> Vec<u8> {
    const CONTROL: u32 = 3;
    let mut tokens: Vec<(Vec<u8>, u32, f32)> = Vec::new();
    let special =
        ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>", "<start_of_image>"];
    for (at, name) in special.into_iter().chain(["<end_of_image>", "<image_soft_token>"]).enumerate() {
        tokens.push((name.as_bytes().to_vec(), if at == 3 { 2 } else { CONTROL }, -1000.0));
    }
    tokens.extend((0..=255u8).map(|byte| (format!("<0x{byte:02X}>").into_bytes(), 6, -1000.0)));
    let words = ["\u{2581}", "user", "model", "\n", "{", "}", "[", "]", "\"", ":", ",", ".", "-"].map(str::to_owned);
    let letters = ('a'..='z').chain('A'..='Z').chain('0'..='9').map(String::from);
    let plain = words.into_iter().chain(letters).enumerate();
    tokens.extend(plain.map(|(at, word)| (word.into_bytes(), 1, -(at as f32 + 1.0))));

    let mut gguf = Writer::new("gemma3", 3);
    let keys = [
        ("context_length", 4096),
        ("embedding_length", WIDTH as u32),
        ("block_count", 6),
        ("feed_forward_length", INNER as u32),
        ("attention.head_count", 2),
        ("attention.head_count_kv", 1),
        ("attention.key_length", HEAD as u32),
        ("attention.value_length", HEAD as u32),
        ("attention.sliding_window", 64),
    ];
    for (name, value) in keys {
        gguf.number(&format!("gemma3.{name}"), value);
    }
    if embeds {
        gguf.number("gemma3.pooling_type", 1);
    }
    gguf.float("gemma3.attention.layer_norm_rms_epsilon", 1e-6);
    gguf.float("gemma3.rope.freq_base", 1e6);
    gguf.text("tokenizer.ggml.model", "llama");
    gguf.text("tokenizer.ggml.pre", "default");
    let (mut texts, mut scores, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
    for (text, kind, score) in &tokens {
        string(&mut texts, text);
        scores.extend(score.to_le_bytes());
        kinds.extend(kind.to_le_bytes());
    }
    gguf.array("tokenizer.ggml.tokens", 8, tokens.len(), &texts);
    gguf.array("tokenizer.ggml.scores", 6, tokens.len(), &scores);
    gguf.array("tokenizer.ggml.token_type", 5, tokens.len(), &kinds);
    for (name, token) in [("bos", 2), ("eos", 1), ("unknown", 3), ("padding", 0), ("eot", 6)] {
        gguf.number(&format!("tokenizer.ggml.{name}_token_id"), token);
    }
    gguf.flag("tokenizer.ggml.add_bos_token", true);
    gguf.flag("tokenizer.ggml.add_eos_token", false);
    gguf.flag("tokenizer.ggml.add_space_prefix", false);
    gguf.tensor("token_embd.weight", &[WIDTH, tokens.len() as u64], 0.3);
    gguf.tensor("output_norm.weight", &[WIDTH], 0.0);
    for block in 0..6 {
        for (name, shape) in [
            ("attn_norm", &[WIDTH][..]),
            ("post_attention_norm", &[WIDTH]),
            ("ffn_norm", &[WIDTH]),
            ("post_ffw_norm", &[WIDTH]),
            ("attn_q_norm", &[HEAD]),
            ("attn_k_norm", &[HEAD]),
            ("attn_q", &[WIDTH, 2 * HEAD]),
            ("attn_k", &[WIDTH, HEAD]),
            ("attn_v", &[WIDTH, HEAD]),
            ("attn_output", &[2 * HEAD, WIDTH]),
            ("ffn_gate", &[WIDTH, INNER]),
            ("ffn_up", &[WIDTH, INNER]),
            ("ffn_down", &[INNER, WIDTH]),
        ] {
            let spread = if shape.len() == 1 { 0.0 } else { 0.08 };
            gguf.tensor(&format!("blk.{block}.{name}.weight"), shape, spread);
        }
    }
    gguf.finish()
}

/// A projector for [`gemma3`]: pictures of 56 by 56 in patches of 14, two by two merged.
pub fn projector() -> Vec<u8> {
    const SEEN: u64 = 32;
    let mut gguf = Writer::new("clip", 7);
    gguf.text("general.type", "mmproj");
    gguf.flag("clip.has_vision_encoder", true);
    gguf.text("clip.projector_type", "gemma3");
    gguf.flag("clip.use_gelu", true);
    let keys = [
        ("embedding_length", SEEN as u32),
        ("feed_forward_length", 2 * SEEN as u32),
        ("block_count", 2),
        ("projection_dim", WIDTH as u32),
        ("image_size", 56),
        ("patch_size", 14),
        ("attention.head_count", 2),
        ("projector.scale_factor", 2),
    ];
    for (name, value) in keys {
        gguf.number(&format!("clip.vision.{name}"), value);
    }
    gguf.float("clip.vision.attention.layer_norm_epsilon", 1e-6);
    for name in ["clip.vision.image_mean", "clip.vision.image_std"] {
        gguf.array(name, 6, 3, &[0.5f32; 3].map(f32::to_le_bytes).concat());
    }
    gguf.tensor("v.patch_embd.weight", &[14, 14, 3, SEEN], 0.05);
    gguf.tensor("v.patch_embd.bias", &[SEEN], 0.05);
    gguf.tensor("v.position_embd.weight", &[SEEN, 16], 0.05);
    for block in 0..2 {
        for name in ["attn_q", "attn_k", "attn_v", "attn_out"] {
            gguf.tensor(&format!("v.blk.{block}.{name}.weight"), &[SEEN, SEEN], 0.05);
            gguf.tensor(&format!("v.blk.{block}.{name}.bias"), &[SEEN], 0.05);
        }
        for name in ["ln1", "ln2"] {
            gguf.tensor(&format!("v.blk.{block}.{name}.weight"), &[SEEN], 0.0);
            gguf.tensor(&format!("v.blk.{block}.{name}.bias"), &[SEEN], 0.05);
        }
        gguf.tensor(&format!("v.blk.{block}.ffn_up.weight"), &[SEEN, 2 * SEEN], 0.05);
        gguf.tensor(&format!("v.blk.{block}.ffn_up.bias"), &[2 * SEEN], 0.05);
        gguf.tensor(&format!("v.blk.{block}.ffn_down.weight"), &[2 * SEEN, SEEN], 0.05);
        gguf.tensor(&format!("v.blk.{block}.ffn_down.bias"), &[SEEN], 0.05);
    }
    gguf.tensor("v.post_ln.weight", &[SEEN], 0.0);
    gguf.tensor("v.post_ln.bias", &[SEEN], 0.05);
    gguf.tensor("mm.soft_emb_norm.weight", &[SEEN], 0.0);
    // Transposed at run time.
    gguf.tensor("mm.input_projection.weight", &[WIDTH, SEEN], 0.05);
    gguf.finish()
}

/// An adapter for [`gemma3`] of rank 4, strong enough to change what it says.
pub fn adapter() -> Vec<u8> {
    lora("gemma3", WIDTH)
}

/// An adapter of a model of another width, which would abort the library.
pub fn foreign_adapter() -> Vec<u8> {
    lora("gemma3", 2 * WIDTH)
}

fn lora(architecture: &str, width: u64) -> Vec<u8> {
    const RANK: u64 = 4;
    let mut gguf = Writer::new(architecture, 11);
    gguf.text("general.type", "adapter");
    gguf.text("adapter.type", "lora");
    gguf.float("adapter.lora.alpha", 16.0);
    for block in 0..6 {
        gguf.tensor(&format!("blk.{block}.ffn_up.weight.lora_a"), &[width, RANK], 0.5);
        gguf.tensor(&format!("blk.{block}.ffn_up.weight.lora_b"), &[RANK, INNER], 0.5);
    }
    gguf.finish()
}

/// A file that is whole and of an architecture that nobody knows.
pub fn unknown_architecture() -> Vec<u8> {
    let mut gguf = Writer::new("abacus", 5);
    gguf.tensor("beads.weight", &[WIDTH, WIDTH], 0.1);
    gguf.finish()
}
