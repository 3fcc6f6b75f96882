//! Puts our hooks where git finds them, next to what is there, and takes them
//! out again.
//!
//! Promises: tracked files are never written; nothing outside the directory
//! that work trees share is written but the user's own git configuration
//! (`--global`) and an untracked `lefthook-local.yml`; what was there goes on
//! working and is, after an uninstall, the same to the byte; installing again
//! changes nothing, or brings an older form up to date; where all this cannot
//! be had, nothing is written and the report holds the lines to add by hand.
//! What a hook does when git calls it is left to the rest of `hooks`.

mod error;
mod event;
mod global;
mod hook_files;
mod hooks_path;
mod include_block;
mod lefthook;
mod managed_config;
mod manager;
mod shim;
mod status;
mod strategy;
mod survey;

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

pub use error::HookError;
pub use event::Event;
pub use manager::{Manager, detect_manager};
pub use status::{BinaryState, EventState, EventStatus, HookStatus, displaced, status};

use crate::git::{GitCommand, Repo};
use crate::store::Store;
use hook_files::Placed;
use strategy::{CONFIG_HOOKS_SINCE, Decision, decide};
use survey::{Occupant, Places, Survey, survey};

/// How to install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallOptions {
    /// For all of the user's repositories instead of one.
    pub global: bool,
    /// Whether `git log` and `git show` are to print reports, from now on; once set it stays.
    pub notes: bool,
    /// The program that hooks start; absolute.
    pub binary: PathBuf,
    /// The installed git.
    pub git_version: (u32, u32, u32),
}

/// How git comes to call us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Hooks named in the configuration (git ≥ 2.54).
    Config,
    /// Files in the repository's `hooks`.
    Files,
    /// A hook directory of ours that stands in for the one that was set.
    Dispatcher,
    /// Not installed: lines to add by hand.
    ByHand,
}

/// A hook that was there before and is run by ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chained {
    /// Its event.
    pub event: Event,
    /// Where it is now.
    pub kept: PathBuf,
}

/// What an installation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallReport {
    /// The way taken.
    pub route: Route,
    /// The events that reach us from now on.
    pub events: Vec<Event>,
    /// Hooks that run through ours.
    pub chained: Vec<Chained>,
    /// The hook manager in charge here, the most intrusive first.
    pub manager: Option<Manager>,
    /// Exact lines to add where we do not write, each `file: line` or a command.
    pub by_hand: Vec<String>,
    /// Sentences worth reading.
    pub notes: Vec<String>,
}

/// What an uninstallation did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UninstallReport {
    /// Ways that were in use.
    pub routes: Vec<Route>,
    /// Sentences worth reading: what had to stay.
    pub notes: Vec<String>,
}

/// Installs the hooks, or brings them up to date.
///
/// # Errors
/// What git or the file system refuses. A refusal of our own is no error: the
/// report's route is then [`Route::ByHand`].
pub fn install(repo: Option<&Repo>, options: &InstallOptions) -> Result<InstallReport, HookError> {
    if !options.binary.is_absolute() {
        return Err(HookError::RelativeBinary {
            path: options.binary.clone(),
        });
    }
    if options.global {
        return install_global(&global::places()?, options);
    }
    let repo = repo.ok_or(HookError::NoRepository)?;
    let survey = survey(repo)?;
    let decision = decide(&survey, options);
    let notes = options.notes || managed_config::has_notes(&survey.places);
    if !matches!(decision, Decision::Refuse(_)) {
        leave_other_routes(repo, &survey, &decision)?;
    }
    let mut report = match decision {
        Decision::Config => config_hooks(repo, &survey, options)?,
        Decision::Files => files(repo, &survey, options)?,
        Decision::Dispatcher => dispatcher(repo, &survey, options)?,
        Decision::Refuse(why) => refused(&survey, options, why),
    };
    report.manager = survey.managers.first().copied();
    if let Ok(store) = Store::open(repo.common_dir()) {
        store.rest_hook();
    }
    if notes {
        set_notes(repo, &survey, &mut report)?;
    }
    Ok(report)
}

/// Has reports written as notes and shown by `git log` and `git show`.
fn set_notes(repo: &Repo, survey: &Survey, report: &mut InstallReport) -> Result<(), HookError> {
    if report.route == Route::ByHand || survey.config_unusable.is_some() {
        let lines = [
            "git config agents.notes true",
            "git config --add notes.displayRef refs/notes/agents",
        ];
        report.by_hand.extend(lines.map(str::to_owned));
        return Ok(());
    }
    managed_config::add_notes(&survey.places)?;
    include(repo, &survey.places)?;
    let note = "`git log` and `git show` print reports too, from refs/notes/agents; only `git push --mirror` sends that";
    report.notes.push(note.to_owned());
    Ok(())
}

/// Takes the hooks out, whichever way they were installed.
///
/// # Errors
/// What the file system refuses.
pub fn uninstall(
    repo: Option<&Repo>,
    options: &InstallOptions,
) -> Result<UninstallReport, HookError> {
    if options.global {
        let places = global::places()?;
        let mut report = UninstallReport::default();
        remove_included(&places, &mut report)?;
        return Ok(report);
    }
    let repo = repo.ok_or(HookError::NoRepository)?;
    let mut report = UninstallReport::default();
    let places = Places::of(repo.common_dir());
    if let Some(top) = repo.work_tree() {
        lefthook::remove(repo.common_dir(), top)?;
    }
    remove_files(repo.common_dir(), &mut report)?;
    if managed_config::made_hooks(&places) {
        // fails, as it should, where anything is left
        let _ = fs::remove_dir(repo.common_dir().join("hooks"));
    }
    if managed_config::has_notes(&places) {
        repo.remove_notes()?;
    }
    remove_included(&places, &mut report)?;
    Ok(report)
}

fn report(route: Route) -> InstallReport {
    InstallReport {
        route,
        events: Event::ALL.to_vec(),
        chained: Vec::new(),
        manager: None,
        by_hand: Vec::new(),
        notes: Vec::new(),
    }
}

fn install_global(places: &Places, options: &InstallOptions) -> Result<InstallReport, HookError> {
    let (major, minor, patch) = options.git_version;
    let mut refused = InstallReport {
        events: Vec::new(),
        ..report(Route::ByHand)
    };
    if options.git_version < CONFIG_HOOKS_SINCE {
        refused.notes.push(format!(
            "git {major}.{minor}.{patch} reads no hooks from the configuration; 2.54 and later do"
        ));
        refused
            .by_hand
            .push("git agents hooks install    # in each repository".to_owned());
        return Ok(refused);
    }
    if let Some(why) = global::unusable(&places.config) {
        managed_config::write_config_hooks(places, &options.binary, false)?;
        refused.notes.push(why);
        refused.by_hand.push(format!(
            "{}: [includeIf \"gitdir:/\"]",
            places.config.display()
        ));
        let value = String::from_utf8_lossy(&include_block::config_value(
            places.included.as_os_str().as_bytes(),
        ))
        .into_owned();
        refused
            .by_hand
            .push(format!("{}: path = {value}", places.config.display()));
        return Ok(refused);
    }
    let made = !places.config.exists() || managed_config::made_includer(&places.included);
    managed_config::write_config_hooks(places, &options.binary, made)?;
    let path = places.included.as_os_str().as_bytes();
    include_block::rewrite(&places.config, false, |old| {
        include_block::with_block(old, path)
    })?;
    Ok(report(Route::Config))
}

fn config_hooks(
    repo: &Repo,
    survey: &Survey,
    options: &InstallOptions,
) -> Result<InstallReport, HookError> {
    managed_config::write_config_hooks(&survey.places, &options.binary, false)?;
    include(repo, &survey.places)?;
    Ok(report(Route::Config))
}

fn dispatcher(
    repo: &Repo,
    survey: &Survey,
    options: &InstallOptions,
) -> Result<InstallReport, HookError> {
    let usual = survey.common_dir.join("hooks");
    let husky = survey
        .managers
        .contains(&Manager::Husky)
        .then(|| PathBuf::from(".husky/_"));
    let original = survey
        .hooks_path
        .theirs
        .clone()
        .or(husky)
        .unwrap_or_else(|| usual.clone());
    let base = survey.work_tree.as_ref().unwrap_or(&survey.common_dir);
    let resolved = base.join(&original);
    managed_config::write_dispatcher(&survey.places, &options.binary, &original, &resolved)?;
    include(repo, &survey.places)?;
    let mut done = report(Route::Dispatcher);
    done.notes
        .push(format!("hooks in {} run through ours", resolved.display()));
    for event in Event::ALL {
        let kept = resolved.join(event.name());
        if kept.is_file() {
            done.chained.push(Chained { event, kept });
        }
    }
    Ok(done)
}

fn files(
    repo: &Repo,
    survey: &Survey,
    options: &InstallOptions,
) -> Result<InstallReport, HookError> {
    let hooks = survey.common_dir.join("hooks");
    if !hooks.exists() {
        fs::create_dir(&hooks).map_err(HookError::io("make", &hooks))?;
        managed_config::note_made_hooks(&survey.places)?;
    }
    let mut done = report(Route::Files);
    for event in Event::ALL {
        match hook_files::place(&hooks, event, &options.binary)? {
            Placed::Alone | Placed::Under => {}
            Placed::Over(kept) => done.chained.push(Chained { event, kept }),
            Placed::Twice(kept) => {
                done.events.retain(|other| *other != event);
                done.by_hand.push(format!(
                    "rm {}    # or merge it into {event}, then install again",
                    kept.display()
                ));
            }
        }
    }
    lefthook_commands(repo, survey, options, &mut done)?;
    if survey.managers.contains(&Manager::GitLfs) {
        let note = "git-lfs is called by our hooks; `git lfs install` will say that hooks exist, and `--force` would remove ours";
        done.notes.push(note.to_owned());
    }
    Ok(done)
}

/// Hands the events that lefthook owns, or will own, to lefthook.
fn lefthook_commands(
    repo: &Repo,
    survey: &Survey,
    options: &InstallOptions,
    done: &mut InstallReport,
) -> Result<(), HookError> {
    let Some(top) = survey.work_tree.as_deref() else {
        return Ok(());
    };
    let owned = |(event, occupant): &(Event, Occupant)| {
        let installed = *occupant == Occupant::Lefthook;
        (installed || manager::lefthook_wants(top, *event)).then_some(*event)
    };
    let events: Vec<Event> = survey.occupants.iter().filter_map(owned).collect();
    if events.is_empty() || !survey.managers.contains(&Manager::Lefthook) {
        return Ok(());
    }
    let local = top.join("lefthook-local.yml");
    let taken = lefthook::taken(top).or(survey::tracked(repo, &local)?.map(|_| local));
    let Some(taken) = taken else {
        lefthook::write(survey, top, &events, &options.binary)?;
        done.notes.push(
            "lefthook runs ours from lefthook-local.yml; other work trees need their own"
                .to_owned(),
        );
        return Ok(());
    };
    lefthook::write_shims(survey, &events, &options.binary)?;
    for line in String::from_utf8_lossy(&lefthook::content(&survey.places.shims, &events))
        .lines()
        .skip(3)
    {
        done.by_hand.push(format!("{}: {line}", taken.display()));
    }
    done.events.retain(|event| !events.contains(event));
    Ok(())
}

/// Nothing was written; the lines that would do the same.
fn refused(survey: &Survey, options: &InstallOptions, why: String) -> InstallReport {
    let mut refused = InstallReport {
        events: Vec::new(),
        ..report(Route::ByHand)
    };
    refused.notes.push(why);
    let directory = survey
        .hooks_path
        .theirs
        .clone()
        .unwrap_or_else(|| survey.common_dir.join("hooks"));
    let quoted = shim::quoted(options.binary.as_os_str().as_bytes());
    let binary = String::from_utf8_lossy(&quoted);
    for event in Event::ALL {
        let end = if event == Event::PrePush {
            " || [ $? -ne 1 ] || exit 1"
        } else {
            " || :"
        };
        let line = format!("test ! -x {binary} || {binary} _hook {event} \"$@\"{end}");
        refused.by_hand.push(format!(
            "{}: {line}",
            directory.join(event.name()).display()
        ));
    }
    refused
}

/// Includes our configuration at the end of the repository's own, where it is
/// stronger than all before; makes sure that git reads it.
fn include(repo: &Repo, places: &Places) -> Result<(), HookError> {
    let included = places.included.as_os_str().as_bytes();
    let old = include_block::read(&places.config)?.unwrap_or_default();
    let last = match managed_config::read(&places.included) {
        Some(managed_config::Included::Directory) => {
            hooks_path::read(repo, &places.included)?.ours_wins
        }
        Some(managed_config::Included::Hooks) | None => true,
    };
    let wanted = include_block::block_path(&old)
        .is_some_and(|path| path == include_block::config_value(included));
    if wanted && last {
        return Ok(());
    }
    include_block::rewrite(&places.config, false, |old| {
        include_block::with_block(old, included)
    })?;
    let answer = GitCommand::new(repo)
        .args(["config", "-z", "--get-all", include_block::INCLUDE_KEY])
        .output(64 * 1024);
    let read = answer.is_ok_and(|bytes| bytes.split(|b| *b == 0).any(|value| value == included));
    if read {
        return Ok(());
    }
    include_block::rewrite(&places.config, false, include_block::without_block)?;
    Err(HookError::NotRead {
        path: places.config.clone(),
    })
}

/// After an upgrade of git, or when another tool came or went, the old form is
/// taken out before the new one is put in.
fn leave_other_routes(repo: &Repo, survey: &Survey, decision: &Decision) -> Result<(), HookError> {
    let mut ignored = UninstallReport::default();
    let included = managed_config::read(&survey.places.included);
    let keep = match decision {
        Decision::Config => Some(managed_config::Included::Hooks),
        Decision::Dispatcher => Some(managed_config::Included::Directory),
        Decision::Files | Decision::Refuse(_) => None,
    };
    if included.is_some() && included != keep {
        remove_included(&survey.places, &mut ignored)?;
    }
    if *decision != Decision::Files {
        if let Some(top) = repo.work_tree() {
            lefthook::remove(repo.common_dir(), top)?;
        }
        remove_files(&survey.common_dir, &mut ignored)?;
    }
    Ok(())
}

fn remove_files(common_dir: &Path, report: &mut UninstallReport) -> Result<(), HookError> {
    let hooks = common_dir.join("hooks");
    let real = fs::symlink_metadata(&hooks).is_ok_and(|about| about.is_dir());
    if !real {
        return Ok(());
    }
    for event in Event::ALL {
        let stands = [
            event.name().to_owned(),
            format!("{event}.legacy"),
            format!("{event}.old"),
        ];
        let ours = stands
            .iter()
            .any(|name| shim::is_ours(&manager::look(&hooks.join(name))));
        if ours && !report.routes.contains(&Route::Files) {
            report.routes.push(Route::Files);
        }
        if let Some(kept) = hook_files::take_out(&hooks, event)? {
            report.notes.push(format!(
                "{} stays: another hook took its place",
                kept.display()
            ));
        }
    }
    Ok(())
}

fn remove_included(places: &Places, report: &mut UninstallReport) -> Result<(), HookError> {
    let made = managed_config::made_includer(&places.included);
    match managed_config::read(&places.included) {
        Some(managed_config::Included::Hooks) => report.routes.push(Route::Config),
        Some(managed_config::Included::Directory) => report.routes.push(Route::Dispatcher),
        None => {}
    }
    // the include first: from then on git does as before, whatever happens next
    include_block::rewrite(&places.config, made, include_block::without_block)?;
    for path in managed_config::remove(places)? {
        report.notes.push(format!(
            "{} stays: another tool put it there",
            path.display()
        ));
    }
    Ok(())
}
