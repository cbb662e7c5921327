//! A model that makes vectors of texts, one text after the other: such a model writes nothing and keeps nothing.

use crate::local::engine::Reporter;
use crate::local::frame::{self, Facts, Load, Order, RefusalWord, Report};
use crate::local::gguf::Gguf;
use crate::local::prompt::{Finish, Part, Piece, Prompt, Task};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::{LlamaContextParams, LlamaPoolingType};
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::{LogOptions, send_logs_to_tracing};
use std::io::{self, Read};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

type Refused = (RefusalWord, Option<String>);

/// No vocabulary has tokens of more bytes on average; turning a longer text into tokens would take its time in vain.
const BYTES_PER_TOKEN_MAX: usize = 24;

/// Whether a model is one of these, and how the vectors of its tokens become that of their text.
pub fn pooling(head: &Gguf) -> Option<LlamaPoolingType> {
    match head.number(&format!("{}.pooling_type", head.architecture()?))? as i64 {
        1 => Some(LlamaPoolingType::Mean),
        2 => Some(LlamaPoolingType::Cls),
        3 => Some(LlamaPoolingType::Last),
        _ => None,
    }
}

/// Loads the model and answers until the orders end.
pub fn serve(
    head: &Gguf,
    pooling: LlamaPoolingType,
    load: &Load,
    mut orders: impl Read,
    reporter: &Reporter,
) -> io::Result<()> {
    let started = Instant::now();
    // The library's log lines could quote what it reads.
    send_logs_to_tracing(LogOptions::default().with_logs_enabled(false));
    let unusable = |why: &str| reporter.send(&[Report::Unusable { why: why.to_owned() }]);
    let Ok(backend) = LlamaBackend::init() else { return unusable("llama.cpp cannot be started") };
    let params = LlamaModelParams::default().with_n_gpu_layers(load.gpu_layers);
    let Ok(model) = LlamaModel::load_from_file(&backend, &load.model, &params) else {
        return unusable("llama.cpp cannot read the model: its architecture or a tensor is not known to it");
    };
    // A text is one batch, because a model that reads in both directions must see all of it.
    let length = load.context.min(model.n_ctx_train()).min(LENGTH_MAX);
    let threads = load.threads.clamp(1, 512) as i32;
    let params = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(length))
        .with_n_batch(length)
        .with_n_ubatch(length)
        .with_n_threads(threads)
        .with_n_threads_batch(threads)
        .with_embeddings(true)
        .with_pooling_type(pooling)
        .with_no_perf(true);
    let Ok(context) = model.new_context(&backend, params) else {
        return unusable("not enough memory for the context");
    };
    reporter.send(&[Report::Ready(Facts {
        architecture: head.architecture().unwrap_or_default().to_owned(),
        parameters: model.n_params(),
        size: model.size(),
        context: length,
        trained_context: model.n_ctx_train(),
        vision: false,
        load_ms: started.elapsed().as_millis() as u64,
    })])?;
    let mut embedder = Embedder { model: &model, context, length: length as usize };
    while let Some(order) = frame::read::<Order>(&mut orders)? {
        // One that is cancelled is done in a moment, and nobody reads it.
        let Order::Ask { id, deadline_ms, prompt, .. } = order else { continue };
        let deadline = Instant::now() + Duration::from_millis(deadline_ms.min(86_400_000));
        match embedder.answer(&prompt, deadline) {
            Ok(pieces) => {
                let reports: Vec<Report> = pieces.into_iter().map(|piece| Report::Piece { id, piece }).collect();
                reporter.send(&reports)?;
            }
            Err((reason, detail)) => reporter.refuse(id, reason, detail),
        }
    }
    Ok(())
}

const LENGTH_MAX: u32 = 8192;

struct Embedder<'a> {
    model: &'a LlamaModel,
    context: LlamaContext<'a>,
    length: usize,
}

impl Embedder<'_> {
    /// A choice for each text: its tokens, its vector, its end.
    fn answer(&mut self, prompt: &Prompt, deadline: Instant) -> Result<Vec<Piece>, Refused> {
        if prompt.task != Task::Embed {
            let why = "this model makes embeddings and answers nothing".to_owned();
            return Err((RefusalWord::UnsupportedFeature, Some(why)));
        }
        let mut pieces = Vec::new();
        for (choice, message) in (0..).zip(&prompt.messages) {
            if Instant::now() > deadline {
                return Err((RefusalWord::Deadline, None));
            }
            let [Part::Text(text)] = message.parts.as_slice() else {
                return Err((RefusalWord::UnsupportedFeature, Some("only texts have embeddings".into())));
            };
            let (tokens, vector) = self.vector(text)?;
            pieces.push(Piece::Start { choice, prompt_tokens: tokens, cached_tokens: 0 });
            pieces.push(Piece::Vector { choice, vector });
            pieces.push(Piece::End { choice, finish: Finish::Stop, tokens: 0 });
        }
        Ok(pieces)
    }

    fn vector(&mut self, text: &str) -> Result<(u32, Vec<f32>), Refused> {
        let overflow = |length: String| {
            let detail = format!("a text has {length}, the model takes {} tokens", self.length);
            Err((RefusalWord::ContextOverflow, Some(detail)))
        };
        if text.len() > self.length * BYTES_PER_TOKEN_MAX {
            return overflow(format!("{} bytes", text.len()));
        }
        // Text is never read with control tokens.
        let tokens = self.model.vocab().tokenize(text.as_bytes(), true, false);
        if tokens.len() > self.length {
            return overflow(format!("{} tokens", tokens.len()));
        }
        if tokens.is_empty() {
            return Err((RefusalWord::InvalidValue, Some("a text is empty".into())));
        }
        let failed = || (RefusalWord::Unavailable, Some("the model could not go on".to_owned()));
        let mut batch = LlamaBatch::new(tokens.len(), 1);
        for (position, token) in (0..).zip(&tokens) {
            batch.add(*token, position, &[0], true).map_err(|_| failed())?;
        }
        self.context.clear_kv_cache();
        self.context.decode(&mut batch).map_err(|_| failed())?;
        let vector = self.context.embeddings_seq_ith(0).map_err(|_| failed())?;
        let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        if !(norm.is_finite() && norm > 0.0) {
            return Err(failed());
        }
        Ok((tokens.len() as u32, vector.iter().map(|value| value / norm).collect()))
    }
}
