//! Findings + policy → verdict, and the exit code of a run.
//!
//! Promises: pure; only findings that count (confirmed, introduced here, open)
//! can hold a push. Leaves waiting for runs and printing to its callers.

use crate::model::{Finding, GatePolicy, Reason, Report, ReportState, Severity, Verdict};

/// Clean, or below the bar.
pub(crate) const EXIT_CLEAN: u8 = 0;
/// Findings at or above the bar.
pub(crate) const EXIT_FINDINGS: u8 = 1;
/// Something was not reviewed.
pub(crate) const EXIT_INCOMPLETE: u8 = 3;

/// Decides whether a push is held, and why. `not_reviewed` names, in words, what
/// was not reviewed; it holds a push only where `unreviewed_holds` says so and
/// the policy holds at all.
#[must_use]
pub(crate) fn decide(
    findings: &[Finding],
    not_reviewed: &[String],
    policy: GatePolicy,
    unreviewed_holds: bool,
) -> Verdict {
    let why = match policy {
        GatePolicy::Off | GatePolicy::Warn => Vec::new(),
        GatePolicy::Hold(bar) => {
            let blocking = findings
                .iter()
                .filter(|f| blocks(f, bar))
                .map(|f| Reason::Finding(f.id.clone()));
            let unread = not_reviewed
                .iter()
                .filter(|_| unreviewed_holds)
                .cloned()
                .map(Reason::NotReviewed);
            blocking.chain(unread).collect()
        }
    };
    Verdict {
        gate: policy.as_str().to_owned(),
        held: !why.is_empty(),
        why,
    }
}

/// The exit code of a run: what was found counts even when something else was
/// not reviewed, and what was not reviewed is never a success.
#[must_use]
pub(crate) fn exit_code(report: &Report, bar: Severity) -> u8 {
    if report.findings.iter().any(|f| blocks(f, bar)) {
        return EXIT_FINDINGS;
    }
    match report.state {
        ReportState::Incomplete => EXIT_INCOMPLETE,
        ReportState::Clean | ReportState::Findings => EXIT_CLEAN,
    }
}

fn blocks(finding: &Finding, bar: Severity) -> bool {
    finding.counts() && finding.severity >= bar
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Status, Tier};
    use crate::report::samples;

    fn confirmed(severity: Severity) -> Finding {
        Finding {
            severity,
            ..samples::tenant()
        }
    }

    #[test]
    fn off_and_warn_hold_nothing() {
        for policy in [GatePolicy::Off, GatePolicy::Warn] {
            let verdict = decide(
                &[confirmed(Severity::Critical)],
                &["h1".into()],
                policy,
                true,
            );
            assert_eq!(
                verdict,
                Verdict {
                    gate: policy.as_str().into(),
                    held: false,
                    why: vec![]
                }
            );
        }
    }

    #[test]
    fn findings_at_or_above_the_bar_hold() {
        let findings = [confirmed(Severity::High), confirmed(Severity::Medium)];
        let why = vec![Reason::Finding(findings[0].id.clone())];
        let verdict = decide(&findings, &[], GatePolicy::Hold(Severity::High), false);
        assert_eq!(
            verdict,
            Verdict {
                gate: "high".into(),
                held: true,
                why
            }
        );
        assert!(!decide(&findings, &[], GatePolicy::Hold(Severity::Critical), false).held);
    }

    #[test]
    fn only_what_counts_holds() {
        let base = confirmed(Severity::Critical);
        for finding in [
            Finding {
                tier: Tier::Maybe,
                ..base.clone()
            },
            Finding {
                introduced: false,
                ..base.clone()
            },
            Finding {
                status: Status::Dismissed,
                ..base.clone()
            },
            Finding {
                status: Status::Fixed,
                ..base.clone()
            },
        ] {
            assert!(!decide(&[finding], &[], GatePolicy::Hold(Severity::Low), true).held);
        }
        let regressed = Finding {
            status: Status::Regressed,
            ..base
        };
        assert!(decide(&[regressed], &[], GatePolicy::Hold(Severity::Low), false).held);
    }

    #[test]
    fn what_was_not_reviewed_holds_where_asked_for() {
        let unread = ["src/a.rs h1".to_owned()];
        let policy = GatePolicy::Hold(Severity::High);
        assert!(!decide(&[], &unread, policy, false).held);
        let why = vec![Reason::NotReviewed("src/a.rs h1".into())];
        assert_eq!(
            decide(&[], &unread, policy, true),
            Verdict {
                gate: "high".into(),
                held: true,
                why
            }
        );
        assert!(!decide(&[], &[], policy, true).held);
    }

    #[test]
    fn decided_findings_go_before_incomplete_and_incomplete_before_clean() {
        let code = |report: &Report| exit_code(report, Severity::High);
        assert_eq!(code(&samples::clean()), EXIT_CLEAN);
        assert_eq!(code(&samples::findings()), EXIT_FINDINGS);
        assert_eq!(code(&samples::incomplete()), EXIT_INCOMPLETE);
        assert_eq!(code(&samples::mixed()), EXIT_FINDINGS);
        assert_eq!(
            exit_code(&samples::findings(), Severity::Critical),
            EXIT_CLEAN
        );
        assert_eq!(
            exit_code(&samples::mixed(), Severity::Critical),
            EXIT_INCOMPLETE
        );
    }
}
