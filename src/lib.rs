//! `git agents`: reviews a change with agents that run in parallel, checks what
//! they say against the code, and tells it once, as the next git command runs.
//!
//! One pipeline: trigger → change → plan → brief → reply → findings → report →
//! verdict. A folder is one stage; stages meet only in [`model`] and are joined
//! only in [`pipeline`].

pub mod agent;
pub mod brief;
pub mod capture;
pub mod cli;
pub mod context;
pub mod gate;
pub mod git;
pub mod hook;
pub mod http;
pub mod lockfile;
pub mod model;
pub mod offline;
pub mod pipeline;
pub mod plan;
pub mod report;
pub mod secrets;
pub mod settings;
pub mod snapshot;
pub mod store;
pub mod supervise;
pub mod synth;
pub mod sys;
