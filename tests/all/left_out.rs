//! What reviewers are spared is searched for secrets all the same, and names are masked.

use serde_json::Value;

use crate::support::{Ran, Sandbox};

/// A token of the usual shape, put together so that it stands nowhere in this repository.
fn token() -> String {
    ["ghp_", "NqVwYS81VP7Hb1DX8pPd5khxE3pyIgKpaUnA"].concat()
}

/// Commits these files and reviews the commit.
fn reviewed(place: &Sandbox, files: &[(&str, Vec<u8>)]) -> Ran {
    for (path, text) in files {
        place.write(path, text);
    }
    place.git(&["add", "-A", "-f"]).exits(0);
    place.git(&["commit", "-qm", "work"]).exits(0);
    let ran = place.agents(&["run", "--format", "json"]);
    assert!(
        !ran.out.contains(&token()) && !ran.err.contains(&token()),
        "the token is printed: {}{}",
        ran.out,
        ran.err
    );
    ran
}

/// The file and line of the one confirmed token.
fn place_of_token(report: &Value) -> (String, u64) {
    let found: Vec<&Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["category"] == "CWE-798" && f["tier"] == "confirmed")
        .collect();
    assert_eq!(found.len(), 1, "{report:#}");
    assert!(
        found[0]["quote"].as_str().unwrap().contains("[redacted:"),
        "{report:#}"
    );
    (
        found[0]["file"].as_str().unwrap().to_owned(),
        found[0]["line_start"].as_u64().unwrap(),
    )
}

fn utf16(text: &str, mark: bool, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let marks: &[u16] = if mark { &[0xfeff] } else { &[] };
    let units = marks.iter().copied().chain(text.encode_utf16());
    units.flat_map(bytes).collect()
}

#[test]
fn a_secret_is_found_in_every_text_that_reviewers_are_spared() {
    let line = format!("token = \"{}\"\n", token());
    let second = format!("# first\n{line}");
    let lock = format!(
        "{{\"lockfileVersion\":3,\"packages\":{{\n\"node_modules/x\":{{\"resolved\":\"git+https://bot:{}@github.com/acme/x.git\"}}}}}}\n",
        token()
    );
    let long = format!("# {}\n{line}", "0".repeat(6_000));
    let with_nul = format!("# a\0b\n{line}");
    let big = format!(
        "{}{line}",
        "# filler, as it is in data files\n".repeat(100_000)
    );
    let minified = format!("{};var t=\"{}\";\n", "var a=1".repeat(2_000), token());
    let cases: Vec<(&str, Vec<u8>, u64)> = vec![
        ("src/signed.py", format!("# @generated\n{line}").into(), 2),
        ("vendor/own.py", second.clone().into(), 2),
        ("third_party/a/b.c", line.clone().into(), 1),
        ("web/a.min.js", line.clone().into(), 1),
        ("web/packed.js", minified.into(), 1),
        ("src/long.py", long.into(), 2),
        ("package-lock.json", lock.into(), 2),
        ("src/nul.py", with_nul.into(), 2),
        ("data/big.txt", big.into(), 100_001),
        ("a.ps1", utf16(&second, true, u16::to_le_bytes), 2),
        ("b.ps1", utf16(&second, true, u16::to_be_bytes), 2),
        ("c.ps1", utf16(&second, false, u16::to_le_bytes), 2),
        ("d.ps1", utf16(&second, false, u16::to_be_bytes), 2),
    ];
    for (path, text, line) in cases {
        let place = Sandbox::with_commit();
        let report = reviewed(&place, &[(path, text)]).exits(1).json();
        assert_eq!(place_of_token(&report), (path.to_owned(), line), "{path}");
    }
}

#[test]
fn a_secret_is_found_in_what_the_project_excludes() {
    for (name, rule) in [
        (".gitagents.toml", "exclude = [\"**\"]\n"),
        (".gitattributes", "* linguist-generated\n"),
        (".gitattributes", "* -diff\n"),
        (".gitattributes", "* linguist-vendored\n"),
    ] {
        let place = Sandbox::with_commit();
        place.write(name, rule);
        place.commit("rule");
        let text = format!("token = \"{}\"\n", token());
        let report = reviewed(&place, &[("a.py", text.into())]).exits(1).json();
        assert_eq!(place_of_token(&report), ("a.py".to_owned(), 1), "{rule}");
    }
}

#[test]
fn a_secret_that_stood_there_before_is_not_this_changes() {
    let place = Sandbox::with_commit();
    let text = format!("token = \"{}\"\n", token());
    reviewed(&place, &[("vendor/own.py", text.clone().into())]).exits(1);
    let more = format!("# a line above\n{text}");
    let report = reviewed(&place, &[("vendor/own.py", more.into())]).json();
    let fresh = |f: &&Value| f["category"] == "CWE-798" && f["introduced"] == true;
    let findings = report["findings"].as_array().unwrap();
    let open: Vec<&Value> = findings.iter().filter(fresh).collect();
    assert!(open.is_empty(), "{report:#}");
}

#[test]
fn words_of_other_peoples_code_are_no_secrets() {
    let place = Sandbox::with_commit();
    let text = "password = \"change-me-please\"\napi_key = os.environ[\"KEY\"]\n";
    let files = [
        ("vendor/x.py", text.as_bytes().to_vec()),
        (
            "tool.bin",
            [b"\0\0password=\0admin\0".as_slice(), text.as_bytes()].concat(),
        ),
    ];
    let report = reviewed(&place, &files).json();
    assert_eq!(report["findings"], serde_json::json!([]), "{report:#}");
}

#[test]
fn a_secret_in_a_name_is_found_and_masked_everywhere() {
    let place = Sandbox::with_commit();
    let branch = format!("try-{}", token());
    place.git(&["switch", "-q", "-c", &branch]).exits(0);
    let path = format!("src/dump-{}.txt", token());
    let report = reviewed(&place, &[(&path, b"x\n".to_vec())])
        .exits(1)
        .json();
    let (file, line) = place_of_token(&report);
    assert!(
        file.starts_with("src/dump-[redacted:") && line == 0,
        "{file}:{line}"
    );
    let prompt = place.agents(&["prompt", "--agent", "security"]);
    assert!(
        !prompt.out.contains(&token()) && prompt.out.contains("dump-[redacted:"),
        "{}",
        prompt.out
    );
    // moving it on keeps the same secret, which is not new
    let next = format!("src/moved-{}.txt", token());
    place.git(&["mv", &path, &next]).exits(0);
    place.commit("move");
    let report = place.agents(&["run", "--format", "json"]).exits(0).json();
    assert_eq!(report["findings"], serde_json::json!([]), "{report:#}");
}

#[test]
fn the_lines_of_a_copy_are_new() {
    let place = Sandbox::with_commit();
    let lines: String = (0..20)
        .map(|n| format!("def f{n}(cur, name):\n    return cur.execute('select {n} from t where n = %s' % name)\n"))
        .collect();
    place.write("db.py", &lines);
    place.commit("one");
    place.write("admin.py", &lines);
    place.write("db.py", format!("{lines}x = 1\n"));
    place.commit("admin pages");
    let prompt = place.agents(&["prompt", "--agent", "security"]).exits(0);
    assert!(prompt.out.contains("select 7 from"), "{}", prompt.out);
    let report = place.agents(&["run", "--format", "json"]).exits(1).json();
    let found = report["findings"].as_array().unwrap();
    assert!(
        found
            .iter()
            .any(|f| f["file"] == "admin.py" && f["introduced"] == true),
        "{report:#}"
    );
}

#[test]
fn a_push_is_held_by_a_secret_in_what_is_excluded() {
    let place = Sandbox::hooked();
    place.config("agents.gate", "high");
    let remote = place.root().join("remote").display().to_string();
    place.git(&["init", "-q", "--bare", &remote]).exits(0);
    place.git(&["remote", "add", "origin", &remote]).exits(0);
    place.write(".gitagents.toml", "exclude = [\"**\"]\n");
    place.commit_hooked("exclude");
    place.write("vendor/a.py", format!("token = \"{}\"\n", token()));
    place.commit_hooked("work");
    place.quiet();
    let ran = place.git(&["push", "-q", "origin", "main"]).exits(1);
    assert!(ran.err.contains("push held"), "{}", ran.err);
}

#[test]
fn one_long_line_hides_no_source_file_from_its_reviewers() {
    let place = Sandbox::with_commit();
    let hole = "def f(cur, name):\n    cur.execute(\"select * from t where n = '%s'\" % name)\n";
    let text = format!("{hole}# {}\n", "0".repeat(6_000));
    let report = reviewed(&place, &[("src/db.py", text.into())])
        .exits(1)
        .json();
    assert_eq!(report["findings"][0]["category"], "CWE-89", "{report:#}");
    assert_eq!(report["coverage"]["skipped"], serde_json::json!([]));
    let prompt = place.agents(&["prompt", "--agent", "security"]).exits(0);
    assert!(
        prompt.out.contains("more bytes of this line are not shown")
            && !prompt.out.contains(&"0".repeat(5_000)),
        "the long line is not cut"
    );
}

#[test]
fn own_code_that_moves_to_an_excluded_place_is_read_and_told() {
    let hole = "def f(cur, name):\n    cur.execute(\"select * from t where n = '%s'\" % name)\n";
    let lines: String = (0..40).map(|n| format!("a{n} = {n}\n")).collect();
    for new in ["third_party/db.py", "vendor/db.py", "src/db.min.js"] {
        let place = Sandbox::with_commit();
        place.write("src/db.py", &lines);
        place.commit("one");
        std::fs::create_dir_all(place.repo.join(new).parent().unwrap()).unwrap();
        place.git(&["mv", "src/db.py", new]).exits(0);
        let text = format!("{lines}{hole}");
        let report = reviewed(&place, &[(new, text.into())]).json();
        assert_eq!(report["coverage"]["files"], 1, "{report:#}");
        let note = report["notes"].to_string();
        assert!(
            note.contains("moved to where later reviews do not look") && note.contains(new),
            "{note}"
        );
    }
}

#[test]
fn the_first_lines_say_how_much_was_left_out_and_by_which_rule() {
    let place = Sandbox::with_commit();
    place.write(".gitagents.toml", "exclude = [\"docs/**\"]\n");
    place.commit("rule");
    place.write("docs/a.py", "a = 1\n");
    place.write("vendor/b.py", "b = 1\n");
    place.write("c.py", "c = 1\n");
    place.commit("work");
    let ran = place.agents(&["run"]).exits(0);
    let words = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "1/1 file read · 2 files left out (1 vendored, 1 excluded by .gitagents.toml or agents.exclude)";
    assert!(words.contains(told), "{}", ran.out);
}
