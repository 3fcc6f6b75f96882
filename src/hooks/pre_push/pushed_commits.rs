//! What a push would carry, and what is known of it.

use std::collections::{BTreeMap, HashSet};

use crate::git::pushed::MovedBy;
use crate::git::{GitCommand, GitError, Repo};
use crate::hooks::{decision_log, directives, filters};
use crate::model::{ObjectId, Report, RunId, Trigger};
use crate::report::json;
use crate::review::{ChangeReuse, PipelineError, Workspace};
use crate::store::Seal;

use super::refs::PushedRef;

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
    /// Reviews whose record is not as it was written.
    pub(super) changed_records: Vec<RunId>,
    /// Whether the key that seals records could not be read.
    pub(super) without_key: bool,
}

/// The commits that this push really adds to the remote, with their reviews.
pub(super) fn look(
    workspace: &Workspace,
    remote: &Remote,
    refs: &[PushedRef],
    tips: &[ObjectId],
) -> Result<PushedCommits, PipelineError> {
    let NewCommits {
        mut commits,
        elsewhere,
    } = to_push(workspace, remote, refs, tips)?;
    let more = commits.len() > COMMITS;
    commits.truncate(COMMITS);
    let mut load = PushedCommits {
        more,
        reports: BTreeMap::new(),
        unreviewed: Vec::new(),
        waived: Vec::new(),
        running: Vec::new(),
        changed_records: Vec::new(),
        without_key: false,
    };
    let waiting = waiting(workspace);
    let carrier = ChangeReuse::new(workspace)?;
    let off_branches = filters::off_branches(workspace, refs);
    for commit in commits {
        let noted = workspace
            .store
            .run_of_commit(&commit)
            .filter(|run| is_known(workspace, run));
        let may_compare = load.unreviewed.len() < COMPARED && !elsewhere.contains(&commit);
        let known = match noted {
            Some(run) => Some(run),
            None if may_compare => carrier.carry(&commit),
            None => None,
        };
        let known = match known {
            Some(run) => Some(run),
            None => about(workspace, &waiting, &commit)?,
        };
        if let Some(run) = known {
            load.add(workspace, run, &commit)?;
        } else if elsewhere.contains(&commit) {
            // Another remote has it: nobody owes a review of it.
        } else if let Some(why) = waived(workspace, &commit, off_branches.as_ref())? {
            load.waived.push((commit, why));
        } else {
            load.unreviewed.push(commit);
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
    /// Takes in what a run says of a commit, if its record is ours and speaks of this commit.
    fn add(
        &mut self,
        workspace: &Workspace,
        run: RunId,
        commit: &ObjectId,
    ) -> Result<(), PipelineError> {
        if self.reports.contains_key(&run) || self.running.contains(&run) {
            return Ok(());
        }
        let Some(bytes) = workspace.store.report(&run) else {
            self.running.push(run);
            return Ok(());
        };
        let report = match json::read(&bytes) {
            Ok(report) if report.run == run => Some(report),
            Ok(_) | Err(_) => None,
        };
        match (workspace.store.seal_of_report(&run, commit), report) {
            (Seal::Intact, Some(report)) => {
                self.reports.insert(run, report);
            }
            (Seal::Unknown, Some(_)) => {
                self.without_key = true;
                self.unreviewed.push(commit.clone());
            }
            (Seal::Intact | Seal::Broken | Seal::Unknown, _) => {
                self.unreviewed.push(commit.clone());
                if !self.changed_records.contains(&run) {
                    self.changed_records.push(run);
                }
            }
        }
        Ok(())
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

/// What the push adds to the remote, newest first.
struct NewCommits {
    /// Commits that the remote does not have, at most one more than are looked at.
    commits: Vec<ObjectId>,
    /// Of these, commits that another remote has: they are no news, but what is known of them is.
    elsewhere: HashSet<ObjectId>,
}

/// The commits that the remote does not have.
///
/// What it has is what it says in the lines of the push, and what its tracking refs say that a
/// fetch or a push moved last. A ref that something else wrote proves nothing.
fn to_push(
    workspace: &Workspace,
    remote: &Remote,
    refs: &[PushedRef],
    tips: &[ObjectId],
) -> Result<NewCommits, GitError> {
    let repo = &workspace.repo;
    if tips.is_empty() {
        return Ok(NewCommits {
            commits: Vec::new(),
            elsewhere: HashSet::new(),
        });
    }
    let said: Vec<ObjectId> = refs
        .iter()
        .filter_map(|pushed| pushed.remote.clone())
        .collect();
    let mut has = repo.commits_among(&said)?;
    let mut others_have = Vec::new();
    let since = decision_log::url_changed_at(workspace, remote);
    let prefix = remote
        .known_as(repo)
        .map(|name| format!("refs/remotes/{name}/").into_bytes());
    for tracking in repo.tracking_refs()? {
        let is_of_remote = prefix
            .as_ref()
            .is_some_and(|prefix| tracking.name.starts_with(prefix));
        match tracking.moved {
            MovedBy::Other => {}
            MovedBy::Transfer { at, .. } if is_of_remote && at >= since => has.push(tracking.id),
            MovedBy::Unknown if is_of_remote && since == 0 => has.push(tracking.id),
            MovedBy::Transfer { .. } | MovedBy::Unknown => others_have.push(tracking.id),
        }
    }
    let commits = reachable(repo, tips, &has, &[])?;
    let elsewhere = if others_have.is_empty() {
        HashSet::new()
    } else {
        let news: HashSet<ObjectId> = reachable(repo, tips, &has, &others_have)?
            .into_iter()
            .collect();
        let known = commits.iter().filter(|commit| !news.contains(commit));
        known.cloned().collect()
    };
    Ok(NewCommits { commits, elsewhere })
}

/// Commits reachable from the tips and from none of the others, newest first.
fn reachable(
    repo: &Repo,
    tips: &[ObjectId],
    not: &[ObjectId],
    nor: &[ObjectId],
) -> Result<Vec<ObjectId>, GitError> {
    let mut input = String::new();
    for tip in tips {
        input.push_str(&format!("{tip}\n"));
    }
    for id in not.iter().chain(nor) {
        input.push_str(&format!("^{id}\n"));
    }
    let max = format!("--max-count={}", COMMITS + 1);
    // A tracking ref may name a commit that is gone from this clone.
    let args = [
        "rev-list",
        "--topo-order",
        "--ignore-missing",
        &max,
        "--stdin",
    ];
    let output = GitCommand::new(repo)
        .args(args)
        .input(input.into_bytes())
        .output(1 << 20)?;
    let text = String::from_utf8_lossy(&output).into_owned();
    Ok(text.lines().filter_map(ObjectId::parse).collect())
}

/// Where a push goes, as git named it to the hook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Remote {
    /// The remote's name, or its URL where it has none.
    pub(crate) name: String,
    /// The URL.
    pub(crate) url: String,
}

impl Remote {
    /// The name under which the tracking refs of this remote stand; none for a URL that no
    /// configured remote has.
    fn known_as(&self, repo: &Repo) -> Option<String> {
        let plain = |name: &str| !name.is_empty() && !name.contains([':', '*', '?', '[', '\\']);
        if plain(&self.name) && repo.has_remote(&self.name) {
            return Some(self.name.clone());
        }
        let url = if self.url.is_empty() {
            &self.name
        } else {
            &self.url
        };
        repo.remote_with_url(url).filter(|name| plain(name))
    }
}
