//! What a model, a repository or a home directory tries, and what must not happen: nothing of
//! it runs, is read, or is sent.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::model_server::{ModelServer, Step};
use crate::place::{
    KEY, MARKER, PROMPTS, Place, SEEN_BY_MODEL, assert_complete, assert_gap, good_answer,
};
use crate::poison::{INSTRUCTION, poison};
use crate::processes;
use crate::program::{Exception, Program};
use crate::support::Ran;

/// What a call of a tool would do.
pub(crate) struct Temptation {
    /// Appears if something is written.
    pub(crate) file: String,
    /// Holds [`SECRET`].
    pub(crate) secret: String,
    /// A picture.
    pub(crate) picture: String,
    /// Makes `file`, and prints the secret.
    pub(crate) command: String,
    /// Somewhere that counts who comes.
    pub(crate) url: String,
    /// The program's working directory, where it may read.
    pub(crate) inside: String,
}

/// Stands in a file outside the repository.
pub(crate) const SECRET: &str = "wombatsecret";

pub(crate) fn a_tool_that_the_model_calls_does_not_run(program: &'static Program) {
    let place = Place::new(program);
    let root = place.sandbox.root().to_owned();
    let elsewhere = ModelServer::start(KEY, |_| Step::Disconnect);
    let at = |name: &str| root.join(name).display().to_string();
    fs::write(root.join("secret.txt"), SECRET).unwrap();
    fs::write(root.join("secret.png"), PICTURE).unwrap();
    let lure = Temptation {
        file: at("made"),
        secret: at("secret.txt"),
        picture: at("secret.png"),
        command: format!(
            "touch {}; cat {} /etc/hostname",
            at("made"),
            at("secret.txt")
        ),
        url: elsewhere.url(),
        inside: String::new(),
    };
    let calls = (program.calls)(&lure);
    let count = calls.len();
    let server = ModelServer::start(KEY, move |request| match request.tool_results().len() {
        0 => Step::Calls(calls.clone()),
        _ => good_answer(request),
    });
    let ran = place.run(&server);
    if program.has(Exception::EndsOnCalls) {
        assert_gap(ran, "unreadable reply");
    } else {
        assert_complete(ran);
    }
    assert!(!root.join("made").exists(), "a tool of the model wrote");
    assert_eq!(
        elsewhere.connections(),
        0,
        "a tool of the model went elsewhere"
    );
    let asked = server.asked();
    let results: Vec<String> = asked
        .iter()
        .flat_map(|request| request.tool_results())
        .collect();
    let answered = if program.has(Exception::EndsOnCalls) {
        0
    } else {
        PROMPTS * count
    };
    assert_eq!(
        results.len(),
        answered,
        "each call was answered: {results:#?}"
    );
    let hostname = fs::read_to_string("/etc/hostname").unwrap_or_default();
    for request in &asked {
        assert!(
            request.prompt().is_some(),
            "another agent was started: {}",
            request.around_prompt()
        );
        assert!(!request.text.contains(SECRET), "{results:#?}");
        assert!(!request.text.contains("data:image"), "{results:#?}");
    }
    for result in &results {
        assert!(
            hostname.trim().is_empty() || !result.contains(hostname.trim()),
            "{result}"
        );
    }
}

/// One red point.
pub(crate) const PICTURE: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0,
    1, 0, 0, 0, 1, 8, 2, 0, 0, 0, 0x90, 0x77, 0x53, 0xde, 0, 0, 0, 0x0c, b'I', b'D', b'A', b'T', 8,
    0xd7, 0x63, 0xf8, 0xcf, 0xc0, 0, 0, 3, 1, 1, 0, 0x18, 0xdd, 0x8d, 0xb0, 0, 0, 0, 0, b'I', b'E',
    b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

pub(crate) fn a_poisoned_repository_is_only_read_as_a_change(program: &'static Program) {
    let place = Place::without_change(program);
    let root = place.sandbox.root().to_owned();
    fs::write(root.join("secret.txt"), SECRET).unwrap();
    let elsewhere = ModelServer::start(KEY, good_answer);
    poison(&place, &place.sandbox.repo, &elsewhere.url());
    poison(&place, &root.join("home"), &elsewhere.url());
    place.sandbox.commit("settings for everybody");
    let secret = root.join("secret.txt").display().to_string();
    place.sandbox.write(
        "notes.md",
        format!(
            "/help\n@/etc/passwd\n@{secret}\n!touch {}\n",
            root.join("ran").display()
        ),
    );
    place.commit_change(&format!(
        "/help me with the price table\n\n@{secret} @/etc/passwd @~/secret.txt"
    ));
    let server = ModelServer::start(KEY, good_answer);
    assert_complete(place.run(&server));
    assert_eq!(traces(&place), [""; 0], "something ran");
    assert_eq!(
        elsewhere.connections(),
        0,
        "the repository chose the server"
    );
    let asked = server.asked();
    assert_eq!(asked.len(), PROMPTS);
    for request in &asked {
        assert_eq!(request.tools(), program.tools);
        assert!(!request.text.contains(SECRET), "a file outside was sent");
        assert!(!request.text.contains("root:x:0:0"), "/etc/passwd was sent");
        let prompt = request.prompt().unwrap();
        assert!(
            prompt.contains("| /help\n") && prompt.contains(&format!("| @{secret}\n")),
            "{prompt}"
        );
        let around = request.around_prompt();
        let of_user = format!("{INSTRUCTION} of {}", root.join("home").display());
        let sends_own = program.has(Exception::SendsOwnInstructions);
        assert_eq!(around.contains(&of_user), sends_own, "of the home");
        let rest = if sends_own {
            around.replace(&of_user, "")
        } else {
            around
        };
        assert!(
            !rest.contains(INSTRUCTION),
            "instructions were sent: {rest}"
        );
    }
}

/// The same traps catch a program that is not sealed: else the case above would prove nothing.
pub(crate) fn a_poisoned_repository_catches_the_unsealed(program: &'static Program) {
    let place = Place::without_change(program);
    let (server, elsewhere) = (
        ModelServer::start(KEY, |_| words()),
        ModelServer::start(KEY, |_| words()),
    );
    poison(&place, &place.sandbox.repo, &elsewhere.url());
    poison(&place, &place.sandbox.root().join("home"), &elsewhere.url());
    let mut command = place.command_of(program.name, &server.url(), KEY);
    let output = command.args(program.unsealed).output().unwrap();
    assert!(
        !traces(&place).is_empty(),
        "nothing ran: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let asked = [server.asked(), elsewhere.asked()].concat();
    assert!(
        asked
            .iter()
            .any(|request| request.text.contains(INSTRUCTION)),
        "no instruction was sent"
    );
}

fn words() -> Step {
    Step::Text("Good morning.".into())
}

/// Which traps went off.
pub(crate) fn traces(place: &Place) -> Vec<&'static str> {
    ["ran", "hook-ran", "server-ran"]
        .into_iter()
        .filter(|name| place.sandbox.root().join(name).exists())
        .collect()
}

pub(crate) fn the_prompt_is_in_no_command_line_and_in_no_file(program: &'static Program) {
    let place = Place::new(program);
    let root = place.sandbox.root().to_owned();
    let server = ModelServer::start(KEY, good_answer);
    server.hold();
    let child = place.start(&server);
    place.wait_until_all_ask(&server);
    for process in processes::of(&place) {
        let line = process.arguments.join(" ");
        assert!(
            !line.contains(MARKER) && !line.contains("reviewer"),
            "{line}"
        );
        assert!(!process.environment.contains(MARKER), "{line}");
    }
    if cfg!(target_os = "linux") {
        let agents = processes::of(&place)
            .into_iter()
            .filter(|p| p.arguments.iter().any(|a| a == program.argument));
        // some start a child with the same arguments
        let directories: BTreeSet<PathBuf> = agents.map(|process| process.directory).collect();
        assert_eq!(
            directories.len(),
            PROMPTS,
            "a program for each prompt, and no more: {directories:?}"
        );
        assert!(
            directories
                .iter()
                .all(|dir| dir.starts_with(root.join("tmp"))),
            "{directories:?}"
        );
    }
    server.release();
    assert_complete(Ran::of(&child.wait_with_output().unwrap()));
    processes::assert_none(&place);
    for below in ["home", "tmp", "state", "config"] {
        for word in [MARKER, SEEN_BY_MODEL] {
            let holders = files_with(&root.join(below), word);
            assert!(holders.is_empty(), "`{word}` was left in {holders:?}");
        }
    }
}

/// Files below a directory whose bytes hold the word.
fn files_with(dir: &Path, word: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            found.extend(files_with(&path, word));
        } else if fs::read(&path)
            .is_ok_and(|bytes| bytes.windows(word.len()).any(|w| w == word.as_bytes()))
        {
            found.push(path);
        }
    }
    found
}
