//! Who decides what, by tables of cases.

use super::*;
use crate::dialect::Address;
use crate::proxy::caller::Callers;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use std::path::Path;

const CONFIG: &str = r#"
    [[destination]]
    name = "openai"
    kind = "openai"
    url = "https://api.openai.example"
    models = ["gpt-*"]
    [[destination]]
    name = "ward"
    kind = "openai-compatible"
    url = "https://vllm.hospital.example"
    on_premise = true
    models = ["medgemma-*", "gpt-oss"]
    [[destination]]
    name = "anthropic"
    kind = "anthropic"
    url = "https://api.anthropic.example"
    key = { env = "CORDON_TEST_KEY_THAT_IS_NOT_SET" }
    [[route]]
    tenants = ["psychiatry"]
    send = "local"
    [[route]]
    models = ["gpt-4-old"]
    send = "refuse"
    [[route]]
    models = ["gpt-oss"]
    send = "ward"
"#;

fn caller(tenant: &str) -> Caller {
    let callers = Callers::load(&config::Callers::Passthrough { tenant: tenant.into() }).unwrap();
    let headers = http::HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("Bearer x"))]);
    let caller = Caller::clone(&callers.identify(&headers, None).unwrap());
    Caller { credential: None, ..caller }
}

fn question<'a>(caller: &'a Caller, endpoint: &'a Endpoint) -> Question<'a> {
    let (holds, preview, wish, sensitive, continued) = (None, false, None, None, false);
    Question { caller, endpoint, models: &[], holds, preview, wish, sensitive, continued }
}

#[track_caller]
fn check(caller: &Caller, path: &str, model: Option<&str>, expected: Result<&str, Reason>) {
    let routes = Routes::new(&Config::parse(Path::new("cordon.toml"), CONFIG).unwrap()).unwrap();
    let method = if path.ends_with("models") { "GET" } else { "POST" };
    let endpoint = Address::of(path, None, |_| false).endpoint(method).unwrap();
    let models: Vec<String> = model.into_iter().map(str::to_owned).collect();
    let decided = routes.decide(&Question { models: &models, ..question(caller, &endpoint) });
    let decided = decided.as_ref().map(|decision| match &decision.route {
        Route::Destination(destination) => destination.name.as_str(),
        Route::Local(model) => model,
    });
    assert_eq!(decided.map_err(|refusal| refusal.reason), expected, "{model:?}");
}

#[test]
fn a_request_goes_where_its_model_is_served() {
    let (caller, chat) = (caller("ward-3"), "/v1/chat/completions");
    check(&caller, chat, Some("gpt-4o"), Ok("openai"));
    check(&caller, chat, Some("medgemma-27b"), Ok("ward"));
    check(&caller, chat, Some("gpt-oss"), Ok("ward"));
    check(&caller, chat, Some("local/medgemma"), Ok("local/medgemma"));
    check(&caller, chat, Some("claude-x"), Err(Reason::UnknownModel));
    check(&caller, chat, Some("gpt-4-old"), Err(Reason::ForbiddenByPolicy));
    check(&caller, "/v1/models", None, Ok("openai"));
}

#[test]
fn local_only_stays_on_premise() {
    let chat = "/v1/chat/completions";
    for caller in [caller("psychiatry"), Caller { local_only: true, ..caller("ward-3") }] {
        check(&caller, chat, Some("gpt-4o"), Err(Reason::ForbiddenByPolicy));
        check(&caller, chat, Some("medgemma-27b"), Ok("ward"));
        check(&caller, chat, Some("local/medgemma"), Ok("local/medgemma"));
    }
}

#[test]
fn a_key_opens_what_it_lists() {
    let patterns = |names: &[&str]| names.iter().map(Pattern::new).collect::<Vec<_>>();
    let narrow = Caller { models: patterns(&["gpt-4o*"]), ..caller("ward-3") };
    check(&narrow, "/v1/chat/completions", Some("gpt-4o-mini"), Ok("openai"));
    check(&narrow, "/v1/chat/completions", Some("gpt-5"), Err(Reason::NotPermitted));
    let narrow = Caller { operations: patterns(&["anthropic.*"]), ..caller("ward-3") };
    check(&narrow, "/v1/chat/completions", Some("gpt-4o"), Err(Reason::NotPermitted));
}

#[test]
fn a_provider_without_its_key_is_not_asked() {
    check(&caller("ward-3"), "/v1/messages", Some("claude-x"), Err(Reason::UnknownModel));
}

const LOCAL_FIRST: &str = r#"
    [local.models.medgemma]
    [sensitive]
    model = "local/medgemma"
    [[destination]]
    name = "openai"
    kind = "openai"
    url = "https://api.openai.example"
    models = ["gpt-*"]
    [[route]]
    callers = ["passthrough"]
    models = ["gpt-first"]
    send = "local_first"
    model = "local/medgemma"
    external_on = ["request", "overflow"]
    [[route]]
    models = ["gpt-first", "gpt-loose"]
    send = "local_first"
    model = "local/medgemma"
    sticky = false
    external_on = ["unavailable"]
"#;

/// Where a question goes and why, and where it goes after a refusal.
fn decided(change: impl FnOnce(&mut Question<'_>), model: &str, refused: Option<Reason>) -> Result<String, Reason> {
    let routes = Routes::new(&Config::parse(Path::new("cordon.toml"), LOCAL_FIRST).unwrap()).unwrap();
    let endpoint = Address::of("/v1/chat/completions", None, |_| false).endpoint("POST").unwrap();
    let caller = caller("ward-3");
    let models = [model.to_owned()];
    let mut question = Question { models: &models, ..question(&caller, &endpoint) };
    change(&mut question);
    let mut decision = routes.decide(&question).map_err(|refusal| refusal.reason)?;
    if let Some(reason) = refused {
        decision = decision.after(&reason.into()).ok_or(reason)?;
    }
    let name = match &decision.route {
        Route::Destination(destination) => destination.name.clone(),
        Route::Local(model) => model.clone(),
    };
    Ok(format!("{name} {}", decision.why))
}

#[test]
fn a_local_model_comes_first_and_exceptions_are_those_that_are_named() {
    let go = |model: &str, refused| decided(|_| (), model, refused);
    assert_eq!(go("gpt-first", None), Ok("local/medgemma local_first".into()));
    assert_eq!(go("gpt-first", Some(Reason::ContextOverflow)), Ok("openai overflow".into()));
    assert_eq!(go("gpt-first", Some(Reason::LocalUnavailable)), Err(Reason::LocalUnavailable));
    assert_eq!(go("gpt-loose", Some(Reason::Overloaded)), Ok("openai unavailable".into()));
    assert_eq!(go("gpt-loose", Some(Reason::ContextOverflow)), Err(Reason::ContextOverflow));
    assert_eq!(go("gpt-loose", Some(Reason::InvalidValue)), Err(Reason::InvalidValue));
    assert_eq!(go("gpt-other", None), Ok("openai external".into()));
    assert_eq!(go("local/medgemma", Some(Reason::LocalUnavailable)), Err(Reason::LocalUnavailable));
}

#[test]
fn a_wish_narrows_always_and_widens_where_the_route_says_so() {
    let wish = |wish, model: &str| decided(|question| question.wish = Some(wish), model, None);
    assert_eq!(wish(Wish::External, "gpt-first"), Ok("openai asked_external".into()));
    assert_eq!(wish(Wish::External, "gpt-loose"), Ok("local/medgemma local_first".into()));
    assert_eq!(wish(Wish::Local, "gpt-first"), Ok("local/medgemma asked_local".into()));
    assert_eq!(wish(Wish::Local, "gpt-other"), Err(Reason::ForbiddenByPolicy));
}

#[test]
fn what_is_sensitive_or_was_local_never_goes_out() {
    let sensitive = |question: &mut Question<'_>| {
        question.sensitive = Some("sensitive:hiv".into());
        question.wish = Some(Wish::External);
    };
    for model in ["gpt-first", "gpt-loose", "gpt-other"] {
        assert_eq!(decided(sensitive, model, None), Ok("local/medgemma sensitive:hiv".into()));
        for reason in [Reason::ContextOverflow, Reason::LocalUnavailable, Reason::Overloaded] {
            assert_eq!(decided(sensitive, model, Some(reason)), Err(reason), "{model}");
        }
    }
    let continued = |question: &mut Question<'_>| {
        question.continued = true;
        question.wish = Some(Wish::External);
    };
    assert_eq!(decided(continued, "gpt-first", None), Ok("local/medgemma sticky".into()));
    assert_eq!(decided(continued, "gpt-first", Some(Reason::ContextOverflow)), Err(Reason::ContextOverflow));
}
