//! Qwen Code.
//!
//! It has no allow list of tools beside safe mode, so each tool is taken away by name, and the
//! first call of one that a later version brings ends the run. `@path` is expanded inside the
//! working directory only, which holds nothing but our settings: they end the ten waits of a minute
//! and more after a rate limit, which are left to the caller. What it still waits for it tells nobody;
//! its provider's client logs each attempt.

use serde_json::{Value, json};

use crate::model::{Ending, Endpoint, Invocation, Outcome, Usage};

use super::event_stream::{
    Said, leading_status, missed_prompt, model_name, provider_failure, unwrapped,
};
use super::failure_patterns::{classify, one_line};
use super::user_files::{has_entries, object};
use super::{
    Adapter, AgentError, Answer, Environment, InvocationRequest, check_model, check_prompt,
};

const CREDENTIALS: [&str; 7] = [
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENAI_MODEL",
    "DASHSCOPE_API_KEY",
    "BAILIAN_CODING_PLAN_API_KEY",
    "MODELSCOPE_API_KEY",
    "QWEN_MODEL",
];

const SEALED: [&str; 12] = [
    "-o",
    "json",
    "--safe-mode",
    "--approval-mode",
    "plan",
    "--chat-recording=false",
    "--max-session-turns",
    "4",
    "--max-tool-calls",
    "0",
    "--exclude-tools",
    "run_shell_command,write_file,edit,notebook_edit,read_file,read_many_files,list_directory,glob,grep_search,\
     zoom_image,web_fetch,web_search,agent,task,list_agents,send_message,task_stop,skill,tool_call,tool_search,\
     get_goal,update_goal,read_mcp_resource,report_findings,record_artifact,enter_worktree,exit_worktree,\
     cron_create,cron_list,cron_delete,loop_wakeup,todo_write,save_memory,exit_plan_mode,lsp,ask_user_question",
];

/// The `qwen` backend.
pub(super) struct Qwen;

impl Adapter for Qwen {
    fn name(&self) -> &'static str {
        "qwen"
    }

    fn program(&self) -> Option<&'static str> {
        Some("qwen")
    }

    fn family(&self) -> &'static str {
        "alibaba"
    }

    fn prepare(&self, request: &InvocationRequest<'_>) -> Result<Invocation, AgentError> {
        check_prompt(request.prompt)?;
        let mut args = SEALED.to_vec();
        let has = |name| request.environment.get(name).is_some();
        // a key alone may be meant for another program
        if has("OPENAI_API_KEY") && has("OPENAI_BASE_URL") {
            args.extend(["--auth-type", "openai"]);
        }
        if let Some(model) = check_model(request.model)? {
            args.extend(["--model", model]);
        }
        let mut call = request.invocation(
            args,
            request
                .environment
                .sealed(&CREDENTIALS, &[("OPENAI_LOG", "info")]),
        );
        call.files = vec![(".qwen/settings.json".into(), settings())];
        Ok(call)
    }

    fn read(&self, outcome: &Outcome, stdout: &[u8], stderr: &[u8]) -> Answer {
        let mut said = last_result(stdout)
            .map(|result| said(&result))
            .unwrap_or_default();
        said.trouble = trouble(stdout);
        if String::from_utf8_lossy(stderr).contains("tool-call budget") {
            said.failure = Some((
                Ending::Unreadable("the model called a tool instead of answering".into()),
                String::new(),
            ));
        }
        said.failure = said.failure.take().or_else(|| missed_prompt(stderr));
        said.conclude(outcome, stdout, stderr)
    }

    fn verified(&self) -> Option<&'static str> {
        Some("0.24.4")
    }

    fn sealing(&self) -> &'static str {
        "every known tool excluded and no tool call allowed, no hooks, servers, skills or context files, no session \
         on disk; the user's login and models are read from its settings"
    }

    fn exploring(&self) -> Result<&'static str, &'static str> {
        Err(
            "it would put each file that an `@path` of the change names into the prompt, and has no allow list of tools",
        )
    }

    /// A login lies in a file of its own; a choice of provider, with or without its key, in the settings.
    fn lacks(&self, environment: &Environment, _endpoint: &Endpoint) -> Option<String> {
        let has = |name: &&str| environment.get(name).is_some();
        let key = ["OPENAI_API_KEY", "OPENAI_BASE_URL"].iter().all(&has);
        let other = [
            "DASHSCOPE_API_KEY",
            "BAILIAN_CODING_PLAN_API_KEY",
            "MODELSCOPE_API_KEY",
        ]
        .iter()
        .any(&has);
        let own = environment.dir("QWEN_HOME", ".qwen");
        let login = own
            .as_ref()
            .is_some_and(|dir| has_entries(&dir.join("oauth_creds.json")));
        let chosen = own.and_then(|dir| object(&dir.join("settings.json")));
        let chosen = chosen.is_some_and(|settings| {
            settings
                .get("security")
                .is_some_and(|s| s["auth"].is_object())
        });
        (!key && !other && !login && !chosen).then(|| {
            "not logged in: `qwen`, then /auth; or set OPENAI_API_KEY and OPENAI_BASE_URL"
                .to_owned()
        })
    }

    fn login_probe(&self) -> Option<&'static [&'static str]> {
        None
    }

    fn login_hint(&self) -> &'static str {
        "qwen, then /auth; or set OPENAI_API_KEY and OPENAI_BASE_URL"
    }
}

/// It makes seven attempts of its own in some eighty seconds; its client and its stream would add to each.
fn settings() -> Vec<u8> {
    json!({"model": {"generationConfig": {"maxRetries": 0}}})
        .to_string()
        .into_bytes()
}

/// A line of the client's log, beside which it prints its answer.
const LOGGED: &str = "[log_";

/// The last element of the array that is a result.
fn last_result(stdout: &[u8]) -> Option<Value> {
    let lines = stdout
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !line.starts_with(LOGGED.as_bytes()));
    let printed: Vec<u8> = lines.flatten().copied().collect();
    match serde_json::from_slice(&printed).ok()? {
        Value::Array(events) => events
            .into_iter()
            .rev()
            .find(|event| event["type"] == "result"),
        _ => None,
    }
}

/// The last attempt, where it failed.
fn trouble(stdout: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(stdout);
    let last = text.lines().rfind(|line| line.starts_with(LOGGED))?;
    (!last.contains(" succeeded with status ")).then(|| {
        last.split_once("] ")
            .map_or(last, |(_, words)| words)
            .to_owned()
    })
}

fn said(result: &Value) -> Said {
    let usage = &result["usage"];
    let models = result["stats"]["models"].as_object();
    let mut said = Said {
        text: result["result"].as_str().unwrap_or_default().to_owned(),
        usage: Usage {
            model: models
                .and_then(|models| models.keys().next())
                .and_then(|name| model_name(&name.as_str().into())),
            tokens_in: usage["input_tokens"].as_u64(),
            tokens_cached: usage["cache_read_input_tokens"].as_u64(),
            tokens_out: usage["output_tokens"].as_u64(),
            cost: None,
        },
        ..Said::default()
    };
    if result["is_error"] != Value::Bool(false) {
        let words = result["error"]["message"]
            .as_str()
            .map_or_else(|| said.text.clone(), str::to_owned);
        let bare = words.trim_start_matches("[API Error: ");
        let ending = match leading_status(bare) {
            Some(status) => provider_failure(status, &words),
            None => classify(&words).unwrap_or_else(|| Ending::Refused(one_line(&words))),
        };
        said.failure = Some((ending, unwrapped(&words)));
    }
    said
}
