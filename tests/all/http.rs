//! The HTTP backends, end to end: the real program against a scripted provider.

use serde_json::{Value, json};

use crate::scene::{BAD, finding, injected, line, reply_to};
use crate::server::{Answer, Request, Server};
use crate::support::Sandbox;

fn is_security(request: &Request) -> bool {
    request.prompt().contains("You are the `security` reviewer")
}

/// A provider that answers security in this way and everybody else well.
fn provider(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Server {
    Server::start(&["nomic-embed", "model-a"], move |request| {
        if is_security(request) {
            answer(request)
        } else {
            Answer::Text(reply_to(request, &[]))
        }
    })
}

fn place_with(server: &Server, backend: &str) -> Sandbox {
    let place = injected();
    let path = if backend == "openai" { "/v1" } else { "" };
    place.config(
        &format!("agents.{backend}.url"),
        &format!("{}{path}", server.url()),
    );
    place.config("agents.backend", backend);
    place
}

fn run(place: &Sandbox) -> Value {
    place.agents(&["run", "--format", "json"]).exits(1).json()
}

/// Security's line after this answer of an OpenAI-compatible provider.
fn security(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> (Value, Server) {
    let server = provider(answer);
    let place = place_with(&server, "openai");
    place.config("agents.idleTimeout", "8s");
    let report = run(&place);
    assert_eq!(
        line(&report, "performance")["outcome"],
        "answered",
        "{report:#}"
    );
    (line(&report, "security").clone(), server)
}

#[test]
fn both_apis_answer_three_reviewers() {
    for backend in ["anthropic", "openai"] {
        let server = provider(|request| {
            Answer::Text(reply_to(
                request,
                &[finding("Name is pasted into SQL", "high")],
            ))
        });
        let place = place_with(&server, backend);
        let report = run(&place);
        assert_eq!(report["state"], "findings", "{report:#}");
        for agent in ["security", "performance", "retro"] {
            let line = line(&report, agent);
            let figures = (
                &line["outcome"],
                &line["backend"],
                &line["tokens_in"],
                &line["tokens_out"],
            );
            assert_eq!(
                figures,
                (&json!("answered"), &json!(backend), &json!(100), &json!(10)),
                "{line:#}"
            );
        }
        let asked: Vec<Request> = server
            .seen()
            .into_iter()
            .filter(|request| !request.body.is_null())
            .collect();
        assert!(
            asked.iter().all(
                |request| request.body["stream"] == true && request.body.get("tools").is_none()
            )
        );
        assert!(
            asked
                .iter()
                .all(|request| request.prompt().contains(BAD.trim()))
        );
        assert!(
            asked
                .iter()
                .all(|r| r.header("authorization").is_none() && r.header("x-api-key").is_none()),
            "no key"
        );
        let model = if backend == "openai" {
            "model-a"
        } else {
            "nomic-embed"
        };
        assert!(
            asked.iter().all(|request| request.body["model"] == model),
            "of the server's list"
        );
    }
}

#[test]
fn the_key_goes_by_its_variable_to_its_place_and_nowhere_else() {
    let server = provider(|request| Answer::Text(reply_to(request, &[])));
    let place = place_with(&server, "openai");
    place.config("agents.openai.keyVariable", "MY_KEY");
    place.config("agents.openai.model", "chosen");
    let missing = place.agents(&["run"]).exits(2);
    assert!(missing.err.contains("MY_KEY is not set"), "{}", missing.err);
    let mut command = place.command("git");
    command
        .args(["agents", "run", "--format", "json"])
        .env("MY_KEY", "s3cret")
        .env("OPENAI_API_KEY", "other");
    let output = command.output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let seen = server.seen();
    assert!(
        !seen.is_empty()
            && seen
                .iter()
                .all(|r| r.header("authorization") == Some("Bearer s3cret")),
        "{seen:?}"
    );
    assert!(seen.iter().all(|request| request.body["model"] == "chosen"));
    let stored = std::process::Command::new("grep")
        .args(["-r", "s3cret"])
        .arg(place.root())
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&stored.stdout),
        "",
        "the key was written down"
    );
}

#[test]
fn auto_uses_an_api_that_was_set_up() {
    let server = provider(|request| Answer::Text(reply_to(request, &[])));
    let place = injected();
    assert_eq!(line(&run(&place), "security")["backend"], "offline");
    place.config("agents.openai.url", &format!("{}/v1", server.url()));
    assert_eq!(line(&run(&place), "security")["backend"], "openai");
}

#[test]
fn a_server_that_does_not_stream_or_knows_no_schema_is_understood() {
    let (line, _) = security(|request| Answer::Whole(reply_to(request, &[])));
    assert_eq!(line["outcome"], "answered", "{line:#}");
    let (line, server) = security(|request| match request.body.get("response_format") {
        Some(_) => Answer::Status(
            400,
            vec![],
            json!({"error": {"message": "response_format is not supported"}}),
        ),
        None => Answer::Text(reply_to(request, &[])),
    });
    assert_eq!(line["outcome"], "answered", "{line:#}");
    assert_eq!(
        server
            .seen()
            .iter()
            .filter(|request| is_security(request))
            .count(),
        2
    );
}

#[test]
fn each_failure_has_its_name() {
    let error = |message: &str| json!({"error": {"message": message}});
    let status = |status: u16, words: &str| {
        let (words, headers) = (error(words), Vec::new());
        security(move |_| Answer::Status(status, headers.clone(), words.clone())).0
    };
    assert_eq!(status(401, "bad key")["outcome"], "not logged in");
    assert_eq!(
        status(400, "maximum context length is 8192 tokens")["outcome"],
        "prompt too long"
    );
    assert_eq!(status(404, "model not found")["outcome"], "refused");
    assert_eq!(status(529, "Overloaded")["outcome"], "overloaded");
    let (line, _) = security(|request| Answer::Drop(reply_to(request, &[])));
    assert_eq!(line["outcome"], "unreachable", "{line:#}");
    let (line, _) = security(|request| Answer::Cut(reply_to(request, &[])));
    assert_eq!(line["outcome"], "unreadable reply", "{line:#}");
    let (line, _) =
        security(|_| Answer::Broken(json!({"type": "overloaded_error", "message": "Overloaded"})));
    assert_eq!(line["outcome"], "overloaded", "{line:#}");
    let (line, _) = security(|request| Answer::Stall(reply_to(request, &[])));
    assert_eq!(line["outcome"], "timed out (idle)", "{line:#}");
}

#[test]
fn a_rate_limit_is_waited_for_as_long_as_the_server_says() {
    let counter = std::sync::atomic::AtomicUsize::new(0);
    let (line, server) = security(move |request| {
        if counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst) > 0 {
            return Answer::Text(reply_to(request, &[]));
        }
        let headers = vec![("retry-after", "1".to_owned())];
        Answer::Status(429, headers, json!({"error": {"message": "slow down"}}))
    });
    assert_eq!(line["outcome"], "answered", "{line:#}");
    assert_eq!(
        server
            .seen()
            .iter()
            .filter(|request| is_security(request))
            .count(),
        2
    );
    let quota = json!({"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}});
    let (line, server) = security(move |_| Answer::Status(429, vec![], quota.clone()));
    assert_eq!(line["outcome"], "quota used up", "{line:#}");
    assert_eq!(
        server
            .seen()
            .iter()
            .filter(|request| is_security(request))
            .count(),
        1,
        "no waiting helps"
    );
}

#[test]
fn a_redirect_is_not_followed() {
    let other = Server::start(&[], |request| Answer::Text(reply_to(request, &[])));
    let target = format!("{}/v1/chat/completions", other.url());
    let (line, _) =
        security(move |_| Answer::Status(307, vec![("location", target.clone())], Value::Null));
    assert_eq!(line["outcome"], "refused", "{line:#}");
    assert!(other.seen().is_empty(), "the prompt went to another place");
}

#[test]
fn nobody_listening_is_named() {
    let place = injected();
    // a port that was just free; nothing else of the test listens
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    place.config("agents.openai.url", &format!("http://127.0.0.1:{port}/v1"));
    place.config("agents.backend", "openai");
    let report = run(&place);
    assert_eq!(
        line(&report, "security")["outcome"],
        "unreachable",
        "{report:#}"
    );
    assert_eq!(report["state"], "incomplete");
}

#[test]
fn a_proxy_of_the_environment_is_used_for_other_machines_and_not_for_this_one() {
    let proxy = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let first_line = std::thread::spawn(move || {
        use std::io::BufRead;
        let (stream, _) = proxy.accept().unwrap();
        let mut line = String::new();
        std::io::BufReader::new(stream)
            .read_line(&mut line)
            .unwrap();
        line
    });
    let server = provider(|request| Answer::Text(reply_to(request, &[])));
    let place = place_with(&server, "openai");
    let through_proxy = |place: &Sandbox| {
        let mut command = place.command("git");
        command
            .args(["agents", "run", "--format", "json"])
            .env("ALL_PROXY", &address);
        crate::support::Ran::of(&command.output().unwrap()).json()
    };
    assert_eq!(
        line(&through_proxy(&place), "security")["outcome"],
        "answered"
    );
    place.config("agents.openai.url", "http://model.invalid/v1");
    place
        .git(&["commit", "-q", "--allow-empty", "-m", "more"])
        .exits(0);
    place.write("more.py", BAD);
    place.git(&["add", "more.py"]).exits(0);
    assert_eq!(
        line(&through_proxy(&place), "security")["outcome"],
        "unreachable"
    );
    let line = first_line.join().unwrap();
    assert!(line.contains("model.invalid"), "{line}");
}

#[test]
fn certificates_of_the_persons_own_that_cannot_be_used_are_named() {
    let place = injected();
    place.config("agents.openai.url", "https://127.0.0.1:9/v1");
    place.config("agents.backend", "openai");
    let mut command = place.command("git");
    command
        .args(["agents", "run", "--format", "json"])
        .env("SSL_CERT_FILE", "/nowhere/roots.pem");
    let report = crate::support::Ran::of(&command.output().unwrap())
        .exits(1)
        .json();
    let line = line(&report, "security");
    assert_eq!(line["outcome"], "unreachable", "{line:#}");
    assert!(
        line["detail"]
            .as_str()
            .unwrap()
            .contains("SSL_CERT_FILE /nowhere/roots.pem"),
        "{line:#}"
    );
}
