//! The `git-agents` program.

fn main() {}
