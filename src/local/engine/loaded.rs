//! A model in memory, with what is derived from it once.

use crate::local::engine::vision::Vision;
use crate::local::frame::{Facts, Load};
use crate::local::gguf::Gguf;
use crate::local::template::Template;
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::{KvCacheType, LlamaContextParams};
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::model::{LlamaLoraAdapter, LlamaModel};
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::{LogOptions, send_logs_to_tracing};
use std::num::NonZeroU32;
use std::sync::Mutex;

pub struct Loaded {
    pub backend: LlamaBackend,
    pub model: LlamaModel,
    pub template: Template,
    pub vision: Option<Mutex<Vision>>,
    /// The control tokens around a thought, where the model has them.
    pub thought: Option<Thought>,
    head: Gguf,
}

#[derive(Clone, Copy)]
pub struct Thought {
    pub open: LlamaToken,
    pub close: LlamaToken,
    /// A word that stands at the beginning of every thought.
    pub header: &'static str,
}

/// Control tokens around a thought: those of MedGemma 1.5, and those of several other families.
const THOUGHTS: &[(&str, &str, &str)] = &[("<unused94>", "<unused95>", "thought"), ("<think>", "</think>", "")];

/// The most tokens of one call of the library. An image of 256 tokens is one call, whatever else is chosen.
pub const BATCH: u32 = 512;

impl Loaded {
    /// The error says in words why the model cannot be used.
    pub fn new(load: &Load) -> Result<Self, String> {
        // The library's log lines could quote what it reads.
        send_logs_to_tracing(LogOptions::default().with_logs_enabled(false));
        let head = Gguf::open(&load.model).map_err(|error| error.to_string())?;
        let backend = LlamaBackend::init().map_err(|error| error.to_string())?;
        let params = LlamaModelParams::default().with_n_gpu_layers(load.gpu_layers);
        let model = LlamaModel::load_from_file(&backend, &load.model, &params).map_err(|_| {
            "llama.cpp cannot read the model: its architecture or a tensor is not known to it".to_owned()
        })?;
        if model.is_recurrent() || model.is_hybrid() {
            return Err("a recurrent model keeps no cache that can be cut; it is not supported".into());
        }
        let architecture = head.architecture().unwrap_or_default();
        let word = |token: LlamaToken| String::from_utf8(piece(&model, token, true)).unwrap_or_default();
        let vocabulary = model.vocab();
        let (beginning, end) = (word(vocabulary.bos()), word(vocabulary.eos()));
        let template = Template::new(head.text("tokenizer.chat_template"), architecture, &beginning, &end)
            .map_err(|error| error.to_string())?;
        let single = |text: &str| match vocabulary.tokenize(text.as_bytes(), false, true).as_slice() {
            &[token] => Some(token),
            _ => None,
        };
        let thought = THOUGHTS
            .iter()
            .find_map(|&(open, close, header)| Some(Thought { open: single(open)?, close: single(close)?, header }));
        let vision = load.projector.as_ref().map(|path| Vision::new(path, &model, load.threads)).transpose()?;
        Ok(Self { backend, model, template, vision: vision.map(Mutex::new), thought, head })
    }

    /// Checks and loads the adapters. One of another model would abort the library.
    pub fn adapters(&mut self, load: &Load) -> Result<Vec<(String, LlamaLoraAdapter)>, String> {
        let mut adapters = Vec::new();
        for (name, path) in &load.adapters {
            let head = Gguf::open(path).map_err(|error| format!("adapter {name}: {error}"))?;
            if !head.adapts(&self.head) {
                return Err(format!("adapter {name} is of another model"));
            }
            let adapter = self.model.lora_adapter_init(path);
            adapters.push((name.clone(), adapter.map_err(|_| format!("adapter {name} cannot be read"))?));
        }
        Ok(adapters)
    }

    pub fn context(&self, load: &Load) -> Result<LlamaContext<'_>, String> {
        let threads = i32::try_from(load.threads).ok().filter(|threads| (1..=512).contains(threads));
        let threads = threads.ok_or("the number of threads must be between 1 and 512")?;
        if !(1..=64).contains(&load.parallel) {
            return Err("`parallel` must be between 1 and 64".into());
        }
        // A context that is absurdly large is not refused by the library but killed by the system.
        let length = load.context.min(self.model.n_ctx_train().saturating_mul(load.parallel));
        if !(512..=1 << 20).contains(&length) {
            return Err("`context` must be between 512 and 1048576".into());
        }
        let kind = if load.small_cache { KvCacheType::Q8_0 } else { KvCacheType::F16 };
        // One cache for all sequences, so that prefixes are shared without copies; whole windows of sliding attention,
        // because rolling back a part of a window gives wrong logits without a word.
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(length))
            .with_n_batch(BATCH)
            .with_n_ubatch(BATCH)
            .with_n_seq_max(load.parallel)
            .with_n_threads(threads)
            .with_n_threads_batch(threads)
            .with_type_k(kind)
            .with_type_v(kind)
            .with_swa_full(true)
            .with_kv_unified(true)
            .with_no_perf(true);
        self.model.new_context(&self.backend, params).map_err(|_| "not enough memory for the context".to_owned())
    }

    pub fn facts(&self) -> Facts {
        Facts {
            architecture: self.head.architecture().unwrap_or_default().to_owned(),
            parameters: self.model.n_params(),
            size: self.model.size(),
            context: 0,
            trained_context: self.model.n_ctx_train(),
            vision: self.vision.is_some(),
            load_ms: 0,
        }
    }

    /// Text without control tokens in it.
    pub fn tokens(&self, text: &str) -> Vec<LlamaToken> {
        self.model.vocab().tokenize(text.as_bytes(), false, false)
    }

    /// Text of the template, with control tokens.
    pub fn control_tokens(&self, text: &str) -> Vec<LlamaToken> {
        self.model.vocab().tokenize(text.as_bytes(), false, true)
    }

    pub fn piece(&self, token: LlamaToken) -> Vec<u8> {
        piece(&self.model, token, false)
    }
}

/// The bytes of a token. The library aborts on a token that is not in the vocabulary.
fn piece(model: &LlamaModel, token: LlamaToken, special: bool) -> Vec<u8> {
    if !(0..model.n_vocab()).contains(&token.0) {
        return Vec::new();
    }
    model.vocab().token_to_piece(token, special, None)
}
