#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod corpus;

use proptest::prelude::*;

use super::*;
use crate::model::samples::{self, change};
use crate::model::*;

/// Put together at run time, so that no scanner takes this file for a leak.
fn token(prefix: &str, body: &str) -> String {
    format!("{prefix}{body}")
}

fn github() -> String {
    token("ghp_", "k3J9sLq8Zr2Tn6VwXy7Bd4Fh1Gm5Pc0AeUiO")
}

fn detector() -> &'static Detector {
    static DETECTOR: std::sync::LazyLock<Detector> =
        std::sync::LazyLock::new(|| Detector::new().unwrap());
    &DETECTOR
}

/// Every text of a change, bytes as text.
fn everything(change: &Change) -> String {
    let mut all = format!(
        "{:?} {:?} {:?}",
        change.target, change.commits, change.notes
    );
    for file in &change.files {
        for text in [&file.new_text, &file.old_text].into_iter().flatten() {
            all.push_str(&String::from_utf8_lossy(text));
        }
        for hunk in &file.hunks {
            all.push_str(&hunk.section);
            hunk.lines
                .iter()
                .for_each(|line| all.push_str(&format!("\n{}", line.to_text())));
        }
    }
    all
}

fn found(text: &str) -> Vec<(&'static str, String)> {
    let spans = detector().scan(text.as_bytes()).unwrap();
    spans
        .into_iter()
        .map(|span| (span.rule, text[span.range].to_owned()))
        .collect()
}

/// A file whose lines are marked `+`, `-` or ` `, as one hunk from line 1.
fn file(path: &str, marked: &str, whole: bool) -> FileChange {
    let (mut old, mut new) = (0, 0);
    let (mut old_text, mut new_text) = (Vec::new(), Vec::new());
    let mut lines = Vec::new();
    for text in marked.split('\n') {
        let (mark, rest) = text.split_at(1);
        let kind = match mark {
            "+" => LineKind::Added,
            "-" => LineKind::Removed,
            _ => LineKind::Context,
        };
        old += u32::from(kind != LineKind::Added);
        new += u32::from(kind != LineKind::Removed);
        if kind != LineKind::Added {
            old_text.extend_from_slice(format!("{rest}\n").as_bytes());
        }
        if kind != LineKind::Removed {
            new_text.extend_from_slice(format!("{rest}\n").as_bytes());
        }
        let (old_number, new_number) = (
            (kind != LineKind::Added).then_some(old),
            (kind != LineKind::Removed).then_some(new),
        );
        lines.push(Line {
            kind,
            old_number,
            new_number,
            text: rest.as_bytes().to_vec(),
            no_newline: false,
        });
    }
    let section = String::new();
    let hunk = Hunk {
        id: HunkId(1),
        old_start: 1,
        old_count: old,
        new_start: 1,
        new_count: new,
        section,
        lines,
    };
    let (new_text, old_text) = (whole.then_some(new_text), whole.then_some(old_text));
    FileChange {
        language: Language::Other,
        hunks: vec![hunk],
        new_text,
        old_text,
        ..samples::file(path)
    }
}

fn lines(file: &FileChange) -> Vec<String> {
    file.hunks
        .iter()
        .flat_map(|hunk| &hunk.lines)
        .map(Line::to_text)
        .collect()
}

#[test]
fn every_rule_compiles_and_is_named_well() {
    let mut names = std::collections::BTreeSet::new();
    for rule in rules::all() {
        assert!(names.insert(rule.name), "{} stands twice", rule.name);
        assert!(
            rule.name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{}",
            rule.name
        );
        let built = regex::bytes::RegexBuilder::new(&rule.expression())
            .unicode(false)
            .build();
        assert!(built.is_ok(), "{}: {:?}", rule.name, built.err());
    }
}

#[test]
fn vendors_tokens_are_found_whole() {
    let hex = "9d2e4f61c0b8a7735e1f6a94c3d8b207";
    let cases = [
        ("github-token", github()),
        ("aws-access-key-id", token("AKIA", "Q3EGRVTWZKHNM7PL")),
        ("gitlab-token", token("glpat-", "x8Rk2Lq9Tz4Wv6Yb1NcD")),
        ("stripe-key", token("sk_live_", "51Hq8Zr2Tn6VwXy7Bd4Fh1Gm5")),
        (
            "google-api-key",
            token("AIza", "SyB8k3J9sLq8Zr2Tn6VwXy7Bd4Fh1Gm5PcQ"),
        ),
        (
            "npm-token",
            token("npm_", "k3J9sLq8Zr2Tn6VwXy7Bd4Fh1Gm5Pc0AeUiO"),
        ),
        (
            "sendgrid-key",
            token(
                "SG.",
                "k3J9sLq8Zr2Tn6VwXy7Bd4.Fh1Gm5Pc0AeUiOk3J9sLq8Zr2Tn6VwXy7Bd4Fh1Gm5P",
            ),
        ),
        (
            "slack-token",
            token(
                "xoxb-",
                "781236542736-2364535789652-GkwFDQoHqzXDVsC6GzqYUypD",
            ),
        ),
        ("twilio-key", token("SK", hex)),
        (
            "telegram-bot-token",
            token("4839574812:", "AAFD39kkdpWt3ywyRZergyOLMaJhac60qcK"),
        ),
        ("databricks-token", token("dapi", hex)),
        ("shopify-token", token("shpat_", hex)),
        (
            "hugging-face-token",
            token("hf_", "jCBaQngSHiHDRYOcsMcifUcysGyaiybUWz"),
        ),
        (
            "linear-key",
            token("lin_api_", "k3J9sLq8Zr2Tn6VwXy7Bd4Fh1Gm5Pc0AeUiOk3J9"),
        ),
        (
            "json-web-token",
            token(
                "eyJ",
                "hbGciOiJIUzI1NiJ9.eyJzdWIiOiI3NzMifQ.kvRPfjAhLhtRTczoRgctVGp7KY1QVH3U",
            ),
        ),
    ];
    for (rule, secret) in cases {
        assert_eq!(
            found(&format!("+NAME={secret}\r\n")),
            vec![(rule, secret.clone())],
            "{rule}"
        );
        assert_eq!(
            found(&format!("call(\"{secret}\")")),
            vec![(rule, secret.clone())],
            "{rule}"
        );
    }
}

#[test]
fn names_tell_secrets_without_a_shape() {
    let value = "q8Zr2Tn6VwXy7Bd4Fh1G";
    for text in [
        format!("api_key = \"{value}\""),
        format!("  \"clientSecret\": \"{value}\","),
        format!("export SERVICE_TOKEN={value}"),
        format!("let auth_key: &str = \"{value}\";"),
        format!("<apiKey>{value}</apiKey>"),
        format!("config.set('access_key', '{value}')"),
    ] {
        assert_eq!(
            found(&text),
            vec![("secret-value", value.to_owned())],
            "{text}"
        );
    }
    assert_eq!(
        found("password = 'Tr0ub4dor&3'"),
        vec![("password", "Tr0ub4dor&3".to_owned())]
    );
    assert_eq!(
        found("url = \"postgres://app:S3nk9vQw@db.internal/x\""),
        vec![("url-password", "S3nk9vQw".to_owned())]
    );
}

#[test]
fn stand_ins_lookups_and_hashes_are_left() {
    for text in [
        "password = \"changeme\"",
        "token = os.environ[\"API_TOKEN_2\"]",
        "secret = \"${SECRET_FROM_VAULT_1}\"",
        "api_key: <your-api-key-here-123>",
        "token = \"xxxxxxxxxxxxxxxxxxxxxxxx\"",
        "github_token = ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "password_hash = \"9d2e4f61c0b8a7735e1f6a94c3d8b207\"",
        "\"integrity\": \"sha512-q8Zr2Tn6VwXy7Bd4Fh1Gq8Zr2Tn6VwXy7Bd4Fh1G==\"",
        "next_page_token = \"q8Zr2Tn6VwXy7Bd4Fh1G\"",
        "let token = getTokenV2(request)",
        "uuid = \"3f2504e0-4f89-11d3-9a0c-0305e82c3301\"",
        "postgres://postgres:postgres@localhost:5432/app",
        "mysql://user:${DB_PASSWORD}@host/db",
        "password = \"[redacted:password:1]\"",
        "commit 9d2e4f61c0b8a7735e1f6a94c3d8b2079d2e4f61",
        "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ3EGRVTWZKHNM7PLk3J9sLq8Zr2Tn6Vw\n-----END CERTIFICATE-----",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "PrivateKey::from_pem(\n    b\"-----BEGIN PRIVATE KEY-----\\nQQ==\\n-----END PRIVATE KEY-----\\n\",",
    ] {
        assert_eq!(found(text), vec![], "{text}");
    }
}

#[test]
fn a_documentation_key_is_masked_and_unsure() {
    let text = token("AKIA", "IOSFODNN7EXAMPLE");
    let spans = detector().scan(text.as_bytes()).unwrap();
    assert_eq!(
        spans
            .iter()
            .map(|s| (s.rule, s.confidence))
            .collect::<Vec<_>>(),
        vec![("aws-access-key-id", 25)]
    );
}

const KEY_LINES: [&str; 3] = [
    "MIIEpAIBAAKCAQEAk3J9sLq8Zr2Tn6VwXy7Bd4Fh1Gm5Pc0AeUiOq8Zr2Tn6VwXy",
    "7Bd4Fh1Gm5Pc0AeUiOk3J9sLq8Zr2Tn6VwXy7Bd4Fh1Gm5Pc0AeUiOq8Zr2Tn6Vw",
    "Xy7Bd4Fh1G==",
];

#[test]
fn a_key_over_lines_keeps_its_lines_and_has_one_number() {
    let [a, b, c] = KEY_LINES;
    for whole in [true, false] {
        let marked = format!(
            "+key = \"\"\"-----BEGIN RSA PRIVATE KEY-----\r\n+  {a}\r\n+{b}\n+{c}\n+-----END RSA PRIVATE KEY-----"
        );
        let mut change = change(vec![file("a.py", &marked, whole)]);
        let mut masker = Masker::new(detector());
        masker.change(&mut change).unwrap();
        let mark = "[redacted:private-key:1]";
        let expected = vec![
            "key = \"\"\"-----BEGIN RSA PRIVATE KEY-----\r".to_owned(),
            format!("  {mark}\r"),
            mark.to_owned(),
            mark.to_owned(),
            "-----END RSA PRIVATE KEY-----".to_owned(),
        ];
        assert_eq!(lines(&change.files[0]), expected, "whole text: {whole}");
        let places: Vec<_> = masker
            .hits()
            .iter()
            .map(|hit| (hit.line, hit.number, hit.added))
            .collect();
        assert_eq!(places, vec![(2, 1, true)]);
        assert_eq!(masker.count(), 1);
    }
}

#[test]
fn a_key_on_one_line_or_cut_off_is_masked() {
    let [a, b, c] = KEY_LINES;
    let one_line =
        format!("K=\"-----BEGIN PRIVATE KEY-----\\n{a}\\n{b}\\n-----END PRIVATE KEY-----\\n\"");
    let masked = |text: &str| Masker::new(detector()).text(text).unwrap();
    assert!(
        !masked(&one_line).contains(&a[10..30]),
        "{}",
        masked(&one_line)
    );
    let head = masked(&format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{a}\n{b}\n"));
    assert!(!head.contains(&b[10..30]), "{head}");
    let tail = masked(&format!(
        "{a}\n{b}\n{c}\n-----END EC PRIVATE KEY-----\nmore text here\n"
    ));
    assert!(
        !tail.contains(&a[10..30]) && !tail.contains(c) && tail.ends_with("\nmore text here\n"),
        "{tail}"
    );
}

#[test]
fn a_value_is_masked_wherever_it_stands_and_numbers_stay() {
    let secret = github();
    let mut change = change(vec![
        file("a.env", &format!("+T={secret}\n-S=q"), true),
        file("b.txt", &format!(" see {secret}!\n+x"), false),
    ]);
    change.target.subject = format!("use {secret}");
    change.target.branch = Some(format!("try-{secret}"));
    change.notes = vec![secret.clone()];
    change.files[1].hunks[0].section = format!("fn {secret}()");
    change.commits = vec![CommitInfo {
        id: ObjectId::parse(&"a".repeat(40)).unwrap(),
        parents: 1,
        author: "A".into(),
        time: 0,
        message: format!("use it\n\n{secret}"),
    }];
    let mut masker = Masker::new(detector());
    masker.change(&mut change).unwrap();
    let shown = everything(&change);
    assert!(!shown.contains(&secret), "{shown}");
    assert_eq!(
        shown.matches("[redacted:github-token:1]").count(),
        8,
        "{shown}"
    );
    assert_eq!(
        masker.text(&format!("again {secret}")).unwrap(),
        "again [redacted:github-token:1]"
    );
    let hits: Vec<_> = masker
        .hits()
        .iter()
        .map(|h| (h.path.to_text(), h.line, h.added, h.on_removed))
        .collect();
    assert_eq!(
        hits,
        vec![
            ("a.env".into(), 1, true, false),
            ("b.txt".into(), 1, false, false),
            ("commit message of aaaaaaa".into(), 3, true, false),
        ]
    );
    assert_eq!(masker.count(), 1);
    assert!(!format!("{:?}", masker.hits()).contains(&secret));
}

#[test]
fn a_removed_secret_is_told_from_a_moved_one() {
    let secret = github();
    let mut change = change(vec![
        file("gone", &format!("-T={secret}\n+T=env"), true),
        file("moved", &format!("-old={secret}\n+new={secret}"), true),
    ]);
    let mut masker = Masker::new(detector());
    masker.change(&mut change).unwrap();
    let hits: Vec<_> = masker
        .hits()
        .iter()
        .map(|h| (h.path.to_text(), h.line, h.on_removed, h.added))
        .collect();
    assert_eq!(
        hits,
        vec![
            ("gone".into(), 1, true, false),
            ("moved".into(), 1, false, true)
        ]
    );
    assert_eq!(masker.hits()[0].masked_line, "T=[redacted:github-token:1]");
}

#[test]
fn hunks_that_differ_from_the_whole_text_are_scanned_themselves() {
    let secret = github();
    let mut one = file("a", &format!("+T={secret}"), true);
    one.new_text = Some(b"something else\n".to_vec());
    let mut change = change(vec![one]);
    Masker::new(detector()).change(&mut change).unwrap();
    assert_eq!(lines(&change.files[0]), vec!["T=[redacted:github-token:1]"]);
}

#[test]
fn a_short_word_found_once_is_not_masked_everywhere() {
    let mut change = change(vec![file(
        "a",
        "+db://app:sunflower@host\n+the sunflower field",
        true,
    )]);
    Masker::new(detector()).change(&mut change).unwrap();
    assert_eq!(lines(&change.files[0])[1], "the sunflower field");
}

#[test]
fn hostile_text_takes_time_in_proportion() {
    let keys = "-----BEGIN RSA PRIVATE KEY----------END RSA PRIVATE KEY-----";
    let text = "token=\"".repeat(40_000) + &keys.repeat(20_000);
    let started = std::time::Instant::now();
    detector().scan(text.as_bytes()).unwrap();
    assert!(started.elapsed().as_secs() < 300, "{:?}", started.elapsed());
}

/// A token of each of several shapes, with a random body.
fn planted() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9]{36}".prop_map(|body| token("ghp_", &body)),
        "[a-f0-9]{64}".prop_map(|body| token("dop_v1_", &body)),
        "[A-Za-z0-9]{36}".prop_map(|body| token("npm_", &body)),
        "[A-Za-z0-9]{40}".prop_map(|body| token("sk_live_", &body)),
    ]
}

fn plain() -> impl Strategy<Value = String> {
    "[ -~]{0,40}"
}

proptest! {
    #[test]
    fn no_planted_secret_is_left(secret in planted(), before in plain(), after in plain(), whole in any::<bool>()) {
        let text = format!(" {before}\n+key: {secret}\n {after} {secret}\n-{secret}");
        let mut change = change(vec![file("a", &text, whole), file("b", &format!(" {secret}"), whole)]);
        let mut masker = Masker::new(detector());
        masker.change(&mut change).unwrap();
        prop_assert!(!everything(&change).contains(&secret), "{}", everything(&change));
        let hits = format!("{:?}", masker.hits());
        prop_assert!(!hits.contains(&secret));
    }

    #[test]
    fn line_counts_stay(text in "[ -~\r\n]{0,300}", secret in planted()) {
        let [a, b, c] = KEY_LINES;
        let text = format!("{text}\n-----BEGIN PRIVATE KEY-----\n{a}\n{text}\n{b}\n{c}\n-----END PRIVATE KEY-----\n{secret}{text}");
        let masked = Masker::new(detector()).text(&text).unwrap();
        prop_assert_eq!(masked.matches('\n').count(), text.matches('\n').count());
    }

    #[test]
    fn arbitrary_bytes_never_panic(noise in proptest::collection::vec(any::<u8>(), 0..400), at in 0usize..400) {
        let mut text = noise.clone();
        let at = at.min(text.len());
        for part in ["-----BEGIN RSA PRIVATE KEY-----", "password='", "x://y:", "token: \"", "-----END PRIVATE KEY-----"] {
            text.splice(at..at, part.bytes());
            let spans = detector().scan(&text).unwrap();
            let mut end = 0;
            for span in spans {
                prop_assert!(span.range.start >= end && span.range.start < span.range.end && span.range.end <= text.len());
                end = span.range.end;
            }
        }
    }

    #[test]
    fn masking_twice_changes_nothing(secret in planted(), rest in plain()) {
        let once = Masker::new(detector()).text(&format!("password = \"{secret}\" {rest}")).unwrap();
        let twice = Masker::new(detector()).text(&once).unwrap();
        prop_assert_eq!(once, twice);
    }
}
