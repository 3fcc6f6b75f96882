//! Lessons that history leaves no doubt about: a commit that was taken back.

use super::history::reverted_subject;
use crate::model::{Change, CommitInfo, Context, Lesson};

const MOST: usize = 3;

/// One lesson for each revert in the change; what earlier repairs of the same
/// files there were is told along with it.
pub(super) fn from_history(change: &Change, context: &Context) -> Vec<Lesson> {
    let reverts = change
        .commits
        .iter()
        .filter_map(|commit| Some((commit, reverted_subject(commit.subject())?)));
    reverts
        .take(MOST)
        .map(|(commit, subject)| lesson(commit, subject, change, context))
        .collect()
}

fn lesson(revert: &CommitInfo, subject: &str, change: &Change, context: &Context) -> Lesson {
    let module = change
        .files
        .first()
        .map(|file| file.path.to_text())
        .unwrap_or_default();
    let reason = reason(revert).map_or_else(
        || "The revert gives no reason; ask its author and write it here.".to_owned(),
        str::to_owned,
    );
    let files: Vec<String> = change
        .files
        .iter()
        .take(10)
        .map(|file| format!("- `{}`", file.path.to_text()))
        .collect();
    let repairs: Vec<String> = context
        .history
        .repairs
        .iter()
        .take(5)
        .map(|(id, subject)| format!("- {id} `{subject}`"))
        .collect();
    let before = if repairs.is_empty() {
        String::new()
    } else {
        format!(
            "\n\nEarlier repairs of the same files:\n\n{}",
            repairs.join("\n")
        )
    };
    let body = format!(
        "## Problem\n\n`{subject}` was committed and then taken back by {} (`{}`).\n\n## What didn't work\n\n{reason}{before}\n\n## Prevention\n\nBefore `{subject}` is tried again, write the test that would have failed, and name it in the commit message.\n\n## Files\n\n{}\n",
        revert.id.short(),
        revert.subject(),
        files.join("\n"),
    );
    Lesson {
        title: format!("Taken back: {subject}"),
        category: "workflow-issues".to_owned(),
        problem_type: "workflow_issue".to_owned(),
        module,
        tags: vec!["revert".to_owned()],
        body,
    }
}

/// What the revert's message says besides git's own sentence.
fn reason(revert: &CommitInfo) -> Option<&str> {
    let lines = revert.message.lines().skip(1).map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.contains(':'))
        .find(|line| !line.starts_with("This reverts commit"))
}
