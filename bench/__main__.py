"""`make bench`. BENCH_SMALL=1: a trial on little data; BENCH=full: a workspace of a million beside one of 10,000, and a
thousand of 1,000, as well; BENCH=growth: the first two alone. BENCH_DIR (default var/bench) keeps the data for the
next run; PORT and the one after it are used.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import sys
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

from bench import doors, load, paper, sweep
from bench.counting import statements
from bench.doors import Operation
from bench.load import Figures, Request
from bench.stage import Size, Stage, memory
from saas.run import places, postgres

IS_SMALL = bool(os.environ.get("BENCH_SMALL"))
ASKED = os.environ.get("BENCH", "")
MAIN = Size(9, 3, 2_000) if IS_SMALL else Size(1, 10, 100_000)
LITTLE, LARGE = Size(4, 1, 10_000), Size(2, 1, 1_000_000)
MANY = Size(3, 1_000, 1_000)
LOADED = {"growth": [LITTLE, LARGE], "full": [MAIN, LITTLE, LARGE, MANY]}.get(ASKED, [MAIN])
ROUNDS = 3
SECONDS = float(os.environ.get("BENCH_SECONDS") or (1 if IS_SMALL else 3))
CLIENTS = (1, 8)
ONLY = os.environ.get("BENCH_ONLY", "")  # a part of the names of the operations to measure

HEAD = (
    "| operation | floor p50 / p95 ms | ours p50 / p95 ms | ours ÷ floor | first landing | goal"
    " | floor req/s at 8 | ours req/s at 8 | statements | errors |"
)

Round = dict[int, Figures]  # clients → figures


def main() -> None:
    """Load, serve, measure, tell."""
    folder = Path(os.environ.get("BENCH_DIR") or "var/bench").absolute()
    stage = Stage(folder, int(os.environ.get("PORT") or 8000))
    with stage.servers():
        for size in LOADED:
            print(f"Loading {size.words} customers, unless it was done before.", flush=True)
            stage.fill(size)
            stage.let_in(size)
        lines = [machine(folder)]
        if MAIN in LOADED:
            lines += [*measure(stage), *returned(stage), *printed(stage)]
        if LARGE in LOADED:
            lines += growth(stage)
        if MANY in LOADED:
            lines += alone(stage, MANY)
    text = "\n".join(lines) + "\n"
    (folder / "result.md").write_text(text, encoding="utf-8")
    print(text)


def measure(stage: Stage) -> Iterator[str]:
    """The table of the main size, ours beside the floor, and the memory after it."""
    known = doors.facts(stage, MAIN)
    with stage.web() as ours, stage.floor(stage.port + 1, json.dumps(known)) as floor:
        found = [one for one in doors.operations(stage, MAIN, known) if ONLY in one.name]
        yield f"\n## {MAIN.words} customers\n"
        yield HEAD
        yield "| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |"
        counts = statements(stage.config(), [one.ours for one in found])
        for one, count in zip(found, counts, strict=True):
            yield row(one, count, rounds(one, stage.port))
            print(".", end="", flush=True)
        print()
        yield "\nMemory after the run, PSS in MiB, each process and together:"
        for name, pid in (("ours", ours), ("floor", floor)):
            each = memory(pid)
            yield f"- {name}: {' + '.join(f'{size:.0f}' for size in each)} = {sum(each):.0f}"


def rounds(one: Operation, port: int) -> list[tuple[Round, Round]]:
    """The figures of each round, (floor, ours) by clients; the two take turns, after both were warmed."""
    for each, at in ((one.floor, port + 1), (one.ours, port)):
        status = load.once(each, at)[0]
        assert status == each.expected, f"{each.path} answers {status}"
        load.send(each, at, 8, min(SECONDS, 1))
    found = []
    for _ in range(ROUNDS):
        floor: Round = {}
        ours: Round = {}
        for clients in CLIENTS:
            floor[clients] = load.send(one.floor, port + 1, clients, SECONDS)
            ours[clients] = load.send(one.ours, port, clients, SECONDS)
        found.append((floor, ours))
    return found


def row(one: Operation, count: int, found: list[tuple[Round, Round]]) -> str:
    """One line of the table; each figure is the median of the rounds."""
    floor = [each[0] for each in found]
    ours = [each[1] for each in found]

    def mid(rows: list[Round], clients: int, figure: str) -> float:
        return float(statistics.median(getattr(each[clients], figure) for each in rows))

    ratio = statistics.median(o[1].p50 / f[1].p50 for f, o in found)
    mark = "" if ratio <= one.bar else " **missed**"
    errors = sum(figures.errors for each in (*floor, *ours) for figures in each.values())
    cells = [
        one.name,
        f"{mid(floor, 1, 'p50'):.2f} / {mid(floor, 1, 'p95'):.2f}",
        f"{mid(ours, 1, 'p50'):.2f} / {mid(ours, 1, 'p95'):.2f}",
        f"**{ratio:.2f}**{mark}",
        f"≤ {one.bar:g}",
        f"≤ {one.goal:g}",
        f"{mid(floor, 8, 'rate'):.0f}",
        f"{mid(ours, 8, 'rate'):.0f}",
        str(count),
        str(errors),
    ]
    return f"| {' | '.join(cells)} |"


def returned(stage: Stage) -> Iterator[str]:
    """The pool's sweep beside the bare SQL."""
    if ONLY and ONLY not in "sweep":
        return
    many, bare, ours = sweep.figures(stage.config(), doors.facts(stage, MAIN))
    mark = "" if ours / bare <= sweep.BAR else " **missed**"
    yield (
        f"\nThe pool's sweep of {many:,} of {MAIN.accounts:,} customers: bare SQL {bare:.2f} s, ours {ours:.2f} s,"
        f" **{ours / bare:.2f}**{mark} (≤ {sweep.BAR:g})."
    )


def printed(stage: Stage) -> Iterator[str]:
    """A long quote as PDF beside WeasyPrint alone."""
    if ONLY and ONLY not in "printed quote":
        return
    bare, ours = paper.figures(stage, MAIN.slug())
    mark = "" if ours / bare <= paper.BAR else " **missed**"
    yield (
        f"\nA quote of {paper.LINES} lines as PDF: WeasyPrint alone {bare:.2f} s, ours {ours:.2f} s,"
        f" **{ours / bare:.2f}**{mark} (≤ {paper.BAR:g})."
    )


def growth(stage: Stage) -> Iterator[str]:
    """A large workspace beside a little one, which take turns: p50 in ms at 1 client."""
    with stage.web():
        yield f"\n## {LARGE.words} customers beside {LITTLE.words}, ours at 1 client\n"
        yield "| operation | p50 ms of few | p50 ms of many | many ÷ few | bar |"
        yield "| --- | --: | --: | --: | --: |"
        few, many = (doors.growing(stage, size, doors.facts(stage, size)) for size in (LITTLE, LARGE))
        for (name, little, bar), (_, large, _) in zip(few, many, strict=True):
            for each in (little, large):
                load.send(each, stage.port, 8, min(SECONDS, 1))
            found = [[load.send(each, stage.port, 1, SECONDS) for each in (little, large)] for _ in range(ROUNDS)]
            ratio = statistics.median(b.p50 / a.p50 for a, b in found)
            mid = [statistics.median(each[at].p50 for each in found) for at in (0, 1)]
            mark = "" if ratio <= bar else " **missed**"
            yield f"| {name} | {mid[0]:.2f} | {mid[1]:.2f} | **{ratio:.2f}**{mark} | ≤ {bar:g} |"


def alone(stage: Stage, size: Size) -> Iterator[str]:
    """Ours alone on a further size: p50 and p95 in ms at 1 client."""
    known = doors.facts(stage, size)
    with stage.web():
        yield f"\n## {size.words} customers, ours at 1 client\n"
        yield "| operation | p50 ms | p95 ms |"
        yield "| --- | --: | --: |"
        for one in doors.operations(stage, size, known):
            figures = middle(one.ours, stage.port)
            yield f"| {one.name} | {figures.p50:.2f} | {figures.p95:.2f} |"


def middle(request: Request, port: int) -> Figures:
    """The round with the middle p50."""
    load.send(request, port, 8, min(SECONDS, 1))
    found = sorted((load.send(request, port, 1, SECONDS) for _ in range(ROUNDS)), key=lambda f: f.p50)
    return found[ROUNDS // 2]


def machine(folder: Path) -> str:
    """Where and with what this was measured."""
    kernel = Path("/proc/cpuinfo").read_text()
    model = next((line.split(": ", 1)[1] for line in kernel.splitlines() if line.startswith("model name")), "?")
    total = int(Path("/proc/meminfo").read_text().split()[1]) / 1024**2
    parts = [f"{name} {version(name)}" for name in ("flask", "sqlalchemy", "psycopg", "jinja2", "granian")]
    server = (places.of(folder).postgres / "data" / "PG_VERSION").read_text().strip()
    shared = postgres.SETTINGS["shared_buffers"]
    sender = "wrk" if shutil.which("wrk") else "threads of its own"
    return (
        f"{date.today():%Y-%m-%d}: {os.cpu_count()} × {model}, {total:.0f} GB, Python {sys.version.split()[0]}, "  # noqa: DTZ011
        f"{platform.system()} {platform.release()}; PostgreSQL {server} with shared_buffers {shared}; "
        f"{', '.join(parts)}; load by {sender} on the same machine; {ROUNDS} rounds of {SECONDS:g} s, medians."
    )


if __name__ == "__main__":
    main()
