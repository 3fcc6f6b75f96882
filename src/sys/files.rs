//! Private files: written beside and renamed, read with a limit.
//!
//! Promises: files are 0600 and directories 0700 whatever the umask or
//! `core.sharedRepository` say; a reader sees the old content or the new;
//! symbolic links, pipes and devices are refused, never followed or waited on.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// How the names of files that are not finished begin; what a crash leaves
/// behind is found, and swept, by it.
pub(crate) const UNFINISHED: &str = ".new-";

/// Whether a write waits until the disk has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sync {
    /// A crash of the machine may cost it; a crash of the program does not.
    Lazy,
    /// On the disk, name and content, when the call returns.
    Durable,
}

/// Puts `bytes` at `path`: written beside it (0600), then renamed over it.
///
/// # Errors
/// Whatever the file system says; the old content then still stands.
pub(crate) fn replace(path: &Path, bytes: &[u8], sync: Sync) -> io::Result<()> {
    let beside = write_beside(path, bytes, sync)?;
    beside.persist(path).map_err(|e| e.error)?;
    sync_parent(path, sync)
}

/// Puts `bytes` at `path` only if nothing stands there; of several callers one
/// succeeds, and no reader sees a part of the content.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when the name is taken; else what the file system says.
pub(crate) fn create_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = write_beside(path, bytes, Sync::Lazy)?;
    beside
        .persist_noclobber(path)
        .map(drop)
        .map_err(|e| e.error)
}

/// Writes a new file in place, for a directory that no reader knows yet.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when the name is taken; else what the file system says.
pub(crate) fn write_new(path: &Path, bytes: &[u8], sync: Sync) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    if sync == Sync::Durable {
        file.sync_all()
    } else {
        Ok(())
    }
}

/// Adds `line` and a line feed at the end of `path` in one write, making the
/// file (0600) if need be. A last line that an interrupted writer left without
/// its line feed is closed first, so that it cannot swallow this one.
///
/// # Errors
/// Refuses anything but a regular file with one name; else what the file system says.
pub(crate) fn append_line(path: &Path, line: &[u8]) -> io::Result<()> {
    let flags = no_follow();
    let file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(flags)
        .open(path);
    let mut file = file.map_err(plain_link_error)?;
    let about = regular(&file)?;
    if about.nlink() > 1 {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "has a second name (hard link)",
        ));
    }
    let mut text = Vec::with_capacity(line.len() + 2);
    if about.len() > 0 && !ends_with_line_feed(&file, about.len()) {
        text.push(b'\n');
    }
    text.extend_from_slice(line);
    text.push(b'\n');
    file.write_all(&text)
}

/// Renames a file, unless something has the new name.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`], or what the file system says.
pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // a file system without this
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
            fs::hard_link(from, to).and_then(|()| fs::remove_file(from))
        }
        done => Ok(done?),
    }
}

/// Reads a whole regular file of at most `max` bytes.
///
/// # Errors
/// [`io::ErrorKind::FileTooLarge`] above `max`, [`io::ErrorKind::InvalidInput`]
/// for symbolic links, pipes, devices and directories; else what the file system says.
pub(crate) fn read_capped(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let (file, length) = open_measured(path)?;
    let mut bytes = room_for(length.min(max));
    file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("is over {max} bytes"),
        ));
    }
    Ok(bytes)
}

/// Reads the last `max` bytes of a regular file, or all of a shorter one.
///
/// # Errors
/// As [`read_capped`], but a long file is none.
pub(crate) fn read_tail(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let (mut file, length) = open_measured(path)?;
    file.seek(SeekFrom::Start(length.saturating_sub(max)))?;
    let mut bytes = room_for(length.min(max));
    file.take(max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Room for that many bytes and the end of the file, so that nothing is copied while it is read.
fn room_for(bytes: u64) -> Vec<u8> {
    Vec::with_capacity(usize::try_from(bytes).unwrap_or(0).saturating_add(32))
}

/// Opens an existing regular file for reading, as [`read_capped`] does.
///
/// # Errors
/// As [`read_capped`].
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    open_measured(path).map(|(file, _)| file)
}

/// The file, and how many bytes it has now.
fn open_measured(path: &Path) -> io::Result<(File, u64)> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(no_follow())
        .open(path)
        .map_err(plain_link_error)?;
    let length = regular(&file)?.len();
    Ok((file, length))
}

/// Opens a file to lock and to write the holder's name into; made (0600) if it is missing.
///
/// # Errors
/// As [`read_capped`].
pub(crate) fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(no_follow());
    let file = options.open(path).map_err(plain_link_error)?;
    regular(&file)?;
    Ok(file)
}

/// Makes the directory (0700) unless it is there; its parent must exist. One
/// that others may enter is closed to them.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] when something else stands there (a symbolic link) or it
/// belongs to another user; else what the file system says.
pub(crate) fn private_dir(path: &Path) -> io::Result<()> {
    // nearly always it is there
    let about = match own_dir(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            match DirBuilder::new().mode(0o700).create(path) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => own_dir(path)?,
                made => return made,
            }
        }
        found => found?,
    };
    if about.mode() & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Makes a directory of ours in the person's home, and our own one above it, both as
/// [`private_dir`] does; what is missing above those is made as the person's umask says.
///
/// # Errors
/// As [`private_dir`].
pub(crate) fn private_dir_in_ours(path: &Path) -> io::Result<()> {
    let above = parent(path);
    if above
        .file_name()
        .is_some_and(|name| name == super::dirs::OURS)
    {
        fs::create_dir_all(parent(above))?;
        private_dir(above)?;
    } else {
        fs::create_dir_all(above)?;
    }
    private_dir(path)
}

/// Whether what stands at `path` is a directory of this user and no link.
///
/// # Errors
/// As [`private_dir`]; [`io::ErrorKind::NotFound`] when nothing stands there.
pub(crate) fn check_private_dir(path: &Path) -> io::Result<()> {
    own_dir(path).map(drop)
}

fn own_dir(path: &Path) -> io::Result<fs::Metadata> {
    let about = fs::symlink_metadata(path)?;
    let refuse = |why| Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    if about.file_type().is_symlink() {
        return refuse("is a symbolic link");
    }
    if !about.is_dir() {
        return refuse("is not a directory");
    }
    if about.uid() != rustix::process::geteuid().as_raw() {
        return refuse("belongs to another user");
    }
    Ok(about)
}

/// Waits until the file's content is on the disk.
///
/// # Errors
/// As [`read_capped`].
pub(crate) fn sync_file(path: &Path) -> io::Result<()> {
    open_regular(path)?.sync_all()
}

/// Waits until the directory's entries are on the disk. File systems that
/// cannot do this for directories are taken at their word.
///
/// # Errors
/// What the file system says.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    match File::open(path)?.sync_all() {
        Err(e)
            if matches!(
                e.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        other => other,
    }
}

fn write_beside(path: &Path, bytes: &[u8], sync: Sync) -> io::Result<tempfile::NamedTempFile> {
    let mut beside = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempfile_in(parent(path))?;
    // the umask can take bits from the mode given at creation
    beside
        .as_file()
        .set_permissions(Permissions::from_mode(0o600))?;
    beside.write_all(bytes)?;
    if sync == Sync::Durable {
        beside.as_file().sync_all()?;
    }
    Ok(beside)
}

fn sync_parent(path: &Path, sync: Sync) -> io::Result<()> {
    if sync == Sync::Durable {
        sync_dir(parent(path))
    } else {
        Ok(())
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

fn no_follow() -> i32 {
    // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever
    (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed()
}

fn plain_link_error(error: io::Error) -> io::Error {
    if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
        return io::Error::new(io::ErrorKind::InvalidInput, "is a symbolic link");
    }
    error
}

fn regular(file: &File) -> io::Result<fs::Metadata> {
    let about = file.metadata()?;
    if about.is_file() {
        return Ok(about);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "is not a regular file",
    ))
}

fn ends_with_line_feed(file: &File, length: u64) -> bool {
    let mut last = [0];
    file.read_exact_at(&mut last, length - 1).is_ok() && last == *b"\n"
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
