//! `git agents run`: a review, in the foreground or detached.

use super::args::{PrintArgs, RunArgs};
use super::error::CommandError;
use super::exit_code;
use super::output;
use super::progress::ProgressView;
use crate::gate;
use crate::hooks::launch;
use crate::model::{AgentName, CommandCall, Reader, Report, RunRequest, Severity, Trigger};
use crate::report;
use crate::review;
use crate::review::{Finished, PipelineError, Workspace};
use crate::supervisor::SupervisorExit;
use crate::text::escape;

pub(super) fn run(args: &RunArgs, verbose: bool) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    let request = request(&workspace, args)?;
    if args.background {
        if let Some(call) = &request.command {
            say_what_is_not_done(&workspace, call, &request)?;
        }
        return background(&workspace, request, args.fresh);
    }
    foreground(
        &workspace,
        &request,
        &Foreground {
            fresh: args.fresh,
            verbose,
            print: &args.print,
        },
    )
}

/// How a review in the foreground is carried out and printed.
pub(super) struct Foreground<'a> {
    /// Ask again whatever is known.
    pub(super) fresh: bool,
    /// Say more.
    pub(super) verbose: bool,
    /// How to print.
    pub(super) print: &'a PrintArgs,
}

fn request(workspace: &Workspace, args: &RunArgs) -> Result<RunRequest, CommandError> {
    let agents = args
        .agents
        .iter()
        .map(|text| agent_name(text))
        .collect::<Result<Vec<_>, _>>()?;
    let pinned = review::pinned(workspace, &args.target.spec()?)?;
    let fail_on = args.fail_on.as_deref().and_then(Severity::parse);
    let request = review::new_request(
        workspace,
        Trigger::Command,
        pinned.spec,
        agents,
        (args.backend.clone(), fail_on),
    )?;
    let request = RunRequest {
        command: args.call.call(),
        ..request
    };
    review::check(workspace, &review::spec_of(&request))?;
    if let Some(rest) = &pinned.not_looked_at {
        output::stderr(&format!("agents: {}\n", escape::line(rest)));
    }
    Ok(request)
}

/// In the foreground the report says it.
fn say_what_is_not_done(
    workspace: &Workspace,
    call: &CommandCall,
    request: &RunRequest,
) -> Result<(), CommandError> {
    let known = review::definitions(workspace)?;
    for note in review::called(workspace, call, &request.agents, &known)?.notes {
        output::note(&format!("agents: {}\n", escape::line(&note)));
    }
    Ok(())
}

pub(super) fn agent_name(text: &str) -> Result<AgentName, CommandError> {
    AgentName::parse(text.trim()).ok_or_else(|| {
        CommandError::usage(format!("`{text}` is not a valid name of an agent"))
            .hint("`git agents agents` lists the agents")
    })
}

/// Puts the request on disk and hands it to a supervisor of its own.
pub(super) fn background(
    workspace: &Workspace,
    mut request: RunRequest,
    fresh: bool,
) -> Result<u8, CommandError> {
    request.background = true;
    workspace.store.create_run(&request)?;
    launch::supervisor(workspace.repo.common_dir(), &request.id, fresh).map_err(|error| {
        CommandError::incomplete(format!(
            "the review could not be started in the background: {error}"
        ))
        .hint("`git agents run` without `--background` reviews in this terminal")
    })?;
    output::stdout(&format!("{}\n", request.id))?;
    output::stderr(
        "agents: the review runs in the background; `git agents wait` waits for it and prints the report\n",
    );
    Ok(exit_code::CLEAN)
}

/// Reviews while the person watches.
pub(super) fn foreground(
    workspace: &Workspace,
    request: &RunRequest,
    how: &Foreground,
) -> Result<u8, CommandError> {
    workspace.store.create_run(request)?;
    let _lock = workspace
        .store
        .lock_run(&request.id)?
        .ok_or_else(|| PipelineError::Busy(request.id.to_string()))?;
    let mut live = ProgressView::new();
    let finished = review::run_review(workspace, request, how.fresh, &mut live);
    live.end();
    let Finished {
        report,
        finish,
        over_daily_budget: _,
    } = finished?;
    if how.verbose {
        explain(&report);
    }
    print(&report, how.print)?;
    if finish != SupervisorExit::Completed {
        output::stderr(
            "agents: the review was interrupted. Completed answers were saved; run `git agents retry` to \
             continue.\n",
        );
        return Ok(exit_code::INTERRUPTED);
    }
    Ok(gate::exit_code(
        &report,
        request.fail_on.unwrap_or_else(|| workspace.settings.bar()),
    ))
}

/// Prints a report on standard output.
pub(super) fn print(report: &Report, args: &PrintArgs) -> Result<(), CommandError> {
    let text = report::render(
        report,
        output::format(args.format.asked()),
        &output::render_options(args),
    );
    output::stdout(&text)
}

/// Who read the repository, in words.
pub(super) fn reader(reader: &Reader) -> String {
    match reader {
        Reader::Libgit2 => "libgit2".to_owned(),
        Reader::Plumbing { why } => format!("the git program ({})", escape::line(why)),
    }
}

fn explain(report: &Report) {
    let reader = reader(&report.reader);
    let mut text = format!(
        "agents: run {} read the repository with {reader}\n",
        report.run
    );
    for line in &report.agents {
        text.push_str(&format!(
            "agents: {} ran on {} for {} ms\n",
            line.name,
            line.backend,
            line.elapsed.as_millis()
        ));
    }
    for skipped in &report.coverage.skipped {
        let why = escape::line(&skipped.reason.describe());
        text.push_str(&format!(
            "agents: left out {}: {why}\n",
            escape::line(&skipped.path.to_text())
        ));
    }
    output::stderr(&text);
}
