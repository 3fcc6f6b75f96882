//! The view of a running review: a table redrawn in place on a terminal, plain
//! lines elsewhere. Always on standard error.

use std::time::{Duration, Instant};

use console::Term;

use super::output;
use crate::model::{AgentLine, Ending, Event, JobId, Reply};
use crate::review::{Observer, Prepared};
use crate::text::escape;
use crate::text::plural::count;

/// How often a terminal is redrawn.
const REDRAW: Duration = Duration::from_millis(250);
/// Facts shown at once; the report has them all.
const FACTS: usize = 5;

/// A row of the table.
struct Row {
    job: JobId,
    backend: String,
    state: State,
}

enum State {
    Waiting,
    Running {
        since: Instant,
        bytes: u64,
    },
    Stopping {
        since: Instant,
    },
    Ended {
        how: String,
        took: Duration,
        reused: bool,
    },
}

/// The view.
pub(super) struct ProgressView {
    term: Option<Term>,
    rows: Vec<Row>,
    drawn: usize,
    last: Option<Instant>,
}

impl ProgressView {
    pub(super) fn new() -> Self {
        let term = Term::stderr();
        Self {
            term: (term.is_term() && !output::is_quiet()).then_some(term),
            rows: Vec::new(),
            drawn: 0,
            last: None,
        }
    }

    /// Takes the table off the screen.
    pub(super) fn end(&mut self) {
        self.clear();
        self.rows.clear();
    }

    fn clear(&mut self) {
        if let Some(term) = &self.term {
            // A terminal that went away is not worth stopping a review for.
            let _ = term.clear_last_lines(self.drawn);
        }
        self.drawn = 0;
    }

    fn row(&mut self, job: &JobId) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.job == *job)
    }

    fn draw(&mut self, force: bool) {
        if self.term.is_none() || (!force && self.last.is_some_and(|at| at.elapsed() < REDRAW)) {
            return;
        }
        let lines: Vec<String> = self.rows.iter().map(Row::to_text).collect();
        self.clear();
        if let Some(term) = &self.term {
            let width = usize::from(term.size().1).saturating_sub(1).max(20);
            for line in &lines {
                let _ = term.write_line(&console::truncate_str(line, width, "…"));
            }
        }
        self.drawn = lines.len();
        self.last = Some(Instant::now());
    }

    fn say(&self, text: &str) {
        if self.term.is_none() {
            output::note(text);
        }
    }
}

impl Row {
    fn to_text(&self) -> String {
        let state = match &self.state {
            State::Waiting => "waiting".to_owned(),
            State::Running { since, bytes: 0 } => {
                format!("reading   {:>4} s", since.elapsed().as_secs())
            }
            State::Running { since, bytes } => {
                format!(
                    "answering {:>4} s  {bytes} bytes",
                    since.elapsed().as_secs()
                )
            }
            State::Stopping { since } => format!("stopping  {:>4} s", since.elapsed().as_secs()),
            State::Ended {
                how, reused: true, ..
            } => format!("{how} before"),
            State::Ended { how, took, .. } => format!("{how} in {:.1} s", took.as_secs_f64()),
        };
        format!(
            "  {:<14} {:<10} {state}",
            self.job.to_string(),
            self.backend
        )
    }
}

impl Observer for ProgressView {
    fn prepared(&mut self, prepared: &Prepared) {
        let asked = prepared
            .work
            .iter()
            .filter(|work| work.prompt.is_some())
            .count();
        self.rows = prepared
            .work
            .iter()
            .map(|work| Row {
                job: work.id.clone(),
                backend: work.job.backend.clone(),
                state: State::Waiting,
            })
            .collect();
        if asked == 0 {
            self.rows.clear();
            return;
        }
        let label = escape::line(&prepared.change.target.label());
        let (files, prompts) = (
            count(prepared.change.files.len(), "file"),
            count(asked, "prompt"),
        );
        output::note(&format!("agents: reading {label}, {files}, {prompts}\n"));
        output::note(&facts(prepared.facts.values()));
        self.draw(true);
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::Waiting(job) => {
                if let Some(row) = self.row(job) {
                    row.state = State::Waiting;
                }
            }
            Event::Started(job) => {
                if let Some(row) = self.row(job) {
                    row.state = State::Running {
                        since: Instant::now(),
                        bytes: 0,
                    };
                }
                self.say(&format!("agents: {job} started\n"));
            }
            Event::Progress { job, bytes } => {
                if let Some(Row {
                    state: State::Running { bytes: seen, .. },
                    ..
                }) = self.row(job)
                {
                    *seen = *bytes;
                }
            }
            Event::Stopping(job) => {
                if let Some(row) = self.row(job) {
                    row.state = State::Stopping {
                        since: Instant::now(),
                    };
                }
                self.say(&format!("agents: {job} is being stopped\n"));
            }
            Event::Finished(_) | Event::Tick => {}
        }
        self.draw(false);
    }

    fn settled(&mut self, job: &JobId, line: &AgentLine, reused: bool) {
        let how = escape::line(&line.ending.describe());
        let took = line.elapsed;
        if self.rows.is_empty() {
            return;
        }
        let before = if reused { " before" } else { "" };
        self.say(&format!(
            "agents: {job} {how}{before} ({}, {:.1} s)\n",
            line.backend,
            took.as_secs_f64()
        ));
        if let Some(row) = self.row(job) {
            row.backend.clone_from(&line.backend);
            row.state = State::Ended {
                how: short(&line.ending),
                took,
                reused,
            };
        }
        self.draw(true);
    }
}

fn short(ending: &Ending) -> String {
    ending.as_str().to_owned()
}

/// The offline reviewer's facts, worst first, while the agents still read.
fn facts<'a>(replies: impl Iterator<Item = &'a Reply>) -> String {
    let mut proposals: Vec<_> = replies
        .flat_map(|reply| &reply.proposals)
        .filter(|p| p.confidence >= 75)
        .collect();
    proposals.sort_by_key(|p| std::cmp::Reverse(p.severity));
    let mut text = String::new();
    for fact in proposals.iter().take(FACTS) {
        let place = escape::line(&format!("{}:{}", fact.file, fact.line_start));
        text.push_str(&format!(
            "agents: offline: {} {place}  {}\n",
            fact.severity,
            escape::line(&fact.title)
        ));
    }
    if proposals.len() > FACTS {
        text.push_str(&format!(
            "agents: offline: and {} more\n",
            proposals.len() - FACTS
        ));
    }
    text
}
