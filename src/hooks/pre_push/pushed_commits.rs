//! What a push would carry, and what is known of it.

use std::collections::BTreeMap;

use crate::git::{GitCommand, GitError, Repo};
use crate::hooks::{directives, filters};
use crate::model::{ObjectId, Report, RunId, Trigger};
use crate::report::json;
use crate::review::{ChangeReuse, PipelineError, Workspace};

use super::PushedRef;

/// Commits of one push that are looked at; more are counted as not reviewed.
pub(super) const COMMITS: usize = 1000;
/// Commits without a review whose lines are compared with those of reviewed ones.
const COMPARED: usize = 100;

/// Commits that the push adds to the remote, sorted by what is known of them.
pub(super) struct PushedCommits {
    /// Whether there are more than were looked at.
    pub(super) more: bool,
    /// Reports, each once.
    pub(super) reports: BTreeMap<RunId, Report>,
    /// Reviewed by nobody, newest first.
    pub(super) unreviewed: Vec<ObjectId>,
    /// Not to be reviewed by themselves, newest first, and why: what their message or the settings say.
    pub(super) waived: Vec<(ObjectId, String)>,
    /// Reviews that are not done.
    pub(super) running: Vec<RunId>,
}

/// The commits that this push really adds to the remote, with their reviews.
pub(super) fn look(
    workspace: &Workspace,
    remote: &str,
    refs: &[PushedRef],
    tips: &[ObjectId],
) -> Result<PushedCommits, PipelineError> {
    let mut commits = to_push(&workspace.repo, remote, refs, tips)?;
    let more = commits.len() > COMMITS;
    commits.truncate(COMMITS);
    let mut load = PushedCommits {
        more,
        reports: BTreeMap::new(),
        unreviewed: Vec::new(),
        waived: Vec::new(),
        running: Vec::new(),
    };
    let waiting = waiting(workspace);
    let carrier = ChangeReuse::new(workspace)?;
    let off_branches = filters::off_branches(workspace, refs);
    for commit in commits {
        let noted = workspace
            .store
            .run_of_commit(&commit)
            .filter(|run| is_known(workspace, run));
        let compared = load.unreviewed.len() < COMPARED;
        let known = noted.or_else(|| compared.then(|| carrier.carry(&commit)).flatten());
        match known
            .map(Ok)
            .or_else(|| about(workspace, &waiting, &commit).transpose())
            .transpose()?
        {
            Some(run) => load.add(workspace, run),
            None => match waived(workspace, &commit, off_branches.as_ref())? {
                Some(why) => load.waived.push((commit, why)),
                None => load.unreviewed.push(commit),
            },
        }
    }
    Ok(load)
}

/// Why nobody is to look at the commit unasked.
fn waived(
    workspace: &Workspace,
    commit: &ObjectId,
    off_branches: Option<&String>,
) -> Result<Option<String>, GitError> {
    if directives::skips(&workspace.repo.message(commit)?) {
        return Ok(Some("its message says [skip agents]".to_owned()));
    }
    match off_branches {
        Some(why) => Ok(Some(why.clone())),
        None => filters::off_paths(workspace, commit),
    }
}

impl PushedCommits {
    fn add(&mut self, workspace: &Workspace, run: RunId) {
        if self.reports.contains_key(&run) || self.running.contains(&run) {
            return;
        }
        match workspace
            .store
            .report(&run)
            .and_then(|bytes| json::read(&bytes).ok())
        {
            Some(report) => {
                self.reports.insert(run, report);
            }
            None => self.running.push(run),
        }
    }
}

fn is_known(workspace: &Workspace, run: &RunId) -> bool {
    workspace.store.report(run).is_some() || workspace.store.is_unfinished(run)
}

/// Requests of hooks that nobody has looked into yet, with their newest commit.
fn waiting(workspace: &Workspace) -> Vec<(RunId, ObjectId)> {
    let hooked = |trigger| matches!(trigger, Trigger::PostCommit | Trigger::Sequence);
    let request = |run: RunId| {
        workspace
            .store
            .request(&run)
            .ok()
            .filter(|request| hooked(request.trigger))
    };
    let unfinished = workspace.store.unfinished().into_iter();
    unfinished
        .filter_map(request)
        .filter_map(|request| Some((request.id, request.head?)))
        .collect()
}

/// The waiting request that will take the commit along.
fn about(
    workspace: &Workspace,
    waiting: &[(RunId, ObjectId)],
    commit: &ObjectId,
) -> Result<Option<RunId>, PipelineError> {
    for (run, head) in waiting {
        if head == commit || workspace.repo.is_ancestor(commit, head)? {
            return Ok(Some(run.clone()));
        }
    }
    Ok(None)
}

/// Newest first, at most one more than are looked at.
fn to_push(
    repo: &Repo,
    remote: &str,
    refs: &[PushedRef],
    tips: &[ObjectId],
) -> Result<Vec<ObjectId>, GitError> {
    if tips.is_empty() {
        return Ok(Vec::new());
    }
    let remote_ids: Vec<ObjectId> = refs
        .iter()
        .filter_map(|pushed| pushed.remote.clone())
        .collect();
    let known = repo.commits_among(&remote_ids)?;
    let mut input = String::new();
    for tip in tips {
        input.push_str(&format!("{tip}\n"));
    }
    for id in known {
        input.push_str(&format!("^{id}\n"));
    }
    let named = remote_name(repo, remote);
    let remotes = named.map_or_else(
        || "--remotes".to_owned(),
        |name| format!("--remotes={name}"),
    );
    let max = format!("--max-count={}", COMMITS + 1);
    let args = [
        "rev-list",
        "--topo-order",
        &max,
        "--stdin",
        "--not",
        &remotes,
    ];
    let output = GitCommand::new(repo)
        .args(args)
        .input(input.into_bytes())
        .output(1 << 20)?;
    let text = String::from_utf8_lossy(&output).into_owned();
    Ok(text.lines().filter_map(ObjectId::parse).collect())
}

/// The remote whose tracking refs say what the other side has; none for a URL
/// that no remote has.
fn remote_name(repo: &Repo, remote: &str) -> Option<String> {
    let plain = |name: &str| !name.is_empty() && !name.contains([':', '*', '?', '[', '\\']);
    if plain(remote) && repo.has_remote(remote) {
        return Some(remote.to_owned());
    }
    repo.remote_with_url(remote).filter(|name| plain(name))
}
