//! Each way in which nobody answers: tried again where that helps, then elsewhere, then by the
//! offline rules, and the report says who answered for whom and what a person can do.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::hooked::names;
use crate::scene::{finding, injected, line, reply, reply_to, script};
use crate::server::{Answer, Request, Server};
use crate::support::{Sandbox, eventually};

fn good(request: &Request) -> Answer {
    Answer::Text(reply_to(request, &[]))
}

/// What a person reads, on one line.
fn shown(place: &Sandbox) -> String {
    place
        .agents(&["report"])
        .exits(0)
        .out
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn refusing(status: u16, words: &'static str) -> Server {
    Server::start(&["m"], move |_| {
        Answer::Status(status, vec![], json!({"error": {"message": words}}))
    })
}

/// Two providers that `auto` knows of: reviewers are spread over both.
fn two(first: &Server, second: &Server) -> Sandbox {
    let place = injected();
    place.config("agents.anthropic.url", &first.url());
    place.config("agents.openai.url", &format!("{}/v1", second.url()));
    place
}

#[test]
fn who_cannot_answer_is_replaced_by_the_next_backend() {
    for (status, words, outcome) in [
        (401, "invalid x-api-key", "not logged in"),
        (402, "Payment required", "quota used up"),
        (400, "I will not read this", "refused"),
    ] {
        let (first, second) = (refusing(status, words), Server::start(&["m"], good));
        let place = two(&first, &second);
        let report = place.agents(&["run", "--format", "json"]).exits(1).json();
        let line = line(&report, "security");
        assert_eq!(
            (&line["backend"], &line["outcome"]),
            (&json!("openai"), &json!("answered")),
            "{line:#}"
        );
        assert_eq!(
            (&line["tried"][0]["backend"], &line["tried"][0]["outcome"]),
            (&json!("anthropic"), &json!(outcome))
        );
        assert_eq!(report["state"], "findings", "all was read: {report:#}");
        let shown = shown(&place);
        assert!(
            shown.contains("(anthropic) · answered by openai instead"),
            "{shown}"
        );
    }
}

#[test]
fn where_nobody_is_left_the_offline_rules_stand_in_and_it_is_no_review() {
    let place = injected();
    let server = refusing(401, "invalid key");
    place.config("agents.openai.url", &format!("{}/v1", server.url()));
    let report = place.agents(&["run", "--format", "json"]).exits(1).json();
    let line = line(&report, "security");
    assert_eq!(
        (&line["backend"], &line["outcome"]),
        (&json!("offline"), &json!("answered")),
        "{line:#}"
    );
    assert_eq!(line["tried"][0]["outcome"], "not logged in", "{line:#}");
    assert_eq!(
        report["state"], "incomplete",
        "rules are not a reader: {report:#}"
    );
    let shown = shown(&place);
    assert!(
        shown.contains(
            "security, performance, retro, retro-fresh: not logged in (openai) · only offline rules stand in"
        ),
        "{shown}"
    );
    assert!(
        shown.contains(
            "to mend it: security, performance, retro: the server of agents.openai.url asks for a key, \
             and none was sent: `git config --global agents.openai.keyVariable NAME`"
        ),
        "{shown}"
    );
    let commands: Vec<&str> = shown
        .split("NOT REVIEWED")
        .nth(1)
        .unwrap()
        .split(": git agents ")
        .collect();
    assert!(
        commands[commands.len() - 2].ends_with("in the foreground"),
        "{shown}"
    );
}

#[test]
fn a_backend_that_was_named_is_not_replaced() {
    let (first, second) = (refusing(401, "invalid key"), Server::start(&["m"], good));
    let place = two(&first, &second);
    place.config("agents.backend", "anthropic");
    let report = place.agents(&["run", "--format", "json"]).exits(1).json();
    assert_eq!(
        line(&report, "security")["outcome"],
        "not logged in",
        "{report:#}"
    );
    assert!(
        second.seen().is_empty(),
        "the change went to somebody who was not named"
    );
}

#[test]
fn what_may_pass_is_tried_again_a_few_times_and_no_more() {
    let server = refusing(529, "Overloaded");
    let place = injected();
    place.config("agents.openai.url", &format!("{}/v1", server.url()));
    place.config("agents.backend", "openai");
    place.config("agents.openai.model", "m");
    let report = place
        .agents(&["run", "--agents", "security", "--format", "json"])
        .exits(1)
        .json();
    let line = line(&report, "security");
    assert_eq!(
        (&line["outcome"], server.seen().len()),
        (&json!("overloaded"), 3),
        "{line:#}"
    );
    assert_eq!(line["advice"], "again in some minutes");
}

#[test]
fn a_long_rate_limit_is_named_with_its_time() {
    let server = Server::start(&["m"], |_| {
        Answer::Status(
            429,
            vec![("retry-after", "5400".into())],
            json!({"error": {"message": "slow down"}}),
        )
    });
    let place = injected();
    place.config("agents.openai.url", &format!("{}/v1", server.url()));
    place.config("agents.backend", "openai");
    let ran = place.agents(&["run", "--agents", "security"]).exits(1);
    assert!(
        ran.out.contains("rate limited, retry in 5400 s (openai)"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("security: again in 90 min"), "{}", ran.out);
}

/// Two files that are too much for one prompt of this provider, which answers their halves so.
fn too_much_at_once(
    half: impl Fn(&Request) -> Answer + Send + Sync + 'static,
) -> (Sandbox, Server) {
    let server = Server::start(&["m"], move |request| {
        let both =
            request.prompt().contains("=== hunk h1 ") && request.prompt().contains("=== hunk h2 ");
        if !both {
            return half(request);
        }
        let words = "This model's maximum context length is 8192 tokens";
        Answer::Status(
            400,
            vec![],
            json!({"error": {"message": words, "code": "context_length_exceeded"}}),
        )
    });
    let place = Sandbox::with_commit();
    for name in ["left", "right"] {
        let lines: String = (0..120)
            .map(|n| format!("{name}_{n} = compute({n})\n"))
            .collect();
        place.write(&format!("src/{name}.py"), lines);
    }
    place.commit("two tables");
    place.config("agents.openai.url", &format!("{}/v1", server.url()));
    place.config("agents.openai.model", "m");
    (place, server)
}

#[test]
fn a_prompt_that_is_too_long_is_split_and_the_review_is_whole() {
    let (place, server) = too_much_at_once(good);
    let report = place
        .agents(&["run", "--agents", "security", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(
        (&report["state"], &report["coverage"]["files_read"]),
        (&json!("clean"), &json!(2)),
        "{report:#}"
    );
    for part in ["security", "security.2"] {
        assert_eq!(line(&report, part)["outcome"], "answered", "{report:#}");
    }
    assert_eq!(
        line(&report, "security")["tried"][0]["outcome"],
        "prompt too long"
    );
    assert_eq!(server.seen().len(), 3, "the whole, and two halves");
    let shown = shown(&place);
    assert!(
        shown.contains("prompt too long (openai) · answered in smaller parts"),
        "{shown}"
    );
    // the halves are not paid for twice
    place.agents(&["run", "--agents", "security"]).exits(0);
    assert_eq!(server.seen().len(), 4, "only the whole was tried again");
}

#[test]
fn the_half_that_was_answered_is_kept_when_the_supervisor_dies_in_the_other() {
    let stalls = AtomicBool::new(true);
    let (place, server) = too_much_at_once(move |request| {
        let second = request.prompt().contains("=== hunk h2 ");
        if second && stalls.swap(false, Ordering::SeqCst) {
            Answer::Stall(reply_to(request, &[]))
        } else {
            good(request)
        }
    });
    let run = place
        .agents(&["run", "--agents", "security", "--background"])
        .exits(0)
        .out
        .trim()
        .to_owned();
    let kept = place
        .store()
        .join(format!("runs/{run}/agents/security/result.json"));
    let result = || {
        serde_json::from_slice::<Value>(&fs::read(&kept).unwrap_or_default()).unwrap_or_default()
    };
    eventually("one half is answered, the other begun", || {
        server.seen().len() == 3 && result()["reply"].is_string()
    });
    let before = result();
    place.kill_holder(&run);
    let report = place
        .agents(&["retry", &run, "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(
        (&report["state"], &report["coverage"]["files_read"]),
        (&json!("clean"), &json!(2)),
        "{report:#}"
    );
    assert_eq!(result(), before);
    let seen = server.seen();
    let asked = |first: bool, second: bool| {
        let is = |request: &&Request, hunk: &str| {
            request.prompt().contains(&format!("=== hunk {hunk} "))
        };
        seen.iter()
            .filter(|request| is(request, "h1") == first && is(request, "h2") == second)
            .count()
    };
    assert_eq!(
        (asked(true, false), asked(false, true)),
        (1, 2),
        "only the half without an answer is asked again"
    );
}

#[test]
fn one_hunk_that_is_too_long_is_a_gap_with_advice() {
    let server = refusing(400, "maximum context length is 10 tokens");
    let place = injected();
    place.config("agents.openai.url", &format!("{}/v1", server.url()));
    place.config("agents.backend", "openai");
    place.config("agents.openai.model", "m");
    let report = place
        .agents(&["run", "--agents", "security", "--format", "json"])
        .exits(1)
        .json();
    assert_eq!(
        line(&report, "security")["outcome"],
        "prompt too long",
        "{report:#}"
    );
    assert!(
        line(&report, "security")["advice"]
            .as_str()
            .unwrap()
            .contains("agents.promptBytes")
    );
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn every_failure_of_a_program_has_a_name_and_an_advice() {
    for (steps, outcome, advice) in [
        (
            json!([{"err": "Error: please run /login"}, {"exit": 1}]),
            "not logged in",
            "log in or renew the key",
        ),
        (
            json!([{"err": "invalid API key"}, {"exit": 1}]),
            "not logged in",
            "log in or renew the key",
        ),
        (
            json!([{"err": "Credit balance is too low"}, {"exit": 1}]),
            "quota used up",
            "top it up",
        ),
        (
            json!([{"err": "429: try again in 2 hours"}, {"err": " rate limit"}, {"exit": 1}]),
            "rate limited",
            "again in 2 h",
        ),
        (
            json!([{"err": "prompt is too long"}, {"exit": 1}]),
            "prompt too long",
            "agents.promptBytes",
        ),
        (
            json!([{"out": "I would rather not."}]),
            "unreadable reply",
            "agents.command.model",
        ),
        (json!([{"exit": 0}]), "empty reply", "agents.command.model"),
        (json!([{"exit": 9}]), "exited", "git agents logs"),
    ] {
        let place = injected();
        place.fake_agent(&script(&[("security", steps)]));
        let report = place
            .agents(&["run", "--agents", "security", "--format", "json"])
            .exits(1)
            .json();
        let line = line(&report, "security");
        assert_eq!(line["outcome"], outcome, "{line:#}");
        assert!(
            line["advice"].as_str().unwrap_or_default().contains(advice),
            "{line:#}"
        );
        assert_eq!(report["state"], "incomplete");
    }
}

#[test]
fn an_attempt_that_cannot_be_counted_is_not_made() {
    let place = injected();
    let asked = place.root().join("asked");
    let steps =
        json!([{"touch": asked.display().to_string()}, {"reply": reply(&[finding("x", "high")])}]);
    place.fake_agent(&script(&[("security", steps)]));
    fs::create_dir_all(place.root().join("state/git-agents")).unwrap();
    fs::write(
        place.root().join("state/git-agents/ledger"),
        "a file in the directory's place",
    )
    .unwrap();
    let report = place
        .agents(&["run", "--agents", "security", "--format", "json"])
        .exits(1)
        .json();
    assert_eq!(
        line(&report, "security")["outcome"],
        "not started",
        "{report:#}"
    );
    assert!(!asked.exists());
    assert!(names(&place.store().join("ledger")).len() <= 1);
}

/// The three reviewers' questions, to the byte, for providers' caches.
#[test]
fn the_reviewers_questions_begin_alike() {
    for backend in ["openai", "anthropic"] {
        let server = Server::start(&["m"], good);
        let place = injected();
        let path = if backend == "openai" { "/v1" } else { "" };
        place.config(
            &format!("agents.{backend}.url"),
            &format!("{}{path}", server.url()),
        );
        place.config("agents.backend", backend);
        place.config(&format!("agents.{backend}.model"), "m");
        place.agents(&["run"]).exits(1);
        let asked = server.seen();
        assert_eq!(asked.len(), 4);
        let end = |request: &Request| request.raw.find(" CHANGE>>>").unwrap() + " CHANGE>>>".len();
        for other in &asked[1..] {
            let shared = asked[0]
                .raw
                .bytes()
                .zip(other.raw.bytes())
                .take_while(|(a, b)| a == b)
                .count();
            assert!(
                shared >= end(other),
                "{backend}: {shared} bytes are shared, the change ends at {}",
                end(other)
            );
        }
        let marks: Vec<&Value> = asked
            .iter()
            .map(|r| &r.body["messages"][0]["content"][0]["cache_control"])
            .collect();
        let expected = if backend == "openai" {
            Value::Null
        } else {
            json!({"type": "ephemeral"})
        };
        assert!(marks.iter().all(|mark| **mark == expected), "{marks:?}");
    }
}

/// A cache that is paid for can be read only once somebody's answer has begun.
#[test]
fn one_reviewer_goes_ahead_where_the_cache_is_paid_for() {
    let server = Server::start(&["m"], good);
    let place = injected();
    place.config("agents.anthropic.url", &server.url());
    place.config("agents.anthropic.model", "m");
    place.config("agents.backend", "anthropic");
    place.config("agents.jobs", "4");
    place.agents(&["run"]).exits(1);
    let run = names(&place.store().join("runs")).remove(0);
    let log = place.agents(&["logs", &run]).exits(0).out;
    assert_eq!(server.seen().len(), 4, "{log}");
    let order = server.begun_before_first_answer();
    assert_eq!(order, 1, "the others came before its answer began");
}

#[test]
fn a_server_that_knows_no_cache_marks_is_asked_without() {
    let server = Server::start(
        &["m"],
        |request| match request.body["messages"][0]["content"].is_array() {
            true => Answer::Status(
                400,
                vec![],
                json!({"error": {"message": "cache_control: Extra inputs are not permitted"}}),
            ),
            false => good(request),
        },
    );
    let place = injected();
    place.config("agents.anthropic.url", &server.url());
    place.config("agents.backend", "anthropic");
    let report = place
        .agents(&["run", "--agents", "security", "--format", "json"])
        .exits(1)
        .json();
    assert_eq!(
        line(&report, "security")["outcome"],
        "answered",
        "{report:#}"
    );
}
