//! The fault campaign: processes die, disks fill, clocks jump, pids come back, hooks collide.
//!
//! ```text
//! cargo test --locked --test faults                          # the short form
//! GIT_AGENTS_FAULTS=all cargo test --locked --test faults    # 10,000 kills, and every write that can fail
//! ```
//!
//! `GIT_AGENTS_FAULT_ROUNDS` says how many rounds of kills, `GIT_AGENTS_FAULT_SEED` repeats a run;
//! both are printed. Whatever happens: no answer is lost, none is told twice, nothing is stuck,
//! nothing that was not read is called clean, and no process is left.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should panic")]
#![expect(
    clippy::print_stdout,
    reason = "a run that failed has to be repeated, and figures are read"
)]

mod clock;
mod dice;
mod disk;
#[path = "../all/hooked.rs"]
#[expect(dead_code, reason = "shared with the other end to end tests")]
mod hooked;
mod hooks;
mod kills;
mod pids;
mod place;
#[path = "../all/scene.rs"]
#[expect(dead_code, reason = "shared with the other end to end tests")]
mod scene;
#[path = "../support/http_server.rs"]
#[expect(dead_code, reason = "shared with the other end to end tests")]
mod server;
#[path = "../all/support.rs"]
#[expect(dead_code, reason = "shared with the other end to end tests")]
mod support;
mod told;
