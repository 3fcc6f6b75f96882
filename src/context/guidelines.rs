//! The project's conventions, as they were before the change.

use crate::model::{Guideline, RepoPath};
use crate::text::visible::beginning;

use super::Touched;

/// At the top, most telling first.
const AT_TOP: [&str; 9] = [
    "AGENTS.md",
    "CLAUDE.md",
    ".github/copilot-instructions.md",
    "CONTRIBUTING.md",
    ".github/CONTRIBUTING.md",
    "docs/CONTRIBUTING.md",
    "STYLE.md",
    "docs/STYLE.md",
    "docs/style.md",
];

/// Nested guideline files that are asked for.
const MAX_NESTED: usize = 24;

/// Names to look for: at the top, and beside or above touched files.
pub(super) fn names(touched: &Touched) -> Vec<RepoPath> {
    let mut names: Vec<RepoPath> = AT_TOP.iter().map(|n| RepoPath::from(*n)).collect();
    let top = names.len();
    for path in &touched.reviewed {
        let bytes = path.as_bytes();
        for (slash, _) in bytes.iter().enumerate().filter(|(_, b)| **b == b'/') {
            let name = RepoPath::new([&bytes[..=slash], b"AGENTS.md"].concat());
            if names.len() - top < MAX_NESTED && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// Those with something to say, in order, within `max_bytes` together; one file
/// takes at most half.
pub(super) fn select(
    found: impl Iterator<Item = (RepoPath, Vec<u8>)>,
    max_bytes: usize,
) -> Vec<Guideline> {
    let mut chosen: Vec<Guideline> = Vec::new();
    let mut room = max_bytes;
    for (path, bytes) in found {
        let text = String::from_utf8_lossy(&bytes);
        let is_general = path
            .file_name()
            .to_ascii_lowercase()
            .starts_with(b"contributing");
        let text = if is_general {
            about_code(&text)
        } else {
            text.into_owned()
        };
        let text = text.trim();
        let is_known = chosen.iter().any(|g| g.text == text);
        if is_known || is_pointer(text) || room < 200 {
            continue;
        }
        let text = cut(text, room.min(max_bytes / 2));
        room = room.saturating_sub(text.len());
        chosen.push(Guideline { path, text });
    }
    chosen
}

/// The text without the sections that are about people, money and law, and without comments.
fn about_code(text: &str) -> String {
    const ELSEWHERE: [&str; 14] = [
        "licen",
        "agreement",
        "conduct",
        "community",
        "sponsor",
        "donat",
        "financial",
        "issue",
        "bug report",
        "question",
        "contact",
        "support",
        "getting help",
        "security polic",
    ];
    let (mut kept, mut skipped_level, mut code, mut comment) = (String::new(), None, false, false);
    for line in text.lines() {
        code ^= line.trim_start().starts_with("```");
        let level = line.bytes().take_while(|b| *b == b'#').count();
        if (1..=6).contains(&level) && !code {
            let title = line.to_ascii_lowercase();
            let foreign = ELSEWHERE.iter().any(|word| title.contains(word));
            if skipped_level.is_none_or(|skipped| level <= skipped) {
                skipped_level = foreign
                    .then_some(level)
                    .filter(|level| *level > 1 || !kept.trim().is_empty());
            }
        }
        comment |= line.trim_start().starts_with("<!--") && !code;
        if skipped_level.is_none() && !comment {
            kept.push_str(line);
            kept.push('\n');
        }
        comment &= !line.contains("-->");
    }
    kept
}

/// A link to, or an import of, another guideline file says nothing itself.
fn is_pointer(text: &str) -> bool {
    text.len() < 40 && !text.contains('\n') && (text.is_empty() || text.ends_with(".md"))
}

/// The beginning in whole lines where possible, with a statement of what is missing.
pub(super) fn cut(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let end = beginning(text, max.saturating_sub(40)).len();
    let end = text[..end]
        .rfind('\n')
        .filter(|at| at * 2 > end)
        .unwrap_or(end);
    format!(
        "{}\n(cut here: {} more bytes)",
        &text[..end],
        text.len() - end
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_files_are_looked_for_above_touched_ones() {
        let touched = Touched {
            reviewed: vec!["a/b/c.rs".into(), "a/d.rs".into()],
            all: Default::default(),
        };
        let names: Vec<String> = names(&touched)[AT_TOP.len()..]
            .iter()
            .map(RepoPath::to_text)
            .collect();
        assert_eq!(names, ["a/AGENTS.md", "a/b/AGENTS.md"]);
    }

    #[test]
    fn sections_about_people_and_law_are_left_out() {
        let text = "<!--\nmail\n-->\n# Contributing\nuse tabs\n## Reporting issues\nx\n### Where\ny\n## Style\n```\n# licence\n```\n# LICENSE AGREEMENT\nz\n";
        assert_eq!(
            about_code(text),
            "# Contributing\nuse tabs\n## Style\n```\n# licence\n```\n"
        );
    }

    #[test]
    fn pointers_and_copies_are_left_out_and_long_ones_are_cut() {
        let long = "a line of text\n".repeat(100);
        let found = [
            ("A", "rules"),
            ("B", "@AGENTS.md"),
            ("C", "rules"),
            ("D", &long),
        ];
        let found = found.map(|(path, text)| (RepoPath::from(path), text.as_bytes().to_vec()));
        let chosen = select(found.into_iter(), 600);
        let paths: Vec<String> = chosen.iter().map(|g| g.path.to_text()).collect();
        assert_eq!(paths, ["A", "D"]);
        assert!(
            chosen[1].text.len() <= 300 && chosen[1].text.ends_with("more bytes)"),
            "{}",
            chosen[1].text
        );
    }
}
