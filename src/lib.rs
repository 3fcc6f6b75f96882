//! `git agents`: reviews a change with agents that run in parallel, checks what
//! they say against the code, and tells it once, as the next git command runs.
//!
//! One pipeline: trigger → change → plan → brief → reply → findings → report →
//! verdict. A folder is one stage; stages meet only in [`model`] and are joined
//! only in [`pipeline`].

pub(crate) mod backends;
pub(crate) mod reply;

pub mod agents;
pub mod cli;
pub mod context;
pub mod diff;
pub mod findings;
pub mod gate;
pub mod git;
pub mod hooks;
pub mod lockfile;
pub mod model;
pub mod offline;
pub mod plan;
pub mod prompt;
pub mod report;
pub mod review;
pub mod secrets;
pub mod settings;
pub mod snapshot;
pub mod store;
pub mod supervisor;
pub mod sys;
pub mod text;
