//! Asks programs about themselves, as sealed as for a review, for a bounded time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::backends;
use crate::backends::environment::Environment;
use crate::backends::{Adapter, InvocationRequest};
use crate::model::{AgentName, Ending, Event, Invocation, JobId, JobLimits, Perspective, Settings};
use crate::review::error::PipelineError;
use crate::supervisor;
use crate::supervisor::{SuperviseJob, SuperviseOptions};
use crate::sys::dirs;
use crate::sys::files;

/// No program needs longer for its version.
const PATIENCE: Duration = Duration::from_secs(15);
/// A login that is not told in time counts as one, and reviews wait for its failure.
const LOGIN_PATIENCE: Duration = Duration::from_secs(60);
/// Most that is read of an answer, in bytes.
const OUTPUT: u64 = 64 << 10;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ProbeKind {
    /// Its version.
    Version,
    /// Whether it is logged in.
    Login,
    /// Whether our own program starts a review inside one.
    Recursion,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct ProbeResult {
    /// How the program ended.
    pub ending: Ending,
    /// Standard output, then standard error. Untrusted.
    pub words: String,
}

impl ProbeResult {
    /// What came back from [`ProbeKind::Login`]: answered, not logged in, or how it could not be asked.
    #[must_use]
    pub(crate) fn login(&self) -> Ending {
        match &self.ending {
            Ending::Exited(_) => Ending::NotLoggedIn,
            other => other.clone(),
        }
    }
}

/// Questions to be asked side by side.
pub(crate) struct Probe<'a> {
    settings: &'a Settings,
    environment: Environment,
    spools: TempDir,
    jobs: Vec<SuperviseJob>,
}

impl<'a> Probe<'a> {
    /// Nothing asked yet.
    ///
    /// # Errors
    /// When there is no place for the answers.
    pub(crate) fn new(
        settings: &'a Settings,
        work_tree: Option<&Path>,
    ) -> Result<Self, PipelineError> {
        let spools = tempfile::tempdir_in(dirs::temporary()).map_err(PipelineError::Temporary)?;
        let environment = Environment::current();
        let environment = match work_tree {
            Some(tree) => environment.outside(tree),
            None => environment,
        };
        Ok(Self {
            settings,
            environment,
            spools,
            jobs: Vec::new(),
        })
    }

    /// What the programs are started from.
    #[must_use]
    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Adds the question for a found program.
    pub(crate) fn ask(
        &mut self,
        adapter: &dyn Adapter,
        program: &Path,
        question: ProbeKind,
        args: &[&str],
    ) {
        let Some(name) = AgentName::parse(adapter.name()) else {
            return;
        };
        let Some(invocation) = self.invocation(adapter, program, question, args) else {
            return;
        };
        let spool = self
            .spools
            .path()
            .join(format!("{name}-{}", question as u32));
        if std::fs::create_dir(&spool).is_ok() {
            let id = JobId {
                agent: name,
                perspective: Perspective::Informed,
                chunk: question as u32 + 1,
            };
            self.jobs.push(SuperviseJob {
                id,
                invocation,
                spool,
                delay: Duration::ZERO,
            });
        }
    }

    /// Only a login needs credentials.
    fn invocation(
        &self,
        adapter: &dyn Adapter,
        program: &Path,
        question: ProbeKind,
        args: &[&str],
    ) -> Option<Invocation> {
        let sealed = match question {
            ProbeKind::Login => adapter,
            ProbeKind::Version | ProbeKind::Recursion => backends::adapter("command")?,
        };
        let patience = if question == ProbeKind::Login {
            LOGIN_PATIENCE
        } else {
            PATIENCE
        };
        let limits = JobLimits {
            hard: patience,
            idle: patience,
            output_bytes: OUTPUT,
            grace: Duration::from_secs(1),
        };
        let prepared = sealed.prepare(&InvocationRequest {
            shared: 0,
            program,
            prompt: "No prompt is sent.",
            schema: &serde_json::Value::Null,
            model: None,
            limits,
            snapshot: None,
            tools: &[],
            environment: &self.environment,
            endpoint: &self.settings.endpoint_of(adapter.name()),
            command_args: &[],
        });
        let args = args.iter().map(Into::into).collect();
        Some(Invocation {
            args,
            prompt: Vec::new(),
            ..prepared.ok()?
        })
    }

    /// Asks all of them.
    ///
    /// # Errors
    /// When the supervisor cannot work.
    pub(crate) fn run(self) -> Result<BTreeMap<(String, ProbeKind), ProbeResult>, PipelineError> {
        let options = SuperviseOptions {
            per_run: 4,
            slots: None,
            cancel_file: None,
            handle_signals: true,
        };
        let mut told = BTreeMap::new();
        supervisor::run(self.jobs, &options, &mut |event| {
            if let Event::Finished(outcome) = event {
                let text = |path: &PathBuf| {
                    let bytes = files::read_capped(path, OUTPUT).unwrap_or_default();
                    String::from_utf8_lossy(&bytes).into_owned()
                };
                let words = format!("{}\n{}", text(&outcome.stdout), text(&outcome.stderr));
                let question = match outcome.job.chunk {
                    1 => ProbeKind::Version,
                    2 => ProbeKind::Login,
                    _ => ProbeKind::Recursion,
                };
                told.insert(
                    (outcome.job.agent.to_string(), question),
                    ProbeResult {
                        ending: outcome.ending,
                        words,
                    },
                );
            }
            Vec::new()
        })?;
        Ok(told)
    }
}

/// The first thing in a program's words that looks like a version.
#[must_use]
pub(crate) fn version_in<'a>(words: &'a str) -> Option<&'a str> {
    let bare = |word: &'a str| {
        word.trim_matches(|c: char| !c.is_ascii_alphanumeric())
            .trim_start_matches('v')
    };
    words.split_whitespace().map(bare).find(|word| {
        let starts = word.starts_with(|c: char| c.is_ascii_digit());
        starts
            && word.contains('.')
            && word.len() <= 40
            && word.bytes().all(|b| b.is_ascii_graphic())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        for (words, version) in [
            ("2.1.329 (Claude Code)\n", Some("2.1.329")),
            ("codex-cli 0.169.0", Some("0.169.0")),
            (
                "GitHub Copilot CLI 1.0.102.\nRun 'copilot update'",
                Some("1.0.102"),
            ),
            ("v22.1.0", Some("22.1.0")),
            ("error: no such option", None),
        ] {
            assert_eq!(version_in(words), version, "{words}");
        }
    }
}
