//! One screen, one finding, one line: what is said, in which colour, and what is left for later.

use super::*;
use std::time::Duration;

use crate::model::{AskedOptions, Ending, Reason, RepoPath, Severity, TargetKind, Verdict};

fn screen(report: &Report, lines: usize) -> String {
    render(
        report,
        Format::Terminal,
        &RenderOptions {
            max_lines: Some(lines),
            ..RenderOptions::default()
        },
    )
}

#[test]
fn findings_on_a_small_screen() {
    insta::assert_snapshot!(screen(&findings(), 12), @r##"
    agents: 3f2c1ab "cache the price table": 2 findings, 1 high
      (security performance retro · 41 s · 3/3 files read)

      HIGH  performance, security   src/pricing.rs:88
            cache key leaves out the tenant
      LOW   performance             src/pricing.rs:120-122
            table is cloned for every request

      lesson proposed: docs/solutions/security-issues/cache-key-tenant.md
                                                      git agents learn 0192f3c4-5b6d
      push would be held by 1 finding (agents.gate = high)
      the rest: git agents report 3f2c1ab
    "##);
}

#[test]
fn mixed_on_a_small_screen() {
    insta::assert_snapshot!(screen(&mixed(), 14), @r##"
    agents: 3f2c1ab "cache the price table": INCOMPLETE, 3 findings, 2 high
      (performance retro · retro by offline rules · 41 s · 0/1 file read)

      HIGH  performance, security   src/pricing.rs:88
            cache key leaves out the tenant
      HIGH  security                src/pricing.rs:88 (removed)
            check of the signature removed (back again)

      NOT REVIEWED
        security: not logged in (claude) · Error: please run /login
        retro: rate limited, retry in 90 s (codex) · only offline rules stand in
        data/big.json: too large (52428800 bytes)
        again:             git agents retry 0192f3c4-5b6d
      the rest: git agents report 3f2c1ab
    "##);
}

#[test]
fn one_finding_in_detail() {
    insta::assert_snapshot!(finding_detail(&tenant(), &RenderOptions::default()), @r##"
    HIGH cache key leaves out the tenant
    src/pricing.rs:88
    open · confirmed · confidence 100 · CWE-639
    7c1d00aa11bb22cc · performance, security

      |  let key = format!("price:{sku}");

      Two tenants that ask for the same sku get each other's price; the second one
      to ask is shown what the first one pays.

      fix: put `tenant_id` in the key

      +  let key = format!("price:{tenant_id}:{sku}");

      checked: quote stands
      checked: 2 reviewers agree
    "##);
}

/// The line of a wide screen that says it all.
fn first_line(report: &Report) -> String {
    terminal(report, 200).lines().next().unwrap().to_owned()
}

#[test]
fn first_lines() {
    insta::assert_snapshot!([clean(), findings(), incomplete(), mixed()].map(|r| first_line(&r)).join("\n"), @r##"
    agents: 3f2c1ab "cache the price table": clean   (security performance retro · 41 s · 3/3 files read)
    agents: 3f2c1ab "cache the price table": 2 findings, 1 high   (security performance retro · 41 s · 3/3 files read)
    agents: 3f2c1ab "cache the price table": INCOMPLETE   (performance retro · retro by offline rules · 41 s · 0/1 file read)
    agents: 3f2c1ab "cache the price table": INCOMPLETE, 3 findings, 2 high   (performance retro · retro by offline rules · 41 s · 0/1 file read)
    "##);
}

#[test]
fn only_the_offline_rules_is_said() {
    let mut report = clean();
    report
        .agents
        .iter_mut()
        .for_each(|a| a.backend = "offline".into());
    let details = "(security performance retro · offline rules only · 41 s · 3/3 files read)";
    assert_eq!(
        first_line(&report),
        format!("agents: 3f2c1ab \"cache the price table\": clean   {details}")
    );
}

#[test]
fn uncommitted_work_is_named_and_found_again_by_its_run() {
    let mut report = incomplete();
    report.target.kind = TargetKind::Worktree;
    let text = screen(&report, 8);
    assert!(
        text.starts_with("agents: uncommitted work: INCOMPLETE\n"),
        "{text}"
    );
    assert!(
        text.contains("the rest: git agents report --run 0192f3c4-5b6d"),
        "{text}"
    );
    assert!(
        terminal(&report, 80).contains("git agents run --worktree --agents security"),
        "{text}"
    );
}

#[test]
fn incomplete_is_never_green_and_clean_is() {
    let painted = |report: &Report| {
        let options = RenderOptions {
            colour: true,
            ..RenderOptions::default()
        };
        render(report, Format::Terminal, &options)
    };
    assert!(painted(&clean()).contains("\x1b[32mclean\x1b[0m"));
    for report in [incomplete(), mixed()] {
        let text = painted(&report);
        assert!(text.contains("\x1b[31m\x1b[1mINCOMPLETE"), "{text:?}");
        assert!(
            !text.contains("\x1b[32m") && !text.contains("clean"),
            "{text:?}"
        );
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    let options = RenderOptions {
        colour: true,
        all: true,
        ..RenderOptions::default()
    };
    let painted = render(&mixed(), Format::Terminal, &options);
    let stripped: String = console::strip_ansi_codes(&painted)
        .lines()
        .map(|l| l.trim_end().to_owned() + "\n")
        .collect();
    assert_eq!(stripped, everything(&mixed(), Format::Terminal));
}

#[test]
fn a_folded_finding_shows_where_it_holds_the_push() {
    let mut report = mixed();
    let folded = report.findings[2].id.clone();
    assert!(!terminal(&report, 80).contains("table is cloned"));
    report.verdict = Verdict {
        gate: "low".into(),
        held: true,
        why: vec![Reason::Finding(folded), Reason::NotReviewed("h1".into())],
    };
    let text = terminal(&report, 120);
    assert!(text.contains("table is cloned"), "{text}");
    let line = "push would be held by 1 finding (agents.gate = low) and for what was not reviewed";
    assert!(text.contains(line), "{text}");
}

#[test]
fn what_an_agents_line_says_is_not_said_again_by_a_note() {
    let mut report = incomplete();
    report
        .notes
        .push("security did not run: asks for Bash".into());
    report.notes.push("other did not run: asks for Bash".into());
    let text = terminal(&report, 80);
    assert!(
        !text.contains("security did not run") && text.contains("note: other did not run"),
        "{text}"
    );
}

#[test]
fn long_quotes_and_words_stay_on_the_screen() {
    let mut report = findings();
    report.findings[0].quote = (1..=20)
        .map(|n| format!("\tline {n} {}\r\n", "x".repeat(200)))
        .collect();
    report.findings[0].scenario = "y".repeat(300);
    report.findings[0].path = RepoPath::new("dir/".repeat(40));
    let text = terminal(&report, 60);
    assert!(text.contains("|  … 14 more lines"), "{text}");
    let widest = text
        .lines()
        .map(unicode_width::UnicodeWidthStr::width)
        .max();
    assert!(widest <= Some(60), "{text}");
}

#[test]
fn attempts_that_failed_alike_are_one_line_with_their_number() {
    let mut report = findings();
    let after = |seconds| Ending::RateLimited {
        retry_after: Some(Duration::from_secs(seconds)),
    };
    for (line, words) in report
        .agents
        .iter_mut()
        .zip(["request 1", "request 2", "request 3"])
    {
        line.backend = "openai".to_owned();
        line.tried = vec![
            ("openai".to_owned(), after(90)),
            ("openai".to_owned(), after(60)),
        ];
        line.ending = after(30);
        line.detail = Some(words.to_owned());
    }
    let told = crate::report::wording::gaps(&report, false);
    assert_eq!(
        told,
        ["security, performance, retro: rate limited, retry in 30 s (openai), 3 times · request 1"]
    );
}

#[test]
fn the_command_that_reviews_again_keeps_what_was_asked_for() {
    let mut report = mixed();
    report.asked = AskedOptions {
        backend: Some("codex".to_owned()),
        agents: vec!["security".to_owned(), "retro".to_owned()],
        fail_on: Some(Severity::Medium),
        command: Vec::new(),
    };
    let command = |report: &Report| crate::report::wording::remedies(report)[1].1.clone();
    assert_eq!(
        command(&report),
        "git agents run 3f2c1ab --agents security,retro --backend codex --fail-on medium"
    );
    report.asked.command = vec!["fix-it".to_owned(), "two words".to_owned()];
    assert_eq!(
        command(&report),
        "git agents run 3f2c1ab --agents security,retro --backend codex --fail-on medium \
         --command fix-it -- 'two words'"
    );
    report.asked = AskedOptions::default();
    assert_eq!(
        command(&report),
        "git agents run 3f2c1ab --agents security,retro"
    );
}

#[test]
fn a_finding_in_full_cuts_no_code() {
    let mut finding = tenant();
    let long = format!("let key = \"{}\";", "price/".repeat(60));
    finding.quote.clone_from(&long);
    if let Some(fix) = &mut finding.fix {
        fix.replacement = Some(long.clone());
    }
    let shown = finding_detail(&finding, &RenderOptions::default());
    assert_eq!(shown.matches(&long).count(), 2, "{shown}");
    assert!(!shown.contains('\u{2026}'), "{shown}");
}
