//! What `auto` takes: what is installed and logged in, asked without spending anything.

use serde_json::{Value, json};

use crate::scene::{injected, line, reply};
use crate::support::Sandbox;

/// Programs that tell their login by the file `login-NAME` of the place, note each such question, and answer a prompt
/// as `claude` and `codex` do.
fn install(place: &Sandbox, name: &str) {
    let root = place.root().display().to_string();
    let text = reply(&[]).to_string();
    let result = match name {
        "claude" => {
            json!({"type": "result", "subtype": "success", "is_error": false, "result": text})
                .to_string()
        }
        _ => [
            json!({"type": "item.completed", "item": {"type": "agent_message", "text": text}})
                .to_string(),
            json!({"type": "turn.completed", "usage": {"input_tokens": 1, "output_tokens": 1}})
                .to_string(),
        ]
        .join("\n"),
    };
    std::fs::write(
        place.root().join(format!("result-{name}")),
        format!("{result}\n"),
    )
    .unwrap();
    let script = format!(
        "case \"$1 $2\" in\n'auth status'|'login status')\n  echo asked >>{root}/asked-{name}; test -f {root}/login-{name}; exit $?;;\n\
         esac\ncat >/dev/null\ncat {root}/result-{name}\n"
    );
    crate::doctor::install(place, name, &script);
}

fn login(place: &Sandbox, name: &str, is_there: bool) {
    let file = place.root().join(format!("login-{name}"));
    if is_there {
        std::fs::write(file, "").unwrap();
    } else {
        std::fs::remove_file(file).unwrap();
    }
}

fn asked(place: &Sandbox, name: &str) -> usize {
    std::fs::read_to_string(place.root().join(format!("asked-{name}")))
        .map_or(0, |text| text.lines().count())
}

fn run(place: &Sandbox, more: &[&str]) -> Value {
    place
        .agents(&[&["run", "--format", "json", "--fresh"], more].concat())
        .json()
}

fn backends(report: &Value) -> [String; 3] {
    ["security", "performance", "retro"]
        .map(|name| line(report, name)["backend"].as_str().unwrap().to_owned())
}

#[test]
fn who_is_not_logged_in_is_passed_over_and_asked_again_while_a_person_waits() {
    let place = injected();
    install(&place, "claude");
    install(&place, "codex");
    let report = run(&place, &[]);
    assert_eq!(backends(&report), ["offline"; 3]);
    let notes = report["notes"].to_string();
    assert!(
        notes.contains("claude auth login") && notes.contains("codex login"),
        "{notes}"
    );
    login(&place, "codex", true);
    assert_eq!(
        backends(&run(&place, &[])),
        ["codex"; 3],
        "a person may just have logged in"
    );
    login(&place, "claude", true);
    assert_eq!(
        backends(&run(&place, &[])),
        ["claude", "codex", "claude"],
        "spread over families"
    );
    assert_eq!((asked(&place, "claude"), asked(&place, "codex")), (3, 2));
    run(&place, &[]);
    assert_eq!(
        (asked(&place, "claude"), asked(&place, "codex")),
        (3, 2),
        "a login is remembered"
    );
}

#[test]
fn a_run_that_finds_the_login_gone_corrects_what_was_remembered() {
    let place = injected();
    install(&place, "claude");
    login(&place, "claude", true);
    assert_eq!(backends(&run(&place, &[])), ["claude"; 3]);
    let gone = json!({"type": "result", "is_error": true, "api_error_status": 401, "result": "Failed to authenticate."});
    std::fs::write(place.root().join("result-claude"), format!("{gone}\n")).unwrap();
    login(&place, "claude", false);
    run(&place, &[]);
    assert_eq!(asked(&place, "claude"), 1, "it was remembered as logged in");
    assert_eq!(backends(&run(&place, &[])), ["offline"; 3]);
    assert_eq!(asked(&place, "claude"), 2);
}

#[test]
fn a_backend_that_is_named_is_not_asked_for_its_login() {
    let place = injected();
    install(&place, "claude");
    assert_eq!(
        backends(&run(&place, &["--backend", "claude"])),
        ["claude"; 3]
    );
    assert_eq!(asked(&place, "claude"), 0);
}

#[test]
fn a_key_in_the_environment_is_a_login() {
    let place = injected();
    install(&place, "claude");
    let mut command = place.command("git");
    command
        .args(["agents", "run", "--format", "json"])
        .env("ANTHROPIC_API_KEY", "sk-x");
    let report = crate::support::Ran::of(&command.output().unwrap()).json();
    assert_eq!(backends(&report), ["claude"; 3]);
    assert_eq!(asked(&place, "claude"), 0);
}
