//! What the person's filters say of a commit and of a push.

use crate::git::GitError;
use crate::model::ObjectId;
use crate::review::Workspace;
use crate::settings;

use super::pre_push::PushedRef;

/// Why the commit's paths start no review by themselves, if they do not. Of a
/// merge, all that it brings to its first parent counts.
pub(super) fn off_paths(
    workspace: &Workspace,
    commit: &ObjectId,
) -> Result<Option<String>, GitError> {
    let settings = &workspace.settings;
    if settings.auto_paths.is_empty() && settings.policy.paths.is_empty() {
        return Ok(None);
    }
    let parents = workspace.repo.commit(commit)?.parents;
    let entries = workspace.repo.compare(parents.first(), commit)?;
    let paths: Vec<&[u8]> = entries.iter().map(|entry| entry.path.as_bytes()).collect();
    Ok(settings::off_paths(settings, &paths))
}

/// Why nothing that is pushed is on a branch on which reviews start by
/// themselves; none where one of them is.
pub(super) fn off_branches(workspace: &Workspace, refs: &[PushedRef]) -> Option<String> {
    let branch = |pushed: &PushedRef| match pushed.local.strip_prefix(b"refs/heads/") {
        Some(name) => Some(String::from_utf8_lossy(name).into_owned()),
        None if pushed.local == b"HEAD" => workspace.repo.branch(),
        None => None,
    };
    let mut why = None;
    for pushed in refs {
        why = Some(settings::off_branch(
            &workspace.settings,
            branch(pushed).as_deref(),
        )?);
    }
    why
}
