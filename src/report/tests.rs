#![expect(clippy::unwrap_used, reason = "tests")]

use std::num::NonZeroU16;

use proptest::prelude::*;

use super::samples::{any_report, clean, findings, incomplete, mixed, slow, tenant};
use super::*;
use crate::model::{Reader, RepoPath, Status, TargetKind};

fn terminal(report: &Report, width: usize) -> String {
    render(report, Format::Terminal, &RenderOptions { width, ..RenderOptions::default() })
}

fn screen(report: &Report, lines: usize) -> String {
    render(report, Format::Terminal, &RenderOptions { max_lines: Some(lines), ..RenderOptions::default() })
}

fn everything(report: &Report, format: Format) -> String {
    render(report, format, &RenderOptions { all: true, ..RenderOptions::default() })
}

#[test]
fn clean_on_a_terminal() {
    insta::assert_snapshot!(terminal(&clean(), 80), @r##"
    agents: 3f2c1ab "cache the price table": clean
      (security performance retro · 41 s · 3/3 files read)
    "##);
}

#[test]
fn clean_on_a_wide_terminal() {
    insta::assert_snapshot!(terminal(&clean(), 120), @r#"agents: 3f2c1ab "cache the price table": clean   (security performance retro · 41 s · 3/3 files read)"#);
}

#[test]
fn findings_on_a_terminal() {
    insta::assert_snapshot!(terminal(&findings(), 80), @r##"
    agents: 3f2c1ab "cache the price table": 2 findings, 1 high
      (security performance retro · 41 s · 3/3 files read)

      HIGH  performance, security   src/pricing.rs:88
            cache key leaves out the tenant
            |  let key = format!("price:{sku}");
            Two tenants that ask for the same sku get each other's price; the second
            one to ask is shown what the first one pays.
            fix: put `tenant_id` in the key                     git agents show 7c1d

      LOW   performance             src/pricing.rs:120-122
            table is cloned for every request
            |  let table = TABLE
            |      .read()
            |      .clone();
            At 1000 requests a second it copies 40 MB a second.
                                                                git agents show 7c1e

      lesson proposed: docs/solutions/security-issues/cache-key-tenant.md
                                                      git agents learn 0192f3c4-5b6d
      push would be held by 1 finding (agents.gate = high)
    "##);
}

#[test]
fn findings_on_a_narrow_terminal() {
    insta::assert_snapshot!(terminal(&findings(), 40), @r##"
    agents: 3f2c1ab "cache the price table":
      2 findings, 1 high
      (security performance retro · 41 s ·
      3/3 files read)

      HIGH  performance, security
            src/pricing.rs:88
            cache key leaves out the tenant
            |  let key = format!("price:{sk…
            Two tenants that ask for the
            same sku get each other's price;
            the second one to ask is shown
            what the first one pays.
            fix: put `tenant_id` in the key
                        git agents show 7c1d

      LOW   performance
            src/pricing.rs:120-122
            table is cloned for every
            request
            |  let table = TABLE
            |      .read()
            |      .clone();
            At 1000 requests a second it
            copies 40 MB a second.
                        git agents show 7c1e

      lesson proposed:
        docs/solutions/security-issues/cache
        -key-tenant.md
              git agents learn 0192f3c4-5b6d
      push would be held by 1 finding
        (agents.gate = high)
    "##);
}

#[test]
fn findings_on_a_wide_terminal() {
    insta::assert_snapshot!(terminal(&findings(), 120), @r##"
    agents: 3f2c1ab "cache the price table": 2 findings, 1 high   (security performance retro · 41 s · 3/3 files read)

      HIGH  performance, security   src/pricing.rs:88        cache key leaves out the tenant
            |  let key = format!("price:{sku}");
            Two tenants that ask for the same sku get each other's price; the second one to ask is shown what the first one
            pays.
            fix: put `tenant_id` in the key                                                             git agents show 7c1d

      LOW   performance             src/pricing.rs:120-122   table is cloned for every request
            |  let table = TABLE
            |      .read()
            |      .clone();
            At 1000 requests a second it copies 40 MB a second.                                         git agents show 7c1e

      lesson proposed: docs/solutions/security-issues/cache-key-tenant.md                     git agents learn 0192f3c4-5b6d
      push would be held by 1 finding (agents.gate = high)
    "##);
}

#[test]
fn incomplete_on_a_terminal() {
    insta::assert_snapshot!(terminal(&incomplete(), 80), @r##"
    agents: 3f2c1ab "cache the price table": INCOMPLETE
      (performance retro · retro by offline rules · 41 s · 0/1 file read)

      NOT REVIEWED
        security: not logged in (claude) · Error: please run /login
        retro: rate limited, retry in 90 s (codex) · only offline rules stand in
        data/big.json: too large (52428800 bytes)
        again:             git agents retry 0192f3c4-5b6d
        in the foreground: git agents run 3f2c1ab --agents security,retro
      Cargo.lock: 1 added, 1 from outside the registry
      left out: 2 binary
      note: bin/run.rb: general checks only
    "##);
}

#[test]
fn incomplete_on_a_narrow_terminal() {
    insta::assert_snapshot!(terminal(&incomplete(), 40), @r##"
    agents: 3f2c1ab "cache the price table":
      INCOMPLETE
      (performance retro · retro by offline
      rules · 41 s · 0/1 file read)

      NOT REVIEWED
        security: not logged in (claude) ·
          Error: please run /login
        retro: rate limited, retry in 90 s
          (codex) · only offline rules stand
          in
        data/big.json: too large (52428800
          bytes)
        again:             git agents retry 0192f3c4-5b6d
        in the foreground: git agents run 3f2c1ab --agents security,retro
      Cargo.lock: 1 added, 1 from outside
        the registry
      left out: 2 binary
      note: bin/run.rb: general checks
        only
    "##);
}

#[test]
fn mixed_on_a_terminal() {
    insta::assert_snapshot!(terminal(&mixed(), 80), @r##"
    agents: 3f2c1ab "cache the price table": INCOMPLETE, 3 findings, 2 high
      (performance retro · retro by offline rules · 41 s · 0/1 file read)

      HIGH  performance, security   src/pricing.rs:88
            cache key leaves out the tenant
            |  let key = format!("price:{sku}");
            Two tenants that ask for the same sku get each other's price; the second
            one to ask is shown what the first one pays.
            fix: put `tenant_id` in the key                     git agents show 7c1d

      HIGH  security                src/pricing.rs:88 (removed)
            check of the signature removed (back again)
            |  let key = format!("price:{sku}");
            Two tenants that ask for the same sku get each other's price; the second
            one to ask is shown what the first one pays.
                                                    git agents show bbbb000000000002

      NOT REVIEWED
        security: not logged in (claude) · Error: please run /login
        retro: rate limited, retry in 90 s (codex) · only offline rules stand in
        data/big.json: too large (52428800 bytes)
        again:             git agents retry 0192f3c4-5b6d
        in the foreground: git agents run 3f2c1ab --agents security,retro
      Cargo.lock: 1 added, 1 from outside the registry
      left out: 2 binary
      note: bin/run.rb: general checks only
      not shown: 1 below high, known from earlier rounds or new in a late one; 1
        maybe; 1 older, not from this change; 1 dismissed or fixed
                                                     git agents report 3f2c1ab --all
    "##);
}

#[test]
fn mixed_with_everything() {
    insta::assert_snapshot!(everything(&mixed(), Format::Terminal), @r##"
    agents: 3f2c1ab "cache the price table": INCOMPLETE, 3 findings, 2 high
      (performance retro · retro by offline rules · 41 s · 0/1 file read)

      HIGH  performance, security   src/pricing.rs:88
            cache key leaves out the tenant
            |  let key = format!("price:{sku}");
            Two tenants that ask for the same sku get each other's price; the second
            one to ask is shown what the first one pays.
            fix: put `tenant_id` in the key                     git agents show 7c1d

      HIGH  security                src/pricing.rs:88 (removed)
            check of the signature removed (back again)
            |  let key = format!("price:{sku}");
            Two tenants that ask for the same sku get each other's price; the second
            one to ask is shown what the first one pays.
                                                    git agents show bbbb000000000002

      FOLDED

      LOW  performance   src/pricing.rs:120-122   table is cloned for every request
           |  let table = TABLE
           |      .read()
           |      .clone();
           At 1000 requests a second it copies 40 MB a second.
                                                                git agents show 7c1e

      MAYBE

      LOW  performance   src/pricing.rs:120-122   lock may be held too long
           |  let table = TABLE
           |      .read()
           |      .clone();
           At 1000 requests a second it copies 40 MB a second.
                                                    git agents show aaaa000000000001

      OLDER, not from this change

      HIGH  performance, security   src/pricing.rs:88
            cache key leaves out the tenant
            |  let key = format!("price:{sku}");
            Two tenants that ask for the same sku get each other's price; the second
            one to ask is shown what the first one pays.
            fix: put `tenant_id` in the key         git agents show aaaa000000000002

      DISMISSED OR FIXED

      HIGH  performance, security   src/pricing.rs:88
            cache key leaves out the tenant (dismissed)
            |  let key = format!("price:{sku}");
            Two tenants that ask for the same sku get each other's price; the second
            one to ask is shown what the first one pays.
            fix: put `tenant_id` in the key         git agents show bbbb000000000001

      NOT REVIEWED
        security: not logged in (claude) · Error: please run /login
        retro: rate limited, retry in 90 s (codex) · only offline rules stand in
        security did not read src/pricing.rs (h1, h2, h3, h4, h5)
        data/big.json: too large (52428800 bytes)
        again:             git agents retry 0192f3c4-5b6d
        in the foreground: git agents run 3f2c1ab --agents security,retro
      Cargo.lock: 1 added, 1 from outside the registry
        left-pad 1.3.0 added (git+https://example.org/left-pad)
      left out: 2 binary
      note: bin/run.rb: general checks only
      left out: logo.png (binary)
      left out: icon.png (binary)
      left out: Cargo.lock (lock file: summarised)
      set aside (security, locate): eval of input: the quote is not in the file
      security: not logged in (claude, 41 s)
      performance: answered (claude m-1, 41 s, 5200 tokens in, 310 out)
      retro: answered (offline m-1, 41 s, 5200 tokens in, 310 out)
    "##);
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
fn clean_as_markdown() {
    insta::assert_snapshot!(everything(&clean(), Format::Markdown), @r##"
    # agents: 3f2c1ab "cache the price table":

    **clean** (security performance retro · 41 s · 3/3 files read)
    "##);
}

#[test]
fn findings_as_markdown() {
    insta::assert_snapshot!(everything(&findings(), Format::Markdown), @r##"
    # agents: 3f2c1ab "cache the price table":

    **2 findings, 1 high** (security performance retro · 41 s · 3/3 files read)

    ## Findings

    ### HIGH: cache key leaves out the tenant

    `src/pricing.rs:88` · performance, security · CWE-639 · confidence 100 · open · `7c1d`

    ```text
    let key = format!("price:{sku}");
    ```

    Two tenants that ask for the same sku get each other's price; the second one to ask is shown what the first one pays.

    **fix:** put \`tenant\_id\` in the key

    ```text
    let key = format!("price:{tenant_id}:{sku}");
    ```

    ### LOW: table is cloned for every request

    `src/pricing.rs:120-122` · performance · needless-copy · confidence 75 · open · `7c1e`

    ```text
    let table = TABLE
        .read()
        .clone();
    ```

    At 1000 requests a second it copies 40 MB a second.

    ## Besides

    - lesson proposed: docs/solutions/security-issues/cache-key-tenant.md
    - push would be held by 1 finding (agents.gate = high)
    "##);
}

#[test]
fn incomplete_as_markdown() {
    insta::assert_snapshot!(render(&incomplete(), Format::Markdown, &RenderOptions::default()), @r##"
    # agents: 3f2c1ab "cache the price table":

    **INCOMPLETE** (performance retro · retro by offline rules · 41 s · 0/1 file read)

    ## Not reviewed

    - security: not logged in (claude) · Error: please run /login
    - retro: rate limited, retry in 90 s (codex) · only offline rules stand in
    - data/big.json: too large (52428800 bytes)
    - again: `git agents retry 0192f3c4-5b6d`
    - in the foreground: `git agents run 3f2c1ab --agents security,retro`

    ## Besides

    - Cargo.lock: 1 added, 1 from outside the registry
    - left out: 2 binary
    - note: bin/run.rb: general checks only
    "##);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a whole output")]
fn findings_as_json() {
    insta::assert_snapshot!(everything(&findings(), Format::Json), @r##"
    {
      "version": 1,
      "run": "0192f3c4-5b6d-7e8f-9012-3456789abcde",
      "state": "findings",
      "target": {
        "kind": "commit",
        "base": "1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d",
        "head": "3f2c1ab03f2c1ab03f2c1ab03f2c1ab03f2c1ab0",
        "subject": "cache the price table",
        "branch": "main"
      },
      "findings": [
        {
          "id": "7c1d00aa11bb22cc",
          "tier": "confirmed",
          "status": "open",
          "title": "cache key leaves out the tenant",
          "severity": "high",
          "confidence": 100,
          "category": "CWE-639",
          "agents": [
            "performance",
            "security"
          ],
          "fields": [
            "security"
          ],
          "file": "src/pricing.rs",
          "line_start": 88,
          "line_end": 88,
          "on_removed": false,
          "quote": "    let key = format!(\"price:{sku}\");",
          "introduced": true,
          "scenario": "Two tenants that ask for the same sku get each other's price; the second one to ask is shown what the first one pays.",
          "fix": {
            "advice": "put `tenant_id` in the key",
            "replacement": "    let key = format!(\"price:{tenant_id}:{sku}\");"
          },
          "checks": [
            "quote stands",
            "2 reviewers agree"
          ]
        },
        {
          "id": "7c1e00aa11bb22cc",
          "tier": "confirmed",
          "status": "open",
          "title": "table is cloned for every request",
          "severity": "low",
          "confidence": 75,
          "category": "needless-copy",
          "agents": [
            "performance"
          ],
          "fields": [
            "performance"
          ],
          "file": "src/pricing.rs",
          "line_start": 120,
          "line_end": 122,
          "on_removed": false,
          "quote": "let table = TABLE\n    .read()\n    .clone();",
          "introduced": true,
          "scenario": "At 1000 requests a second it copies 40 MB a second.",
          "fix": null,
          "checks": [
            "line corrected from 118 to 120"
          ]
        }
      ],
      "set_aside": [],
      "lessons": [
        {
          "title": "Cache key: tenant",
          "category": "security-issues",
          "problem_type": "security_issue",
          "module": "pricing",
          "tags": [
            "cache"
          ],
          "body": "Every key of a shared cache names the tenant."
        }
      ],
      "agents": [
        {
          "name": "security",
          "backend": "claude",
          "model": "m-1",
          "outcome": "answered",
          "ms": 41000,
          "tokens_in": 5200,
          "tokens_cached": null,
          "tokens_out": 310,
          "cost": null,
          "tried": [],
          "detail": null
        },
        {
          "name": "performance",
          "backend": "claude",
          "model": "m-1",
          "outcome": "answered",
          "ms": 41000,
          "tokens_in": 5200,
          "tokens_cached": null,
          "tokens_out": 310,
          "cost": null,
          "tried": [],
          "detail": null
        },
        {
          "name": "retro",
          "backend": "claude",
          "model": "m-1",
          "outcome": "answered",
          "ms": 41000,
          "tokens_in": 5200,
          "tokens_cached": null,
          "tokens_out": 310,
          "cost": null,
          "tried": [],
          "detail": null
        }
      ],
      "coverage": {
        "files": 3,
        "files_read": 3,
        "paths": [],
        "hunks": 9,
        "hunks_read": 9,
        "not_reviewed": [],
        "skipped": []
      },
      "redacted": 0,
      "verdict": {
        "gate": "high",
        "held": true,
        "why": [
          {
            "finding": "7c1d00aa11bb22cc"
          }
        ]
      },
      "lock_files": [],
      "notes": [],
      "elapsed_ms": 41000,
      "made_at": 1790000000,
      "reader": {
        "name": "libgit2"
      }
    }
    "##);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a whole output")]
fn incomplete_as_json() {
    insta::assert_snapshot!(everything(&incomplete(), Format::Json), @r##"
    {
      "version": 1,
      "run": "0192f3c4-5b6d-7e8f-9012-3456789abcde",
      "state": "incomplete",
      "target": {
        "kind": "commit",
        "base": "1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d",
        "head": "3f2c1ab03f2c1ab03f2c1ab03f2c1ab03f2c1ab0",
        "subject": "cache the price table",
        "branch": "main"
      },
      "findings": [],
      "set_aside": [],
      "lessons": [],
      "agents": [
        {
          "name": "security",
          "backend": "claude",
          "model": null,
          "outcome": "not logged in",
          "ms": 41000,
          "tokens_in": null,
          "tokens_cached": null,
          "tokens_out": null,
          "cost": null,
          "tried": [],
          "detail": "Error: please run /login\n\n"
        },
        {
          "name": "performance",
          "backend": "claude",
          "model": "m-1",
          "outcome": "answered",
          "ms": 41000,
          "tokens_in": 5200,
          "tokens_cached": null,
          "tokens_out": 310,
          "cost": null,
          "tried": [],
          "detail": null
        },
        {
          "name": "retro",
          "backend": "offline",
          "model": "m-1",
          "outcome": "answered",
          "ms": 41000,
          "tokens_in": 5200,
          "tokens_cached": null,
          "tokens_out": 310,
          "cost": null,
          "tried": [
            {
              "backend": "codex",
              "outcome": "rate limited",
              "retry_after_ms": 90000
            }
          ],
          "detail": null
        }
      ],
      "coverage": {
        "files": 1,
        "files_read": 0,
        "paths": [],
        "hunks": 5,
        "hunks_read": 0,
        "not_reviewed": [
          {
            "file": "src/pricing.rs",
            "hunk": "h1",
            "agent": "security"
          },
          {
            "file": "src/pricing.rs",
            "hunk": "h2",
            "agent": "security"
          },
          {
            "file": "src/pricing.rs",
            "hunk": "h3",
            "agent": "security"
          },
          {
            "file": "src/pricing.rs",
            "hunk": "h4",
            "agent": "security"
          },
          {
            "file": "src/pricing.rs",
            "hunk": "h5",
            "agent": "security"
          }
        ],
        "skipped": [
          {
            "file": "data/big.json",
            "why": "too large (52428800 bytes)",
            "reason": "too-large",
            "bytes": 52428800,
            "gap": true
          },
          {
            "file": "logo.png",
            "why": "binary",
            "reason": "binary",
            "gap": false
          },
          {
            "file": "icon.png",
            "why": "binary",
            "reason": "binary",
            "gap": false
          },
          {
            "file": "Cargo.lock",
            "why": "lock file: summarised",
            "reason": "lock-file",
            "gap": false
          }
        ]
      },
      "redacted": 0,
      "verdict": {
        "gate": "warn",
        "held": false,
        "why": []
      },
      "lock_files": [
        {
          "file": "Cargo.lock",
          "ecosystem": "Cargo",
          "changes": [
            {
              "name": "left-pad",
              "change": "added",
              "from": null,
              "to": "1.3.0",
              "source": "git+https://example.org/left-pad",
              "foreign_source": true,
              "line": 12
            }
          ],
          "incomplete": null
        }
      ],
      "notes": [
        "bin/run.rb: general checks only"
      ],
      "elapsed_ms": 41000,
      "made_at": 1790000000,
      "reader": {
        "name": "libgit2"
      }
    }
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

#[test]
fn findings_as_rows() {
    insta::assert_snapshot!(mixed().findings.iter().map(|f| finding_row(f, &RenderOptions::default())).collect::<String>(), @r##"
    7c1d  HIGH      open        src/pricing.rs:88  cache key leaves out the tenant
    bbbb  HIGH      regressed   src/pricing.rs:88 (removed)  check of the signature…
    7c1e  LOW       open        src/pricing.rs:120-122  table is cloned for every r…
    aaaa  LOW       open        src/pricing.rs:120-122  lock may be held too long (…
    aaaa  HIGH      open        src/pricing.rs:88  cache key leaves out the tenant …
    bbbb  HIGH      dismissed   src/pricing.rs:88  cache key leaves out the tenant
    "##);
}

#[test]
fn summary_lines() {
    insta::assert_snapshot!([clean(), findings(), incomplete(), mixed()].map(|r| summary_line(&r)).join("\n"), @r##"
    agents: 3f2c1ab "cache the price table": clean   (security performance retro · 41 s · 3/3 files read)
    agents: 3f2c1ab "cache the price table": 2 findings, 1 high   (security performance retro · 41 s · 3/3 files read)
    agents: 3f2c1ab "cache the price table": INCOMPLETE   (performance retro · retro by offline rules · 41 s · 0/1 file read)
    agents: 3f2c1ab "cache the price table": INCOMPLETE, 3 findings, 2 high   (performance retro · retro by offline rules · 41 s · 0/1 file read)
    "##);
}

#[test]
fn only_the_offline_rules_is_said() {
    let mut report = clean();
    report.agents.iter_mut().for_each(|a| a.backend = "offline".into());
    let details = "(security performance retro · offline rules only · 41 s · 3/3 files read)";
    assert_eq!(summary_line(&report), format!("agents: 3f2c1ab \"cache the price table\": clean   {details}"));
}

#[test]
fn uncommitted_work_is_named_and_found_again_by_its_run() {
    let mut report = incomplete();
    report.target.kind = TargetKind::Worktree;
    let text = screen(&report, 8);
    assert!(text.starts_with("agents: uncommitted work: INCOMPLETE\n"), "{text}");
    assert!(text.contains("the rest: git agents report --run 0192f3c4-5b6d"), "{text}");
    assert!(terminal(&report, 80).contains("git agents run --worktree --agents security"), "{text}");
}

#[test]
fn incomplete_is_never_green_and_clean_is() {
    let painted = |report: &Report| {
        let options = RenderOptions { colour: true, ..RenderOptions::default() };
        render(report, Format::Terminal, &options)
    };
    assert!(painted(&clean()).contains("\x1b[32mclean\x1b[0m"));
    for report in [incomplete(), mixed()] {
        let text = painted(&report);
        assert!(text.contains("\x1b[31m\x1b[1mINCOMPLETE"), "{text:?}");
        assert!(!text.contains("\x1b[32m") && !text.contains("clean"), "{text:?}");
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    let options = RenderOptions { colour: true, all: true, ..RenderOptions::default() };
    let painted = render(&mixed(), Format::Terminal, &options);
    let stripped: String =
        console::strip_ansi_codes(&painted).lines().map(|l| l.trim_end().to_owned() + "\n").collect();
    assert_eq!(stripped, everything(&mixed(), Format::Terminal));
}

#[test]
fn a_folded_finding_shows_where_it_holds_the_push() {
    let mut report = mixed();
    let folded = report.findings[2].id.clone();
    assert!(!terminal(&report, 80).contains("table is cloned"));
    report.verdict = crate::model::Verdict {
        gate: "low".into(),
        held: true,
        why: vec![crate::model::Reason::Finding(folded), crate::model::Reason::NotReviewed("h1".into())],
    };
    let text = terminal(&report, 120);
    assert!(text.contains("table is cloned"), "{text}");
    let line = "push would be held by 1 finding (agents.gate = low) and for what was not reviewed";
    assert!(text.contains(line), "{text}");
}

#[test]
fn what_an_agents_line_says_is_not_said_again_by_a_note() {
    let mut report = incomplete();
    report.notes.push("security did not run: asks for Bash".into());
    report.notes.push("other did not run: asks for Bash".into());
    let text = terminal(&report, 80);
    assert!(!text.contains("security did not run") && text.contains("note: other did not run"), "{text}");
}

#[test]
fn long_quotes_and_words_stay_on_the_screen() {
    let mut report = findings();
    report.findings[0].quote = (1..=20).map(|n| format!("\tline {n} {}\r\n", "x".repeat(200))).collect();
    report.findings[0].scenario = "y".repeat(300);
    report.findings[0].path = RepoPath::new("dir/".repeat(40));
    let text = terminal(&report, 60);
    assert!(text.contains("|  … 14 more lines"), "{text}");
    let widest = text.lines().map(unicode_width::UnicodeWidthStr::width).max();
    assert!(widest <= Some(60), "{text}");
}

#[test]
fn every_format_has_a_word() {
    for format in Format::ALL {
        assert_eq!(Format::parse(format.as_str()), Some(format));
    }
    assert_eq!(Format::parse("sarif"), None);
}

#[test]
fn a_newer_report_is_read_as_far_as_understood() {
    let mut value: serde_json::Value = serde_json::from_str(&json::write(&findings())).unwrap();
    value["version"] = 2.into();
    value["findings"][0]["status"] = "pondered".into();
    value["something"] = true.into();
    let read = json::read(value.to_string().as_bytes()).unwrap();
    assert_eq!(read.findings, [slow()]);
    assert_eq!(read.notes, ["written by a newer version: 1 entry not understood"]);
    value["version"] = 1.into();
    let error = json::read(value.to_string().as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "read `status` of the report: \"pondered\"");
    value["version"] = 0.into();
    assert_eq!(json::read(value.to_string().as_bytes()).unwrap_err().to_string(), "read a report of version 0");
    for bytes in [&b""[..], b"{}", b"null", b"\xff", b"{\"version\":1}"] {
        assert_eq!(json::read(bytes).unwrap_err().to_string(), "parse the report");
    }
}

#[test]
fn a_path_that_is_not_utf8_survives_json() {
    let mut report = findings();
    report.findings[0].path = RepoPath::new(*b"src/\xff.rs");
    report.reader = Reader::Plumbing { why: "sha256".into() };
    report.findings[1].status = Status::Fixed;
    assert_eq!(json::read(json::write(&report).as_bytes()).unwrap(), report);
}

#[test]
fn the_schema_names_every_field_of_the_design() {
    let schema = json::schema();
    let properties = |value: &serde_json::Value| -> Vec<String> {
        value["properties"].as_object().unwrap().keys().cloned().collect()
    };
    let top = properties(&schema);
    for field in [
        "version",
        "run",
        "state",
        "target",
        "findings",
        "set_aside",
        "lessons",
        "agents",
        "coverage",
        "redacted",
        "verdict",
    ] {
        assert!(top.iter().any(|p| p == field), "{field}");
    }
    let finding = properties(&schema["$defs"]["Finding"]);
    for field in [
        "id",
        "tier",
        "status",
        "title",
        "severity",
        "confidence",
        "category",
        "agents",
        "file",
        "line_start",
        "line_end",
        "quote",
        "introduced",
        "scenario",
        "fix",
        "checks",
    ] {
        assert!(finding.iter().any(|p| p == field), "{field}");
    }
    let agent = properties(&schema["$defs"]["Agent"]);
    for field in ["name", "backend", "model", "outcome", "ms", "tokens_in", "tokens_out", "cost"] {
        assert!(agent.iter().any(|p| p == field), "{field}");
    }
    assert_eq!(schema["properties"]["state"]["enum"], serde_json::json!(["clean", "findings", "incomplete"]));
}

/// Everything that a terminal could be made to do besides showing text.
#[derive(Default)]
struct Mischief(Vec<&'static str>);

impl vt100::Callbacks for Mischief {
    fn audible_bell(&mut self, _: &mut vt100::Screen) {
        self.0.push("bell");
    }
    fn set_window_icon_name(&mut self, _: &mut vt100::Screen, _: &[u8]) {
        self.0.push("icon");
    }
    fn set_window_title(&mut self, _: &mut vt100::Screen, _: &[u8]) {
        self.0.push("title");
    }
    fn copy_to_clipboard(&mut self, _: &mut vt100::Screen, _: &[u8], _: &[u8]) {
        self.0.push("clipboard");
    }
    fn unhandled_control(&mut self, _: &mut vt100::Screen, _: u8) {
        self.0.push("control");
    }
    fn unhandled_escape(&mut self, _: &mut vt100::Screen, _: Option<u8>, _: Option<u8>, _: u8) {
        self.0.push("escape");
    }
    fn unhandled_csi(&mut self, _: &mut vt100::Screen, _: Option<u8>, _: Option<u8>, _: &[&[u16]], _: char) {
        self.0.push("csi");
    }
    fn unhandled_osc(&mut self, _: &mut vt100::Screen, _: &[&[u8]]) {
        self.0.push("osc");
    }
}

/// Shows the text on a terminal large enough, and asks it what happened besides.
fn mischief(text: &str) -> (Vec<&'static str>, (u16, u16), usize) {
    let (rows, columns) = (NonZeroU16::new(300).unwrap(), NonZeroU16::new(200).unwrap());
    let mut terminal = vt100::Parser::new_with_callbacks(rows, columns, 0, Mischief::default());
    terminal.process(text.replace('\n', "\r\n").as_bytes());
    let cursor = terminal.screen().cursor_position();
    let attributes = terminal.screen().attributes_formatted().len();
    (terminal.callbacks().0.clone(), cursor, attributes)
}

#[test]
fn the_terminal_test_can_fail() {
    assert_eq!(mischief("\x1b]2;owned\x07").0, ["title"]);
    assert_ne!(mischief("a\x1b[5;5H").1, (0, 1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_control_character_reaches_a_terminal(report in any_report(), width in 0usize..130, all: bool) {
        let options = RenderOptions { width, colour: false, all, max_lines: None };
        let mut text = render(&report, Format::Terminal, &options);
        text.push_str(&summary_line(&report));
        for finding in &report.findings {
            text.push_str(&finding_detail(finding, &options));
            text.push_str(&finding_row(finding, &options));
        }
        prop_assert!(!text.contains('\t'));
        prop_assert_eq!(escape::block(&text), text, "nothing is left to escape");
        prop_assert!(!summary_line(&report).contains('\n'));
    }

    #[test]
    fn a_terminal_only_shows_text(report in any_report(), colour: bool) {
        let options = RenderOptions { width: 100, colour, all: true, max_lines: None };
        let text = render(&report, Format::Terminal, &options);
        let (events, (row, column), attributes) = mischief(&text);
        prop_assert_eq!(events, Vec::<&str>::new());
        prop_assert_eq!(column, 0);
        // every line feed moved the cursor by one row, and nothing else did
        let lines: usize = console::strip_ansi_codes(&text).lines().map(|l| {
            1 + unicode_width::UnicodeWidthStr::width(l).saturating_sub(1) / 200
        }).sum();
        prop_assert_eq!(usize::from(row), lines.min(299));
        prop_assert_eq!(attributes, mischief("").2, "attributes are reset");
    }

    #[test]
    fn one_screen_is_one_screen(report in any_report(), lines in 3usize..40, width in 20usize..130) {
        let options = RenderOptions { width, colour: false, all: true, max_lines: Some(lines) };
        let text = render(&report, Format::Terminal, &options);
        prop_assert!(text.lines().count() <= lines, "{} > {lines}\n{text}", text.lines().count());
        let whole = render(&report, Format::Terminal, &RenderOptions { max_lines: None, ..options });
        prop_assert!(text == whole || text.contains("the rest: git agents report"));
    }

    #[test]
    fn lines_keep_within_the_width(report in any_report(), width in 24usize..130) {
        let text = render(&report, Format::Terminal, &RenderOptions { width, ..RenderOptions::default() });
        for line in text.lines().filter(|l| !l.contains("git agents ")) {
            // a wide character may be wider than what is left of a line
            let columns = unicode_width::UnicodeWidthStr::width(line);
            prop_assert!(columns <= width + 1, "{columns} > {width}: {line:?}");
        }
    }

    #[test]
    fn json_comes_back_as_it_went(report in any_report()) {
        prop_assert_eq!(json::read(json::write(&report).as_bytes()).unwrap(), report);
    }

    #[test]
    fn markdown_has_no_links_images_or_html(report in any_report()) {
        let text = everything(&report, Format::Markdown);
        let mut fence: Option<usize> = None;
        for line in text.lines() {
            let ticks = line.bytes().take_while(|b| *b == b'`').count();
            match fence {
                Some(open) if ticks == open && line.len() == open => fence = None,
                None if ticks >= 3 && line[ticks..] == *"text" => fence = Some(ticks),
                Some(_) => {}
                None => {
                    let prose = outside_code(line).replace("<!-- -->", "");
                    let live = ["<", "](", "http:/", "https:/", "![", "\u{1b}"].iter().find(|l| prose.contains(**l));
                    prop_assert_eq!(live, None, "{}", line);
                }
            }
        }
        prop_assert_eq!(fence, None, "every fence is closed");
    }
}

/// The line without its code spans and escaped characters.
fn outside_code(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(['`', '\\']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(escaped) = rest.strip_prefix('\\') {
            let mut chars = escaped.chars();
            chars.next();
            out.push('.');
            rest = chars.as_str();
            continue;
        }
        let ticks = rest.bytes().take_while(|b| *b == b'`').count();
        let fence = "`".repeat(ticks);
        let body = &rest[ticks..];
        let end =
            body.match_indices(&fence).find(|(i, _)| !body[i + ticks..].starts_with('`') && !body[..*i].ends_with('`'));
        rest = end.map_or("", |(i, _)| &body[i + ticks..]);
    }
    out + rest
}
