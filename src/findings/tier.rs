//! Which tier a finding has, and which step of its proof is not shown.
//!
//! Promises: pure; the number that a reviewer gave is never enough for *likely*. Only an agent's
//! own words can make one: a candidate of the fixed rules has read one place and proves no more.

use super::merge::Group;
use crate::model::{Proposal, Tier};

/// Least confidence of a confirmed finding.
pub(super) const CONFIRMED: u8 = 75;
/// Least confidence of a likely one.
const LIKELY: u8 = 50;
/// Fewest words of a scenario that says what happens.
const WORDS: usize = 10;
/// Longest step, in characters.
const STEP_CHARS: usize = 200;
/// How a scenario says which step is not shown. `reply` writes the first one.
const MARKS: [&str; 3] = ["not shown:", "not_shown:", "missing step:"];
/// What is said where the reviewer left the step without a name.
const UNNAMED: &str = "one step that the reviewer did not name";

/// A finding's tier, and what the reviewer could not see.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) tier: Tier,
    /// Set for likely findings only.
    pub(super) not_shown: Option<String>,
}

impl Judged {
    const MAYBE: Self = Self {
        tier: Tier::Maybe,
        not_shown: None,
    };
}

/// Judges a group of which the quote stands. Where reviewers agree the group is surer than each.
pub(super) fn judge(group: &Group, introduced: bool) -> Judged {
    if !introduced {
        return Judged::MAYBE;
    }
    if group.confidence() >= CONFIRMED {
        return Judged {
            tier: Tier::Confirmed,
            not_shown: None,
        };
    }
    let by_agents = group.members.iter().filter(|m| !m.is_offline());
    let step = by_agents.filter_map(|m| missing_step(m.proposal)).next();
    match step {
        Some(step) => Judged {
            tier: Tier::Likely,
            not_shown: Some(step),
        },
        None => Judged::MAYBE,
    }
}

/// The one step that a proposal leaves open; none where it is too vague or leaves several open.
fn missing_step(proposal: &Proposal) -> Option<String> {
    let (said, mut steps) = split(&proposal.scenario);
    if proposal.confidence < LIKELY || steps.len() > 1 || !is_concrete(&said) {
        return None;
    }
    match steps.pop() {
        Some(step) => Some(step),
        None => names_something(proposal, &said).then(|| UNNAMED.to_owned()),
    }
}

/// The scenario without its sentences about what is not shown, and what these name.
pub(super) fn split(scenario: &str) -> (String, Vec<String>) {
    let mut said = String::new();
    let mut steps = Vec::new();
    let mut rest = scenario;
    while let Some((at, length)) = next_mark(rest) {
        said.push_str(rest[..at].trim_end_matches(['(', '-', '*', ' ']));
        let after = &rest[at + length..];
        let end = step_end(after);
        let step = after[..end].trim().trim_end_matches(['.', ')', ';']);
        steps.extend(
            step.split(';')
                .map(str::trim)
                .filter(|step| !step.is_empty())
                .map(|step| super::similarity::cap(step, STEP_CHARS)),
        );
        rest = &after[end..];
    }
    said.push_str(rest);
    (said.trim().to_owned(), steps)
}

/// Where the next mark stands that begins a sentence, and its length.
fn next_mark(text: &str) -> Option<(usize, usize)> {
    // the same length as the text: only ASCII letters change
    let lower = text.to_ascii_lowercase();
    let begins = |at: usize| {
        let before = text[..at].trim_end().chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && c != ',')
    };
    let places = MARKS.iter().flat_map(|mark| {
        lower
            .match_indices(mark)
            .map(|(at, found)| (at, found.len()))
    });
    places.filter(|(at, _)| begins(*at)).min()
}

/// The end of a sentence: a line break, or a full stop with a blank behind it.
fn step_end(text: &str) -> usize {
    let line = text.find('\n').unwrap_or(text.len());
    text[..line].find(". ").map_or(line, |stop| stop + 1)
}

/// Whether a scenario says what happens: long enough, no advice, at most one guess.
fn is_concrete(said: &str) -> bool {
    const ADVICE: [&str; 6] = [
        "consider ",
        "ensure ",
        "make sure",
        "it is recommended",
        "it would be better",
        "you should",
    ];
    const GUESSES: [&str; 8] = [
        "might",
        "may",
        "could",
        "possibly",
        "potentially",
        "perhaps",
        "probably",
        "depending",
    ];
    let lower = said.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .collect();
    if words.len() < WORDS || ADVICE.iter().any(|advice| lower.starts_with(advice)) {
        return false;
    }
    words.iter().filter(|word| GUESSES.contains(word)).count() <= 1
}

/// Whether it speaks of this code: with a value, or with a name of the quoted lines.
fn names_something(proposal: &Proposal, said: &str) -> bool {
    let lower = said.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .collect();
    let has_value = said.contains(|c: char| c.is_ascii_digit() || c == '`' || c == '"');
    let quoted = proposal.quote.to_lowercase();
    let mut names = quoted
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|name| name.chars().count() > 2);
    has_value || names.any(|name| words.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Severity;

    fn proposal(confidence: u8, scenario: &str) -> Proposal {
        Proposal {
            title: "Field name reaches the statement".into(),
            severity: Severity::High,
            confidence,
            category: "CWE-89".into(),
            file: "src/db.py".into(),
            line_start: 4,
            line_end: 4,
            quote: "cur.execute(\"alter table t add \" + name)".into(),
            scenario: scenario.into(),
            fix: None,
        }
    }

    #[test]
    fn a_concrete_scenario_with_one_open_step_is_likely() {
        let said = "With name = \"x; drop table t\" the statement drops the table, since nothing \
                    here quotes name.";
        for (scenario, step) in [
            (
                format!("{said} Not shown: who calls `add_field`."),
                "who calls `add_field`",
            ),
            (
                format!("{said}\nnot shown: who calls `add_field`"),
                "who calls `add_field`",
            ),
            (
                format!("{said} (not shown: who calls `add_field`)"),
                "who calls `add_field`",
            ),
            (format!("Not shown: who calls it. {said}"), "who calls it"),
            (said.to_owned(), UNNAMED),
        ] {
            let found = missing_step(&proposal(50, &scenario));
            assert_eq!(found.as_deref(), Some(step), "{scenario}");
        }
    }

    #[test]
    fn the_number_alone_makes_nothing_likely() {
        let said = "With name = \"x; drop table t\" the statement drops the table, since nothing \
                    here quotes name.";
        for scenario in [
            "",
            "x",
            "SQL injection.",
            "Consider a bound parameter for `name` here, since that is safer than a pasted text.",
            "This might be unsafe and could possibly lead to problems in some callers of `name`.",
            "Bad things happen to users of this program whenever somebody sends the wrong input.",
        ] {
            assert_eq!(missing_step(&proposal(50, scenario)), None, "{scenario}");
        }
        assert_eq!(missing_step(&proposal(25, said)), None);
        let two = format!("{said} Not shown: who calls it; what `cur` is.");
        assert_eq!(missing_step(&proposal(50, &two)), None);
        let two = format!("{said} Not shown: who calls it. Not shown: what `cur` is.");
        assert_eq!(missing_step(&proposal(50, &two)), None);
    }

    #[test]
    fn the_step_is_taken_out_of_the_scenario() {
        let (said, steps) = split("The name is pasted. Not shown: who calls `f`. It fails.");
        assert_eq!(said, "The name is pasted. It fails.");
        assert_eq!(steps, ["who calls `f`"]);
        let plain = "The guard is not shown: nothing else checks it";
        assert_eq!(split(plain), (plain.to_owned(), vec![]));
        assert_eq!(split("É not shown:"), ("É not shown:".to_owned(), vec![]));
    }
}
