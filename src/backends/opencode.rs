//! OpenCode.
//!
//! Everything it could pick up is switched off by variables; its home and its configuration directory
//! are empty ones, its database in memory, so that three at once on a first start do not race for a
//! migration and no session stays. Logins lie in its data directory and are found. Providers that
//! the person's own configuration defines, and the choice of a model, are carried over from it;
//! nothing else of it is.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::model::{Ending, Endpoint, Invocation, Outcome};

use super::event_stream::{Said, add, cut, events, provider_failure};
use super::failure_patterns::{classify, one_line};
use super::user_files::{has_entries, object};
use super::{
    Adapter, AgentError, Answer, Environment, InvocationRequest, check_model, check_prompt,
};

/// What is carried over from the person's own configuration: which models there are, and which is meant.
const CARRIED: [&str; 5] = [
    "provider",
    "model",
    "small_model",
    "enabled_providers",
    "disabled_providers",
];

const CREDENTIALS: [&str; 10] = [
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_GENERATIVE_AI_API_KEY",
    "OPENROUTER_API_KEY",
    "GROQ_API_KEY",
    "DEEPSEEK_API_KEY",
    "MISTRAL_API_KEY",
    "XAI_API_KEY",
    "OPENCODE_API_KEY",
];

/// Directories that stay the person's while the home is another: of logins, and of what was fetched before.
const KEPT: [(&str, &str); 2] = [
    ("XDG_DATA_HOME", ".local/share"),
    ("XDG_CACHE_HOME", ".cache"),
];

/// Without the log nobody could tell a rate limit from a long thought: it tries again in silence.
const SEALED: [&str; 9] = [
    "run",
    "--format",
    "json",
    "--pure",
    "--title",
    "review",
    "--print-logs",
    "--log-level",
    "ERROR",
];

/// The `opencode` backend.
pub(super) struct OpenCode;

impl Adapter for OpenCode {
    fn name(&self) -> &'static str {
        "opencode"
    }

    fn program(&self) -> Option<&'static str> {
        Some("opencode")
    }

    fn family(&self) -> &'static str {
        "opencode"
    }

    fn prepare(&self, request: &InvocationRequest<'_>) -> Result<Invocation, AgentError> {
        check_prompt(request.prompt)?;
        let mut args = SEALED.to_vec();
        if let Some(model) = check_model(request.model)? {
            args.extend(["-m", model]);
        }
        // "ask" would end the run without a word
        let permission = match request.snapshot {
            None => json!({"*": "deny"}),
            // in its order the last rule that fits decides
            Some(_) => {
                json!({"*": "deny", "read": "allow", "grep": "allow", "glob": "allow", "external_directory": "deny"})
            }
        };
        let config = json!({
            "permission": permission,
            "share": "disabled",
            "autoupdate": false,
            "snapshot": false,
        })
        .to_string();
        let kept =
            KEPT.map(|(variable, place)| (variable, request.environment.dir(variable, place)));
        let kept = kept
            .iter()
            .filter_map(|(variable, dir)| Some((*variable, dir.as_ref()?.to_str()?)));
        let fixed = [
            ("OPENCODE_CONFIG_CONTENT", config.as_str()),
            // it would start the servers that `~/.opencode` names
            ("HOME", "{dir}"),
            ("XDG_CONFIG_HOME", "{dir}"),
            ("OPENCODE_DB", ":memory:"),
            ("OPENCODE_PURE", "1"),
            ("OPENCODE_DISABLE_PROJECT_CONFIG", "1"),
            ("OPENCODE_DISABLE_CLAUDE_CODE", "1"),
            ("OPENCODE_DISABLE_EXTERNAL_SKILLS", "1"),
            ("OPENCODE_DISABLE_AUTOUPDATE", "1"),
            ("OPENCODE_DISABLE_MODELS_FETCH", "1"),
            ("OPENCODE_DISABLE_LSP_DOWNLOAD", "1"),
            ("OPENCODE_DISABLE_DEFAULT_PLUGINS", "1"),
            ("OPENCODE_DISABLE_SHARE", "1"),
        ];
        let extra: Vec<_> = fixed.into_iter().chain(kept).collect();
        Ok(Invocation {
            files: vec![(
                "opencode/opencode.json".into(),
                config_file(request.environment),
            )],
            cwd: request.snapshot.map(Into::into),
            ..request.invocation(args, request.environment.sealed(&CREDENTIALS, &extra))
        })
    }

    fn read(&self, outcome: &Outcome, stdout: &[u8], stderr: &[u8]) -> Answer {
        let mut said = Said::default();
        for event in events(stdout) {
            hear(&mut said, &event);
        }
        let silent = said.text.is_empty() && said.failure.is_none();
        let mut answer = said.conclude(outcome, stdout, stderr);
        if silent && matches!(outcome.ending, Ending::TimedOut(_)) && answer.detail.is_none() {
            answer.detail =
                Some("it tries again without a word while its provider fails or limits".into());
        }
        answer
    }

    fn verified(&self) -> Option<&'static str> {
        Some("1.18.33")
    }

    fn sealing(&self) -> &'static str {
        "no tools, no plugins, servers, skills or context files, no session on disk; of its own configuration only \
         the providers and the model are used"
    }

    /// Without any it would wait without a word.
    fn lacks(&self, environment: &Environment, _endpoint: &Endpoint) -> Option<String> {
        let key = CREDENTIALS
            .iter()
            .any(|name| environment.get(name).is_some());
        let login = data_dir(environment).is_some_and(|dir| has_entries(&dir.join("auth.json")));
        let own = own_config(environment).get("provider").is_some();
        (!key && !login && !own).then(|| "not logged in: `opencode auth login`".to_owned())
    }

    fn exploring(&self) -> Result<&'static str, &'static str> {
        Ok("tools read, grep and glob only, which it keeps inside the snapshot")
    }

    fn login_probe(&self) -> Option<&'static [&'static str]> {
        None
    }

    fn login_hint(&self) -> &'static str {
        "opencode auth login"
    }
}

/// The carried part of the person's configuration. One with comments in it cannot be read here.
fn own_config(environment: &Environment) -> Map<String, Value> {
    let Some(dir) = environment
        .dir("XDG_CONFIG_HOME", ".config")
        .map(|dir| dir.join("opencode"))
    else {
        return Map::new();
    };
    let names = ["config.json", "opencode.json", "opencode.jsonc"];
    let files = names.iter().filter_map(|name| object(&dir.join(name)));
    files
        .flatten()
        .filter(|(key, _)| CARRIED.contains(&key.as_str()))
        .collect()
}

fn config_file(environment: &Environment) -> Vec<u8> {
    Value::Object(own_config(environment))
        .to_string()
        .into_bytes()
}

fn data_dir(environment: &Environment) -> Option<PathBuf> {
    environment
        .dir("XDG_DATA_HOME", ".local/share")
        .map(|dir| dir.join("opencode"))
}

fn hear(said: &mut Said, event: &Value) {
    let part = &event["part"];
    match event["type"].as_str().unwrap_or_default() {
        "step_start" => said.text.clear(),
        "text" => said
            .text
            .push_str(part["text"].as_str().unwrap_or_default()),
        "step_finish" => {
            let (tokens, sum) = (&part["tokens"], &mut said.usage);
            let cached = tokens["cache"]["read"].as_u64();
            let read = [
                tokens["input"].as_u64(),
                cached,
                tokens["cache"]["write"].as_u64(),
            ];
            read.into_iter()
                .for_each(|tokens| add(&mut sum.tokens_in, tokens));
            add(&mut sum.tokens_cached, cached);
            add(&mut sum.tokens_out, tokens["output"].as_u64());
            add(&mut sum.tokens_out, tokens["reasoning"].as_u64());
            // a model without a price in its list counts as free there, which is not known
            if let Some(cost) = part["cost"].as_f64().filter(|cost| *cost > 0.0) {
                sum.cost = Some(sum.cost.unwrap_or(0.0) + cost);
            }
            said.failure = match part["reason"].as_str() {
                Some("length") => Some((cut(), String::new())),
                Some("content-filter") => {
                    Some((Ending::Refused("the model declined".into()), String::new()))
                }
                _ => None,
            };
        }
        "error" => {
            let data = &event["error"]["data"];
            let words = data["message"]
                .as_str()
                .or(event["error"]["name"].as_str())
                .unwrap_or_default()
                .to_owned();
            let ending = match data["statusCode"].as_u64() {
                Some(status) => provider_failure(status, &words),
                None => classify(&words).unwrap_or_else(|| Ending::Refused(one_line(&words))),
            };
            said.failure = Some((ending, words));
        }
        _ => {}
    }
}
