//! What should not have been committed: conflict markers, debugging aids.

use super::location::{Fact, Location, added};
use super::paths::{is_code, is_sample, is_test};
use crate::model::{Change, FileChange, Language, Line, Proposal, Severity};
use crate::text::plural::count;

/// Conflict markers and debugging aids on added lines.
pub(super) fn check(change: &Change) -> Vec<Proposal> {
    let markers = change.files.iter().filter_map(conflict);
    let aids = change.files.iter().filter_map(debugging);
    markers.chain(aids).collect()
}

/// Needs both ends: `=======` alone underlines headings.
fn conflict(file: &FileChange) -> Option<Proposal> {
    let opens = |line: &&Line| line.text.starts_with(b"<<<<<<< ");
    let closes = |line: &&Line| line.text.starts_with(b">>>>>>> ");
    let first = added(file).find(opens)?;
    added(file).find(closes)?;
    let doubtful = file.language == Language::Prose || is_sample(&file.path);
    let fact = Fact {
        title: "merge conflict markers left in the file".to_owned(),
        severity: if doubtful { Severity::Low } else { Severity::High },
        confidence: if doubtful { 50 } else { 100 },
        category: "conflict-marker",
        scenario:
            "Both sides of an unresolved merge are in the file: it does not parse, or runs whichever text comes last."
                .to_owned(),
        advice: "Resolve the conflict, remove the three marker lines, and run the tests.".to_owned(),
    };
    Some(Location::line(&file.path, first).proposal(fact))
}

/// How many plain print lines in one file make a leftover.
const MANY_PRINTS: usize = 8;

fn debugging(file: &FileChange) -> Option<Proposal> {
    if !is_code(file.language) || is_test(&file.path) || is_sample(&file.path) {
        return None;
    }
    let tests_from = inline_tests_from(file);
    let outside_tests = |line: &&Line| line.new_number.is_some_and(|number| number < tests_from);
    let is_stop = |line: &&Line| is_breakpoint(file.language, &line.to_text());
    let stops: Vec<&Line> = added(file).filter(is_stop).filter(outside_tests).collect();
    let prints: Vec<&Line> = added(file)
        .filter(|line| is_print(file.language, &line.to_text()))
        .collect();
    let (lines, confidence) = match (stops.is_empty(), prints.len() >= MANY_PRINTS) {
        (false, _) => (stops, 75),
        (true, true) => (prints, 50),
        (true, false) => return None,
    };
    let fact = Fact {
        title: format!("{} of debugging left in", count(lines.len(), "line")),
        severity: Severity::Low,
        confidence,
        category: "debug-leftover",
        scenario: "The program stops for a debugger or writes inner state where users see it."
            .to_owned(),
        advice: "Remove the lines, or use the project's logging.".to_owned(),
    };
    Some(Location::line(&file.path, lines[0]).proposal(fact))
}

/// The line from which a Rust file is its own tests.
fn inline_tests_from(file: &FileChange) -> u32 {
    let text = file
        .new_text
        .as_deref()
        .filter(|_| file.language == Language::Rust)
        .unwrap_or_default();
    let begins = |line: &[u8]| {
        matches!(
            line.trim_ascii(),
            b"#[cfg(test)]" | b"mod tests {" | b"mod test {" | b"#[test]"
        )
    };
    let at = text.split(|b| *b == b'\n').position(begins);
    at.and_then(|index| u32::try_from(index).ok())
        .map_or(u32::MAX, |index| index.saturating_add(1))
}

/// Lines that have no place in a finished program.
fn is_breakpoint(language: Language, line: &str) -> bool {
    let line = line.trim();
    match language {
        Language::Python => line.starts_with("breakpoint()") || line.contains("pdb.set_trace()"),
        Language::JavaScript | Language::TypeScript | Language::Tsx => {
            matches!(line, "debugger" | "debugger;")
        }
        Language::Ruby => matches!(line, "binding.pry" | "byebug" | "binding.irb"),
        Language::Rust => {
            !line.starts_with("//") && (line.starts_with("dbg!(") || line.contains(" dbg!("))
        }
        Language::Php => line.starts_with("var_dump(") || line.starts_with("dd("),
        _ => false,
    }
}

/// Lines that only print, in languages where programs usually log otherwise.
fn is_print(language: Language, line: &str) -> bool {
    let line = line.trim();
    match language {
        Language::JavaScript | Language::TypeScript | Language::Tsx => {
            line.starts_with("console.log(")
        }
        Language::Java | Language::Kotlin => line.starts_with("System.out.println("),
        _ => false,
    }
}
