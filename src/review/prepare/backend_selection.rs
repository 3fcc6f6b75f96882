//! Which backends this machine has, and which of them `auto` may take.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::backends;
use crate::backends::Adapter;
use crate::backends::environment::Environment;
use crate::model::{AgentName, BackendCandidate, Plan};
use crate::review::error::PipelineError;
use crate::review::prepare::ReviewSpec;
use crate::review::prepare::login_status;
use crate::review::workspace::Workspace;
use crate::sys;
use crate::sys::program_search::Detection;

/// What can be run on this machine.
pub(crate) struct Backends {
    /// Programs by backend.
    pub(crate) programs: BTreeMap<String, PathBuf>,
    environment: Environment,
    /// Those whose program says that nobody is logged in.
    not_logged_in: BTreeSet<String>,
}

impl Backends {
    /// Looks for all of them; starts none.
    pub(crate) fn find(work_tree: Option<&Path>) -> Self {
        let own = std::env::current_exe().ok();
        let found = backends::adapters()
            .iter()
            .filter(|adapter| adapter.refused().is_none())
            .filter_map(|adapter| {
                let name = adapter.name().to_owned();
                if adapter.is_http() {
                    return own.clone().map(|path| (name, path));
                }
                match sys::program_search::detect(adapter.program()?, work_tree) {
                    Detection::Found(path) => Some((name, path)),
                    Detection::Missing | Detection::Refused { .. } => None,
                }
            });
        Self {
            programs: found.collect(),
            environment: Environment::current(),
            not_logged_in: BTreeSet::new(),
        }
    }

    /// The same without those that nobody is logged in to, where `auto` has the choice.
    pub(crate) fn logged_in(mut self, workspace: &Workspace, ask: &ReviewSpec) -> Self {
        if asked(workspace, ask).contains(&"auto") {
            self.not_logged_in = login_status::missing(workspace, &self, ask.background);
        }
        self
    }

    /// What the person could do so that an agent reviews, where none can.
    pub(crate) fn hints(&self, workspace: &Workspace) -> Vec<String> {
        if !self.usable(workspace).is_empty() {
            return Vec::new();
        }
        let there = backends::adapters()
            .iter()
            .filter(|a| !a.is_http() && self.programs.contains_key(a.name()));
        let verified = there.filter(|adapter| adapter.verified().is_some());
        let hint = |adapter: &&'static dyn Adapter| {
            let why = adapter.lacks(
                &self.environment,
                &workspace.settings.endpoint_of(adapter.name()),
            );
            let why = why.unwrap_or_else(|| format!("not logged in: `{}`", adapter.login_hint()));
            format!("`{}` is installed and was not asked: {why}", adapter.name())
        };
        verified.map(hint).collect()
    }

    /// Every backend there is, installed or not.
    pub(crate) fn all(workspace: &Workspace) -> Vec<BackendCandidate> {
        backends::adapters()
            .iter()
            .map(|adapter| usable(workspace, *adapter, true))
            .collect()
    }

    /// Backends that `auto` may take, best first: the person's own command before all, then the
    /// adapters' order. Only what somebody ran, and what does not obviously lack its key.
    pub(crate) fn usable(&self, workspace: &Workspace) -> Vec<BackendCandidate> {
        let settings = &workspace.settings;
        let own = backends::adapter("command").filter(|_| settings.command.is_some());
        let ready = |adapter: &&'static dyn Adapter| {
            let endpoint = settings.endpoint_of(adapter.name());
            self.programs.contains_key(adapter.name())
                && !self.not_logged_in.contains(adapter.name())
                && adapter.verified().is_some()
                && adapter.lacks(&self.environment, &endpoint).is_none()
        };
        let listed = backends::adapters().iter().copied().filter(ready);
        own.into_iter()
            .chain(listed)
            .map(|adapter| usable(workspace, adapter, true))
            .collect()
    }

    /// The same, and after them what the person named and is there.
    pub(crate) fn plannable(
        &self,
        workspace: &Workspace,
        ask: &ReviewSpec,
    ) -> Vec<BackendCandidate> {
        let mut found = self.usable(workspace);
        let settings = &workspace.settings;
        let agents = settings
            .per_agent
            .values()
            .filter_map(|agent| agent.backend.as_deref());
        for name in ask
            .backend
            .as_deref()
            .into_iter()
            .chain([settings.backend.as_str()])
            .chain(agents)
        {
            let adapter = backends::adapter(name).filter(|_| self.programs.contains_key(name));
            if let Some(adapter) = adapter.filter(|_| found.iter().all(|known| known.name != name))
            {
                found.push(usable(workspace, adapter, false));
            }
        }
        found
    }

    /// Whether any agent may be asked that is not the offline reviewer.
    pub(crate) fn wanted(&self, workspace: &Workspace, ask: &ReviewSpec) -> bool {
        asked(workspace, ask).iter().any(|name| match *name {
            "offline" => false,
            "auto" => !self.usable(workspace).is_empty(),
            _ => true,
        })
    }
}

/// Every backend that an agent may be given.
fn asked<'a>(workspace: &'a Workspace, ask: &'a ReviewSpec) -> Vec<&'a str> {
    let settings = &workspace.settings;
    let mut asked: Vec<&str> = vec![ask.backend.as_deref().unwrap_or(&settings.backend)];
    if ask.backend.is_none() {
        asked.extend(
            settings
                .per_agent
                .values()
                .filter_map(|a| a.backend.as_deref()),
        );
    }
    asked
}

fn usable(workspace: &Workspace, adapter: &dyn Adapter, auto: bool) -> BackendCandidate {
    let family = adapter.family_at(&workspace.settings.endpoint_of(adapter.name()));
    BackendCandidate {
        name: adapter.name().to_owned(),
        family,
        auto,
        explores: adapter.exploring().is_ok(),
    }
}

/// Whether every planned job's backend can run.
pub(crate) fn check_backends(
    workspace: &Workspace,
    plan: &Plan,
    programs: &BTreeMap<String, PathBuf>,
) -> Result<(), PipelineError> {
    plan.jobs
        .iter()
        .try_for_each(|job| check_backend(workspace, &job.backend, &job.definition.name, programs))
}

/// Whether this backend can run; names what is in the way.
pub(crate) fn check_backend(
    workspace: &Workspace,
    backend: &str,
    agent: &AgentName,
    programs: &BTreeMap<String, PathBuf>,
) -> Result<(), PipelineError> {
    let tree = workspace.repo.work_tree();
    let refused = |why| PipelineError::Backend {
        backend: backend.to_owned(),
        agent: agent.to_string(),
        why,
    };
    if let ("command", Some(words)) = (backend, &workspace.settings.command) {
        return own_program(words, tree).map_err(refused);
    }
    let lacks = backends::adapter(backend).and_then(|adapter| {
        adapter.lacks(
            &Environment::current(),
            &workspace.settings.endpoint_of(backend),
        )
    });
    if matches!(backend, "auto" | "offline") || (programs.contains_key(backend) && lacks.is_none())
    {
        return Ok(());
    }
    let why = lacks.filter(|_| programs.contains_key(backend));
    Err(refused(why.unwrap_or_else(|| missing(backend, tree))))
}

/// Whether the person's own program can be started. By its path it may lie anywhere; by its name
/// it is looked for as every other one is.
fn own_program(words: &[String], work_tree: Option<&Path>) -> Result<(), String> {
    let program = words.first().map_or("", String::as_str);
    match sys::program_search::detect(program, work_tree.filter(|_| !program.contains('/'))) {
        Detection::Found(_) => Ok(()),
        Detection::Missing => Err(format!(
            "`{program}` of `agents.command` is not there, or cannot be executed"
        )),
        Detection::Refused { why, .. } => Err(format!("`{program}` of `agents.command` is {why}")),
    }
}

fn missing(backend: &str, work_tree: Option<&Path>) -> String {
    let Some(adapter) = backends::adapter(backend) else {
        return "no such backend".to_owned();
    };
    if let Some(why) = adapter.refused() {
        return why.to_owned();
    }
    match adapter
        .program()
        .map(|program| (program, sys::program_search::detect(program, work_tree)))
    {
        None => "`agents.command` is not set".to_owned(),
        Some((program, Detection::Refused { path, why })) => {
            format!("`{program}` is {} and {why}", path.display())
        }
        Some((program, Detection::Missing | Detection::Found(_))) => {
            format!("`{program}` is not installed")
        }
    }
}
