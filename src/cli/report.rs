//! `git agents report`: a finished report again.

use super::args::ReportArgs;
use super::error::CommandError;
use super::{exit_code, run, runs};
use crate::model::Status;

pub(super) fn report(args: &ReportArgs) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    let mut report = match &args.run {
        Some(text) => {
            let id = runs::named(&workspace, text)?;
            match runs::report_of(&workspace, &id) {
                Some(report) => report,
                None => return Err(runs::without_report(&workspace, &id)),
            }
        }
        None => runs::newest(&workspace, &args.target)?,
    };
    let known = workspace.store.known_findings();
    for finding in &mut report.findings {
        if let Some(now) = known.iter().find(|k| k.id == finding.id) {
            finding.status = now.status;
        }
    }
    if args.open {
        report.findings.retain(|finding| finding.status.is_open());
    }
    if !args.print.all {
        report
            .findings
            .retain(|finding| finding.status != Status::Dismissed);
    }
    run::print(&report, &args.print)?;
    Ok(exit_code::CLEAN)
}
