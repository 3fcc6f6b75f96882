//! Which programs that `auto` could take are logged in: a key or a login's file tells at once, else
//! their own command, which sends no prompt; its answer is remembered.
//!
//! A login is remembered for a day and a missing one for minutes, and both until a run finds it
//! otherwise. While a person waits, a missing one is asked for again: they may just have logged in.

use std::collections::BTreeSet;
use std::path::Path;

use crate::backends;
use crate::backends::Adapter;
use crate::backends::environment::Environment;
use crate::model::Ending;
use crate::review::prepare::Prepared;
use crate::review::prepare::backend_selection::Backends;
use crate::review::prepare::probe::{Probe, ProbeKind};
use crate::review::workspace::Workspace;
use crate::store::{Login, Logins};
use crate::sys::{clock, dirs};

/// Backends whose program is there and says that nobody is logged in.
pub(crate) fn missing(
    workspace: &Workspace,
    backends: &Backends,
    background: bool,
) -> BTreeSet<String> {
    let mut missing = BTreeSet::new();
    let mut open = Vec::new();
    let environment = Environment::current();
    for (adapter, program) in askable(backends) {
        match (recall(adapter, program), adapter.knows_login(&environment)) {
            // also where a key or a file is there: a run found that it does not hold
            (Some(false), _) if background => {
                missing.insert(adapter.name().to_owned());
            }
            (Some(true), _) | (_, Some(true)) => {}
            (_, Some(false)) => {
                missing.insert(adapter.name().to_owned());
            }
            (Some(false) | None, None) => open.push((adapter, program)),
        }
    }
    missing.extend(ask(workspace, &open));
    missing
}

/// Those that can be asked.
fn askable(backends: &Backends) -> Vec<(&'static dyn Adapter, &Path)> {
    let adapters = backends::adapters().iter().copied();
    let adapters =
        adapters.filter(|adapter| adapter.login_probe().is_some() && adapter.verified().is_some());
    adapters
        .filter_map(|adapter| Some((adapter, backends.programs.get(adapter.name())?.as_path())))
        .collect()
}

/// Who is not logged in. One that cannot be asked is taken for logged in: a run will tell.
fn ask(workspace: &Workspace, open: &[(&'static dyn Adapter, &Path)]) -> BTreeSet<String> {
    if open.is_empty() {
        return BTreeSet::new();
    }
    let Ok(mut probe) = Probe::new(&workspace.settings, workspace.repo.work_tree()) else {
        return BTreeSet::new();
    };
    for (adapter, program) in open {
        probe.ask(
            *adapter,
            program,
            ProbeKind::Login,
            adapter.login_probe().unwrap_or_default(),
        );
    }
    let mut told = probe.run().unwrap_or_default();
    let mut missing = BTreeSet::new();
    for (adapter, program) in open {
        let name = adapter.name().to_owned();
        let Some(told) = told.remove(&(name.clone(), ProbeKind::Login)) else {
            continue;
        };
        learn(*adapter, program, &told.login());
        if told.login() == Ending::NotLoggedIn {
            missing.insert(name);
        }
    }
    missing
}

fn recall(adapter: &dyn Adapter, program: &Path) -> Option<bool> {
    Logins::in_dir(&dirs::user_cache()?).recall(adapter.name(), program, clock::now())
}

/// Remembers what a job's ending says about the login of its backend.
pub(crate) fn learn_from(prepared: &Prepared, backend: &str, ending: &Ending) {
    if let (Some(adapter), Some(program)) =
        (backends::adapter(backend), prepared.programs.get(backend))
    {
        learn(adapter, program, ending);
    }
}

/// Remembers what this ending says about the login of a backend that can be asked for it.
pub(crate) fn learn(adapter: &dyn Adapter, program: &Path, ending: &Ending) {
    let is_there = match ending {
        Ending::Answered => true,
        Ending::NotLoggedIn => false,
        _ => return,
    };
    if let Some(dir) = dirs::user_cache().filter(|_| adapter.login_probe().is_some()) {
        let login = Login {
            program: program.to_owned(),
            is_there,
            at: clock::now(),
        };
        // what cannot be kept is asked again
        let _ = Logins::in_dir(&dir).keep(adapter.name(), &login);
    }
}
