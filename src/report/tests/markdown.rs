//! Reports as Markdown, and that nothing in them is live.

use super::*;

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
        let end = body
            .match_indices(&fence)
            .find(|(i, _)| !body[i + ticks..].starts_with('`') && !body[..*i].ends_with('`'));
        rest = end.map_or("", |(i, _)| &body[i + ticks..]);
    }
    out + rest
}

proptest! {
    #![proptest_config(some_cases())]

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
