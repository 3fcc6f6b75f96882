//! Which backends this machine has, and which of them `auto` may take.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::error::PipelineError;
use super::logins;
use super::prepare::Ask;
use super::session::Session;
use crate::agent::{self, Adapter, Detection, Environment};
use crate::model::{AgentName, Plan, Usable};

/// What can be run on this machine.
pub(super) struct Backends {
    /// Programs by backend.
    pub(super) programs: BTreeMap<String, PathBuf>,
    environment: Environment,
    /// Those whose program says that nobody is logged in.
    not_logged_in: BTreeSet<String>,
}

impl Backends {
    /// Looks for all of them; starts none.
    pub(super) fn find(work_tree: Option<&Path>) -> Self {
        let own = std::env::current_exe().ok();
        let found = agent::adapters()
            .iter()
            .filter(|adapter| adapter.refused().is_none())
            .filter_map(|adapter| {
                let name = adapter.name().to_owned();
                if adapter.is_http() {
                    return own.clone().map(|path| (name, path));
                }
                match agent::detect(adapter.program()?, work_tree) {
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
    pub(super) fn logged_in(mut self, session: &Session, ask: &Ask) -> Self {
        if asked(session, ask).contains(&"auto") {
            self.not_logged_in = logins::missing(session, &self, ask.background);
        }
        self
    }

    /// What the person could do so that an agent reviews, where none can.
    pub(super) fn hints(&self, session: &Session) -> Vec<String> {
        if !self.usable(session).is_empty() {
            return Vec::new();
        }
        let there = agent::adapters()
            .iter()
            .filter(|a| !a.is_http() && self.programs.contains_key(a.name()));
        let verified = there.filter(|adapter| adapter.verified().is_some());
        let hint = |adapter: &&'static dyn Adapter| {
            let why = adapter.lacks(
                &self.environment,
                &session.settings.endpoint_of(adapter.name()),
            );
            let why = why.unwrap_or_else(|| format!("not logged in: `{}`", adapter.login_hint()));
            format!("`{}` is installed and was not asked: {why}", adapter.name())
        };
        verified.map(hint).collect()
    }

    /// Every backend there is, installed or not.
    pub(super) fn all(session: &Session) -> Vec<Usable> {
        agent::adapters()
            .iter()
            .map(|adapter| usable(session, *adapter, true))
            .collect()
    }

    /// Backends that `auto` may take, best first: the person's own command before all, then the
    /// adapters' order. Only what somebody ran, and what does not obviously lack its key.
    pub(super) fn usable(&self, session: &Session) -> Vec<Usable> {
        let settings = &session.settings;
        let own = agent::adapter("command").filter(|_| settings.command.is_some());
        let ready = |adapter: &&'static dyn Adapter| {
            let endpoint = settings.endpoint_of(adapter.name());
            self.programs.contains_key(adapter.name())
                && !self.not_logged_in.contains(adapter.name())
                && adapter.verified().is_some()
                && adapter.lacks(&self.environment, &endpoint).is_none()
        };
        let listed = agent::adapters().iter().copied().filter(ready);
        own.into_iter()
            .chain(listed)
            .map(|adapter| usable(session, adapter, true))
            .collect()
    }

    /// The same, and after them what the person named and is there.
    pub(super) fn plannable(&self, session: &Session, ask: &Ask) -> Vec<Usable> {
        let mut found = self.usable(session);
        let settings = &session.settings;
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
            let adapter = agent::adapter(name).filter(|_| self.programs.contains_key(name));
            if let Some(adapter) = adapter.filter(|_| found.iter().all(|known| known.name != name))
            {
                found.push(usable(session, adapter, false));
            }
        }
        found
    }

    /// Whether any agent may be asked that is not the offline reviewer.
    pub(super) fn wanted(&self, session: &Session, ask: &Ask) -> bool {
        asked(session, ask).iter().any(|name| match *name {
            "offline" => false,
            "auto" => !self.usable(session).is_empty(),
            _ => true,
        })
    }
}

/// Every backend that an agent may be given.
fn asked<'a>(session: &'a Session, ask: &'a Ask) -> Vec<&'a str> {
    let settings = &session.settings;
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

fn usable(session: &Session, adapter: &dyn Adapter, auto: bool) -> Usable {
    let family = adapter.family_at(&session.settings.endpoint_of(adapter.name()));
    Usable {
        name: adapter.name().to_owned(),
        family,
        auto,
        explores: adapter.exploring().is_ok(),
    }
}

/// Whether every planned job's backend can run.
pub(super) fn check_backends(
    session: &Session,
    plan: &Plan,
    programs: &BTreeMap<String, PathBuf>,
) -> Result<(), PipelineError> {
    plan.jobs
        .iter()
        .try_for_each(|job| check_backend(session, &job.backend, &job.definition.name, programs))
}

/// Whether this backend can run; names what is in the way.
pub(super) fn check_backend(
    session: &Session,
    backend: &str,
    agent: &AgentName,
    programs: &BTreeMap<String, PathBuf>,
) -> Result<(), PipelineError> {
    let tree = session.repo.work_tree();
    let refused = |why| PipelineError::Backend {
        backend: backend.to_owned(),
        agent: agent.to_string(),
        why,
    };
    if let ("command", Some(words)) = (backend, &session.settings.command) {
        return own_program(words, tree).map_err(refused);
    }
    let lacks = agent::adapter(backend).and_then(|adapter| {
        adapter.lacks(
            &Environment::current(),
            &session.settings.endpoint_of(backend),
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
    match agent::detect(program, work_tree.filter(|_| !program.contains('/'))) {
        Detection::Found(_) => Ok(()),
        Detection::Missing => Err(format!(
            "`{program}` of `agents.command` is not there, or cannot be executed"
        )),
        Detection::Refused { why, .. } => Err(format!("`{program}` of `agents.command` is {why}")),
    }
}

fn missing(backend: &str, work_tree: Option<&Path>) -> String {
    let Some(adapter) = agent::adapter(backend) else {
        return "no such backend".to_owned();
    };
    if let Some(why) = adapter.refused() {
        return why.to_owned();
    }
    match adapter
        .program()
        .map(|program| (program, agent::detect(program, work_tree)))
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
