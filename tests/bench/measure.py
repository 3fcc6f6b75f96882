"""Times whole processes side by side: every variant once a round, in rotated order, so that a neighbour's load hits
all of them alike. Leaves to others what is compared with what."""

import os
import statistics
import time
from dataclasses import dataclass, field


@dataclass
class Variant:
    """One command line; `accept` are the exit codes that count as success, `after` runs untimed behind it,
    `output` takes what it prints."""

    label: str
    words: list
    cwd: str
    env: dict
    accept: tuple = (0,)
    after: object = None
    output: str = os.devnull


@dataclass
class Figures:
    """What the rounds of one variant showed: seconds, seconds, MiB."""

    wall: list = field(default_factory=list)
    cpu: list = field(default_factory=list)
    rss: list = field(default_factory=list)

    @property
    def median_wall(self):
        return statistics.median(self.wall)

    @property
    def median_cpu(self):
        return statistics.median(self.cpu)

    @property
    def peak(self):
        """MiB; of the largest process, children included."""
        return statistics.median(self.rss)


def run_once(variant):
    """Seconds of wall, seconds of CPU (children included), MiB at the peak."""
    os.chdir(variant.cwd)
    null = os.open(os.devnull, os.O_RDWR)
    out = os.open(variant.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    actions = [(os.POSIX_SPAWN_DUP2, from_, to) for from_, to in ((null, 0), (out, 1), (null, 2))]
    begun = time.perf_counter()
    pid = os.posix_spawnp(variant.words[0], variant.words, variant.env, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - begun
    os.close(null)
    os.close(out)
    code = os.waitstatus_to_exitcode(status)
    if code not in variant.accept:
        raise SystemExit(f"`{' '.join(variant.words)}` in {variant.cwd} ended with {code}")
    if variant.after:
        variant.after()
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def side_by_side(variants, rounds, warm_up=1):
    """`{label: Figures}` after that many interleaved rounds."""
    figures = {variant.label: Figures() for variant in variants}
    for turn in range(warm_up + rounds):
        at = turn % len(variants)
        for variant in variants[at:] + variants[:at]:
            wall, cpu, rss = run_once(variant)
            if turn >= warm_up:
                seen = figures[variant.label]
                seen.wall.append(wall)
                seen.cpu.append(cpu)
                seen.rss.append(rss)
    return figures


def show(figures):
    """A table; the first variant is what the others are divided by."""
    base = next(iter(figures.values()))
    print(f"  {'':34} {'min ms':>9} {'median ms':>9} {'cpu ms':>9} {'wall x':>7} {'cpu x':>7} {'MiB':>7}")
    for label, seen in figures.items():
        row = (min(seen.wall) * 1e3, seen.median_wall * 1e3, seen.median_cpu * 1e3)
        times = (ratio(seen.wall, base.wall), ratio(seen.cpu, base.cpu))
        print(f"  {label:34} {row[0]:9.1f} {row[1]:9.1f} {row[2]:9.1f} {times[0]:7.2f} {times[1]:7.2f} {seen.peak:7.1f}")


def ratio(ours, theirs):
    """Median of the ratios round by round."""
    return statistics.median(a / max(b, 1e-6) for a, b in zip(ours, theirs))
