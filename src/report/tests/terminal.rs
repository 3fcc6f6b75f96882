//! Whole reports on terminals of several widths.

use super::*;

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
