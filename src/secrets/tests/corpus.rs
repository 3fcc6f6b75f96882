//! Usual shapes of secrets and what only looks like one, each with values drawn anew.
//!
//! The shapes stand in `shapes.txt` and `look_alikes.txt` as templates: their values are put
//! together here, so that no scanner takes this repository for a leak.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::*;
use crate::offline::{self, OfflineInput};

const SHAPES: &str = include_str!("shapes.txt");
const LOOK_ALIKES: &str = include_str!("look_alikes.txt");

/// How often each shape is drawn.
const ROUNDS: u64 = 12;

/// A shape with drawn values.
struct Case {
    kind: String,
    path: String,
    text: String,
    /// What must not be left in the masked text.
    secrets: Vec<String>,
}

/// What became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Nothing,
    Folded,
    Confirmed,
}

/// Draws the same values each time: a test that fails has to fail again.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 40).unwrap()
    }

    /// `n36`: an alphabet and a length.
    fn draw(&mut self, what: &str) -> String {
        let (alphabet, length) = what.split_at(1);
        let alphabet: &[u8] = match alphabet {
            "h" => b"0123456789abcdef",
            "n" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            "u" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
            "l" => b"abcdefghijklmnopqrstuvwxyz0123456789",
            "b" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
            "w" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
            "d" => b"123456789",
            "t" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
            "p" => b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789!#%*+-_",
            "0" => return String::new(),
            // a number of a person's or a program's account, as Discord writes it
            "s" => return URL_SAFE_NO_PAD.encode(self.draw(&format!("d{length}"))),
            _ => panic!("{what}"),
        };
        let length: usize = length.parse().unwrap();
        (0..length)
            .map(|_| char::from(alphabet[self.next() % alphabet.len()]))
            .collect()
    }

    /// The template with every `~n36~` drawn; `~~` is a tilde.
    fn fill(&mut self, template: &str) -> String {
        let mut text = String::new();
        for (at, part) in template.split('~').enumerate() {
            match (at % 2 == 1, part) {
                (false, part) => text.push_str(part),
                (true, "") => text.push('~'),
                (true, what) => text.push_str(&self.draw(what)),
            }
        }
        text
    }

    /// A marked value: drawn, and encoded when it says so.
    fn marked(&mut self, template: &str) -> String {
        match template.split_once('|') {
            Some(("64", rest)) => STANDARD.encode(self.fill(rest)),
            Some(("64:ci:", rest)) => STANDARD.encode(format!("ci:{}", self.fill(rest))),
            Some(("64:admin:", rest)) => STANDARD.encode(format!("admin:{}", self.fill(rest))),
            Some(("hex", rest)) => {
                let plain = self.fill(rest);
                plain.bytes().map(|byte| format!("{byte:02x}")).collect()
            }
            Some(("jwt", rest)) => {
                let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
                let body = URL_SAFE_NO_PAD.encode(rest);
                format!("{head}.{body}.{}", self.draw("w43"))
            }
            _ => self.fill(template),
        }
    }

    fn case(&mut self, head: &str, body: &str) -> Case {
        let (kind, path) = head.split_once(" | ").unwrap();
        let mut text = String::new();
        let mut secrets = Vec::new();
        let mut rest = body;
        // `‹...›` is encoded like `«...»`, and no secret
        while let Some(open) = rest.find(['«', '‹']) {
            text.push_str(&self.fill(&rest[..open]));
            let is_secret = rest[open..].starts_with('«');
            let inner = rest[open..].split_once(['«', '‹']).unwrap().1;
            let (template, after) = inner.split_once(['»', '›']).unwrap();
            let value = self.marked(template);
            text.push_str(&value);
            if is_secret {
                secrets.push(value);
            }
            rest = after;
        }
        text.push_str(&self.fill(rest));
        Case {
            kind: kind.to_owned(),
            path: path.to_owned(),
            text,
            secrets,
        }
    }
}

fn cases(templates: &str, round: u64) -> Vec<Case> {
    let mut dice = Dice(round * 7919 + 17);
    let blocks = templates.split("\n== ").skip(1);
    blocks
        .map(|block| {
            let (head, body) = block.split_once('\n').unwrap();
            dice.case(head, body)
        })
        .collect()
}

/// What the embedded reviewer says of a file that a change adds, and the file masked.
fn told(case: &Case) -> (Told, String) {
    let marked: Vec<String> = case.text.lines().map(|line| format!("+{line}")).collect();
    let mut change = change(vec![file(&case.path, &marked.join("\n"), true)]);
    let mut masker = Masker::new(detector());
    masker.change(&mut change).unwrap();
    let replies = offline::review(&OfflineInput {
        change: &change,
        context: &Context::default(),
        secrets: masker.hits(),
        structure: false,
        clock: crate::sys::clock::thread_time,
    });
    let proposals = replies.values().flat_map(|reply| &reply.proposals);
    let best = proposals
        .filter(|proposal| proposal.category == "CWE-798")
        .map(|proposal| proposal.confidence)
        .max();
    let told = match best {
        None => Told::Nothing,
        Some(75..) => Told::Confirmed,
        Some(_) => Told::Folded,
    };
    (told, everything(&change))
}

/// One line a kind: how often it was confirmed, folded, not told.
fn table(results: &std::collections::BTreeMap<String, [u32; 3]>) -> String {
    let mut table = String::from("confirmed folded nothing  kind\n");
    for (kind, [nothing, folded, confirmed]) in results {
        table.push_str(&format!(
            "{confirmed:>9} {folded:>6} {nothing:>7}  {kind}\n"
        ));
    }
    table
}

#[test]
fn usual_shapes_are_confirmed_and_masked() {
    let mut missed = std::collections::BTreeMap::new();
    let mut left = Vec::new();
    let (mut confirmed, mut all) = (0_u32, 0_u32);
    for round in 0..ROUNDS {
        for case in cases(SHAPES, round) {
            let (told, masked) = told(&case);
            all += 1;
            confirmed += u32::from(told == Told::Confirmed);
            missed
                .entry(format!("{} ({})", case.kind, case.path))
                .or_insert([0; 3])[told as usize] += 1;
            for secret in case.secrets.iter().flat_map(|secret| secret.lines()) {
                if masked.contains(secret) {
                    left.push(format!("{}: {secret} in\n{}", case.kind, case.text));
                }
            }
        }
    }
    assert!(missed.len() >= 90, "{} kinds", missed.len());
    missed.retain(|_, told| told[0] + told[1] > 0);
    assert!(
        confirmed * 100 >= all * 97,
        "{confirmed} of {all} confirmed\n{}",
        table(&missed)
    );
    assert!(left.is_empty(), "{} left:\n{}", left.len(), left.join("\n"));
}

#[test]
fn look_alikes_are_not_confirmed() {
    let mut wrong = std::collections::BTreeMap::new();
    let mut kinds = std::collections::BTreeSet::new();
    for round in 0..ROUNDS {
        for case in cases(LOOK_ALIKES, round) {
            let (told, masked) = told(&case);
            kinds.insert(case.kind.clone());
            if told == Told::Confirmed {
                let marked = masked.lines().find(|line| line.contains("[redacted:"));
                let shown = marked.unwrap_or_default().trim();
                let kind = format!("{} ({}): {shown}", case.kind, case.path);
                wrong.entry(kind).or_insert([0; 3])[told as usize] += 1;
            }
        }
    }
    assert!(kinds.len() >= 90, "{} kinds", kinds.len());
    assert!(wrong.is_empty(), "{}", table(&wrong));
}
