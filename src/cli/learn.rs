//! `git agents learn`: a proposed lesson becomes a file below `docs/solutions/`.

use std::path::PathBuf;

use super::args::LearnArgs;
use super::error::CommandError;
use super::{exit_code, output, runs};
use crate::model::{Lesson, Report};
use crate::report::lesson;
use crate::review::Workspace;
use crate::sys::clock;
use crate::text::escape;

pub(super) fn learn(args: &LearnArgs) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    let report = chosen(&workspace, args.what.as_deref())?;
    if report.lessons.is_empty() {
        return Err(CommandError::usage(format!(
            "the review of {} proposed no lesson",
            report.target.label()
        ))
        .hint("`git agents report --all` shows what it found"));
    }
    let date =
        jiff::Timestamp::from_second(clock::now()).map(|t| t.strftime("%Y-%m-%d").to_string());
    let date = date.unwrap_or_else(|_| "1970-01-01".to_owned());
    for proposed in &report.lessons {
        let text = lesson::to_markdown(proposed, &date);
        if args.print {
            output::stdout(&text)?;
        } else {
            write(&workspace, proposed, &text)?;
        }
    }
    Ok(exit_code::CLEAN)
}

fn chosen(workspace: &Workspace, what: Option<&str>) -> Result<Report, CommandError> {
    let with_lessons =
        |id: &_| runs::report_of(workspace, id).filter(|report| !report.lessons.is_empty());
    match what {
        None => workspace
            .store
            .run_ids()
            .iter()
            .find_map(with_lessons)
            .ok_or_else(|| {
                CommandError::usage("no review has proposed a lesson yet")
                    .hint("`git agents run --agents retro` looks for one")
            }),
        Some(text) => {
            if let Ok(id) = workspace.store.find_run(text) {
                return runs::report_of(workspace, &id).ok_or_else(|| {
                    CommandError::incomplete(format!("run {} has no report", id.short()))
                });
            }
            let known = runs::known(workspace, text)?;
            runs::report_with(workspace, &known.id).ok_or_else(|| {
                CommandError::incomplete(format!("the report of {} was pruned", known.id.short()))
            })
        }
    }
}

fn write(workspace: &Workspace, proposed: &Lesson, text: &str) -> Result<(), CommandError> {
    let top = workspace.repo.work_tree().ok_or_else(|| {
        CommandError::usage("a bare repository has no work tree to write to")
            .hint("`git agents learn --print`")
    })?;
    let relative = PathBuf::from(proposed.path());
    let path = top.join(&relative);
    let fault = |error: std::io::Error| {
        CommandError::incomplete(format!("{} cannot be written: {error}", path.display()))
    };
    if path.exists() {
        output::note(&format!(
            "agents: {} is there already\n",
            escape::line(&relative.display().to_string())
        ));
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fault)?;
    }
    std::fs::write(&path, text).map_err(fault)?;
    output::stdout(&format!(
        "{}\n",
        escape::line(&relative.display().to_string())
    ))
}
