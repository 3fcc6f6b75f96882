#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use proptest::prelude::*;

use super::*;
use crate::model::is_model_name;
use crate::model::{Access, AgentName, Perspective};

fn user(text: &str) -> Result<AgentDefinition, DefinitionError> {
    parse_definition(text.as_bytes(), DefinitionSource::User("a.md".into()))
}

fn fault(text: &str) -> String {
    user(text).unwrap_err().to_string()
}

#[test]
fn a_definition_is_read_and_its_other_fields_are_listed() {
    let text = "---\nname: api\ndescription: >\n  Looks at\n  the API.\ntools: Read, Grep\nmodel: sonnet\n\
                color: blue\nperspectives: [informed, fresh]\nhooks:\n  Stop: rm -rf /\n---\n\n# Role\nBe kind.\n";
    let definition = user(text).unwrap();
    assert_eq!(
        definition,
        AgentDefinition {
            name: AgentName::parse("api").unwrap(),
            description: "Looks at the API.".into(),
            tools: vec!["Read".into(), "Grep".into()],
            model: Some("sonnet".into()),
            model_of: None,
            perspectives: vec![Perspective::Informed, Perspective::Fresh],
            body: "# Role\nBe kind.".into(),
            source: DefinitionSource::User("a.md".into()),
            ignored: vec!["color".into(), "hooks".into()],
            digest: sha256(text),
        }
    );
    assert_eq!(
        sha256(""),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

#[test]
fn what_is_left_out_is_the_narrowest() {
    let definition =
        user("\u{feff}---\r\nname: x\r\ndescription: y\r\nmodel: inherit\r\n---\r\nBody\r\n")
            .unwrap();
    assert_eq!(
        (definition.access(), definition.model),
        (Access::Sealed, None)
    );
    assert_eq!(
        (definition.perspectives, definition.body.as_str()),
        (vec![Perspective::Informed], "Body")
    );
}

#[test]
fn tools_are_told_apart_in_both_ways_of_writing() {
    let tools =
        |line: &str| user(&format!("---\nname: x\ndescription: y\n{line}\n---\nb\n")).unwrap();
    assert_eq!(tools("tools: Read, Glob").access(), Access::Explore);
    assert_eq!(
        tools("tools:\n  - Read\n  - Bash(git log, git diff)").access(),
        Access::Unsafe(vec!["Bash(git log, git diff)".into()])
    );
    assert_eq!(
        tools("tools: Read, Bash(a, b)").access(),
        Access::Unsafe(vec!["Bash(a, b)".into()])
    );
    assert_eq!(
        tools("tools: \"*\"").access(),
        Access::Unsafe(vec!["*".into()])
    );
    assert_eq!(tools("tools: []").access(), Access::Sealed);
}

#[test]
fn faults_name_file_and_line() {
    assert_eq!(
        fault(""),
        "a.md:1: front matter must open with a line `---`"
    );
    assert_eq!(
        fault("# Just text\n"),
        "a.md:1: front matter must open with a line `---`"
    );
    assert_eq!(
        fault("---\nname: x\n"),
        "a.md:1: front matter is never closed by a line `---`"
    );
    assert_eq!(fault("---\n---\nbody"), "a.md:1: no `name`");
    assert_eq!(
        fault("---\nname: x\ndescription: y\n---\n  \n"),
        "a.md:5: no instructions after the front matter"
    );
    assert_eq!(
        fault("---\ndescription: y\nname: 7\n---\nb"),
        "a.md:3: `name` must be text"
    );
    assert!(
        fault("---\ndescription: y\nname: ../x\n---\nb")
            .starts_with("a.md:3: `name` must be a letter")
    );
    assert_eq!(
        fault("---\nname: x\ndescription: y\nmodel: --yolo\n---\nb"),
        "a.md:4: `model` is not a model's name"
    );
    assert_eq!(
        fault("---\nname: x\ndescription: y\ntools: {a: b}\n---\nb"),
        "a.md:4: `tools` must be a list of words"
    );
    assert_eq!(
        fault("---\nname: x\ndescription: y\nperspectives: [both]\n---\nb"),
        "a.md:4: `perspectives` are `informed` and `fresh`"
    );
    let text = b"---\nname: x\ndescription: \xff\n---\nb";
    let error = parse_definition(text, DefinitionSource::BuiltIn).unwrap_err();
    assert_eq!(error.to_string(), "built in:3: not UTF-8");
}

#[test]
fn broken_yaml_names_its_line() {
    for (text, line) in [
        ("---\nname: x\ndescription: [a\n---\nb", 3),
        ("---\nname: x\nname: y\n---\nb", 3),
        ("---\nname: x\nk: 'v\n---\nb", 3),
        ("---\njust words\n---\nb", 2),
    ] {
        let fault = fault(text);
        assert!(
            fault.starts_with(&format!("a.md:{line}: front matter: ")),
            "{fault}"
        );
        assert!(!fault.contains('\n'), "{fault}");
    }
}

#[test]
fn hostile_yaml_is_refused_quickly() {
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n\
                f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n";
    let deep = format!("a: {}\n", "[".repeat(100_000));
    for front in [bomb, deep.as_str()] {
        assert!(fault(&format!("---\n{front}---\nb")).contains("front matter: "));
    }
    assert!(fault(&"x".repeat(FILE_BYTES + 1)).contains("too many"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>(), text in "(---\n)?[a-z:\\[\\]{}&*!|> \n\"-]{0,80}(\n---\n)?[a-z]*") {
        let _ = parse_definition(&bytes, DefinitionSource::BuiltIn);
        let _ = user(&text);
    }

    #[test]
    fn no_model_name_can_be_an_option(text in any::<String>()) {
        prop_assert!(!is_model_name(&text) || !text.starts_with('-'));
        let option = ["-", text.as_str()].concat();
        prop_assert!(!is_model_name(&option));
    }
}
