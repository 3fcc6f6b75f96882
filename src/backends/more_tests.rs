//! Recorded output of gemini, copilot, opencode, qwen and pi (against a loopback provider) to
//! endings; their calls, those of the documented programs, and those of the HTTP APIs.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use serde_json::json;

use super::tests::{Call, names_of, of, read, reply_text};
use super::*;
use crate::model::{Deadline, Severity};

pub(super) const RECORDED: [&str; 5] = ["gemini", "copilot", "opencode", "qwen", "pi"];

pub(super) fn file(agent: &str, what: &str) -> String {
    format!(
        "{agent}-{what}.{}",
        if agent == "qwen" { "json" } else { "jsonl" }
    )
}

#[test]
fn answers_are_read_with_their_tokens() {
    for agent in RECORDED {
        let answer = of(&file(agent, "ok"), 0);
        assert_eq!(
            (&answer.ending, &answer.detail),
            (&Ending::Answered, &None),
            "{agent}"
        );
        let reply = answer.reply.unwrap();
        assert_eq!(
            (reply.proposals[0].severity, reply.coverage.len()),
            (Severity::High, 2),
            "{agent}"
        );
        assert_eq!(reply.usage, answer.usage);
        let tokens = (answer.usage.tokens_in, answer.usage.tokens_out);
        // copilot tells its tokens in its tracing only
        let expected = if agent == "copilot" {
            (None, None)
        } else {
            (Some(100), Some(10))
        };
        assert_eq!((tokens, answer.usage.cost), (expected, None), "{agent}");
        assert_eq!(answer.usage.model.is_some(), agent != "opencode", "{agent}");
    }
}

#[test]
fn every_recorded_failure_has_its_name() {
    let limited = || Ending::RateLimited { retry_after: None };
    for (file, code, ending) in [
        ("gemini-401.jsonl", 145, Ending::NotLoggedIn),
        ("gemini-403.jsonl", 147, Ending::NotLoggedIn),
        ("gemini-long.jsonl", 144, Ending::TooLong),
        ("gemini-429.jsonl", 173, limited()),
        ("gemini-503.jsonl", 247, Ending::Overloaded),
        ("gemini-empty.jsonl", 1, Ending::Empty),
        ("gemini-empty.jsonl", 0, Ending::Empty),
        ("copilot-401.jsonl", 1, Ending::NotLoggedIn),
        ("copilot-403.jsonl", 1, Ending::NotLoggedIn),
        ("copilot-long.jsonl", 1, Ending::TooLong),
        ("copilot-503.jsonl", 1, Ending::Overloaded),
        ("copilot-empty.jsonl", 1, Ending::Empty),
        ("opencode-401.jsonl", 1, Ending::NotLoggedIn),
        ("opencode-long.jsonl", 1, Ending::TooLong),
        ("opencode-empty.jsonl", 0, Ending::Empty),
        ("qwen-401.json", 1, Ending::NotLoggedIn),
        ("qwen-long.json", 1, Ending::TooLong),
        ("pi-401.jsonl", 0, Ending::NotLoggedIn),
        ("pi-403.jsonl", 0, Ending::NotLoggedIn),
        ("pi-long.jsonl", 0, Ending::TooLong),
        ("pi-429.jsonl", 0, limited()),
        ("pi-503.jsonl", 0, Ending::Overloaded),
        ("pi-empty.jsonl", 0, Ending::Empty),
    ] {
        let answer = of(file, code);
        assert_eq!(answer.ending, ending, "{file}: {:?}", answer.detail);
        assert!(
            answer.reply.is_none_or(|reply| reply.coverage.is_empty()),
            "{file}"
        );
    }
}

#[test]
fn refusals_of_all_kinds_are_told_from_other_failures() {
    let refused = |file: &str, code| match of(file, code).ending {
        Ending::Refused(why) => why,
        Ending::NoQuota(why) => format!("no quota: {why}"),
        other => panic!("{file}: {other:?}"),
    };
    for (file, code, words) in [
        ("gemini-404.jsonl", 1, "model not found"),
        ("gemini-quota.jsonl", 173, "no quota: "),
        ("copilot-404.jsonl", 1, "not found on provider"),
        ("opencode-404.jsonl", 1, "model not found"),
        ("opencode-refuse.jsonl", 1, "content filter"),
        ("qwen-404.json", 1, "model not found"),
        ("pi-404.jsonl", 0, "model not found"),
        ("pi-quota.jsonl", 0, "no quota: "),
        ("pi-refuse.jsonl", 0, "content_filter"),
    ] {
        assert!(refused(file, code).contains(words), "{file}");
    }
    for agent in ["gemini", "copilot", "qwen", "pi"] {
        let code = i32::from(agent != "pi");
        assert!(
            matches!(
                of(&file(agent, "refused"), code).ending,
                Ending::Unreachable(_)
            ),
            "{agent}"
        );
    }
}

#[test]
fn prose_is_unreadable_and_shown() {
    for agent in RECORDED {
        let answer = of(&file(agent, "prose"), 0);
        assert!(
            matches!(answer.ending, Ending::Unreadable(why) if why.starts_with("no JSON in it")),
            "{agent}"
        );
        assert_eq!(
            answer.detail.as_deref(),
            Some("I could not find anything to report."),
            "{agent}"
        );
    }
}

#[test]
fn an_answer_cut_at_the_limit_is_no_answer() {
    for agent in RECORDED {
        let answer = of(&file(agent, "cut"), 0);
        assert!(
            matches!(answer.ending, Ending::Unreadable(_)),
            "{agent}: {answer:?}"
        );
    }
    for agent in ["opencode", "pi"] {
        assert_eq!(
            of(&file(agent, "cut"), 0).ending,
            super::event_stream::cut()
        );
        assert_eq!(of(&file(agent, "cut"), 0).reply.unwrap().proposals.len(), 1);
    }
}

#[test]
fn gemini_gets_a_home_and_settings_of_its_own_or_is_not_called() {
    let call = Call {
        model: Some("gemini-2.5-pro"),
        ..Call::with(&[("GEMINI_API_KEY", "k"), ("HOME", "/h")])
    };
    let expected = "-o stream-json --skip-trust --approval-mode plan -e none --allowed-mcp-server-names __none__ \
                    -m gemini-2.5-pro";
    assert_eq!(call.arguments("gemini").join(" "), expected);
    let invocation = call.prepare("gemini").unwrap();
    for pair in [
        ("GEMINI_CLI_HOME", "{dir}"),
        ("TMPDIR", "{dir}"),
        ("GEMINI_CLI_NO_RELAUNCH", "true"),
    ] {
        assert!(
            invocation.env.contains(&(pair.0.into(), pair.1.into())),
            "{pair:?}"
        );
    }
    let (name, settings) = &invocation.files[0];
    assert_eq!(name, ".gemini/settings.json");
    let settings: Value = serde_json::from_slice(settings).unwrap();
    assert_eq!(settings["tools"]["core"], json!(["__none__"]));
    assert_eq!(
        (
            &settings["hooksConfig"]["enabled"],
            &settings["skills"]["enabled"]
        ),
        (&json!(false), &json!(false))
    );
    assert_eq!(
        settings["security"]["auth"]["selectedType"],
        "gemini-api-key"
    );
    assert_eq!(settings["general"]["maxAttempts"], 2);
    assert_eq!(
        settings["modelConfigs"]["modelChains"]["auto-preview"][0]["model"],
        "none"
    );
    let without = Call::with(&[("HOME", "/h")]);
    assert!(
        matches!(without.prepare("gemini"), Err(AgentError::Refused(why)) if why.contains("GEMINI_API_KEY"))
    );
}

#[test]
fn copilot_gets_a_home_of_its_own_and_no_tool() {
    let call = Call::with(&[
        ("GH_TOKEN", "t"),
        ("COPILOT_ALLOW_ALL", "true"),
        ("COPILOT_HOME", "/h"),
    ]);
    let invocation = call.prepare("copilot").unwrap();
    assert!(
        invocation
            .env
            .contains(&("COPILOT_HOME".into(), "{dir}".into()))
    );
    assert!(
        names_of(&invocation).contains(&"GH_TOKEN")
            && !names_of(&invocation).contains(&"COPILOT_ALLOW_ALL")
    );
    let arguments = call.arguments("copilot");
    for needed in [
        "--available-tools=none",
        "--disable-builtin-mcps",
        "--no-custom-instructions",
        "--no-remote",
    ] {
        assert!(arguments.iter().any(|a| a == needed), "{needed}");
    }
    assert!(
        !arguments
            .iter()
            .any(|a| a.contains("allow-all") || a == "--trust-folder")
    );
}

#[test]
fn opencode_sees_no_configuration_but_ours() {
    let call = Call {
        model: Some("openai/gpt-5"),
        ..Call::with(&[("OPENCODE_CONFIG", "/x"), ("XDG_DATA_HOME", "/d")])
    };
    assert_eq!(
        call.arguments("opencode").join(" "),
        "run --format json --pure --title review --print-logs --log-level ERROR -m openai/gpt-5"
    );
    let invocation = call.prepare("opencode").unwrap();
    let value = |name: &str| {
        invocation
            .env
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.to_str().unwrap())
    };
    assert_eq!(
        (value("XDG_CONFIG_HOME"), value("OPENCODE_DB")),
        (Some("{dir}"), Some(":memory:"))
    );
    assert_eq!(
        (
            value("OPENCODE_DISABLE_PROJECT_CONFIG"),
            value("OPENCODE_CONFIG")
        ),
        (Some("1"), None)
    );
    assert_eq!(
        (value("XDG_DATA_HOME"), value("HOME")),
        (Some("/d"), Some("{dir}")),
        "the login is there"
    );
    let config: Value = serde_json::from_str(value("OPENCODE_CONFIG_CONTENT").unwrap()).unwrap();
    assert_eq!(config["permission"], json!({"*": "deny"}));
}

#[test]
fn opencode_keeps_the_persons_providers_and_nothing_else_of_their_configuration() {
    let home = tempfile::tempdir().unwrap();
    let own = home.path().join(".config/opencode");
    std::fs::create_dir_all(&own).unwrap();
    let call = Call::with(&[("HOME", home.path().to_str().unwrap())]);
    let lacks = || {
        adapter("opencode")
            .unwrap()
            .lacks(&call.environment, &call.endpoint)
    };
    assert!(lacks().is_some_and(|why| why.contains("opencode auth login")));
    let config = json!({
        "provider": {"mine": {"options": {"baseURL": "http://h/v1"}}}, "model": "mine/m", "plugin": ["./trap.js"],
        "mcp": {"trap": {"type": "local", "command": ["touch", "x"]}}, "permission": {"*": "allow"},
    });
    std::fs::write(own.join("opencode.json"), config.to_string()).unwrap();
    let (name, written) = &call.prepare("opencode").unwrap().files[0];
    let written: Value = serde_json::from_slice(written).unwrap();
    assert_eq!(name, "opencode/opencode.json");
    assert_eq!(
        written,
        json!({"model": "mine/m", "provider": config["provider"]})
    );
    assert_eq!(lacks(), None);
}

#[test]
fn who_has_no_login_in_files_or_variables_lacks_one() {
    let home = tempfile::tempdir().unwrap();
    let lacks = |name: &str, more: &[(&str, &str)]| {
        let call = Call::with(&[&[("HOME", home.path().to_str().unwrap())], more].concat());
        adapter(name)
            .unwrap()
            .lacks(&call.environment, &call.endpoint)
            .is_some()
    };
    for (name, file, variables) in [
        ("pi", ".pi/agent/auth.json", &[("GROQ_API_KEY", "k")][..]),
        (
            "qwen",
            ".qwen/oauth_creds.json",
            &[("OPENAI_API_KEY", "k"), ("OPENAI_BASE_URL", "http://h")],
        ),
        (
            "opencode",
            ".local/share/opencode/auth.json",
            &[("XAI_API_KEY", "k")],
        ),
    ] {
        assert!(lacks(name, &[]), "{name}");
        assert!(!lacks(name, variables), "{name}");
        let file = home.path().join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "{}").unwrap();
        assert!(lacks(name, &[]), "{name}: a logout leaves an empty object");
        std::fs::write(&file, r#"{"entry": 1}"#).unwrap();
        assert!(!lacks(name, &[]), "{name}");
    }
}

#[test]
fn a_prompt_that_came_too_late_is_sent_again() {
    for name in ["qwen", "gemini"] {
        let words = "No input provided via stdin. Input can be provided by piping data.";
        let answer = read(
            name,
            Ending::Exited(if name == "gemini" { 42 } else { 1 }),
            b"",
            words,
        );
        assert!(
            matches!(answer.ending, Ending::Unreachable(_)),
            "{name}: {answer:?}"
        );
    }
}

#[test]
fn qwen_and_pi_are_called_without_tools() {
    let arguments = Call::new().arguments("qwen").join(" ");
    assert!(
        arguments.starts_with("-o json --safe-mode --approval-mode plan --chat-recording=false"),
        "{arguments}"
    );
    assert!(
        arguments.contains("--max-tool-calls 0 --exclude-tools run_shell_command,write_file,edit,"),
        "{arguments}"
    );
    assert!(!arguments.contains("--auth-type"));
    let own = Call::with(&[("OPENAI_API_KEY", "k"), ("OPENAI_BASE_URL", "http://h")])
        .arguments("qwen")
        .join(" ");
    assert!(own.ends_with("--auth-type openai"), "{own}");
    let settings = |name: &str| Call::new().prepare(name).unwrap().files.remove(0);
    let (place, bytes) = settings("qwen");
    let bounded: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(
        (
            place.as_str(),
            &bounded["model"]["generationConfig"]["maxRetries"]
        ),
        (".qwen/settings.json", &json!(0))
    );
    let (place, bytes) = settings("pi");
    let bounded: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(
        (place.as_str(), &bounded["retry"]["provider"]["maxRetries"]),
        (".pi/settings.json", &json!(0))
    );
    let arguments = Call {
        model: Some("anthropic/claude"),
        ..Call::new()
    }
    .arguments("pi");
    for needed in [
        "--no-session",
        "--no-tools",
        "--no-extensions",
        "--no-context-files",
        "--append-system-prompt",
    ] {
        assert!(arguments.iter().any(|a| a == needed), "{needed}");
    }
    assert_eq!(
        arguments[arguments.len() - 2..],
        ["--model", "anthropic/claude"]
    );
}

#[test]
fn what_nobody_ran_is_not_verified_and_what_cannot_be_sealed_is_refused() {
    let documented = ["cursor-agent", "amp", "goose", "aider", "droid", "agy"];
    for name in documented {
        assert_eq!(adapter(name).unwrap().verified(), None, "{name}");
    }
    let refused: Vec<_> = adapters()
        .iter()
        .filter(|a| a.refused().is_some())
        .map(|a| a.name())
        .collect();
    assert_eq!(refused, ["agy"]);
    assert!(
        matches!(Call::able().prepare("agy"), Err(AgentError::Refused(why)) if why.contains("shell"))
    );
    assert!(
        Call::new()
            .arguments("aider")
            .contains(&"--no-detect-urls".to_owned()),
        "it would fetch them"
    );
    let goose = Call::with(&[("GOOSE_MODE", "auto")])
        .prepare("goose")
        .unwrap();
    assert!(goose.env.contains(&("GOOSE_MODE".into(), "chat".into())));
    let cursor = Call::new().prepare("cursor-agent").unwrap();
    let rules: Value = serde_json::from_slice(&cursor.files[0].1).unwrap();
    assert_eq!(rules["permissions"]["allow"], json!([]));
    let amp = Call::new().prepare("amp").unwrap();
    let settings: Value = serde_json::from_slice(&amp.files[0].1).unwrap();
    assert_eq!(settings["amp.tools.disable"], json!(["*"]));
    let call = Call {
        model: Some("m"),
        ..Call::new()
    };
    assert!(
        matches!(call.prepare("amp"), Err(AgentError::Refused(_))),
        "it takes none"
    );
    for name in documented.iter().filter(|name| **name != "agy") {
        let text = json!({"type": "result", "is_error": false, "result": reply_text()}).to_string();
        let text = if matches!(*name, "goose" | "aider") {
            format!("banner\n{}", reply_text())
        } else {
            text
        };
        assert_eq!(
            read(name, Ending::Answered, text.as_bytes(), "").ending,
            Ending::Answered,
            "{name}"
        );
    }
    let words = "litellm.AuthenticationError: status 401: invalid api key";
    assert_eq!(
        read("aider", Ending::Answered, words.as_bytes(), "").ending,
        Ending::NotLoggedIn,
        "it exits with 0"
    );
}

#[test]
fn an_api_is_asked_by_our_own_program_and_the_key_is_no_argument() {
    let call = Call {
        model: Some("m"),
        ..Call::with(&[("ANTHROPIC_API_KEY", "secret"), ("OPENAI_API_KEY", "other")])
    };
    let expected = "_http anthropic --url https://api.anthropic.com --schema {dir}/schema.json \
                    --key-variable ANTHROPIC_API_KEY --model m";
    assert_eq!(call.arguments("anthropic").join(" "), expected);
    let invocation = call.prepare("anthropic").unwrap();
    assert!(
        names_of(&invocation).contains(&"ANTHROPIC_API_KEY")
            && !names_of(&invocation).contains(&"OPENAI_API_KEY")
    );
    assert!(
        matches!(Call::new().prepare("anthropic"), Err(AgentError::Refused(why)) if why == "ANTHROPIC_API_KEY is not set")
    );
}

#[test]
fn a_key_goes_only_to_the_place_it_is_for() {
    let at = |url: &str, key: Option<&str>| Call {
        endpoint: Endpoint {
            url: Some(url.into()),
            key_variable: key.map(Into::into),
        },
        ..Call::with(&[("OPENAI_API_KEY", "k"), ("OPENROUTER_KEY", "r")])
    };
    let local = at("http://localhost:11434/v1", None);
    assert_eq!(
        local.arguments("openai").join(" "),
        "_http openai --url http://localhost:11434/v1 --schema {dir}/schema.json"
    );
    assert!(!names_of(&local.prepare("openai").unwrap()).contains(&"OPENAI_API_KEY"));
    let router = at("https://openrouter.ai/api/v1", Some("OPENROUTER_KEY"))
        .prepare("openai")
        .unwrap();
    assert!(
        names_of(&router).contains(&"OPENROUTER_KEY")
            && !names_of(&router).contains(&"OPENAI_API_KEY")
    );
    let set = Call::with(&[
        ("OPENAI_API_KEY", "k"),
        ("OPENAI_BASE_URL", "http://proxy:1/v1"),
    ]);
    assert!(
        set.arguments("openai")
            .join(" ")
            .contains("--url http://proxy:1/v1 ")
    );
    for url in [
        "http://u:p@h/v1",
        "file:///etc/passwd",
        "http://h/{dir}",
        "http://h\n",
    ] {
        let call = Call::with(&[("OPENAI_API_KEY", "k"), ("OPENAI_BASE_URL", url)]);
        assert!(
            matches!(call.prepare("openai"), Err(AgentError::Refused(_))),
            "{url}"
        );
    }
    let endpoint = Endpoint {
        url: Some("http://localhost:11434/v1".into()),
        key_variable: None,
    };
    let openai = adapter("openai").unwrap();
    assert_eq!(
        (
            openai.family_at(&endpoint),
            openai.family_at(&Endpoint::default())
        ),
        ("localhost:11434".into(), "openai".into())
    );
}

#[test]
fn what_an_api_answered_is_read_from_the_last_line() {
    let line = |value: Value| format!("{{\"type\":\"progress\",\"bytes\":1}}\n{value}\n");
    let result = |fields: Value| {
        let mut value = json!({"type": "result", "text": "", "model": "m", "usage": {"tokens_in": 5, "tokens_out": 2, "cost": 0.25}, "stop": null, "error": null});
        value
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        line(value)
    };
    let good = read(
        "openai",
        Ending::Answered,
        result(json!({"text": reply_text(), "stop": "end"})).as_bytes(),
        "",
    );
    assert_eq!(
        (good.ending, good.usage.cost, good.usage.tokens_in),
        (Ending::Answered, Some(0.25), Some(5))
    );
    let failed = |status: Value, message: &str, wait: Value| {
        let error = json!({"error": {"status": status, "message": message, "retry_after": wait}});
        read("anthropic", Ending::Exited(1), result(error).as_bytes(), "").ending
    };
    let limited = |seconds| Ending::RateLimited {
        retry_after: Some(Duration::from_secs(seconds)),
    };
    assert_eq!(
        failed(json!(401), "invalid x-api-key", json!(null)),
        Ending::NotLoggedIn
    );
    assert_eq!(failed(json!(429), "slow down", json!(7.0)), limited(7));
    assert_eq!(
        failed(json!(429), "slow down", json!(1e300)),
        Ending::RateLimited { retry_after: None }
    );
    assert!(matches!(
        failed(
            json!(429),
            "You exceeded your current quota (insufficient_quota)",
            json!(null)
        ),
        Ending::NoQuota(_)
    ));
    assert!(matches!(
        failed(json!(402), "Payment required", json!(null)),
        Ending::NoQuota(_)
    ));
    assert_eq!(
        failed(json!(529), "Overloaded", json!(null)),
        Ending::Overloaded
    );
    assert_eq!(
        failed(json!(400), "maximum context length is 8192", json!(null)),
        Ending::TooLong
    );
    assert!(matches!(
        failed(json!(302), "the server points elsewhere", json!(null)),
        Ending::Refused(_)
    ));
    assert!(matches!(
        failed(json!(null), "connection failed", json!(null)),
        Ending::Unreachable(_)
    ));
    let cut = read(
        "openai",
        Ending::Answered,
        result(json!({"text": "{\"findings\": [", "stop": "cut"})).as_bytes(),
        "",
    );
    assert_eq!(cut.ending, super::event_stream::cut());
    let stalled = read(
        "openai",
        Ending::TimedOut(Deadline::Idle),
        b"{\"type\":\"progress\",\"bytes\":1}\n",
        "",
    );
    assert_eq!(stalled.ending, Ending::TimedOut(Deadline::Idle));
}
