//! Lock files and manifests.

use super::*;

fn moved(from: &str, to: &str) -> VersionChange {
    VersionChange::Moved {
        from: from.into(),
        to: to.into(),
    }
}

#[test]
fn dependencies_from_outside_and_swapped_ones_are_told() {
    let change = lock(vec![
        dependency("new", VersionChange::Added("1.0.0".into()), true),
        dependency("fine", VersionChange::Added("1.0.0".into()), false),
        dependency("git", moved("1.0.0", "1.0.1"), true),
        dependency("gone", VersionChange::Removed("1.0.0".into()), true),
        dependency("same", VersionChange::SourceChanged("1.0.0".into()), false),
    ]);
    assert_eq!(
        told(&change, &Context::default(), "security"),
        vec![
            "medium 75 CWE-829 Cargo.lock:3",
            "medium 75 CWE-494 Cargo.lock:3"
        ]
    );
    assert_eq!(
        told(&change, &Context::default(), "retro"),
        Vec::<String>::new()
    );
    let many = (0..30)
        .map(|n| {
            dependency(
                &format!("d{n}"),
                VersionChange::SourceChanged("1".into()),
                true,
            )
        })
        .collect();
    assert_eq!(
        told(&lock(many), &Context::default(), "security"),
        vec!["low 50 CWE-494 Cargo.lock:3"]
    );
}

#[test]
fn major_steps_that_the_project_asks_for_are_one_note() {
    let asking = |lines: &str, change: Change| Change {
        files: vec![added("Cargo.toml", lines)],
        ..change
    };
    let all = "a = \"2\"\nb = { version = \"0.4\" }\nc = \"1.3\"\nd = \"1\"\ne = \"d\"\ngolang.org/x/net v0.53.0\n";
    let step = || lock(vec![dependency("own-er", moved("1.0.0", "2.0.0"), false)]);
    for (lines, facts) in [
        ("own-er = \"2\"\n", 1),
        ("own = \"2\"\n", 0),
        ("my-own-er = \"2\"\n", 0),
    ] {
        assert_eq!(
            told(&asking(lines, step()), &Context::default(), "retro").len(),
            facts,
            "{lines}"
        );
    }
    let own = asking("own-er = { path = \"own-er\", version = \"2\" }\n", step());
    assert_eq!(
        told(&own, &Context::default(), "retro"),
        Vec::<String>::new()
    );
    assert_eq!(
        told(&step(), &Context::default(), "retro"),
        Vec::<String>::new()
    );
    let change = lock(vec![
        dependency("a", moved("1.9.0", "2.0.0"), false),
        dependency("b", moved("0.3.1", "0.4.0"), false),
        dependency("c", moved("1.2.3", "1.3.0"), false),
        dependency("d", moved("2.0.0", "1.0.0"), false),
        dependency("e", moved("abc", "def"), false),
    ]);
    let change = asking(all, change);
    let found = proposals(&change, &Context::default(), &[], "retro");
    assert_eq!(
        found.iter().map(prompt).collect::<Vec<_>>(),
        vec!["low 50 major-bump Cargo.lock:3"]
    );
    assert_eq!(
        found[0].title,
        "2 dependencies of Cargo passed a major version"
    );
    let mut of_go = lock(vec![dependency(
        "golang.org/x/net",
        moved("v0.52.0", "v0.53.0"),
        false,
    )]);
    of_go.lock_files[0].ecosystem = "Go";
    let of_go = asking(all, of_go);
    assert_eq!(
        told(&of_go, &Context::default(), "retro"),
        Vec::<String>::new()
    );
}

#[test]
fn manifests_that_fetch_from_elsewhere_are_told() {
    for (path, line, expected) in [
        (
            "Cargo.toml",
            "x = { git = \"https://example.com/x\" }",
            "low 75 CWE-829",
        ),
        (
            "package.json",
            "    \"x\": \"git+ssh://git@example.com/x.git\",",
            "low 75 CWE-829",
        ),
        (
            "package.json",
            "    \"x\": \"http://example.com/x.tgz\"",
            "high 75 CWE-494",
        ),
        (
            "requirements.txt",
            "x @ git+https://example.com/x",
            "low 75 CWE-829",
        ),
        (
            "requirements-dev.txt",
            "--extra-index-url http://pypi.example.com/simple",
            "high 75 CWE-494",
        ),
        ("Gemfile", "gem 'x', github: 'o/x'", "low 75 CWE-829"),
    ] {
        assert_eq!(
            security(path, line),
            vec![format!("{expected} {path}:1")],
            "{line}"
        );
    }
    for (path, line) in [
        (
            "package.json",
            "    \"url\": \"git+https://github.com/o/r.git\"",
        ),
        ("package.json", "  \"homepage\": \"http://example.com\","),
        ("package.json", "    \"x\": \"^1.2.3\","),
        ("Cargo.toml", "repository = \"https://github.com/o/r.git\""),
        ("Cargo.toml", "# x = { git = \"https://example.com/x\" }"),
        ("requirements.txt", "x==1.0  # see git+https://example.com"),
        ("src/a.py", "x @ git+https://example.com/x"),
        (
            "docs/package.json",
            "\"x\": \"git+ssh://git@example.com/x.git\"",
        ),
    ] {
        assert_eq!(security(path, line), Vec::<String>::new(), "{line}");
    }
}
