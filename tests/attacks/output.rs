//! What an agent says, on its way to a terminal, a web page or another program.

use serde_json::{Value, json};

use crate::attempt::{Attempt, attempt};
use crate::replies::{calm, honest};
use crate::scene::{reply, script};
use crate::support::Sandbox;

const GROUP: &str = "output";

/// Where the words come out.
#[derive(Clone, Copy)]
enum Way {
    Terminal,
    Markdown,
    Json,
    Show,
    Findings,
}

const WAYS: [(&str, Way); 5] = [
    ("the terminal", Way::Terminal),
    ("Markdown", Way::Markdown),
    ("JSON", Way::Json),
    ("`show`", Way::Show),
    ("`findings`", Way::Findings),
];

/// What is put in every text of a finding: its name, the text, and what must not be printed.
const PAYLOADS: [(&str, &str, &[&str]); 7] = [
    (
        "a title for the window",
        "\u{1b}]0;owned\u{7}",
        &["\u{1b}", "\u{7}"],
    ),
    (
        "the clipboard by a C1 code",
        "\u{9d}52;c;b3duZWQ=\u{9c}",
        &["\u{9d}", "\u{9c}"],
    ),
    (
        "text the other way round",
        "\u{202e}drowssap\u{2066}",
        &["\u{202e}", "\u{2066}"],
    ),
    (
        "a line over the line before",
        "\rclean\u{8}\u{8}",
        &["\r", "\u{8}"],
    ),
    (
        "lines of its own",
        "x\nagents: clean\n::error::owned",
        &["\nagents: clean", "\n::error::owned"],
    ),
    (
        "a script",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        &["<script>", "<img src"],
    ),
    (
        "a script behind the end of the code",
        "```\n````\n<script>alert(1)</script>",
        &["<script>"],
    ),
];

/// All attempts.
pub(crate) fn attempts() -> Vec<Attempt> {
    let mut all = Vec::new();
    for (way_name, way) in WAYS {
        for (name, text, forbidden) in PAYLOADS {
            all.push(attempt(
                GROUP,
                format!("{name}, on {way_name}"),
                move || {
                    check(way, text, forbidden);
                },
            ));
        }
    }
    all
}

/// A repository in which the review has found something, described in these words.
fn described(text: &str) -> (Sandbox, String) {
    let place = calm();
    let mut finding = honest();
    for field in ["title", "category", "scenario"] {
        finding[field] = json!(format!("word {text} word"));
    }
    finding["fix"] = json!({"advice": format!("do {text}"), "replacement": format!("x {text}")});
    place.fake_agent(&script(&[(
        "security",
        json!([{"reply": reply(&[finding])}]),
    )]));
    let words = ["run", "HEAD", "--agents", "security", "--format", "json"];
    let report = place.agents(&words).exits(1).json();
    let id = report["findings"][0]["id"].as_str().unwrap().to_owned();
    (place, id)
}

fn check(way: Way, text: &str, forbidden: &[&str]) {
    let (place, id) = described(text);
    let words: &[&str] = match way {
        Way::Terminal => &["report", "HEAD", "--format", "terminal"],
        Way::Markdown => &["report", "HEAD", "--format", "markdown"],
        Way::Json => &["report", "HEAD", "--format", "json"],
        Way::Show => &["show", &id],
        Way::Findings => &["findings"],
    };
    let ran = place.agents(words);
    assert!(ran.code < 2 && ran.out.contains("word"), "{ran:?}");
    let said = match way {
        Way::Markdown => outside_code(&ran.out),
        // a program that reads JSON has the text as it is
        Way::Json => {
            let _: Value = ran.json();
            ran.out.replace(|c: char| c > '\u{7f}', "")
        }
        Way::Terminal | Way::Show | Way::Findings => ran.out.clone(),
    };
    let tags_are_words = !matches!(way, Way::Markdown);
    for bytes in forbidden {
        let harmless = tags_are_words && bytes.starts_with('<');
        assert!(harmless || !said.contains(bytes), "{bytes:?} in {said}");
    }
    // whatever the way, no control character but a line feed and a tab
    let control = |c: char| c.is_control() && c != '\n' && c != '\t';
    assert!(!ran.out.contains(control), "{:?}", ran.out);
}

/// Markdown without its blocks of code, by the rule for fences: one ends at a line of at least as
/// many back quotes and nothing else.
fn outside_code(text: &str) -> String {
    let (mut fence, mut kept) = (0, String::new());
    for line in text.lines() {
        let ticks = line.bytes().take_while(|byte| *byte == b'`').count();
        if fence == 0 && ticks >= 3 {
            fence = ticks;
        } else if fence > 0 && ticks >= fence && line.len() == ticks {
            fence = 0;
        } else if fence == 0 {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}
