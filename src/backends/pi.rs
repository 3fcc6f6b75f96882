//! pi.
//!
//! Where a provider limits the rate for an hour, its client would sleep that hour without a word. Its
//! settings bound that; those of its working directory go before the person's, so they lie there.

use serde_json::{Value, json};

use crate::model::{Ending, Endpoint, Invocation, Outcome};

use super::event_stream::{Said, add, cut, events, leading_status, model_name, provider_failure};
use super::failure_patterns::{classify, one_line};
use super::user_files::has_entries;
use super::{
    Adapter, AgentError, Answer, Environment, InvocationRequest, check_model, check_prompt,
};

/// It knows some twenty providers, and `models.json` of the person's may name any variable; these
/// are the usual ones.
const CREDENTIALS: [&str; 14] = [
    "PI_CODING_AGENT_DIR",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_OAUTH_TOKEN",
    "OPENAI_API_KEY",
    "AZURE_OPENAI_API_KEY",
    "GEMINI_API_KEY",
    "GROQ_API_KEY",
    "CEREBRAS_API_KEY",
    "XAI_API_KEY",
    "OPENROUTER_API_KEY",
    "MISTRAL_API_KEY",
    "ZAI_API_KEY",
    "DEEPSEEK_API_KEY",
    "OPENCODE_API_KEY",
];

/// Both system prompts, since a file in the directory would replace one that is missing.
const SEALED: [&str; 15] = [
    "-p",
    "--mode",
    "json",
    "--no-session",
    "--offline",
    "--no-tools",
    "--no-extensions",
    "--no-skills",
    "--no-prompt-templates",
    "--no-themes",
    "--no-context-files",
    "--system-prompt",
    "You review changes to source code.",
    "--append-system-prompt",
    "Answer in the format that the prompt asks for.",
];

/// Its own three attempts report each failure; those of the provider's client below it do not.
fn settings() -> Vec<u8> {
    json!({"retry": {"provider": {"maxRetries": 0}}})
        .to_string()
        .into_bytes()
}

/// The `pi` backend.
pub(super) struct Pi;

impl Adapter for Pi {
    fn name(&self) -> &'static str {
        "pi"
    }

    fn program(&self) -> Option<&'static str> {
        Some("pi")
    }

    fn family(&self) -> &'static str {
        "pi"
    }

    fn prepare(&self, request: &InvocationRequest<'_>) -> Result<Invocation, AgentError> {
        check_prompt(request.prompt)?;
        let mut args = SEALED.to_vec();
        if let Some(model) = check_model(request.model)? {
            args.extend(["--model", model]);
        }
        let mut call = request.invocation(args, request.environment.sealed(&CREDENTIALS, &[]));
        call.files = vec![(".pi/settings.json".into(), settings())];
        Ok(call)
    }

    fn read(&self, outcome: &Outcome, stdout: &[u8], stderr: &[u8]) -> Answer {
        let mut said = Said::default();
        for event in events(stdout).filter(|event| event["type"] == "message_end") {
            if event["message"]["role"] == "assistant" {
                hear(&mut said, &event["message"]);
            }
        }
        said.conclude(outcome, stdout, stderr)
    }

    fn verified(&self) -> Option<&'static str> {
        Some("0.73.1")
    }

    fn sealing(&self) -> &'static str {
        "no tools, extensions, skills, templates or context files, no session on disk; the user's own settings are read"
    }

    fn exploring(&self) -> Result<&'static str, &'static str> {
        Err("its reading tools reach every file of the person's")
    }

    /// Each login, and each provider of the person's own, is an entry in one of two files.
    fn lacks(&self, environment: &Environment, _endpoint: &Endpoint) -> Option<String> {
        let key = CREDENTIALS[1..]
            .iter()
            .any(|name| environment.get(name).is_some());
        let own = environment.dir("PI_CODING_AGENT_DIR", ".pi/agent");
        let entry = |name: &str| own.as_ref().is_some_and(|dir| has_entries(&dir.join(name)));
        (!key && !entry("auth.json") && !entry("models.json"))
            .then(|| "not logged in: `pi`, then /login; or set the provider's key".to_owned())
    }

    fn login_probe(&self) -> Option<&'static [&'static str]> {
        None
    }

    fn login_hint(&self) -> &'static str {
        "pi, then /login; or set the provider's key"
    }
}

/// Each message replaces the one before it: after a failure it tries again. It exits with 0
/// even when the last one failed.
fn hear(said: &mut Said, message: &Value) {
    let parts = message["content"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    said.text = parts
        .iter()
        .filter(|part| part["type"] == "text")
        .filter_map(|part| part["text"].as_str())
        .collect();
    let (usage, sum) = (&message["usage"], &mut said.usage);
    let cached = usage["cacheRead"].as_u64();
    let read = [
        usage["input"].as_u64(),
        cached,
        usage["cacheWrite"].as_u64(),
    ];
    read.into_iter()
        .for_each(|tokens| add(&mut sum.tokens_in, tokens));
    add(&mut sum.tokens_cached, cached);
    add(&mut sum.tokens_out, usage["output"].as_u64());
    // a model without a price in its list counts as free there, which is not known
    if let Some(cost) = usage["cost"]["total"].as_f64().filter(|cost| *cost > 0.0) {
        sum.cost = Some(sum.cost.unwrap_or(0.0) + cost);
    }
    sum.model = model_name(&message["model"]);
    let words = message["errorMessage"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    said.failure = match message["stopReason"].as_str() {
        Some("length") => Some((cut(), String::new())),
        Some("error" | "aborted") => Some((failure(&words), words)),
        _ => None,
    };
}

fn failure(words: &str) -> Ending {
    match leading_status(words) {
        Some(status) => provider_failure(status, words),
        None => classify(words).unwrap_or_else(|| Ending::Refused(one_line(words))),
    }
}
