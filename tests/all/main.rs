//! The real program, against real git, in sealed places. One test binary, since
//! each links the grammars anew.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod answers;
mod answers_kept;
mod background;
mod bad_input;
mod blind;
mod choice;
mod commands;
mod commands_slash;
mod doctor;
mod environments;
mod explore;
mod failures;
mod formats;
mod hooked;
mod hooks_after;
mod hooks_apart;
mod hooks_delivery;
mod hooks_filters;
mod hooks_gate;
mod hooks_gate_hostile;
mod hooks_lost;
mod hooks_matrix;
mod hooks_notes;
mod hooks_repair;
mod hooks_rest;
mod hooks_settings;
mod hooks_several;
mod hooks_storms;
mod http;
mod left_out;
mod looked_at;
mod money;
mod offline;
mod pty;
mod scene;
mod screen;
#[path = "../support/http_server.rs"]
mod server;
mod structure;
mod support;
mod targets;
mod terminal;
mod trust;
mod watch;
