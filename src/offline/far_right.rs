//! Code that stands so far to the right that no screen shows it: behind hundreds of blanks.

use super::location::{Fact, Location, added};
use crate::model::{Change, FileChange, Language, Proposal, Severity};

/// Blanks in a row that nobody types by hand. Wide tables of comments have fewer.
const BLANKS: usize = 160;

/// One proposal for each file with such a line.
pub(super) fn check(change: &Change) -> Vec<Proposal> {
    change.files.iter().filter_map(in_file).collect()
}

fn in_file(file: &FileChange) -> Option<Proposal> {
    // Data and prose may be laid out in columns.
    if !is_code(file.language) {
        return None;
    }
    let line = added(file).find(|line| is_hidden(&line.text))?;
    let fact = Fact {
        title: "code is hidden far to the right of the screen".to_owned(),
        severity: Severity::High,
        confidence: 75,
        category: "CWE-506",
        scenario: format!(
            "More than {BLANKS} blanks stand before the end of the line: a reviewer sees an empty \
             or a harmless line, and the code behind the blanks runs."
        ),
        advice: "Read what stands behind the blanks, and put it on a line of its own.".to_owned(),
    };
    let text = String::from_utf8_lossy(&line.text);
    let shown = text.trim();
    let number = line.new_number.unwrap_or(0);
    Some(Location::at(&file.path, number, shown).proposal(fact))
}

fn is_code(language: Language) -> bool {
    !matches!(
        language,
        Language::Config | Language::Prose | Language::Other
    )
}

/// Whether something stands behind a long run of blanks.
fn is_hidden(line: &[u8]) -> bool {
    let mut run = 0;
    for byte in line {
        match byte {
            b' ' | b'\t' | 0x0b | 0x0c => run += 1,
            b'\r' | b'\n' => {}
            _ if run >= BLANKS => return true,
            _ => run = 0,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_something_behind_many_blanks_is_hidden() {
        let blanks = " ".repeat(BLANKS);
        assert!(is_hidden(format!("x = 1;{blanks}eval(y)").as_bytes()));
        assert!(is_hidden(format!("{blanks}eval(y)\r").as_bytes()));
        assert!(is_hidden(
            format!("\t{}eval(y)", "\t".repeat(BLANKS)).as_bytes()
        ));
        assert!(!is_hidden(format!("x = 1;{blanks}").as_bytes()));
        assert!(!is_hidden(b"    x = 1  # ten words and no more"));
        assert!(!is_hidden(b""));
    }
}
