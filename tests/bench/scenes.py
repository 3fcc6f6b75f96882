"""Synthetic repositories, made once below `target/bench` and kept until their recipe changes. The contents are
pseudo-random from a fixed seed, so that two machines measure the same bytes."""

import multiprocessing
import os
import random
import shutil
import subprocess

RECIPE = "1"
WORDS = (
    "account order price table cache index buffer packet header node value count limit total offset cursor token "
    "session client server request reply queue worker signal timer window layout column record parser lexer stream"
).split()


def git_env(home):
    """An environment in which only `home` configures git."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "XDG_"))}
    env.update(HOME=home, GIT_CONFIG_NOSYSTEM="1", LC_ALL="C", TZ="UTC", NO_COLOR="1")
    return env


def build(root, name, commits):
    """A repository with a work tree: `commits()` gives lists of `(path, bytes or None)`, `None` removes."""
    path = os.path.join(root, name)
    stamp = os.path.join(path, ".git", "recipe")
    if os.path.exists(stamp) and open(stamp).read() == RECIPE:
        return path
    shutil.rmtree(path, ignore_errors=True)
    # in a process of its own: what this one holds would count as the peak of all that it starts
    maker = multiprocessing.get_context("fork").Process(target=make, args=(root, path, commits))
    maker.start()
    maker.join()
    if maker.exitcode:
        raise SystemExit(f"{path} could not be made")
    with open(stamp, "w") as file:
        file.write(RECIPE)
    return path


def make(root, path, commits):
    env = git_env(os.path.join(root, "home"))
    git = ["git", "-c", "core.autocrlf=false"]
    subprocess.run(git + ["init", "-q", "-b", "main", path], check=True, env=env)
    feed = subprocess.Popen(git + ["-C", path, "fast-import", "--quiet"], stdin=subprocess.PIPE, env=env)
    for number, files in enumerate(commits()):
        write_commit(feed.stdin, number, files)
    feed.stdin.write(b"done\n")
    feed.stdin.close()
    if feed.wait():
        raise SystemExit("git fast-import failed")
    subprocess.run(git + ["-C", path, "repack", "-adq"], check=True, env=env)
    subprocess.run(git + ["-C", path, "reset", "-q", "--hard", "main"], check=True, env=env)


def write_commit(stream, number, files):
    message = f"step {number}: adjust {len(files)} files".encode()
    stream.write(b"commit refs/heads/main\n")
    stream.write(b"committer Bench <bench@example.org> %d +0000\n" % (1_700_000_000 + number * 3600))
    stream.write(b"data %d\n%s\n" % (len(message), message))
    for path, content in files:
        if content is None:
            stream.write(b"D %s\n" % path.encode())
        else:
            stream.write(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content))


def wide():
    """50,000 files in 500 folders, 300 small commits; the last one touches five files."""
    rnd = random.Random(1)
    texts = {}

    def name(i):
        return f"area{i // 2500:02}/part{i // 100 % 25:02}/unit{i:05}.py"

    first = []
    for i in range(50_000):
        texts[i] = python_file(rnd, i, 2)
        first.append((name(i), texts[i]))
    yield first
    for _ in range(300):
        touched = rnd.sample(range(50_000), 5)
        for i in touched:
            texts[i] = edited(rnd, texts[i], 2)
        yield [(name(i), texts[i]) for i in touched]


def renames():
    """1,500 files: 600 moved with an edit, 600 edited in place, 300 moved untouched."""
    rnd = random.Random(2)
    texts = {i: python_file(rnd, i, 8) for i in range(1_500)}
    yield [(f"old/{i % 40:02}/unit{i:04}.py", text) for i, text in texts.items()]
    second = []
    for i, text in texts.items():
        before, kind = f"old/{i % 40:02}/unit{i:04}.py", i % 5
        after = before if kind in (0, 1) else f"new/{i % 40:02}/module{i:04}.py"
        if kind != 4:
            text = edited(rnd, text, 6)
        if after != before:
            second.append((before, None))
        second.append((after, text))
    yield second


def million():
    """5,000 files with every line replaced: 1.3 million changed lines."""
    rnd = random.Random(3)
    for _ in range(2):
        yield [(f"lib/{i % 100:02}/table{i:04}.txt", prose(rnd, 130)) for i in range(5_000)]


def languages():
    """1,000 source files in six languages, then a commit that edits each of them."""
    rnd = random.Random(4)
    kinds = [("py", python_file), ("js", script_file), ("go", go_file), ("rs", rust_file), ("java", java_file), ("c", c_file)]
    texts = {}
    for i in range(1_000):
        ending, write = kinds[i % len(kinds)]
        texts[f"src/m{i % 50:02}/Unit{i:04}.{ending}"] = write(rnd, i, 12)
    yield list(texts.items())
    yield [(path, edited(rnd, text, 8)) for path, text in texts.items()]


def small():
    """One file, one edit: what the fan-out reviews."""
    rnd = random.Random(5)
    text = python_file(rnd, 0, 3)
    yield [("unit.py", text)]
    yield [("unit.py", edited(rnd, text, 1))]


def edited(rnd, text, places):
    """The text with that many calls put in before lines that are not first in their block."""
    lines = text.split(b"\n")
    spots = [n for n, line in enumerate(lines) if b" = " in line and line.startswith(b"    ")]
    for spot in sorted(rnd.sample(spots, min(places, len(spots))), reverse=True):
        line = lines[spot]
        lines[spot] = line.replace(b" = ", b" = %d + " % rnd.randrange(10, 99), 1)
    return b"\n".join(lines)


def pair(rnd):
    return rnd.choice(WORDS), rnd.choice(WORDS)


def prose(rnd, lines):
    return "".join(" ".join(rnd.choices(WORDS, k=6)) + f" {rnd.random():.6f}\n" for _ in range(lines)).encode()


def functions(rnd, count, one):
    """`one(name, other, number)` that many times."""
    return "\n".join(one(f"{a}_{b}_{n}", b, rnd.randrange(1000)) for n, (a, b) in ((n, pair(rnd)) for n in range(count)))


def python_file(rnd, number, count):
    body = functions(rnd, count, lambda f, w, k: (
        f"def {f}({w}, items):\n    \"\"\"Sums what is over the {w}.\"\"\"\n    total = {k}\n"
        f"    for item in items:\n        if item.{w} > {w}:\n            total += item.{w}\n"
        f"    result = total - {k}\n    return result\n"))
    return f"\"\"\"Unit {number}.\"\"\"\nimport collections\n\n\n{body}".encode()


def script_file(rnd, number, count):
    body = functions(rnd, count, lambda f, w, k: (
        f"export function {f}({w}, items) {{\n    let total = {k};\n    for (const item of items) {{\n"
        f"        if (item.{w} > {w}) {{\n            total += item.{w};\n        }}\n    }}\n"
        f"    const result = total - {k};\n    return result;\n}}\n"))
    return f"// Unit {number}\n{body}".encode()


def go_file(rnd, number, count):
    body = functions(rnd, count, lambda f, w, k: (
        f"func {f}({w}0 int, items []int) int {{\n    var total = {k}\n    for _, item := range items {{\n"
        f"        if item > {w}0 {{\n            total += item\n        }}\n    }}\n"
        f"    var result = total - {k}\n    return result\n}}\n"))
    return f"package unit{number}\n\n{body}".encode()


def rust_file(rnd, number, count):
    body = functions(rnd, count, lambda f, w, k: (
        f"pub fn {f}({w}0: i64, items: &[i64]) -> i64 {{\n    let mut total = {k};\n    for item in items {{\n"
        f"        if *item > {w}0 {{\n            total += item;\n        }}\n    }}\n"
        f"    let result = total - {k};\n    result\n}}\n"))
    return f"//! Unit {number}\n\n{body}".encode()


def java_file(rnd, number, count):
    body = functions(rnd, count, lambda f, w, k: (
        f"    static long {f}(long {w}0, long[] items) {{\n        long total = {k};\n        for (long item : items) {{\n"
        f"            if (item > {w}0) {{\n                total += item;\n            }}\n        }}\n"
        f"        long result = total - {k};\n        return result;\n    }}\n"))
    return f"package unit;\n\nfinal class Unit{number:04} {{\n{body}}}\n".encode()


def c_file(rnd, number, count):
    body = functions(rnd, count, lambda f, w, k: (
        f"long {f}(long {w}0, const long *items, unsigned n) {{\n    long total = {k};\n"
        f"    for (unsigned i = 0; i < n; i++) {{\n        if (items[i] > {w}0) {{\n            total += items[i];\n"
        f"        }}\n    }}\n    long result = total - {k};\n    return result;\n}}\n"))
    return f"/* Unit {number} */\n#include <stddef.h>\n\n{body}".encode()
