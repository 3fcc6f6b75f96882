//! Which hooks reach us, and what is in the way.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::error::HookError;
use super::event::Event;
use super::hooks_path::{self, HooksPath};
use super::managed_config;
use super::managed_config::Included;
use super::manager::{self, Manager, detect_manager};
use super::strategy::CONFIG_HOOKS_SINCE;
use super::survey::{Occupant, Places, occupant};
use super::{InstallOptions, Route, global, include_block, lefthook, shim};
use crate::git::Repo;
use crate::store::resting;

/// What stands between git and us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookStatus {
    /// The way in use here; none if nothing is installed in this repository.
    pub route: Option<Route>,
    /// Whether hooks for all of the user's repositories are set.
    pub global: bool,
    /// Each event we answer.
    pub events: Vec<EventStatus>,
    /// The program that the hooks start.
    pub binary: BinaryState,
    /// Hook managers in use here.
    pub managers: Vec<Manager>,
}

impl HookStatus {
    /// Whether every event reaches a program that is there.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        matches!(self.binary, BinaryState::Present(_))
            && self.events.iter().all(|e| e.state.reaches_us())
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventStatus {
    /// Which.
    pub event: Event,
    /// Whether it reaches us.
    pub state: EventState,
}

/// Whether an event reaches us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventState {
    /// git starts our shim.
    Active,
    /// git will, from the next review's begin on until its report is told.
    Resting,
    /// Nothing of ours is installed for it.
    Missing,
    /// Ours is there, but git does not come to it.
    Shadowed {
        /// What hides it, in a few words.
        by: String,
    },
    /// Another tool put its hook in our place and does not run ours.
    Displaced {
        /// The hook that stands there now.
        by: PathBuf,
    },
    /// Ours is there, but not executable.
    NotExecutable,
}

impl EventState {
    /// Whether nothing of this event's that concerns us is missed.
    #[must_use]
    pub fn reaches_us(&self) -> bool {
        matches!(self, Self::Active | Self::Resting)
    }
}

/// The program that the shims name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BinaryState {
    /// It can be started.
    Present(PathBuf),
    /// It cannot; hooks look for `git-agents` on the search path, else do nothing.
    Missing(PathBuf),
    /// No shim was found that names one.
    Unknown,
}

/// Looks at a repository's hooks; writes nothing.
///
/// # Errors
/// What git or the file system refuses.
pub fn status(repo: &Repo, options: &InstallOptions) -> Result<HookStatus, HookError> {
    let places = Places::of(repo.common_dir());
    let global = global::places().is_ok_and(|places| set_in(&places) == Some(Included::Hooks));
    let seen = Seen {
        repo,
        options,
        global,
        set: hooks_path::read(repo, &places.included)?,
        places,
    };
    let route = seen.route();
    let state = |event| EventStatus {
        event,
        state: seen.state(event, route),
    };
    Ok(HookStatus {
        route,
        global,
        events: Event::ALL.map(state).to_vec(),
        binary: seen.binary(),
        managers: detect_manager(repo),
    })
}

/// Whether a hook tool has pushed ours aside since they were installed, so
/// that installing again would help. Reads a few files and starts nothing:
/// cheap enough for the background process to ask each time it runs.
#[must_use]
pub fn displaced(common_dir: &Path) -> bool {
    let hooks = common_dir.join("hooks");
    let shims = Places::of(common_dir).shims;
    let pushed = |event: &Event| match occupant(&hooks, event.name()) {
        Occupant::Ours => false,
        Occupant::RunsLegacy => {
            !shim_at(&hooks.join(format!("{event}.legacy"))) && shim_near(&hooks, *event)
        }
        Occupant::Lefthook => !shim_at(&shims.join(event.name())) && shim_near(&hooks, *event),
        Occupant::Twice => true,
        Occupant::Nothing if shim_at(&resting(&hooks.join(event.name()))) => false,
        Occupant::Nothing | Occupant::NeedsItsName | Occupant::Foreign => shim_near(&hooks, *event),
    };
    Event::ALL.iter().any(pushed)
}

fn shim_at(path: &Path) -> bool {
    shim::is_ours(&manager::look(path))
}

/// Whether ours was moved aside, or was written over while another one of ours stands.
fn shim_near(hooks: &Path, event: Event) -> bool {
    let moved = shim_at(&hooks.join(format!("{event}.old")))
        || shim_at(&hooks.join(format!("{event}.legacy")));
    moved
        || Event::ALL
            .iter()
            .any(|other| *other != event && shim_at(&hooks.join(other.name())))
}

fn set_in(places: &Places) -> Option<Included> {
    let config = include_block::read(&places.config).ok().flatten()?;
    // in a repository that was moved or copied the include leads elsewhere
    let expected = include_block::config_value(places.included.as_os_str().as_bytes());
    (include_block::block_path(&config)? == expected)
        .then(|| managed_config::read(&places.included))
        .flatten()
}

struct Seen<'a> {
    repo: &'a Repo,
    options: &'a InstallOptions,
    global: bool,
    set: HooksPath,
    places: Places,
}

impl Seen<'_> {
    fn hooks(&self) -> PathBuf {
        self.repo.common_dir().join("hooks")
    }

    fn route(&self) -> Option<Route> {
        match set_in(&self.places) {
            Some(Included::Hooks) => return Some(Route::Config),
            Some(Included::Directory) => return Some(Route::Dispatcher),
            None => {}
        }
        let hooks = self.hooks();
        let names = Event::ALL.iter().flat_map(|e| {
            [
                e.name().to_owned(),
                format!("{e}.legacy"),
                format!("{e}.old"),
            ]
        });
        names
            .map(|name| hooks.join(name))
            .any(|path| shim_at(&path))
            .then_some(Route::Files)
    }

    fn state(&self, event: Event, route: Option<Route>) -> EventState {
        let local = match route {
            Some(Route::Config) => self.in_config(event),
            Some(Route::Dispatcher) => self.in_dispatcher(event),
            Some(Route::Files) => self.in_files(event),
            Some(Route::ByHand) | None => EventState::Missing,
        };
        let global = self.global && self.options.git_version >= CONFIG_HOOKS_SINCE;
        if global && !local.reaches_us() {
            EventState::Active
        } else {
            local
        }
    }

    fn in_config(&self, event: Event) -> EventState {
        let (major, minor, patch) = self.options.git_version;
        if !shim_at(&self.places.shims.join(event.name())) {
            return EventState::Missing;
        }
        if self.options.git_version < CONFIG_HOOKS_SINCE {
            return EventState::Shadowed {
                by: format!("git {major}.{minor}.{patch}, which reads no hooks from configuration"),
            };
        }
        EventState::Active
    }

    fn in_dispatcher(&self, event: Event) -> EventState {
        let path = self.places.shims.join(event.name());
        if self.set.ours_wins {
            standing(&path)
        } else {
            self.shadowed()
        }
    }

    fn in_files(&self, event: Event) -> EventState {
        let hooks = self.hooks();
        let path = hooks.join(event.name());
        let state = match occupant(&hooks, event.name()) {
            Occupant::Ours => standing(&path),
            Occupant::RunsLegacy if shim_at(&hooks.join(format!("{event}.legacy"))) => {
                EventState::Active
            }
            Occupant::Lefthook if self.lefthook_runs(event) => EventState::Active,
            Occupant::Nothing if shim_at(&resting(&hooks.join(event.name()))) => {
                EventState::Resting
            }
            Occupant::Nothing => EventState::Missing,
            Occupant::RunsLegacy
            | Occupant::Lefthook
            | Occupant::NeedsItsName
            | Occupant::Foreign
            | Occupant::Twice => EventState::Displaced { by: path },
        };
        let base = self.repo.work_tree().unwrap_or(self.repo.common_dir());
        let elsewhere = self
            .set
            .theirs
            .as_ref()
            .is_some_and(|set| !same(&base.join(set), &hooks));
        if elsewhere && state.reaches_us() {
            self.shadowed()
        } else {
            state
        }
    }

    fn lefthook_runs(&self, event: Event) -> bool {
        let Some(top) = self.repo.work_tree() else {
            return false;
        };
        shim_at(&self.places.shims.join(event.name())) && lefthook::names(top, event)
    }

    fn shadowed(&self) -> EventState {
        let path = self
            .set
            .theirs
            .as_deref()
            .unwrap_or(Path::new("its own place"))
            .display();
        let scope = &self.set.scope;
        EventState::Shadowed {
            by: format!("core.hooksPath = {path} ({scope})"),
        }
    }

    fn binary(&self) -> BinaryState {
        let hooks = self.hooks();
        let mut directories = vec![self.places.shims.clone(), hooks];
        directories.extend(
            global::places()
                .ok()
                .filter(|_| self.global)
                .map(|places| places.shims),
        );
        let names = Event::ALL
            .iter()
            .flat_map(|e| [e.name().to_owned(), format!("{e}.legacy")]);
        let mut paths = names.flat_map(|name| {
            directories
                .iter()
                .map(move |d| d.join(&name))
                .collect::<Vec<_>>()
        });
        let found = paths.find_map(|path| {
            let content = manager::look(&path);
            shim::is_ours(&content)
                .then(|| shim::binary_of(&content))
                .flatten()
        });
        let Some(binary) = found.map(|bytes| PathBuf::from(OsString::from_vec(bytes))) else {
            return BinaryState::Unknown;
        };
        if executable(&binary) {
            BinaryState::Present(binary)
        } else {
            BinaryState::Missing(binary)
        }
    }
}

fn standing(path: &Path) -> EventState {
    if !shim_at(path) {
        EventState::Missing
    } else if executable(path) {
        EventState::Active
    } else {
        EventState::NotExecutable
    }
}

fn executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

fn same(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}
