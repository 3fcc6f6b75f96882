//! `git agents why`: which reviews read a file or a line, and with which result.

use super::args::WhyArgs;
use super::error::CommandError;
use super::{exit_code, output, runs};
use crate::model::{Report, ReportState};
use crate::text::escape;

pub(super) fn why(args: &WhyArgs) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    let (path, line) = place(&args.place);
    let path = workspace
        .repo
        .path_from_here(path)
        .ok_or_else(|| CommandError::usage(format!("`{path}` is not in the work tree")))?;
    let mut text = String::new();
    for run in workspace.store.run_ids() {
        if let Some(report) = runs::report_of(&workspace, &run) {
            text.push_str(&about(&report, &path, line));
        }
    }
    if text.is_empty() {
        output::stderr(&format!(
            "agents: no review has read {}\n",
            escape::line(&path)
        ));
        return Ok(exit_code::INCOMPLETE);
    }
    output::stdout(&text)?;
    Ok(exit_code::CLEAN)
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

fn about(report: &Report, path: &str, line: Option<u32>) -> String {
    let label = report.target.label();
    let subject = escape::line(&report.target.subject);
    if let Some(skipped) = report
        .coverage
        .skipped
        .iter()
        .find(|s| s.path.to_text() == path)
    {
        return format!(
            "{label} \"{subject}\"  not read: {}\n",
            escape::line(&skipped.reason.describe())
        );
    }
    if !report.coverage.paths.iter().any(|read| read == path) {
        return String::new();
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
    format!("{label} \"{subject}\"  {result}\n{}", found.concat())
}
