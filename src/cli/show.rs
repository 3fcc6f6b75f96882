//! `git agents show`: one finding in full.

use super::args::{FormatArg, PrintArgs, ShowArgs};
use super::error::CommandError;
use super::{exit_code, output, runs};
use crate::model::Report;
use crate::report;
use crate::text;

pub(super) fn show(args: &ShowArgs) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    let known = runs::known(&workspace, &args.finding)?;
    let gone = || {
        CommandError::incomplete(format!(
            "finding {} is known, but its report was removed by `git agents prune`",
            known.id.short()
        ))
        .hint("`git agents run` reviews the code again")
    };
    let report = runs::report_with(&workspace, &known.id).ok_or_else(gone)?;
    let mut finding = report
        .findings
        .iter()
        .find(|f| f.id == known.id)
        .cloned()
        .ok_or_else(gone)?;
    finding.status = known.status;
    let print = PrintArgs {
        format: args.format,
        all: true,
    };
    let text = match args.format.asked() {
        Some(FormatArg::Json | FormatArg::Markdown) => {
            let only = Report {
                findings: vec![finding],
                set_aside: Vec::new(),
                lessons: Vec::new(),
                ..report
            };
            report::render(
                &only,
                output::format(args.format.asked()),
                &output::render_options(&print),
            )
        }
        Some(FormatArg::Terminal) | None => {
            report::finding_detail(&finding, &output::render_options(&print))
        }
    };
    output::stdout(&text)?;
    if let Some(decision) = &known.decision {
        let words = format!(
            "dismissed by {} as {}: {}",
            decision.who,
            decision.kind.as_str(),
            decision.reason
        );
        output::stdout(&format!("{}\n", text::escape::line(&words)))?;
    }
    Ok(exit_code::CLEAN)
}
