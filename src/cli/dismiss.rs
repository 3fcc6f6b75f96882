//! `git agents dismiss` and `reopen`: a person's decision on a finding, kept by fingerprint.

use super::args::{DismissArgs, FindingArg};
use super::error::CommandError;
use super::{exit_code, output, runs};
use crate::model::{Decision, DismissKind, Status};
use crate::sys::clock;
use crate::text::escape;

pub(super) fn dismiss(args: &DismissArgs) -> Result<u8, CommandError> {
    if args.reason.trim().is_empty() {
        return Err(
            CommandError::usage("a dismissal needs a reason").hint(format!(
                "`git agents dismiss {} --reason \"checked by the caller\"`",
                args.finding
            )),
        );
    }
    let workspace = super::here()?;
    let mut finding = runs::known(&workspace, &args.finding)?;
    finding.status = Status::Dismissed;
    finding.decision = Some(Decision {
        kind: DismissKind::parse(&args.kind).unwrap_or(DismissKind::Accepted),
        reason: args.reason.trim().to_owned(),
        who: workspace
            .repo
            .user()
            .unwrap_or_else(|| "unknown".to_owned()),
        when: clock::now(),
    });
    workspace.store.save_known(&finding)?;
    let (id, title) = (finding.id.short(), escape::line(&finding.title));
    output::note(&format!(
        "agents: dismissed {id} \"{title}\"; `git agents reopen {id}` takes it back\n"
    ));
    Ok(exit_code::CLEAN)
}

pub(super) fn reopen(args: &FindingArg) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    let mut finding = runs::known(&workspace, &args.finding)?;
    if finding.status != Status::Dismissed {
        return Err(CommandError::usage(format!(
            "finding {} is not dismissed",
            finding.id.short()
        )));
    }
    finding.status = Status::Open;
    finding.decision = None;
    workspace.store.save_known(&finding)?;
    output::note(&format!(
        "agents: reopened {} \"{}\"\n",
        finding.id.short(),
        escape::line(&finding.title)
    ));
    Ok(exit_code::CLEAN)
}
