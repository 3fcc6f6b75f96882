//! `git agents run`: a review, in the foreground or detached.

use super::args::{PrintArgs, RunArgs};
use super::error::Failure;
use super::exit_code;
use super::output;
use super::progress::Live;
use crate::gate;
use crate::hooks::launch;
use crate::model::{AgentName, CommandCall, Reader, Report, RunRequest, Severity, Trigger};
use crate::report;
use crate::review;
use crate::review::{Finished, PipelineError, Session};
use crate::supervisor::Finish;
use crate::text::escape;

pub(super) fn run(args: &RunArgs, verbose: bool) -> Result<u8, Failure> {
    let session = super::here()?;
    let request = request(&session, args)?;
    if args.background {
        if let Some(call) = &request.command {
            say_what_is_not_done(&session, call, &request)?;
        }
        return background(&session, request, args.fresh);
    }
    foreground(
        &session,
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

fn request(session: &Session, args: &RunArgs) -> Result<RunRequest, Failure> {
    let agents = args
        .agents
        .iter()
        .map(|text| agent_name(text))
        .collect::<Result<Vec<_>, _>>()?;
    let (spec, _) = review::pinned(session, &args.target.spec()?)?;
    let fail_on = args.fail_on.as_deref().and_then(Severity::parse);
    let request = review::new_request(
        session,
        Trigger::Command,
        spec,
        agents,
        (args.backend.clone(), fail_on),
    )?;
    let request = RunRequest {
        command: args.call.call(),
        ..request
    };
    review::check(session, &review::ask_of(&request))?;
    Ok(request)
}

/// In the foreground the report says it.
fn say_what_is_not_done(
    session: &Session,
    call: &CommandCall,
    request: &RunRequest,
) -> Result<(), Failure> {
    let known = review::definitions(session)?;
    for note in review::called(session, call, &request.agents, &known)?.notes {
        output::stderr(&format!("agents: {}\n", escape::line(&note)));
    }
    Ok(())
}

pub(super) fn agent_name(text: &str) -> Result<AgentName, Failure> {
    AgentName::parse(text.trim()).ok_or_else(|| {
        Failure::usage(format!("`{text}` is not an agent's name"))
            .hint("`git agents agents` lists them")
    })
}

/// Puts the request on disk and hands it to a supervisor of its own.
pub(super) fn background(
    session: &Session,
    mut request: RunRequest,
    fresh: bool,
) -> Result<u8, Failure> {
    request.background = true;
    session.store.create_run(&request)?;
    launch::supervisor(session.repo.common_dir(), &request.id, fresh).map_err(|error| {
        Failure::incomplete(format!(
            "the review could not be started in the background: {error}"
        ))
        .hint("without `--background` it runs here")
    })?;
    output::stdout(&format!("{}\n", request.id))?;
    output::stderr("agents: reviewing in the background; `git agents wait` prints the result\n");
    Ok(exit_code::CLEAN)
}

/// Reviews while the person watches.
pub(super) fn foreground(
    session: &Session,
    request: &RunRequest,
    how: &Foreground,
) -> Result<u8, Failure> {
    session.store.create_run(request)?;
    let _lock = session
        .store
        .lock_run(&request.id)?
        .ok_or_else(|| PipelineError::Busy(request.id.to_string()))?;
    let mut live = Live::new();
    let finished = review::carry_out(session, request, how.fresh, &mut live);
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
    if finish != Finish::Completed {
        output::stderr(
            "agents: stopped; what was answered is kept, `git agents retry` goes on from there\n",
        );
        return Ok(exit_code::INTERRUPTED);
    }
    Ok(gate::exit_code(
        &report,
        request.fail_on.unwrap_or_else(|| session.settings.bar()),
    ))
}

/// Prints a report on standard output.
pub(super) fn print(report: &Report, args: &PrintArgs) -> Result<(), Failure> {
    let text = report::render(
        report,
        output::format(args.format),
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
