//! `git agents why`: which reviews read a file or a line, and with which result.

use super::args::WhyArgs;
use super::error::CommandError;
use super::{exit_code, output, runs};
use crate::git::{ChangedLines, Repo, changed_lines};
use crate::model::{ObjectId, RepoPath, Report, ReportState};
use crate::text::escape;
use crate::text::plural::count;

/// Bytes of a file in which a line is looked for.
const FILE_BYTES: u64 = 4 << 20;
/// Lines around a change that reviewers see too.
const CONTEXT: usize = 3;

pub(super) fn why(args: &WhyArgs) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    let (path, line) = place(&args.place);
    let path = workspace
        .repo
        .path_from_here(path)
        .ok_or_else(|| CommandError::usage(format!("`{path}` is not in the work tree")))?;
    let (mut text, mut read) = (String::new(), false);
    for run in workspace.store.run_ids() {
        let Some(report) = runs::report_of(&workspace, &run) else {
            continue;
        };
        let unread = line.and_then(|line| unread_line(&workspace.repo, &report, &path, line));
        match about(&report, &path, line) {
            About::Nothing => {}
            About::LeftOut(words) => text.push_str(&words),
            About::Read(_) if unread.is_some() => {
                let why = unread.unwrap_or_default();
                text.push_str(&format!("{}  line not read: {why}\n", heading(&report)));
            }
            About::Read(words) => {
                read = true;
                text.push_str(&words);
            }
        }
    }
    output::stdout(&text)?;
    if read {
        return Ok(exit_code::CLEAN);
    }
    let place = match line {
        Some(line) => format!("line {line} of {path}"),
        None => path,
    };
    output::stderr(&format!(
        "agents: no review has read {}\n",
        escape::line(&place)
    ));
    Ok(exit_code::INCOMPLETE)
}

/// Why a review that read the file did not read this line of it; none where it
/// did, or where nobody can tell any more.
fn unread_line(repo: &Repo, report: &Report, path: &str, line: u32) -> Option<String> {
    let path = RepoPath::from(path);
    let at = |commit: &Option<ObjectId>| {
        let commit = commit.as_ref()?;
        repo.read_blob(commit, &path, FILE_BYTES).ok().flatten()
    };
    let new = match &report.target.head {
        Some(_) => at(&report.target.head)?,
        None => repo.work_file_start(&path, FILE_BYTES as usize)?,
    };
    let lines = new.split_inclusive(|b| *b == b'\n').count();
    let index = (line as usize)
        .checked_sub(1)
        .filter(|index| *index < lines);
    let Some(index) = index else {
        return Some(format!("the file has {}", count(lines, "line")));
    };
    let old = at(&report.target.base).unwrap_or_default();
    let shown = |change: &ChangedLines| {
        let from = change.new_start.saturating_sub(CONTEXT);
        (from..change.new_start + change.new_count + CONTEXT).contains(&index)
    };
    let changes = changed_lines(&old, &new).ok()?;
    (!changes.iter().any(shown)).then(|| "the change does not touch it".to_owned())
}

/// `3f2c1ab "cache the price table"`
fn heading(report: &Report) -> String {
    let subject = escape::line(&report.target.subject);
    format!("{} \"{subject}\"", report.target.label())
}

/// What one report says of a file.
enum About {
    /// It is not in the change.
    Nothing,
    /// It was left out.
    LeftOut(String),
    /// It was read, at least in parts.
    Read(String),
}

fn place(text: &str) -> (&str, Option<u32>) {
    match text
        .rsplit_once(':')
        .map(|(path, line)| (path, line.parse()))
    {
        Some((path, Ok(line))) => (path, Some(line)),
        Some((_, Err(_))) | None => (text, None),
    }
}

fn about(report: &Report, path: &str, line: Option<u32>) -> About {
    let heading = heading(report);
    let mut left_out = report.coverage.skipped.iter();
    if let Some(skipped) = left_out.find(|s| s.path.to_text() == path) {
        let why = skipped.reason.describe();
        return About::LeftOut(format!("{heading}  not read: {}\n", escape::line(&why)));
    }
    if !report.coverage.paths.iter().any(|read| read == path) {
        return About::Nothing;
    }
    let here =
        |start: u32, end: u32| line.is_none_or(|line| (start..=end.max(start)).contains(&line));
    let mut found: Vec<String> = report
        .findings
        .iter()
        .filter(|f| f.path.to_text() == path && here(f.line_start, f.line_end))
        .map(|f| {
            format!(
                "  {} {}:{} {}\n",
                f.id.short(),
                f.severity,
                f.line_start,
                escape::line(&f.title)
            )
        })
        .collect();
    let unread = report
        .coverage
        .not_reviewed
        .iter()
        .filter(|n| n.file == path);
    found.extend(
        unread.map(|n| format!("  not reviewed: {} by {}\n", n.hunk, escape::line(&n.agent))),
    );
    let result = match (found.is_empty(), report.state) {
        (true, ReportState::Clean | ReportState::Findings | ReportState::Incomplete) => {
            "nothing found"
        }
        (false, _) => "",
    };
    About::Read(format!("{heading}  {result}\n{}", found.concat()))
}
