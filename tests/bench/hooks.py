#!/usr/bin/env python3
"""What our hooks add to git: `tests/bench/hooks.py target/release/git-agents [--quick]`.

Real git, real hooks, in throw-away repositories. The variants of one table take
turns, so that a busy machine slows all of them; the figures are those of the
fastest rounds (2nd percentile), in milliseconds: what else runs only ever adds.
CPU is that of git and of everything it waited for. Needs python3 and git; valgrind, strace, prek and
git-lfs are used where they are installed. Exits 1 where a promise is missed.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

PROMISED_WALL = 3.0
PROMISED_CPU = 2.1
PROMISED_CHECK = 1.5
LARGE_FILES = 50_000
MANY_REFS = 100_000

CONFIG = """[user]
\tname = Bench
\temail = bench@example.invalid
[gc]
\tauto = 0
[maintenance]
\tauto = false
[init]
\tdefaultBranch = main
[agents]
\tauto = never
"""


class Place:
    """A home with its own configuration; repositories are made in it."""

    def __init__(self, root, program):
        self.root = pathlib.Path(root)
        self.program = pathlib.Path(program).resolve()
        (self.root / "home").mkdir()
        (self.root / "home/.gitconfig").write_text(CONFIG)
        self.env = {
            "HOME": str(self.root / "home"),
            "PATH": f"{self.program.parent}:{os.environ['PATH']}",
            "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C.UTF-8",
        }

    def git(self, repo, *args, stdin=None):
        done = subprocess.run(["git", *args], cwd=repo, env=self.env, input=stdin, capture_output=True, check=True)
        return done.stdout

    def repository(self, name, files=20, refs=0):
        repo = self.root / name
        repo.mkdir()
        self.git(repo, "init", "-q")
        for number in range(files):
            path = repo / f"src/{number // 500}/{number}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{number}\n")
        self.git(repo, "add", "-A")
        self.git(repo, "commit", "-q", "-m", "start")
        if refs:
            head = self.git(repo, "rev-parse", "HEAD").decode().strip()
            lines = "".join(f"create refs/heads/b/{number} {head}\n" for number in range(refs))
            self.git(repo, "update-ref", "--stdin", stdin=lines.encode())
            self.git(repo, "pack-refs", "--all")
        return repo

    def timed(self, repo, *args):
        """Wall and CPU milliseconds of one git command."""
        null = os.open(os.devnull, os.O_RDWR)
        begun = time.perf_counter()
        pid = os.posix_spawnp(
            "env",
            ["env", "-C", str(repo), "git", *args],
            self.env,
            file_actions=[(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)],
        )
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - begun
        os.close(null)
        if status:
            sys.exit(f"git {' '.join(args)} in {repo} ended with {status}")
        return wall * 1000, (usage.ru_utime + usage.ru_stime) * 1000


def hook(repo, event, text):
    path = repo / ".git/hooks" / event
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def fastest(values):
    return sorted(values)[len(values) // 50]


def turns(place, repos, rounds, change):
    """Commits in each repository in turn; wall and CPU by name."""
    figures = {name: ([], []) for name in repos}
    for number in range(rounds + 3):
        for name, repo in repos.items():
            change(repo, number)
            wall, cpu = place.timed(repo, "commit", "-q", "-m", f"round {number}")
            if number >= 3:
                figures[name][0].append(wall)
                figures[name][1].append(cpu)
            # what was detached has its own time
            time.sleep(0.03)
    return {name: (fastest(wall), fastest(cpu)) for name, (wall, cpu) in figures.items()}


def stage(place):
    def change(repo, number):
        (repo / "src/0/0.txt").write_text(f"round {number}\n")
        place.git(repo, "add", "src/0/0.txt")

    return change


def variants(place, suffix, **shape):
    plain = place.repository(f"plain{suffix}", **shape)
    empty = place.repository(f"empty{suffix}", **shape)
    hook(empty, "post-commit", "#!/bin/sh\nexit 0\n")
    ours = place.repository(f"ours{suffix}", **shape)
    place.git(ours, "agents", "init")
    repos = {"no hook": plain, "empty sh hook": empty, "git agents": ours}
    if not suffix and shutil.which("prek"):
        repos["prek"] = with_prek(place)
    if not suffix and shutil.which("git-lfs"):
        repos["git-lfs"] = place.repository("lfs", **shape)
        place.git(repos["git-lfs"], "lfs", "install", "--local")
    return repos


def with_prek(place):
    repo = place.repository("prek")
    text = "repos:\n- repo: local\n  hooks:\n  - {id: t, name: t, language: system, entry: 'true', stages: [post-commit], always_run: true}\n"
    (repo / ".pre-commit-config.yaml").write_text(text)
    subprocess.run(["prek", "install", "-t", "post-commit"], cwd=repo, env=place.env, check=True, capture_output=True)
    return repo


def table(title, figures):
    print(f"\n{title}\n")
    print(f"| {'hooks':<14} | wall ms | added | CPU ms | CPU × |\n|---|---|---|---|---|")
    wall0, cpu0 = figures["no hook"]
    for name, (wall, cpu) in figures.items():
        print(f"| {name:<14} | {wall:7.2f} | {wall - wall0:+5.2f} | {cpu:6.2f} | {cpu / cpu0:5.2f} |")


def check(place, rounds):
    """A command that fires post-index-change while a report waits nowhere, and while one waits."""
    repo, bare = place.repository("check"), place.repository("check-plain")
    place.git(repo, "agents", "init")
    figures = {"no hook": ([], []), "git agents, nothing waits": ([], []), "git agents, captured": ([], [])}
    for number in range(rounds + 3):
        for name in figures:
            where = bare if name == "no hook" else repo
            mark = repo / ".git/agents/v1/waiting"
            mark.unlink(missing_ok=True)
            if name.endswith("captured"):
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.write_text("")
            (where / "src/0/1.txt").write_text(f"{name} {number}\n")
            wall, cpu = place.timed(where, "add", "src/0/1.txt")
            if number >= 3:
                figures[name][0].append(wall)
                figures[name][1].append(cpu)
    return {name: (fastest(wall), fastest(cpu)) for name, (wall, cpu) in figures.items()}


def counts(place):
    """Instructions and system calls of the hook process alone, without what it detaches."""
    repo = place.repository("counts")
    place.git(repo, "agents", "init")
    program = str(place.program.with_name("git-agents-hook"))
    lines = []
    if shutil.which("strace"):
        for event in ("post-commit", "post-index-change"):
            args = ["strace", "-c", "-o", str(place.root / "calls"), program, "_hook", event]
            subprocess.run(args, cwd=repo, env=place.env, check=True, stdin=subprocess.DEVNULL)
            total = (place.root / "calls").read_text().strip().splitlines()[-1].split()
            lines.append(f"{event}: {total[-2] if total[-2].isdigit() and len(total) == 5 else total[3]} system calls")
    if shutil.which("valgrind"):
        for event in ("post-commit", "post-index-change"):
            out = place.root / "instructions"
            args = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", program, "_hook", event]
            done = subprocess.run(args, cwd=repo, env=place.env, capture_output=True, text=True)
            found = [line for line in done.stderr.splitlines() if "Collected" in line]
            lines.append(f"{event}: {int(found[0].split(':')[1]):,} instructions" if found else f"{event}: no count")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--quick", action="store_true", help="no large repositories")
    options = parser.parse_args()
    missed = []
    with tempfile.TemporaryDirectory(prefix="git-agents-bench-") as root:
        place = Place(root, options.program)
        change = stage(place)
        plain = turns(place, variants(place, ""), options.rounds, change)
        table("`git commit`, 20 files", plain)
        added = plain["git agents"][0] - plain["no hook"][0]
        times = plain["git agents"][1] / plain["no hook"][1]
        if added > PROMISED_WALL:
            missed.append(f"a commit takes {added:.2f} ms longer, {PROMISED_WALL} are promised")
        if times > PROMISED_CPU:
            missed.append(f"a commit takes {times:.2f} times the CPU, {PROMISED_CPU} are promised")
        shapes = [] if options.quick else [("files", {"files": LARGE_FILES}), ("refs", {"refs": MANY_REFS})]
        for name, shape in shapes:
            large = turns(place, variants(place, f"-{name}", **shape), options.rounds // 2, change)
            table(f"`git commit`, {list(shape.values())[0]:,} {name}", large)
            more = large["git agents"][0] - large["no hook"][0]
            print(f"\nadded: {more:.2f} ms, {added:.2f} ms in the small repository")
            if more > added * 1.1 + 0.3:
                missed.append(f"with {name}: {more:.2f} ms longer, not {added:.2f}")
        figures = check(place, options.rounds)
        table("`git add` of one file (post-index-change)", figures)
        for name in list(figures)[1:]:
            more = figures[name][0] - figures["no hook"][0]
            if more > PROMISED_CHECK:
                missed.append(f"{name}: {more:.2f} ms longer, {PROMISED_CHECK} are promised")
        print()
        print("\n".join(counts(place)))
    for line in missed:
        print(f"MISSED: {line}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
