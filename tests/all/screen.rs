//! Colour, quiet, the pager and the format, by the rules that git's own commands follow.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::pty::show;
use crate::scene::injected;
use crate::support::Sandbox;

/// A reviewed scene, and a pager that says that it was used.
fn reviewed() -> (Sandbox, String) {
    let place = injected();
    place
        .agents(&["run", "HEAD", "--backend", "offline"])
        .exits(1);
    let pager = place.root().join("pager");
    fs::write(&pager, "#!/bin/sh\necho PAGED\ncat\n").unwrap();
    fs::set_permissions(&pager, fs::Permissions::from_mode(0o755)).unwrap();
    (place, pager.display().to_string())
}

fn is_paged(place: &Sandbox, line: &str) -> bool {
    let shown = place.shell_shown(line).exits(0);
    assert!(shown.text.contains("src/db.py"), "{line}: {}", shown.text);
    shown.count("PAGED") > 0
}

#[test]
fn the_pager_is_the_one_of_git_and_only_on_a_terminal() {
    let (place, pager) = reviewed();
    let clean = "unset PAGER GIT_PAGER; ";
    for (line, is_used) in [
        (format!("PAGER={pager} git agents report"), true),
        (
            format!("PAGER=cat git -c core.pager={pager} agents report"),
            true,
        ),
        (
            format!("GIT_PAGER={pager} git -c core.pager=cat agents report"),
            true,
        ),
        (format!("git -c pager.agents={pager} agents report"), true),
        (format!("PAGER={pager} git-agents report"), true),
        (format!("PAGER={pager} git agents findings --all"), true),
        (format!("PAGER={pager} git --no-pager agents report"), false),
        (
            format!("PAGER={pager} git -c pager.agents=false agents report"),
            false,
        ),
        (
            format!("PAGER={pager} GIT_PAGER=cat git agents report"),
            false,
        ),
        (format!("PAGER={pager} git agents report | cat"), false),
        (
            format!("PAGER={pager} git agents status; git agents findings --all | cat"),
            false,
        ),
        // there is no such program: the report is printed as it is
        ("PAGER=no-such-pager git agents report".to_owned(), false),
    ] {
        assert_eq!(
            is_paged(&place, &format!("{clean}{line}")),
            is_used,
            "{line}"
        );
    }
}

#[test]
fn a_command_that_fails_is_not_paged_and_keeps_its_exit_code() {
    let (place, pager) = reviewed();
    let shown = place.shell_shown(&format!("PAGER={pager} git agents show 0000"));
    let shown = shown.exits(2);
    assert_eq!(shown.count("PAGED"), 0, "{}", shown.text);
    let shown = place.shell_shown(&format!(
        "PAGER={pager} git agents run HEAD --backend offline"
    ));
    assert_eq!(shown.exits(1).count("PAGED"), 0);
}

#[test]
fn colour_is_where_a_person_sees_it_unless_somebody_says_otherwise() {
    let (place, _) = reviewed();
    let escapes = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = place.command("git");
        command.args(args).envs(variables.iter().copied());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        output.stdout.contains(&0x1b)
    };
    assert!(!escapes(&["agents", "report"], &[]));
    assert!(escapes(&["agents", "--color=always", "report"], &[]));
    assert!(escapes(
        &["agents", "report", "--color", "always"],
        &[("NO_COLOR", "1")]
    ));
    assert!(escapes(&["-c", "color.ui=always", "agents", "report"], &[]));
    assert!(escapes(
        &[
            "-c",
            "color.agents=always",
            "-c",
            "color.ui=never",
            "agents",
            "report"
        ],
        &[]
    ));
    assert!(!escapes(
        &["-c", "color.ui=always", "agents", "report"],
        &[("NO_COLOR", "1")]
    ));
    assert!(!escapes(
        &["-c", "color.ui=always", "agents", "report", "--color=never"],
        &[]
    ));
    assert!(escapes(&["agents", "report"], &[("CLICOLOR_FORCE", "1")]));
    // under git's own pager a person sees it, though standard output is a pipe
    assert!(escapes(
        &["agents", "report"],
        &[("GIT_PAGER_IN_USE", "true")]
    ));
}

#[test]
fn every_list_has_one_way_to_ask_for_json() {
    let (place, _) = reviewed();
    for command in [
        &["findings", "--all"][..],
        &["status"],
        &["agents"],
        &["config"],
        &["report"],
        &["trust"],
    ] {
        let with = |more: &[&str]| {
            let args: Vec<&str> = command.iter().chain(more).copied().collect();
            place.agents(&args).exits(0).out
        };
        let json = with(&["--format", "json"]);
        assert_eq!(json, with(&["--json"]), "{command:?}");
        assert_eq!(json, with(&["--format=json"]), "{command:?}");
        let plain = with(&["--format", "terminal"]);
        assert!(!plain.starts_with('{'), "{command:?}: {plain}");
    }
    place.agents(&["status", "--format", "sarif-no"]).exits(2);
}

#[test]
fn quiet_says_only_what_was_asked_for() {
    let (place, _) = reviewed();
    let ran = place
        .agents(&["-q", "run", "HEAD", "--backend", "offline"])
        .exits(1);
    assert_eq!(ran.err, "");
    assert!(ran.out.contains("src/db.py"), "{}", ran.out);
    let ran = place.agents(&["wait", "--quiet"]).exits(0);
    assert_eq!(ran.err, "");
    // an error is never left out
    let ran = place.agents(&["-q", "show", "0000"]).exits(2);
    assert!(ran.err.starts_with("error: "), "{}", ran.err);
    place.agents(&["-q", "-v", "status"]).exits(2);
}

#[test]
fn lists_are_broken_between_words_on_a_terminal() {
    let (place, _) = reviewed();
    let mut command = place.command("git");
    command.args(["--no-pager", "agents", "doctor"]);
    let shown = show(command);
    for line in shown.text.lines().filter(|line| line.contains(' ')) {
        let is_one_word = line.split_whitespace().count() <= 2;
        assert!(line.chars().count() <= 100 || is_one_word, "{line}");
    }
}
