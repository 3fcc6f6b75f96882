//! `git agents doctor`: each agent and what it needs, and whether reviews can work here.

mod checks;
mod ledger;

use std::path::PathBuf;

use serde_json::{Value, json};

use super::args::DoctorArgs;
use super::error::CommandError;
use super::{exit_code, output};
use crate::backends;
use crate::backends::Adapter;
use crate::model::Ending;
use crate::review;
use crate::review::{Probe, ProbeKind, ProbeResult, Workspace, version_in};
use crate::sys;
use crate::sys::program_search::Detection;
use crate::text::escape;
use crate::text::plural::count;
use checks::Check;
use ledger::Past;

pub(super) fn doctor(args: &DoctorArgs) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    let mut probe = Probe::new(&workspace.settings, workspace.repo.work_tree())?;
    let mut agents: Vec<Examined> = backends::adapters()
        .iter()
        .map(|adapter| Examined::begin(&workspace, *adapter, &mut probe))
        .collect();
    let own = std::env::current_exe().ok();
    if let (Some(program), Some(command)) = (&own, backends::adapter("command")) {
        probe.ask(command, program, ProbeKind::Recursion, &["run"]);
    }
    let mut told = probe.run()?;
    let past = ledger::read(&workspace.store);
    for examined in &mut agents {
        let name = examined.adapter.name().to_owned();
        examined.version = told.remove(&(name.clone(), ProbeKind::Version));
        examined.login = told.remove(&(name.clone(), ProbeKind::Login));
        // a program's own check knows nothing of a key in a variable
        if let (Found::At(path), Some(login), None) =
            (&examined.found, &examined.login, &examined.key)
        {
            review::learn(examined.adapter, path, &login.login());
        }
        examined.past = past.get(&name).cloned();
    }
    let checks = checks::all(
        &workspace,
        told.get(&("command".to_owned(), ProbeKind::Recursion)),
    );
    let text = if args.list.is_json() {
        as_json(&agents, &checks)
    } else {
        as_text(&agents, &checks)
    };
    if args.list.is_json() {
        output::stdout(&text)?;
    } else {
        output::list(&text)?;
    }
    Ok(if checks.iter().any(Check::is_fault) {
        exit_code::INCOMPLETE
    } else {
        exit_code::CLEAN
    })
}

/// One backend, looked at.
struct Examined {
    adapter: &'static dyn Adapter,
    found: Found,
    /// What it lacks to be called.
    lacks: Option<String>,
    /// The variable whose key it uses.
    key: Option<String>,
    /// Where its requests go, where that is not the provider's own address.
    url: Option<String>,
    version: Option<ProbeResult>,
    login: Option<ProbeResult>,
    past: Option<Past>,
}

/// Whether there is a program.
enum Found {
    At(PathBuf),
    /// An API, or the person's command line.
    Itself(String),
    Not(String),
}

impl Examined {
    fn begin(workspace: &Workspace, adapter: &'static dyn Adapter, probe: &mut Probe) -> Self {
        let endpoint = workspace.settings.endpoint_of(adapter.name());
        let found = match adapter
            .program()
            .map(|program| sys::program_search::detect(program, workspace.repo.work_tree()))
        {
            Some(Detection::Found(path)) => Found::At(path),
            Some(Detection::Missing) => Found::Not("not installed".to_owned()),
            Some(Detection::Refused { path, why }) => {
                Found::Not(format!("{} refused: {why}", path.display()))
            }
            None if adapter.is_http() => {
                Found::Itself(match adapter.base_url(probe.environment(), &endpoint) {
                    Some(url) => without_password(&url),
                    None => "the provider's own API".to_owned(),
                })
            }
            None => match &workspace.settings.command {
                Some(words) => Found::Itself(words.join(" ")),
                None => Found::Not("`agents.command` is not set".to_owned()),
            },
        };
        let lacks = adapter.refused().map(|why| format!("never run: {why}"));
        let lacks = lacks.or_else(|| adapter.lacks(probe.environment(), &endpoint));
        if let Found::At(path) = &found {
            probe.ask(adapter, path, ProbeKind::Version, &["--version"]);
            if let Some(args) = adapter.login_probe().filter(|_| lacks.is_none()) {
                probe.ask(adapter, path, ProbeKind::Login, args);
            }
        }
        Self {
            adapter,
            found,
            lacks,
            key: adapter.key_in_use(probe.environment(), &endpoint),
            url: adapter.base_url(probe.environment(), &endpoint),
            version: None,
            login: None,
            past: None,
        }
    }

    fn is_there(&self) -> bool {
        let unusable = self.adapter.is_http() && self.lacks.is_some();
        !(unusable || matches!(self.found, Found::Not(_)))
    }

    fn place(&self) -> String {
        match &self.found {
            Found::At(path) => path.display().to_string(),
            Found::Itself(words) | Found::Not(words) => words.clone(),
        }
    }

    fn version(&self) -> Option<&str> {
        version_in(&self.version.as_ref()?.words)
    }

    fn version_words(&self) -> String {
        let tried = self.adapter.verified();
        match (self.version(), tried) {
            (Some(version), Some(tried)) if version == tried => {
                format!("{version}, the version this was tried with")
            }
            (Some(version), Some(tried)) => format!("{version}; this was tried with {tried}"),
            (Some(version), None) => format!("{version}; not verified, so only used when named"),
            (None, Some(tried)) if matches!(self.found, Found::At(_)) => {
                format!("its version could not be asked; this was tried with {tried}")
            }
            (None, Some(tried)) => format!("tried with {tried}"),
            (None, None) if self.adapter.name() == "command" => "your own".to_owned(),
            (None, None) => "not verified, so only used when named".to_owned(),
        }
    }

    fn login_words(&self) -> String {
        match (&self.lacks, &self.login) {
            (Some(why), _) => why.clone(),
            (None, _) if self.key.is_some() => {
                let variable = self.key.as_deref().unwrap_or_default();
                format!("by the key in {variable}; the first review shows whether it is accepted")
            }
            (
                None,
                Some(ProbeResult {
                    ending: Ending::Answered,
                    ..
                }),
            ) => "logged in".to_owned(),
            (
                None,
                Some(ProbeResult {
                    ending: Ending::Exited(_),
                    ..
                }),
            ) => {
                format!("not logged in: {}", self.adapter.login_hint())
            }
            (None, Some(told)) => {
                format!("its login could not be asked: {}", told.ending.describe())
            }
            (None, None) if self.adapter.is_http() => {
                "its key is set, or none is needed".to_owned()
            }
            (None, None) => "its login cannot be checked without asking a model".to_owned(),
        }
    }

    fn past_words(&self) -> Option<String> {
        let past = self.past.as_ref()?;
        let jobs = count(past.jobs, "job");
        let cost = if past.cost > 0.0 {
            format!(", ${:.2}", past.cost)
        } else {
            String::new()
        };
        Some(format!(
            "last: {}; so far {jobs}, {} tokens{cost}",
            past.last, past.tokens
        ))
    }

    fn to_text(&self) -> String {
        let mut lines = vec![
            format!("  {:<13}{}", self.adapter.name(), self.place()),
            format!("  {:<13}version: {}", "", self.version_words()),
            format!("  {:<13}login: {}", "", self.login_words()),
            format!("  {:<13}sealed: {}", "", self.adapter.sealing()),
        ];
        if let (Some(url), Found::At(_)) = (&self.url, &self.found) {
            let url = without_password(url);
            lines.push(format!("  {:<13}requests go to {url}", ""));
        }
        lines.extend(
            self.past_words()
                .map(|words| format!("  {:<13}{words}", "")),
        );
        lines
            .iter()
            .map(|line| format!("{}\n", escape::line(line)))
            .collect()
    }

    fn to_json(&self) -> Value {
        let logged_in = match (&self.lacks, &self.login) {
            (Some(_), _) => Some(false),
            (None, _) if self.key.is_some() => Some(true),
            (None, Some(told)) => Some(told.ending == Ending::Answered),
            (None, None) => None,
        };
        json!({
            "agent": self.adapter.name(),
            "found": !matches!(self.found, Found::Not(_)),
            "place": self.place(),
            "version": self.version(),
            "verified": self.adapter.verified(),
            "logged_in": logged_in,
            "lacks": self.lacks,
            "key": self.key,
            "url": self.url.as_deref().map(without_password),
            "sealed": self.adapter.sealing(),
            "last": self.past.as_ref().map(|past| past.last.as_str()),
            "jobs": self.past.as_ref().map_or(0, |past| past.jobs),
            "tokens": self.past.as_ref().map_or(0, |past| past.tokens),
            "cost": self.past.as_ref().map_or(0.0, |past| past.cost),
        })
    }
}

/// The URL without a user's name and password.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

fn as_text(agents: &[Examined], checks: &[Check]) -> String {
    let mut text = String::from("agents\n");
    text.extend(
        agents
            .iter()
            .filter(|agent| agent.is_there())
            .map(Examined::to_text),
    );
    text.push_str("  offline      inside this program; no account, nothing leaves the machine\n");
    for agent in agents.iter().filter(|agent| !agent.is_there()) {
        let is_open = agent.lacks.is_some() && agent.adapter.is_http();
        let why = if is_open {
            format!("not set up: {}", agent.adapter.login_hint())
        } else {
            agent.place()
        };
        text.push_str(&format!(
            "  {:<13}{}\n",
            agent.adapter.name(),
            escape::line(&why)
        ));
    }
    text.push_str("\nhere\n");
    text.extend(
        checks
            .iter()
            .map(|check| format!("  {}\n", escape::line(&check.to_text()))),
    );
    text
}

fn as_json(agents: &[Examined], checks: &[Check]) -> String {
    let lines = agents
        .iter()
        .map(Examined::to_json)
        .chain(checks.iter().map(Check::to_json));
    lines.map(|line| format!("{line}\n")).collect()
}
