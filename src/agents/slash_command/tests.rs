#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use proptest::prelude::*;

use super::*;
use crate::model::Access;

fn command(text: &str) -> SlashCommand {
    parse_command(
        "perf",
        text.as_bytes(),
        DefinitionSource::User("perf.md".into()),
    )
    .unwrap()
}

fn rendered(body: &str, arguments: &[&str]) -> Rendered {
    let arguments: Vec<String> = arguments
        .iter()
        .map(|&argument| argument.to_owned())
        .collect();
    command(body).render(&arguments).unwrap()
}

fn text(body: &str, arguments: &[&str]) -> String {
    rendered(body, arguments).text
}

#[test]
fn the_fields_are_read() {
    let read = command(
        "---\ndescription: Looks for slowness\nargument-hint: [path] [depth]\nallowed-tools: Read, Bash(git diff:*)\n\
         agents: security, performance\nmodel: opus\nhooks: {}\n---\nLook at $1.\n",
    );
    assert_eq!(read.hint.as_deref(), Some("[path] [depth]"));
    assert_eq!(
        read.agents
            .iter()
            .map(AgentName::as_str)
            .collect::<Vec<_>>(),
        ["security", "performance"]
    );
    assert_eq!(read.definition.name.as_str(), "command-perf");
    assert_eq!(
        read.definition.access(),
        Access::Unsafe(vec!["Bash(git diff:*)".into()])
    );
    assert_eq!(read.definition.ignored, ["hooks"]);
    assert_eq!(
        (
            read.definition.model.as_deref(),
            read.definition.model_of.as_deref()
        ),
        (Some("opus"), Some("claude"))
    );
    let bare = command("Just look.\n---\nat it");
    assert_eq!(
        (bare.definition.body.as_str(), bare.definition.access()),
        ("Just look.\n---\nat it", Access::Sealed)
    );
    assert_eq!(bare.definition.description, "Just look.");
    assert!(parse_command("x", b"  \n", DefinitionSource::User("x.md".into())).is_err());
}

#[test]
fn arguments_go_to_their_places_in_one_pass() {
    assert_eq!(
        text("$1 and $2, all: $ARGUMENTS.", &["a", "b c"]),
        "a and b c, all: a b c."
    );
    assert_eq!(
        text("$ARGUMENTS[1] $ARGUMENTS[x] $3|$0 $x $", &["a", "b"]),
        "b a b[x] |$0 $x $"
    );
    assert_eq!(text("$1", &["$2 $ARGUMENTS", "never"]), "$2 $ARGUMENTS");
    assert_eq!(text("Look.", &["a", "b"]), "Look.\n\nArguments: a b\n");
    assert_eq!(text("Look.", &[]), "Look.");
    assert_eq!(text("$12", &["a"]), "");
    assert_eq!(
        text("x $1", &["a\u{1b}[2J\u{202e}"]),
        "x a\\u{1b}[2J\\u{202e}"
    );
}

#[test]
fn nothing_is_run_and_nothing_is_read() {
    let done = rendered(
        "Status: !`git status $1`\nSee @src/a.rs, @~/.ssh/id. Mail a@b.org, @Override, wow!",
        &["-s"],
    );
    assert_eq!(
        done.text,
        "Status: [not run: git status -s]\nSee [file not included: src/a.rs], [file not included: ~/.ssh/id]. \
         Mail a@b.org, @Override, wow!"
    );
    assert_eq!(
        done.notes,
        [
            "!`git status -s` is not run",
            "@src/a.rs is not read",
            "@~/.ssh/id is not read"
        ]
    );
    let block = rendered("```!\nrm -rf /\n```\n", &[]);
    assert!(
        block.text.starts_with("``` (not run)\nrm -rf /"),
        "{}",
        block.text
    );
    assert_eq!(block.notes, ["a block of commands is not run"]);
    let brought = rendered("Do $ARGUMENTS", &["!`id`", "@/etc/passwd"]);
    assert_eq!(
        brought.text,
        "Do [not run: id] [file not included: /etc/passwd]"
    );
    assert_eq!(brought.notes.len(), 2);
}

#[test]
fn too_much_is_refused() {
    let long = "x".repeat(70 << 10);
    assert!(matches!(
        command("$1").render(std::slice::from_ref(&long)),
        Err(RenderError::TooLong(_))
    ));
    assert!(matches!(
        command(&"$1".repeat(1000)).render(&["y".repeat(1 << 20)]),
        Err(RenderError::TooLong(_))
    ));
}

#[test]
fn names_are_words_with_directories() {
    for good in ["a", "review-pr", "frontend:component", "v1.2"] {
        assert!(is_name(good), "{good}");
        assert!(AgentName::parse(&agent_name(good)).is_some(), "{good}");
    }
    for bad in [
        "",
        "a b",
        "-x",
        "a:",
        ":a",
        "a/b",
        "..",
        "\u{1b}",
        &"x".repeat(51),
    ] {
        assert!(!is_name(bad), "{bad}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_or_leaves_something_to_run(body in "[a-z$!`@./~0-9 \nARGUMENTS\\[\\]]{1,60}", argument in ".{0,20}") {
        let Ok(command) = parse_command("x", body.as_bytes(), DefinitionSource::User("x.md".into())) else { return Ok(()) };
        let Ok(done) = command.render(&[argument]) else { return Ok(()) };
        prop_assert!(!done.text.contains("@/") && !done.text.contains(" @~"), "{}", done.text);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>()) {
        let _ = parse_command("x", &bytes, DefinitionSource::Repository("x.md".into()));
    }
}
