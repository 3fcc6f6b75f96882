//! Text that does not read as it runs: bidirectional controls, tag characters,
//! invisible characters in names, names of mixed scripts. CVE-2021-42574 and
//! CVE-2021-42694. Arabic, Hebrew and Persian text, emoji and a byte order mark
//! are good text and not reported.

use unicode_security::MixedScript;
use unicode_security::confusable_detection::skeleton;

use super::location::{Fact, Location, added};
use crate::model::{Change, FileChange, Language, Proposal, Severity};
use crate::text::plural::count;

const CATEGORY: &str = "CWE-1007";

/// One proposal for each kind in each file.
pub(super) fn check(change: &Change) -> Vec<Proposal> {
    change.files.iter().flat_map(in_file).collect()
}

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An override, or an embedding or isolate left open at the end of the line.
    Bidirectional,
    /// Tag characters outside a flag.
    Tags,
    /// An invisible character inside a name.
    InvisibleInName,
    /// Cyrillic among Latin letters.
    MixedCyrillic,
    /// Another script among Latin letters.
    MixedOther,
}

const KINDS: [Kind; 5] = [
    Kind::Bidirectional,
    Kind::Tags,
    Kind::InvisibleInName,
    Kind::MixedCyrillic,
    Kind::MixedOther,
];

fn in_file(file: &FileChange) -> Vec<Proposal> {
    let lines: Vec<(&crate::model::Line, Vec<Kind>)> = added(file)
        .filter(|line| !line.text.is_ascii())
        .map(|line| (line, kinds(&line.to_text())))
        .collect();
    let of_kind = |kind: Kind| {
        let mut having = lines.iter().filter(|(_, kinds)| kinds.contains(&kind));
        let (first, _) = having.next()?;
        let fact = fact(kind, having.count(), file.language)?;
        Some(Location::line(&file.path, first).proposal(fact))
    };
    KINDS.into_iter().filter_map(of_kind).collect()
}

/// Every kind that a line shows.
pub(super) fn kinds(line: &str) -> Vec<Kind> {
    let chars: Vec<char> = line.chars().collect();
    let mut kinds = Vec::new();
    if has_bidirectional(&chars) {
        kinds.push(Kind::Bidirectional);
    }
    if has_stray_tags(&chars) {
        kinds.push(Kind::Tags);
    }
    if has_invisible_in_name(&chars) {
        kinds.push(Kind::InvisibleInName);
    }
    let mixed = line
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| is_mixed(word));
    for word in mixed {
        let cyrillic = word.chars().any(|c| ('\u{400}'..='\u{52f}').contains(&c));
        kinds.push(if cyrillic {
            Kind::MixedCyrillic
        } else {
            Kind::MixedOther
        });
    }
    kinds
}

fn has_bidirectional(chars: &[char]) -> bool {
    let (mut embedded, mut isolated) = (0_usize, 0_usize);
    for c in chars {
        match c {
            '\u{202d}' | '\u{202e}' => return true,
            '\u{202a}' | '\u{202b}' => embedded += 1,
            '\u{202c}' => embedded = embedded.saturating_sub(1),
            '\u{2066}'..='\u{2068}' => isolated += 1,
            '\u{2069}' => isolated = isolated.saturating_sub(1),
            _ => {}
        }
    }
    embedded + isolated > 0
}

/// A flag is a black flag, tag letters and digits, and the cancel tag.
fn has_stray_tags(chars: &[char]) -> bool {
    let is_tag = |c: &char| ('\u{e0000}'..='\u{e007f}').contains(c);
    let mut at = 0;
    while at < chars.len() {
        if chars[at] == '\u{1f3f4}' {
            let body = chars[at + 1..]
                .iter()
                .take_while(|c| is_tag(c) && **c != '\u{e007f}')
                .count();
            let flag = (3..=6).contains(&body) && chars.get(at + 1 + body) == Some(&'\u{e007f}');
            at += if flag { body + 2 } else { 1 };
        } else if is_tag(&chars[at]) {
            return true;
        } else {
            at += 1;
        }
    }
    false
}

/// Between two ASCII letters or digits only: joiners have their place in other
/// scripts and in emoji. Fillers that look like nothing count anywhere.
fn has_invisible_in_name(chars: &[char]) -> bool {
    let name = |c: Option<&char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_');
    chars.iter().enumerate().any(|(at, c)| match c {
        '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{180e}' | '\u{34f}' => {
            at > 0 && name(chars.get(at - 1)) && name(chars.get(at + 1))
        }
        '\u{3164}' | '\u{ffa0}' | '\u{115f}' | '\u{1160}' => {
            let quote = |c: Option<&char>| c.is_some_and(|c| matches!(c, '\'' | '"'));
            let literal = at > 0 && quote(chars.get(at - 1)) && quote(chars.get(at + 1));
            !literal
                && !chars.iter().any(|c| {
                    ('\u{1100}'..='\u{11ff}').contains(c) && c != &'\u{115f}' && c != &'\u{1160}'
                        || ('\u{ac00}'..='\u{d7a3}').contains(c)
                })
        }
        _ => false,
    })
}

/// A word of two scripts that reads as if it were ASCII.
fn is_mixed(word: &str) -> bool {
    !word.is_ascii()
        && word.chars().any(|c| c.is_ascii_alphabetic())
        && word.chars().count() >= 3
        && !word.is_single_script()
        && skeleton(word).all(|c| c.is_ascii())
        && !word.chars().any(is_greek_sign)
}

/// Greek letters that stand in formulas; their capitals and the omicron are
/// good for nothing but looking Latin.
fn is_greek_sign(c: char) -> bool {
    ('\u{370}'..='\u{3ff}').contains(&c) && !"ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο".contains(c)
}

fn fact(kind: Kind, more: usize, language: Language) -> Option<Fact> {
    let prose = language == Language::Prose;
    let (title, severity, confidence, scenario) = match kind {
        Kind::Bidirectional => (
            "bidirectional control characters reorder this line on screen",
            if prose { Severity::Low } else { Severity::High },
            if prose { 50 } else { 100 },
            "A reader sees another order of code, comment and string than the compiler does, so a check can look live while it is inside a comment (CVE-2021-42574).",
        ),
        Kind::Tags => (
            "invisible tag characters hide text in this line",
            Severity::High,
            100,
            "The characters show as nothing, yet a program or a language model reads them as letters: hidden instructions or data.",
        ),
        Kind::InvisibleInName if prose => return None,
        Kind::InvisibleInName => (
            "invisible character inside a name",
            Severity::Medium,
            75,
            "Two names that look the same are different, so a call or comparison goes where no reader expects it.",
        ),
        Kind::MixedCyrillic if prose => return None,
        Kind::MixedCyrillic => (
            "name mixes Latin and Cyrillic letters that look alike",
            Severity::Medium,
            75,
            "The name reads like an ASCII one and is another, so a look-alike function, key or host can be used unseen (CVE-2021-42694).",
        ),
        Kind::MixedOther if prose => return None,
        Kind::MixedOther => (
            "name mixes Latin letters with look-alikes of another script",
            Severity::Low,
            50,
            "The name reads like an ASCII one and is another, so a look-alike can be used unseen (CVE-2021-42694).",
        ),
    };
    let elsewhere = if more > 0 {
        format!(
            " The same in {} of this file.",
            count(more, "more added line")
        )
    } else {
        String::new()
    };
    Some(Fact {
        title: title.to_owned(),
        severity,
        confidence,
        category: CATEGORY,
        scenario: format!("{scenario}{elsewhere}"),
        advice: "Remove the characters, or write them as escapes where they are meant.".to_owned(),
    })
}
