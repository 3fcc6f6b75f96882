//! Which findings still stand in what is pushed, wherever their code has gone.
//!
//! A finding is looked for in its own file, then in the file that this one was renamed or copied
//! to, then in every file that the push changes: moving code is no repair. A finding on removed
//! lines stands until the lines are back.

use std::collections::{BTreeMap, HashMap};

use crate::findings;
use crate::git::{GitCommand, GitError};
use crate::model::{Finding, FindingId, FindingRecord, ObjectId, RepoPath, Report, Status, Tier};
use crate::review::Workspace;

use super::pushed_commits::PushedCommits;
use super::unreviewed::Unreviewed;

/// Bytes of a file that is searched for a finding.
const FILE_BYTES: u64 = 64 << 20;
/// Files changed by a push that are searched for findings whose own file has gone.
const CHANGED_FILES: usize = 2_000;
/// Bytes of a list of changed files.
const LIST_BYTES: usize = 16 << 20;

/// Findings that stand, worst first, and what could not be told.
#[derive(Default)]
pub(super) struct Standing {
    pub(super) findings: Vec<Finding>,
    pub(super) unknown: Vec<Unreviewed>,
}

/// Confirmed findings of all reviews whose code still stands in what is pushed: what one commit
/// brings and a later one takes away is no news to the remote.
pub(super) fn of(
    workspace: &Workspace,
    pushed: &PushedCommits,
    tips: &[ObjectId],
) -> Result<Standing, GitError> {
    let known = workspace.store.known_findings();
    let by_id: HashMap<&FindingId, &FindingRecord> = known.iter().map(|k| (&k.id, k)).collect();
    let mut files = Files {
        workspace,
        contents: HashMap::new(),
        moved: HashMap::new(),
        changed: HashMap::new(),
    };
    let mut found: BTreeMap<FindingId, Finding> = BTreeMap::new();
    let mut unknown = Vec::new();
    for report in pushed.reports.values() {
        for finding in &report.findings {
            if finding.tier != Tier::Confirmed || !finding.introduced {
                continue;
            }
            // Whether it is repaired is seen in what is pushed, not in what was written down: the
            // repair may be on another branch. Only a person's decision stands.
            let now = by_id.get(&finding.id).map_or(finding.status, |k| k.status);
            if now == Status::Dismissed || found.contains_key(&finding.id) {
                continue;
            }
            let mut finding = finding.clone();
            finding.status = if now.is_open() {
                now
            } else {
                Status::Regressed
            };
            match stands_at_any(&mut files, report, &finding, tips)? {
                Some(true) => {
                    found.insert(finding.id.clone(), finding);
                }
                Some(false) => {}
                None => unknown.push(Unreviewed::Finding {
                    id: finding.id.short().to_owned(),
                    path: finding.path.clone(),
                }),
            }
        }
    }
    let mut findings: Vec<Finding> = found.into_values().collect();
    findings.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| a.path.cmp(&b.path))
    });
    Ok(Standing { findings, unknown })
}

/// Whether the finding stands at one of the tips; none where a file is too large to tell.
fn stands_at_any(
    files: &mut Files<'_>,
    report: &Report,
    finding: &Finding,
    tips: &[ObjectId],
) -> Result<Option<bool>, GitError> {
    let mut is_known = true;
    for tip in tips {
        match stands(files, report, finding, tip)? {
            Some(true) => return Ok(Some(true)),
            Some(false) => {}
            None => is_known = false,
        }
    }
    Ok(is_known.then_some(false))
}

fn stands(
    files: &mut Files<'_>,
    report: &Report,
    finding: &Finding,
    tip: &ObjectId,
) -> Result<Option<bool>, GitError> {
    // A masked secret stands in the history that is pushed, whatever the last commit says.
    if finding.quote.contains("[redacted:") || finding.path.place_without_file().is_some() {
        return Ok(Some(true));
    }
    let reviewed = report.target.head.as_ref();
    let mut paths = vec![finding.path.clone()];
    if let Some(reviewed) = reviewed {
        paths.extend(files.moved_from(reviewed, tip, &finding.path)?);
    }
    if finding.on_removed {
        return removed_lines_are_missing(files, reviewed, finding, &paths, tip);
    }
    let mut is_known = true;
    for path in &paths {
        match files.content(tip, path)? {
            Content::Text(text) if findings::stands_in(text, &finding.quote) => {
                return Ok(Some(true));
            }
            Content::TooLarge => is_known = false,
            Content::Text(_) | Content::Missing => {}
        }
    }
    // A quote of a brace or two stands everywhere, and proves nothing in another file.
    let is_telling = findings::is_telling(&finding.quote);
    if let Some(reviewed) = reviewed
        && is_telling
    {
        for path in files.changed_since(reviewed, tip)? {
            match files.content(tip, &path)? {
                Content::Text(text) if findings::stands_in(text, &finding.quote) => {
                    return Ok(Some(true));
                }
                Content::TooLarge | Content::Text(_) | Content::Missing => {}
            }
        }
    }
    Ok(is_known.then_some(false))
}

/// Whether lines that a change took away are still away: they stand in the pushed file no more
/// often than in the reviewed one.
fn removed_lines_are_missing(
    files: &mut Files<'_>,
    reviewed: Option<&ObjectId>,
    finding: &Finding,
    paths: &[RepoPath],
    tip: &ObjectId,
) -> Result<Option<bool>, GitError> {
    let Some(reviewed) = reviewed else {
        return Ok(Some(true));
    };
    let after_review = match files.content(reviewed, &finding.path)? {
        Content::Text(text) => findings::occurrences(text, &finding.quote),
        Content::Missing => 0,
        Content::TooLarge => return Ok(None),
    };
    for path in paths {
        match files.content(tip, path)? {
            Content::Text(text) if findings::occurrences(text, &finding.quote) > after_review => {
                return Ok(Some(false));
            }
            Content::TooLarge => return Ok(None),
            Content::Text(_) | Content::Missing => {}
        }
    }
    Ok(Some(true))
}

/// A file at a commit.
enum Content {
    Text(String),
    Missing,
    TooLarge,
}

/// A commit with the one it is compared with.
type Pair = (ObjectId, ObjectId);

/// Files at the tips, each read once.
struct Files<'w> {
    workspace: &'w Workspace,
    contents: HashMap<(ObjectId, RepoPath), Content>,
    moved: HashMap<Pair, Vec<(RepoPath, RepoPath)>>,
    changed: HashMap<Pair, Vec<RepoPath>>,
}

impl Files<'_> {
    fn content(&mut self, commit: &ObjectId, path: &RepoPath) -> Result<&Content, GitError> {
        let key = (commit.clone(), path.clone());
        if !self.contents.contains_key(&key) {
            let content = match self.workspace.repo.read_blob(commit, path, FILE_BYTES) {
                Ok(Some(bytes)) => Content::Text(String::from_utf8_lossy(&bytes).into_owned()),
                Ok(None) => Content::Missing,
                Err(GitError::TooLarge { .. }) => Content::TooLarge,
                Err(error) => return Err(error),
            };
            self.contents.insert(key.clone(), content);
        }
        Ok(&self.contents[&key])
    }

    /// Where a file was renamed or copied to between two commits.
    fn moved_from(
        &mut self,
        from: &ObjectId,
        to: &ObjectId,
        path: &RepoPath,
    ) -> Result<Vec<RepoPath>, GitError> {
        let key = (from.clone(), to.clone());
        if !self.moved.contains_key(&key) {
            let pairs = self.read_moves(from, to)?;
            self.moved.insert(key.clone(), pairs);
        }
        let targets = self.moved[&key]
            .iter()
            .filter(|(old, _)| old == path)
            .map(|(_, new)| new.clone());
        Ok(targets.collect())
    }

    fn read_moves(
        &self,
        from: &ObjectId,
        to: &ObjectId,
    ) -> Result<Vec<(RepoPath, RepoPath)>, GitError> {
        let args = [
            "diff-tree",
            "-r",
            "-z",
            "--name-status",
            "--find-renames=30%",
            "--find-copies=30%",
            "-l2000",
            "--diff-filter=RC",
            from.as_str(),
            to.as_str(),
        ];
        let output = GitCommand::new(&self.workspace.repo)
            .args(args)
            .output(LIST_BYTES)?;
        let mut fields = output.split(|byte| *byte == 0);
        let mut found = Vec::new();
        while let (Some(status), Some(old), Some(new)) =
            (fields.next(), fields.next(), fields.next())
        {
            if !status.is_empty() {
                found.push((RepoPath::new(old.to_vec()), RepoPath::new(new.to_vec())));
            }
        }
        Ok(found)
    }

    /// Files that were added or changed between two commits.
    fn changed_since(&mut self, from: &ObjectId, to: &ObjectId) -> Result<Vec<RepoPath>, GitError> {
        let key = (from.clone(), to.clone());
        if let Some(paths) = self.changed.get(&key) {
            return Ok(paths.clone());
        }
        let args = [
            "diff-tree",
            "-r",
            "-z",
            "--name-only",
            "--diff-filter=AM",
            from.as_str(),
            to.as_str(),
        ];
        let output = GitCommand::new(&self.workspace.repo)
            .args(args)
            .output(LIST_BYTES)?;
        let paths: Vec<RepoPath> = output
            .split(|byte| *byte == 0)
            .filter(|path| !path.is_empty())
            .take(CHANGED_FILES)
            .map(|path| RepoPath::new(path.to_vec()))
            .collect();
        self.changed.insert(key, paths.clone());
        Ok(paths)
    }
}
