use proptest::prelude::*;

use super::*;
use crate::model::{DependencyChange, VersionChange};

const FORMATS: [&str; 20] = [
    "Cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "uv.lock",
    "Pipfile.lock",
    "pdm.lock",
    "go.sum",
    "Gemfile.lock",
    "gems.locked",
    "composer.lock",
    "flake.lock",
    "gradle.lockfile",
    "packages.lock.json",
    "bun.lock",
    "mix.lock",
    "Podfile.lock",
    "pubspec.lock",
];

fn summary(path: &str, old: &str, new: &str) -> LockFileChange {
    summarize(&path.into(), Some(old.as_bytes()), Some(new.as_bytes()))
}

/// `name ±version source!` for every change, `!` where the source is foreign.
fn words(summary: &LockFileChange) -> Vec<String> {
    assert_eq!(summary.incomplete, None);
    summary.changes.iter().map(word).collect()
}

fn word(change: &DependencyChange) -> String {
    let version = match &change.version {
        VersionChange::Added(v) => format!("+{v}"),
        VersionChange::Removed(v) => format!("-{v}"),
        VersionChange::Moved { from, to } => format!("{from}>{to}"),
        VersionChange::SourceChanged(v) => format!("={v}"),
    };
    let source = change
        .source
        .as_deref()
        .map(|s| format!(" {s}"))
        .unwrap_or_default();
    let mark = if change.foreign_source { "!" } else { "" };
    let line = change.line.map(|n| format!(" @{n}")).unwrap_or_default();
    format!("{} {version}{source}{mark}{line}", change.name)
}

#[test]
fn cargo_compares_versions_as_sets_and_flags_git() {
    let crates = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = ";
    let old = format!(
        "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n{crates}\"aa\"\n\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\n{crates}\"bb\"\n\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\n{crates}\"cc\"\n\n[[package]]\nname = \"me\"\nversion = \"0.1.0\"\n"
    );
    let new = format!(
        "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\n{crates}\"xx\"\n\n[[package]]\nname = \"a\"\nversion = \"3.0.0\"\n{crates}\"dd\"\n\n[[package]]\nname = \"g\"\nversion = \"1.0.0\"\nsource = \"git+https://u:p@example.com/g?rev=1#abc\"\n\n[[package]]\nname = \"me\"\nversion = \"0.2.0\"\n"
    );
    let summary = summary("sub/Cargo.lock", &old, &new);
    assert_eq!(summary.ecosystem, "Cargo");
    assert_eq!(
        words(&summary),
        vec![
            "a 1.0.0>3.0.0 @10",
            "a =2.0.0 @4",
            "b -1.0.0",
            "g +1.0.0 git+https://example.com/g! @16",
            "me 0.1.0>0.2.0 @21"
        ]
    );
}

#[test]
fn npm_in_all_three_versions() {
    let one = |version: &str, host: &str| {
        format!(
            "{{\"lockfileVersion\": 1, \"dependencies\": {{\n\"x\": {{\"version\": \"{version}\", \"resolved\": \"https://{host}/x/-/x.tgz\", \"integrity\": \"sha512-a\",\n\"dependencies\": {{\n\"y\": {{\"version\": \"1.0.0\"}}}}}}}}}}"
        )
    };
    let registry = "registry.npmjs.org";
    assert_eq!(
        words(&summary(
            "package-lock.json",
            &one("1.0.0", registry),
            &one("1.1.0", registry)
        )),
        vec!["x 1.0.0>1.1.0 @2"]
    );
    let moved = summary(
        "package-lock.json",
        &one("1.0.0", registry),
        &one("1.0.0", "evil.example"),
    );
    assert_eq!(
        words(&moved),
        vec!["x =1.0.0 https://evil.example/x/-/x.tgz! @2"]
    );
    let three = |entries: &str| {
        format!("{{\"lockfileVersion\": 3, \"packages\": {{\"\": {{\"name\": \"me\"}}{entries}}}}}")
    };
    let git = ",\n\"node_modules/a/node_modules/@s/b\": {\"version\": \"2.0.0\", \"resolved\": \"git+ssh://git@github.com/s/b.git#123\"}";
    let linked = ",\n\"node_modules/w\": {\"resolved\": \"packages/w\", \"link\": true}";
    let found = summary(
        "npm-shrinkwrap.json",
        &three(""),
        &three(&format!("{git}{linked}")),
    );
    assert_eq!(
        words(&found),
        vec!["@s/b +2.0.0 git+ssh://github.com/s/b.git#123! @2", "w + @3"]
    );
}

#[test]
fn yarn_classic_and_later() {
    let classic = |version: &str, digest: &str| {
        format!(
            "# yarn lockfile v1\n\n\"@s/a@^1.0\", \"@s/a@^1.1\":\n  version \"{version}\"\n  resolved \"https://registry.yarnpkg.com/@s/a/-/a.tgz#ff\"\n  integrity sha512-{digest}\n  dependencies:\n    b \"^2\"\n\nc@git+https://example.com/c.git:\n  version \"1.0.0\"\n  resolved \"git+https://example.com/c.git#1\"\n"
        )
    };
    assert_eq!(
        words(&summary(
            "yarn.lock",
            &classic("1.0.0", "x"),
            &classic("1.2.0", "y")
        )),
        vec!["@s/a 1.0.0>1.2.0 @3"]
    );
    assert_eq!(
        words(&summary(
            "yarn.lock",
            &classic("1.0.0", "x"),
            &classic("1.0.0", "y")
        )),
        vec!["@s/a =1.0.0 @3"]
    );
    let all = summarize(
        &"yarn.lock".into(),
        None,
        Some(classic("1.0.0", "x").as_bytes()),
    );
    assert_eq!(
        words(&all),
        vec![
            "@s/a +1.0.0 @3",
            "c +1.0.0 git+https://example.com/c.git#1! @10"
        ]
    );
    let later = "__metadata:\n  version: 8\n\n\"a@npm:^1.0\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0\"\n  checksum: 10c0/abc\n\n\"me@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"me@workspace:.\"\n";
    let moved = later.replace("1.0.0", "1.0.1");
    assert_eq!(
        words(&summary("yarn.lock", later, &moved)),
        vec!["a 1.0.0>1.0.1 @4"]
    );
}

#[test]
fn pnpm_in_versions_5_6_and_9() {
    let nine = "lockfileVersion: '9.0'\n\nimporters:\n  .:\n    dependencies:\n      a:\n        version: 1.0.0\n\npackages:\n\n  '@s/a@1.0.0':\n    resolution: {integrity: sha512-x}\n    engines: {node: '>=8'}\n\n  b@https://example.com/b.tgz:\n    resolution: {tarball: https://example.com/b.tgz}\n    version: 1.0.0\n\nsnapshots:\n\n  '@s/a@1.0.0(c@2.0.0)': {}\n";
    let gone = "lockfileVersion: '9.0'\n";
    assert_eq!(
        words(&summary("pnpm-lock.yaml", gone, nine)),
        vec![
            "@s/a +1.0.0 @11",
            "b +https://example.com/b.tgz https://example.com/b.tgz! @15"
        ]
    );
    let six = "lockfileVersion: '6.0'\npackages:\n  /@s/a@1.0.0(c@2.0.0):\n    resolution: {integrity: sha512-x}\n";
    assert_eq!(
        words(&summary("pnpm-lock.yaml", gone, six)),
        vec!["@s/a +1.0.0 @3"]
    );
    let five = "lockfileVersion: 5.4\npackages:\n  /@s/a/1.0.0_c@2.0.0:\n    resolution: {integrity: sha512-x}\n  /b/2.0.0:\n    resolution: {integrity: sha512-y}\n";
    assert_eq!(
        words(&summary("pnpm-lock.yaml", gone, five)),
        vec!["@s/a +1.0.0 @3", "b +2.0.0 @5"]
    );
}

#[test]
fn python_lock_files() {
    let poetry = "[[package]]\nname = \"a\"\nversion = \"1.0\"\n\n[[package]]\nname = \"g\"\nversion = \"2.0\"\n\n[package.source]\ntype = \"git\"\nurl = \"https://example.com/g.git\"\n\n[metadata]\nlock-version = \"2.0\"\n";
    let gone = "[metadata]\nlock-version = \"2.0\"\n";
    assert_eq!(
        words(&summary("poetry.lock", gone, poetry)),
        vec!["a +1.0 @2", "g +2.0 git+https://example.com/g.git! @6"]
    );
    let uv = "version = 1\n\n[[package]]\nname = \"a\"\nversion = \"1.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n\n[[package]]\nname = \"g\"\nversion = \"2.0\"\nsource = { git = \"https://example.com/g?rev=1#2\" }\n\n[[package]]\nname = \"me\"\nversion = \"0\"\nsource = { editable = \".\" }\n";
    assert_eq!(
        words(&summary("uv.lock", "version = 1\n", uv)),
        vec![
            "a +1.0 @4",
            "g +2.0 git+https://example.com/g! @9",
            "me +0 @14"
        ]
    );
    let pipfile = "{\"_meta\": {}, \"default\": {\n\"a\": {\"version\": \"==1.0\"},\n\"g\": {\"git\": \"https://example.com/g\", \"ref\": \"abc\"}}, \"develop\": {}}";
    assert_eq!(
        words(&summary("Pipfile.lock", "{\"_meta\": {}}", pipfile)),
        vec!["a +1.0 @2", "g +abc git+https://example.com/g! @3"]
    );
    let pdm = "[metadata]\n\n[[package]]\nname = \"u\"\nversion = \"1\"\nurl = \"https://example.com/u.whl\"\n";
    assert_eq!(
        words(&summary("pdm.lock", "[metadata]\n", pdm)),
        vec!["u +1 https://example.com/u.whl! @4"]
    );
}

#[test]
fn go_ruby_php_nix_and_the_rest() {
    let go = "a.com/m v1.0.0 h1:aaa=\na.com/m v1.0.0/go.mod h1:bbb=\n";
    assert_eq!(
        words(&summary("go.sum", go, &go.replace("aaa", "ccc"))),
        vec!["a.com/m =1.0.0 @1".replace("=1", "=v1")]
    );
    let gems = |version: &str| {
        format!(
            "GIT\n  remote: https://example.com/g.git\n  revision: 1\n  specs:\n    g (0.1)\n\nGEM\n  remote: https://rubygems.org/\n  specs:\n    a ({version})\n      b (~> 1)\n\nDEPENDENCIES\n  a\n"
        )
    };
    assert_eq!(
        words(&summary("Gemfile.lock", &gems("1.0"), &gems("2.0"))),
        vec!["a 1.0>2.0 @10"]
    );
    assert_eq!(
        words(&summary("Gemfile.lock", "GEM\n", &gems("1.0")))[1],
        "g +0.1 git+https://example.com/g.git! @5"
    );
    let composer = "{\"packages\": [{\n\"name\": \"v/a\",\n\"version\": \"1.0\", \"notification-url\": \"https://packagist.org/downloads/\"}, {\n\"name\": \"v/b\",\n\"version\": \"2\", \"source\": {\"type\": \"git\", \"url\": \"https://example.com/b.git\"}}], \"packages-dev\": []}";
    assert_eq!(
        words(&summary("composer.lock", "{\"packages\": []}", composer)),
        vec!["v/a +1.0 @2", "v/b +2 https://example.com/b.git! @4"]
    );
    let flake = |rev: &str| {
        format!(
            "{{\"nodes\": {{\"n\": {{\"locked\": {{\"type\": \"github\", \"owner\": \"o\", \"repo\": \"r\", \"rev\": \"{rev}\"}}}}, \"root\": {{}}}}}}"
        )
    };
    assert_eq!(
        words(&summary("flake.lock", &flake("a1"), &flake("b2"))),
        vec!["n a1>b2 o/r"]
    );
    assert_eq!(
        words(&summary(
            "gradle.lockfile",
            "empty=\n",
            "# c\ng:a:1.0=compile\nempty=\n"
        )),
        vec!["g:a +1.0 @2"]
    );
    let nuget = "{\"version\": 1, \"dependencies\": {\"net8.0\": {\n\"A\": {\"type\": \"Direct\", \"resolved\": \"1.0.0\", \"contentHash\": \"x\"}}}}";
    assert_eq!(
        words(&summary(
            "packages.lock.json",
            &nuget.replace("1.0.0", "0.9.0"),
            nuget
        )),
        vec!["A 0.9.0>1.0.0 @2"]
    );
    let bun = "{\n  \"lockfileVersion\": 1,\n  \"packages\": {\n    \"a\": [\"a@1.0.0\", \"\", {}, \"sha512-x\"],\n    \"g\": [\"g@git+ssh://git@example.com/g.git\", {}, \"1\"],\n  }\n}\n";
    assert_eq!(
        words(&summary("bun.lock", "{\"packages\": {}}", bun)),
        vec![
            "a +1.0.0 @4",
            "g +git+ssh://git@example.com/g.git git+ssh://example.com/g.git! @5"
        ]
    );
    let mix = "%{\n  \"a\": {:hex, :a, \"1.0.0\", \"ff\", [:mix], [], \"hexpm\", \"ee\"},\n  \"g\": {:git, \"https://example.com/g.git\", \"abc\", []},\n}\n";
    assert_eq!(
        words(&summary("mix.lock", "%{}\n", mix)),
        vec!["a +1.0.0 @2", "g +abc git+https://example.com/g.git! @3"]
    );
    let pods = "PODS:\n  - A/Core (1.0):\n    - B\n  - G (0.1)\n\nEXTERNAL SOURCES:\n  G:\n    :git: https://example.com/g.git\n";
    assert_eq!(
        words(&summary("Podfile.lock", "PODS:\n", pods)),
        vec!["A/Core +1.0 @2", "G +0.1 git+https://example.com/g.git! @4"]
    );
    let pubspec = "packages:\n  a:\n    dependency: \"direct main\"\n    description:\n      name: a\n      sha256: ff\n      url: \"https://pub.dev\"\n    source: hosted\n    version: \"1.0.0\"\n  g:\n    description:\n      url: \"https://example.com/g.git\"\n    source: git\n    version: \"0.1.0\"\nsdks:\n  dart: \">=3.0.0\"\n";
    assert_eq!(
        words(&summary("pubspec.lock", "packages:\n", pubspec)),
        vec!["a +1.0.0 @2", "g +0.1.0 git+https://example.com/g.git! @10"]
    );
}

#[test]
fn a_private_registry_that_was_in_use_is_not_foreign() {
    let lock = |packages: &[&str]| {
        let entries: Vec<String> = packages.iter().map(|p| format!("\"node_modules/{p}\": {{\"version\": \"1.0.0\", \"resolved\": \"https://npm.corp.example/{p}.tgz\"}}")).collect();
        format!(
            "{{\"lockfileVersion\": 3, \"packages\": {{{}}}}}",
            entries.join(",")
        )
    };
    let found = summary("package-lock.json", &lock(&["a"]), &lock(&["a", "b"]));
    assert_eq!(
        words(&found),
        vec!["b +1.0.0 https://npm.corp.example/b.tgz"]
    );
    let fresh = summarize(
        &"package-lock.json".into(),
        None,
        Some(lock(&["a", "b"]).as_bytes()),
    );
    assert!(fresh.changes.iter().all(|change| !change.foreign_source));
}

#[test]
fn what_cannot_be_read_is_said() {
    for (path, text) in [
        ("Cargo.lock", "[[package]\nname ="),
        ("package-lock.json", "{\"a\": "),
        ("yarn.lock", "what is this\n"),
        ("pnpm-lock.yaml", "packages:\n"),
        ("go.sum", "one two\n"),
        ("Gemfile.lock", "nothing\n"),
        ("bun.lock", "[]"),
        ("uv.lock", "<<<<<<< HEAD\nversion = 1\n"),
    ] {
        let found = summarize(&path.into(), None, Some(text.as_bytes()));
        assert!(
            found.incomplete.is_some() && found.changes.is_empty(),
            "{path}: {found:?}"
        );
    }
    let other = summarize(&"a.txt".into(), None, None);
    assert!(other.incomplete.is_some() && other.ecosystem == "unknown");
}

#[test]
fn long_lists_are_capped_and_said_so() {
    let many: String = (0..2_500)
        .map(|n| format!("m{n}.com/x v1.0.0 h1:a=\n"))
        .collect();
    let found = summarize(&"go.sum".into(), None, Some(many.as_bytes()));
    assert_eq!(found.changes.len(), 2_000);
    assert_eq!(
        found.incomplete.as_deref(),
        Some("500 more changes left out")
    );
}

#[test]
fn deep_nesting_is_refused_not_overflowed() {
    let deep = format!(
        "{{\"dependencies\": {}1{}}}",
        "{\"a\": ".repeat(50_000),
        "}".repeat(50_000)
    );
    assert!(
        summarize(&"package-lock.json".into(), None, Some(deep.as_bytes()))
            .incomplete
            .is_some()
    );
    let arrays = format!("version = {}{}", "[".repeat(50_000), "]".repeat(50_000));
    assert!(
        summarize(&"Cargo.lock".into(), None, Some(arrays.as_bytes()))
            .incomplete
            .is_some()
    );
}

proptest! {
    #[test]
    fn no_parser_panics(format in 0..FORMATS.len(), noise in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = summarize(&FORMATS[format].into(), Some(&noise), Some(&noise));
    }

    #[test]
    fn no_parser_panics_on_what_looks_right(
        format in 0..FORMATS.len(),
        parts in proptest::collection::vec(
            prop_oneof![
                "[ -~é]{0,12}",
                Just("\n  ".to_owned()), Just("\n    ".to_owned()), Just("\n".to_owned()), Just("packages:".to_owned()), Just("\"@é\": ".to_owned()),
                Just("GEM".to_owned()), Just("PODS:".to_owned()), Just("lockfileVersion: 9".to_owned()), Just("resolution: {repo: ".to_owned()),
                Just("\"a\": {:git, \"".to_owned()), Just("[[package]]\nname = \"a\"".to_owned()), Just(" (1.0)".to_owned()), Just("- ".to_owned()),
            ],
            0..20,
        ),
    ) {
        let text = parts.concat();
        let found = summarize(&FORMATS[format].into(), None, Some(text.as_bytes()));
        prop_assert!(found.changes.len() <= 2_000);
    }
}
