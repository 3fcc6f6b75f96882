//! What every hook does, in the time that git waits: notes the request, starts
//! its supervisor, looks for runs that lost theirs, and sees whether anything
//! waits to be told. No library is opened, no configuration is read: this is all
//! that the small program `git-agents-hook` holds.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;

use crate::model::invocation::INSIDE_REVIEW;
use crate::model::{ObjectId, RunId, RunRecord, RunState, TargetSpec, Trigger};
use crate::review::error_chain;
use crate::store::{Store, StoreError};
use crate::sys::{clock, terminal};
use crate::text::escape;

use super::git_dirs::GitDirs;
use super::{launch, settings_stamp};
use crate::sys::stderr;

/// What the hook for changes of the index says in place of its event where it found nothing to look for.
const REST: &str = "rest";
/// Seconds after which a queued run without a supervisor is taken for lost.
const STARTING: u64 = 10;
/// Lost runs started again by one hook; git waits a few milliseconds for each.
const RESTARTED: usize = 4;
/// Bytes of one line of post-rewrite's input: two ids.
const LINE_BYTES: u64 = 200;

/// What is left to do after [`run_fast`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookFollowUp {
    /// Nothing.
    Nothing,
    /// A report waits, and somebody is there to see it.
    Tell,
    /// The push is to be judged; standard input was not touched.
    Judge,
    /// Settings have changed: whether they are right is to be seen before anything
    /// is started. Standard input was not touched.
    Check,
}

/// Runs a hook up to what needs the whole program: `arguments` begin with the event's name.
#[must_use]
pub fn run_fast(arguments: &[OsString]) -> HookFollowUp {
    // whoever commits inside a review starts none
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if set("GIT_AGENTS").is_some_and(|value| value == "0") || set(INSIDE_REVIEW).is_some() {
        return HookFollowUp::Nothing;
    }
    // Without the stream back a hook works all the same, in silence.
    let _ = stderr::take_stderr_back();
    let Some(event) = arguments.first().and_then(|word| word.to_str()) else {
        return HookFollowUp::Nothing;
    };
    if event == "pre-push" {
        return HookFollowUp::Judge;
    }
    let Some(place) = place() else {
        return HookFollowUp::Nothing;
    };
    let store = match Store::open(&place.common_dir) {
        Ok(store) => store,
        Err(error) => {
            if starts(event) {
                say_not_reviewed(&error);
            }
            return HookFollowUp::Nothing;
        }
    };
    if event == REST {
        store.rest_hook();
        return HookFollowUp::Nothing;
    }
    if starts(event) && may_tell() && !place.in_sequence() && !settings_stamp::are_known(&store) {
        return HookFollowUp::Check;
    }
    start(arguments, &store, &place);
    if is_inside(arguments, &place) {
        return HookFollowUp::Nothing;
    }
    find_lost(&store, &place);
    let waits = || store.has_waiting_mark() || !store.undelivered().is_empty();
    if !waits() {
        return HookFollowUp::Nothing;
    }
    if !may_tell() {
        // nobody saw this command: the next `git status` is to fire a hook all the same
        store.nudge_again(&place.git_dir);
        return HookFollowUp::Nothing;
    }
    HookFollowUp::Tell
}

/// The repository whose hook this is.
pub(super) fn here() -> Option<(Store, GitDirs)> {
    let place = place()?;
    Some((Store::open(&place.common_dir).ok()?, place))
}

pub(super) fn place() -> Option<GitDirs> {
    let cwd = std::env::current_dir().ok()?;
    let named = std::env::var_os("GIT_DIR").map(PathBuf::from);
    GitDirs::of_hook(&cwd, named.as_deref())
}

/// What cannot be noted is said at once, to a person; the push finds the
/// commit again.
fn say_not_reviewed(error: &StoreError) {
    if terminal::stderr_is_terminal() {
        let why = escape::line(&error_chain(error));
        let _ = io::stderr().write_all(format!("agents: not reviewed: {why}\n").as_bytes());
    }
}

/// Whether a program asked to be told whatever its streams are.
pub(super) fn wants_json() -> bool {
    std::env::var_os("GIT_AGENTS_FORMAT").is_some_and(|format| format == "json")
}

/// Whether what is printed reaches somebody.
pub(super) fn may_tell() -> bool {
    wants_json() || terminal::stderr_is_terminal()
}

/// Whether the event comes between two lines of what git prints: in a sequence;
/// a merge and a pull write the index after their first line, and have an event
/// at their end, which for `--squash` is not quite the end.
pub(super) fn is_inside(arguments: &[OsString], place: &GitDirs) -> bool {
    let word = |index: usize| {
        arguments
            .get(index)
            .and_then(|word| word.to_str())
            .unwrap_or("")
    };
    let action = std::env::var("GIT_REFLOG_ACTION").unwrap_or_default();
    let between = match (word(0), word(1)) {
        ("post-index-change", _) => ["merge", "pull"]
            .iter()
            .any(|verb| action.starts_with(verb)),
        (event, squashed) => event == "post-merge" && squashed == "1",
    };
    between || place.is_busy()
}

/// Whether the event can be the end of something to be reviewed.
fn starts(event: &str) -> bool {
    matches!(
        event,
        "post-commit" | "post-rewrite" | "post-merge" | "post-applypatch"
    )
}

/// Starts what this hook starts: `arguments` begin with the event's name.
pub(super) fn start(arguments: &[OsString], store: &Store, place: &GitDirs) {
    let word = |index: usize| {
        arguments
            .get(index)
            .and_then(|word| word.to_str())
            .unwrap_or("")
    };
    match (word(0), word(1)) {
        ("post-commit", _) if !place.in_sequence() => match place.commit_in("sequencer/head") {
            Some(before) => start_from(store, place, Some(before.to_string())),
            None => start_commit(store, place, Trigger::PostCommit),
        },
        ("post-rewrite", "rebase") => {
            let onto = place
                .commit_in("rebase-merge/onto")
                .or_else(|| place.commit_in("rebase-apply/onto"));
            let before = onto
                .map(|id| id.to_string())
                .or_else(|| first_new().map(|id| format!("{id}^")));
            start_from(store, place, before);
        }
        ("post-merge", "0") => start_commit(store, place, Trigger::Sequence),
        ("post-applypatch", _) if is_last_patch(place) => {
            start_from(
                store,
                place,
                place.commit_in("ORIG_HEAD").map(|id| id.to_string()),
            );
        }
        _ => {}
    }
}

/// A review of everything from `before` to HEAD.
fn start_from(store: &Store, place: &GitDirs, before: Option<String>) {
    let Some(before) = before else {
        return start_commit(store, place, Trigger::PostCommit);
    };
    let target = TargetSpec::Range {
        from: before,
        to: head(place),
        symmetric: false,
    };
    request(store, place, Trigger::Sequence, target);
}

fn start_commit(store: &Store, place: &GitDirs, trigger: Trigger) {
    request(store, place, trigger, TargetSpec::Commit(head(place)));
}

fn request(store: &Store, place: &GitDirs, trigger: Trigger, target: TargetSpec) {
    if let Err(error) = launch::request(store, place, trigger, target) {
        say_not_reviewed(&error);
    }
}

/// The first commit that a rebase made: git hands `<old> SP <new>` lines. The
/// apply back end keeps no other trace of where it began.
fn first_new() -> Option<ObjectId> {
    let mut line = String::new();
    BufReader::new(io::stdin().take(LINE_BYTES))
        .read_line(&mut line)
        .ok()?;
    ObjectId::parse(line.split_whitespace().nth(1)?)
}

fn head(place: &GitDirs) -> String {
    place
        .head()
        .map_or_else(|| "HEAD".to_owned(), |id| id.to_string())
}

fn is_last_patch(place: &GitDirs) -> bool {
    let read = |name: &str| {
        std::fs::read_to_string(place.git_dir.join("rebase-apply").join(name)).unwrap_or_default()
    };
    let applying = place.git_dir.join("rebase-apply/applying").exists();
    applying && read("next").trim() == read("last").trim()
}

/// Starts supervisors for runs whose own is gone, and tidies up after those that were killed at the end.
fn find_lost(store: &Store, place: &GitDirs) {
    let mut restarted = 0;
    for run in store.unfinished() {
        let Ok(state) = store.state(&run) else {
            store.forget_unmade(&run);
            continue;
        };
        if state.phase.is_final() {
            store.tidy_ended(&run);
        } else if restarted < RESTARTED && is_lost(store, &run, &state) {
            restarted += 1;
            store.note_restart(&run);
            let _ = launch::supervisor(&place.common_dir, &run, false);
        }
    }
}

fn is_lost(store: &Store, run: &RunId, state: &RunRecord) -> bool {
    !is_starting(state) && !is_held(state) && !store.is_alive(run) && !store.was_just_restarted(run)
}

/// Whether it waits for a day that has not come.
fn is_held(state: &RunRecord) -> bool {
    matches!(state.phase, RunState::OverBudget { until } if clock::now() < until)
}

/// Whether its supervisor may still be on its way to the lock. A time that is
/// yet to come was written before the clock was set back.
fn is_starting(state: &RunRecord) -> bool {
    let now = clock::now();
    state.phase == RunState::Queued && state.since <= now && clock::age(state.since, now) < STARTING
}
