//! The secret check spares nothing: files that reviewers are spared are searched here.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::masking::Names;
use crate::diff::{self, Spared, Window};
use crate::git::{GitError, Repo};
use crate::model::{Change, RepoPath, SecretSpan, SkipReason};
use crate::secrets::{Detector, DetectorError, Masker, Stray};

/// Bytes that are searched for one review; what is beyond them counts as not read.
const BYTES: u64 = 1 << 30;
/// Time after which no further file is searched.
const DEADLINE: Duration = Duration::from_secs(60);
/// Secrets of one file that are told; a dump of them is one problem.
const OF_ONE_FILE: usize = 100;
/// A rule that is surer than this names a shape that no other text has.
const SURE: u8 = 75;
/// In a binary only a shape like that of a vendor's token is no accident.
const SURE_IN_BINARY: u8 = 90;

/// What the search came to.
#[derive(Default)]
pub(super) struct Searched<'s> {
    /// Files with what was found in them.
    found: Vec<(&'s Spared, Vec<Stray>)>,
    /// Files that could not be searched, or not all of them.
    unsearched: Vec<&'s Spared>,
}

/// Why a search ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum SearchError {
    /// The repository.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The detector.
    #[error(transparent)]
    Detector(#[from] DetectorError),
}

/// Searches the files for secrets that the change adds.
pub(super) fn search<'s>(
    repo: &Repo,
    spared: &'s [Spared],
    detector: &Detector,
) -> Result<Searched<'s>, SearchError> {
    let mut searched = Searched::default();
    let within = within_bounds(spared);
    searched.unsearched.extend(&spared[within..]);
    let started = Instant::now();
    let mut failed = None;
    let mut each = |item: &'s Spared, window: Window<'_>| {
        if started.elapsed() > DEADLINE {
            if searched.unsearched.last() != Some(&item) {
                searched.unsearched.push(item);
            }
            return;
        }
        match detector.scan_file(item.path.as_bytes(), window.text) {
            Ok(spans) => keep(&mut searched.found, item, window, &spans),
            Err(error) => failed = Some(error),
        }
    };
    let unread = diff::read_spared(repo, &spared[..within], &mut each)?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    searched.unsearched.extend(unread);
    for (item, strays) in &mut searched.found {
        let values: HashSet<Vec<u8>> = strays.iter().map(|s| s.value().to_vec()).collect();
        let before = item.held_before(repo, &values)?;
        strays.retain(|stray| !before.contains(stray.value()));
    }
    Ok(searched)
}

/// How many of the files, in their order, are searched.
fn within_bounds(spared: &[Spared]) -> usize {
    let mut bytes: u64 = 0;
    let fits = |item: &&Spared| {
        bytes = bytes.saturating_add(item.bytes());
        bytes <= BYTES
    };
    spared.iter().take_while(fits).count()
}

fn keep<'s>(
    found: &mut Vec<(&'s Spared, Vec<Stray>)>,
    item: &'s Spared,
    window: Window<'_>,
    spans: &[SecretSpan],
) {
    let least = least_confidence(item, window);
    for span in spans.iter().filter(|span| span.confidence >= least) {
        let stray = Stray::of(window.text, window.first_line, span);
        if found.last().is_none_or(|(last, _)| *last != item) {
            found.push((item, Vec::new()));
        }
        let Some((_, strays)) = found.last_mut() else {
            return;
        };
        // windows overlap
        let known = |s: &Stray| s.line == stray.line && s.value() == stray.value();
        if strays.len() < OF_ONE_FILE && !strays.iter().any(known) {
            strays.push(stray);
        }
    }
}

/// Other people's and machines' files are full of words like `password`; a token's shape is none.
fn least_confidence(item: &Spared, window: Window<'_>) -> u8 {
    match &item.reason {
        SkipReason::Binary if !window.encoding.is_utf16() => SURE_IN_BINARY,
        SkipReason::Generated
        | SkipReason::Vendored
        | SkipReason::Minified
        | SkipReason::LockFile => SURE,
        SkipReason::Binary
        | SkipReason::TooLarge { .. }
        | SkipReason::OverBudget
        | SkipReason::Filtered
        | SkipReason::Missing
        | SkipReason::Unreadable(_) => 0,
    }
}

impl Searched<'_> {
    /// Hands what was found to the masker, and marks what was not searched as not read.
    pub(super) fn apply(
        &self,
        change: &mut Change,
        names: &Names,
        masker: &mut Masker<'_>,
    ) -> Result<(), DetectorError> {
        let shown = |path| names.get(path).unwrap_or(path);
        for (item, strays) in &self.found {
            for stray in strays {
                masker.stray(shown(&item.path), stray)?;
            }
        }
        let unsearched = self.unsearched.iter();
        let paths: HashSet<&RepoPath> = unsearched.map(|item| shown(&item.path)).collect();
        for skipped in &mut change.skipped {
            if !skipped.reason.is_gap() && paths.contains(&skipped.path) {
                skipped.reason = SkipReason::Unreadable(format!(
                    "{}, and not even searched for secrets",
                    skipped.reason.describe()
                ));
            }
        }
        Ok(())
    }
}
