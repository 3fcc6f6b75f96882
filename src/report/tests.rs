#![expect(clippy::unwrap_used, reason = "tests")]

mod any;
mod hostile;
mod json_output;
mod json_read;
mod markdown;
mod screen;
mod terminal;

use proptest::prelude::*;

use super::samples::{clean, findings, incomplete, mixed, slow, tenant};
use super::*;
use any::any_report;

fn terminal(report: &Report, width: usize) -> String {
    render(
        report,
        Format::Terminal,
        &RenderOptions {
            width,
            ..RenderOptions::default()
        },
    )
}

fn everything(report: &Report, format: Format) -> String {
    render(
        report,
        format,
        &RenderOptions {
            all: true,
            ..RenderOptions::default()
        },
    )
}

fn some_cases() -> ProptestConfig {
    ProptestConfig {
        cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
