//! Where a hook speaks.
//!
//! The shims hand git's error stream over as standard output and close standard
//! error, so that neither a broken program nor its loader nor the shell can be
//! heard. The program, once it runs, takes the stream back.

use std::env;
use std::io;

/// Set by the shims when standard output leads to git's error stream.
pub(crate) const SPEAK_ON_STDOUT: &str = "GIT_AGENTS_STDERR";

/// Makes standard error git's error stream again. To be called first thing by
/// the program that a shim started; does nothing where no shim did.
///
/// # Errors
/// What the system says; the program then stays silent.
pub fn take_stderr_back() -> io::Result<()> {
    if env::var_os(SPEAK_ON_STDOUT).is_none_or(|value| value != "1") {
        return Ok(());
    }
    rustix::stdio::dup2_stderr(io::stdout())?;
    Ok(())
}
