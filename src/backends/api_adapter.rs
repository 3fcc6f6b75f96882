//! HTTP APIs: Anthropic Messages, and OpenAI-compatible chat completions.
//!
//! The program is our own, under a hidden command, so that the supervisor's deadlines, caps and
//! spool files hold here too. The key travels by its variable, never as an argument.

use std::time::Duration;

use serde_json::Value;

use crate::model::{Ending, Endpoint, Invocation, Outcome, Usage};

use super::event_stream::{Said, cut, events, model_name, provider_failure};
use super::failure_patterns::one_line;
use super::{
    Adapter, AgentError, Answer, Environment, InvocationRequest, check_model, check_prompt,
};

/// An API.
pub(super) struct Http {
    name: &'static str,
    family: &'static str,
    url: &'static str,
    key_variable: &'static str,
    url_variable: &'static str,
    verified: &'static str,
    login_hint: &'static str,
}

/// The `anthropic` backend.
pub(super) static ANTHROPIC: Http = Http {
    name: "anthropic",
    family: "anthropic",
    url: "https://api.anthropic.com",
    key_variable: "ANTHROPIC_API_KEY",
    url_variable: "ANTHROPIC_BASE_URL",
    verified: "the API of 2023-06-01",
    login_hint: "set ANTHROPIC_API_KEY",
};

/// The `openai` backend.
pub(super) static OPENAI: Http = Http {
    name: "openai",
    family: "openai",
    url: "https://api.openai.com/v1",
    key_variable: "OPENAI_API_KEY",
    url_variable: "OPENAI_BASE_URL",
    verified: "the chat completions API",
    login_hint: "set OPENAI_API_KEY, or `git config --global agents.openai.url http://localhost:11434/v1` for Ollama",
};

impl Http {
    /// Where to ask. A URL in the environment belongs to the key there.
    fn url(&self, environment: &Environment, endpoint: &Endpoint) -> String {
        let set = environment
            .get(self.url_variable)
            .map(|url| url.to_string_lossy().into_owned());
        endpoint
            .url
            .clone()
            .or(set)
            .unwrap_or_else(|| self.url.to_owned())
    }

    /// Whose key: at a URL of the person's own only a key that was named for it.
    fn key_variable<'a>(&self, endpoint: &'a Endpoint) -> Option<&'a str>
    where
        Self: 'a,
    {
        match (&endpoint.key_variable, &endpoint.url) {
            (Some(name), _) => Some(name),
            (None, None) => Some(self.key_variable),
            (None, Some(_)) => None,
        }
    }
}

impl Adapter for Http {
    fn name(&self) -> &'static str {
        self.name
    }

    fn program(&self) -> Option<&'static str> {
        None
    }

    fn is_http(&self) -> bool {
        true
    }

    fn marks_shared_part(&self) -> bool {
        self.name == ANTHROPIC.name
    }

    fn family(&self) -> &'static str {
        self.family
    }

    fn family_at(&self, endpoint: &Endpoint) -> String {
        let host = endpoint
            .url
            .as_deref()
            .and_then(|url| url.split('/').nth(2));
        host.unwrap_or(self.family).to_owned()
    }

    fn prepare(&self, request: &InvocationRequest<'_>) -> Result<Invocation, AgentError> {
        check_prompt(request.prompt)?;
        if let Some(why) = self.lacks(request.environment, request.endpoint) {
            return Err(AgentError::Refused(why));
        }
        let url = self.url(request.environment, request.endpoint);
        if !is_plain_url(&url) {
            return Err(AgentError::Refused(format!(
                "{} is not a plain URL without a password",
                self.url_variable
            )));
        }
        let mut args = vec![
            "_http",
            self.name,
            "--url",
            &url,
            "--schema",
            "{dir}/schema.json",
        ];
        let key_variable = self.key_variable(request.endpoint);
        if let Some(name) = key_variable {
            args.extend(["--key-variable", name]);
        }
        if let Some(model) = check_model(request.model)? {
            args.extend(["--model", model]);
        }
        let shared = request.shared.to_string();
        if self.marks_shared_part() && request.shared > 0 {
            args.extend(["--shared", &shared]);
        }
        let credentials: Vec<&str> = key_variable.into_iter().collect();
        Ok(Invocation {
            files: vec![(
                "schema.json".into(),
                request.schema.to_string().into_bytes(),
            )],
            ..request.invocation(args, request.environment.sealed(&credentials, &[]))
        })
    }

    fn read(&self, outcome: &Outcome, stdout: &[u8], stderr: &[u8]) -> Answer {
        let result = events(stdout)
            .filter(|event| event["type"] == "result")
            .last();
        result
            .map(|result| said(&result))
            .unwrap_or_default()
            .conclude(outcome, stdout, stderr)
    }

    fn verified(&self) -> Option<&'static str> {
        Some(self.verified)
    }

    fn sealing(&self) -> &'static str {
        "a request without tools; nothing but the prompt and the schema leaves"
    }

    fn key_in_use(&self, environment: &Environment, endpoint: &Endpoint) -> Option<String> {
        super::first_set(environment, &[self.key_variable(endpoint)?])
    }

    fn base_url(&self, environment: &Environment, endpoint: &Endpoint) -> Option<String> {
        Some(self.url(environment, endpoint)).filter(|url| url != self.url)
    }

    fn lacks(&self, environment: &Environment, endpoint: &Endpoint) -> Option<String> {
        let name = self.key_variable(endpoint)?;
        environment
            .get(name)
            .is_none()
            .then(|| format!("{name} is not set"))
    }

    fn exploring(&self) -> Result<&'static str, &'static str> {
        Err("an API reads no files")
    }

    fn login_probe(&self) -> Option<&'static [&'static str]> {
        None
    }

    fn login_hint(&self) -> &'static str {
        self.login_hint
    }
}

/// It becomes an argument, in which `{dir}` would be replaced, and a password would be seen.
fn is_plain_url(url: &str) -> bool {
    let plain =
        |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '@' | '{' | '}' | '?' | '#');
    (url.starts_with("http://") || url.starts_with("https://"))
        && url.chars().all(plain)
        && url.len() <= 2000
}

fn said(result: &Value) -> Said {
    let usage = &result["usage"];
    let mut said = Said {
        text: result["text"].as_str().unwrap_or_default().to_owned(),
        usage: Usage {
            model: model_name(&result["model"]),
            tokens_in: usage["tokens_in"].as_u64(),
            tokens_cached: usage["tokens_cached"].as_u64(),
            tokens_out: usage["tokens_out"].as_u64(),
            cost: usage["cost"].as_f64(),
        },
        ..Said::default()
    };
    said.failure = match result["stop"].as_str() {
        Some("cut") => Some((cut(), String::new())),
        Some("refused") => Some((
            Ending::Refused("the model declined".into()),
            said.text.clone(),
        )),
        _ => None,
    };
    let error = &result["error"];
    if error.is_object() {
        let words = error["message"].as_str().unwrap_or_default().to_owned();
        let wait = error["retry_after"]
            .as_f64()
            .filter(|s| *s > 0.0 && *s < 604_800.0)
            .map(Duration::from_secs_f64);
        let ending = match error["status"].as_u64() {
            Some(status) => provider_failure(status, &words),
            None => Ending::Unreachable(one_line(&words)),
        };
        let ending = match ending {
            Ending::RateLimited { retry_after } => Ending::RateLimited {
                retry_after: wait.or(retry_after),
            },
            other => other,
        };
        said.failure = Some((ending, words));
    }
    said
}
