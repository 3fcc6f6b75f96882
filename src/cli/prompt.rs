//! `git agents prompt`: exactly what would leave the machine.

use super::args::PromptArgs;
use super::error::CommandError;
use super::{exit_code, output, run};
use crate::model::Prompt;
use crate::review;
use crate::review::{Prepared, ReviewSpec};
use crate::text::escape;
use crate::text::plural::count;

pub(super) fn prompt(args: &PromptArgs, verbose: bool) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    let agents = args
        .agent
        .iter()
        .map(|text| run::agent_name(text))
        .collect::<Result<Vec<_>, _>>()?;
    let ask = ReviewSpec {
        target: args.target.spec()?,
        agents,
        command: args.call.call(),
        backend: None,
        background: false,
    };
    let prepared = review::preview(&workspace, &ask)?;
    let prompts: Vec<&Prompt> = prepared
        .work
        .iter()
        .filter_map(|work| work.prompt.as_ref())
        .collect();
    output::stderr(&summary(&prepared, &prompts, verbose));
    if !args.summary {
        for prompt in &prompts {
            output::stdout_bytes(prompt.text.as_bytes())?;
        }
    }
    let gaps = prepared
        .change
        .skipped
        .iter()
        .any(|skipped| skipped.reason.is_gap());
    Ok(if gaps || !prepared.left_out.is_empty() {
        exit_code::INCOMPLETE
    } else {
        exit_code::CLEAN
    })
}

fn summary(prepared: &Prepared, prompts: &[&Prompt], verbose: bool) -> String {
    let mut text = String::new();
    let mut say = |line: String| {
        text.push_str("agents: ");
        text.push_str(&escape::line(&line));
        text.push('\n');
    };
    for prompt in prompts {
        let position = prompt.position;
        say(format!(
            "{} (prompt {} of {}): {} bytes, about {} tokens (estimate), {}, {} redacted",
            prompt.job,
            position.number,
            position.of,
            prompt.text.len(),
            prompt.estimated_tokens(),
            count(prompt.hunks.len(), "hunk"),
            prompt.redacted
        ));
    }
    if let Some(snapshot) = &prepared.snapshot {
        let bytes: usize = snapshot.files.iter().map(|file| file.text.len()).sum();
        let (note, masked) = (&snapshot.note, snapshot.note.masked);
        say(format!(
            "agents with reading tools may read {}: {bytes} bytes, {masked} with masked secrets",
            note.holds()
        ));
        let lacks = note.lacks();
        if !lacks.is_empty() {
            say(format!("not among them: {lacks}"));
        }
        for file in snapshot.files.iter().filter(|_| verbose) {
            say(format!("may be read: {}", file.path));
        }
    }
    for secret in &prepared.secrets {
        say(format!(
            "masked: {} at {}:{}",
            secret.what, secret.path, secret.line
        ));
    }
    for skipped in &prepared.change.skipped {
        say(format!(
            "left out: {}: {}",
            skipped.path,
            skipped.reason.describe()
        ));
    }
    for (agent, hunk) in &prepared.left_out {
        say(format!(
            "left out: {hunk} for {agent}: over the number of prompts"
        ));
    }
    for agent in &prepared.plan.skipped {
        say(format!("{} would not run: {}", agent.name, agent.why));
    }
    for note in prepared.notes.iter().filter(|_| verbose) {
        say(note.clone());
    }
    if verbose {
        say(format!(
            "the repository was read with {}",
            run::reader(&prepared.change.reader)
        ));
    }
    text
}
