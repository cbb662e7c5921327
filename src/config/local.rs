//! The models that run on this machine.

use super::destination::base_url;
use super::section::Section;
use crate::local::detect::{Absent, Settings, When};
use crate::local::server::Tools;
use crate::local::{self, ModelSettings, server};
use std::time::Duration;

pub(super) fn read(local: &Section<'_>) -> local::Settings {
    local::Settings {
        directory: local.read("directory"),
        program: local.read("program"),
        models: local.named("models", model).into_iter().collect(),
        servers: local
            .named("servers", server)
            .into_iter()
            .filter_map(|(name, server)| Some((name, server?)))
            .collect(),
        detection: local.has("detection").then(|| local.section("detection", detection)).flatten(),
    }
}

fn model(model: &Section<'_>) -> ModelSettings {
    let default = ModelSettings::default();
    let second = Duration::from_secs(1);
    ModelSettings {
        context: model.within("context", 512, 1 << 20, default.context),
        parallel: model.within("parallel", 1, 64, default.parallel),
        threads: model.within("threads", 0, 512, default.threads),
        gpu_layers: model.within("gpu_layers", 0, 10_000, default.gpu_layers),
        small_cache: model.or("small_cache", default.small_cache),
        queue: model.within("queue", 1, 10_000, default.queue),
        load_time: model.within("load_time", second, second * 3600, default.load_time),
    }
}

fn server(server: &Section<'_>) -> Option<server::Settings> {
    let second = Duration::from_secs(1);
    let plaintext = server.or("plaintext", false);
    let urls = server.required::<Vec<String>>("urls").unwrap_or_default().into_iter().filter_map(|url| {
        let parsed = base_url(&url, plaintext);
        if let Err(message) = parsed {
            server.mistake("urls", message, None);
        }
        parsed.ok()
    });
    let urls: Vec<_> = urls.collect();
    if urls.is_empty() && server.has("urls") {
        server.mistake("urls", "names no endpoint", None);
    }
    let model = server.required("model");
    let key = server.read("key");
    let tools = server.word("tools", &[("native", Tools::Native), ("prompted", Tools::Prompted)]).unwrap_or_default();
    let authorities = server.read("authorities");
    let queue = server.within("queue", 1, 100_000, 256);
    let silence = server.within("silence", second, second * 3600, second * 120);
    let look = server.within("look_every", second, second * 3600, second * 5);
    Some(server::Settings { urls, model: model?, key, tools, authorities, queue, silence, look })
}

fn detection(detection: &Section<'_>) -> Option<Settings> {
    let second = Duration::from_secs(1);
    let when = detection.word("when", &[("always", When::Always), ("uncertain", When::Uncertain)]);
    let absent = detection.word("absent", &[("refuse", Absent::Refuse), ("rules_only", Absent::RulesOnly)]);
    let time = detection.within("time", second / 10, second * 600, second * 20);
    Some(Settings {
        model: detection.required("model")?,
        when: when.unwrap_or(When::Uncertain),
        time,
        absent: absent.unwrap_or(Absent::Refuse),
    })
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use std::path::Path;

    #[test]
    fn models_are_tables_by_their_names() {
        let text = "[local.models.medgemma]\ncontext = 4096\nload_time = \"10m\"\n[local.models.\"smollm2\"]\n";
        let config = Config::parse(Path::new("cordon.toml"), text).unwrap();
        assert_eq!(config.local.models["medgemma"].context, 4096);
        assert_eq!(config.local.models["smollm2"], Default::default());
        let mistakes =
            Config::parse(Path::new("cordon.toml"), "[local.models.m]\nparallel = 0\ngpu = 1\n").unwrap_err();
        assert_eq!(mistakes.len(), 2);
    }

    #[test]
    fn servers_are_reached_by_tls_or_on_this_machine() {
        let server =
            |url: &str| format!("[local.servers.m]\nurls = [{url:?}]\nmodel = \"medgemma\"\nplaintext = true\n");
        let mistakes =
            |text: &str| Config::parse(Path::new("cordon.toml"), text).err().map_or(0, |mistakes| mistakes.len());
        assert_eq!(mistakes(&server("http://127.0.0.1:8000")), 0);
        assert_eq!(mistakes(&server("https://gpu.hospital.example")), 0);
        assert_ne!(mistakes(&server("http://10.0.0.4:8000")), 0);
        let twice = format!("{}[local.models.m]\n", server("https://gpu.hospital.example"));
        assert_eq!(mistakes(&twice), 1);
    }
}
