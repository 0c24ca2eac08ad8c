"""`make bench`: what the price history costs at a million, ten and fifty million observations, beside the same SQL run
by a bare DuckDB, and what one more snapshot costs. Each case is a process of its own, so that its peak of memory is its
own. They take turns, since a machine's fast and slow minutes would else decide a ratio; the medians are written to
`data/bench/prices.md`.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

import duckdb
import generate

from pipelines import paths
from pipelines.schemas import SEEDS, TABLES
from pipelines.schemas.base import columns
from pipelines.seeds import typed_name
from pipelines.validation import typed_columns
from pipelines.warehouse import price_runs
from pipelines.warehouse.build import Build
from pipelines.warehouse.ddl import create_table
from pipelines.warehouse.making import make
from pipelines.warehouse.sql_models import sql_models

#: Observations in millions, and the series and snapshots that make them.
SIZES = {1: (16_000, 80), 10: (16_000, 800), 50: (40_000, 1_600)}
FEEDS = ("first", "second")
#: The pipeline, the same SQL in a bare DuckDB, and one more snapshot.
CASES = ("ours", "bare", "one more")
UP_TO_THE_MARTS = ("feeds.price_statement", "ref.price_series", "facts.fact", "facts.api_price", "facts.retirement")
MARTS = (
    "work.price_known",
    "work.price_standing",
    "work.price_event",
    "work.price_step",
    "work.price_regime",
    "marts.api_price",
    "marts.api_price_gap",
    "marts.api_price_sighting",
    "marts.api_price_change",
    "marts.api_price_conflict",
)
#: What the SQL reads beside prices.
EMPTY = ("feeds.score_statement", "facts.fx_rate")
NO_HOLE = timedelta(days=10_000)


def files_of(size: int, folder: Path) -> dict[str, list[price_runs.Published]]:
    """The generated files of a size, made once: two feeds that state the same SKUs, the second more rarely and
    at times differently."""
    series, snapshots = SIZES[size]
    found = {}
    for feed in FEEDS:
        place = folder / f"{size}-{feed}"
        if not (place / "complete").exists():
            generate.write(place, series, snapshots if feed == "first" else snapshots // 4, feed)
            (place / "complete").touch()
        found[feed] = [
            price_runs.Published(
                path.stem, path.stem, generate.published_at(number), generate.published_at(number), path
            )
            for number, path in enumerate(sorted(place.glob("*.parquet")))
        ]
    return found


@contextmanager
def build(folder: Path) -> Iterator[Build]:
    """An empty build with the tables that the SQL reads, and the two feeds."""
    sql_models()  # read and parsed once a process, whatever it goes on to build
    with Build.opened(folder / "build.duckdb") as opened:
        for model in SEEDS.values():
            opened.connection.execute(create_table(typed_name(model), typed_columns(model)))
        for name in EMPTY:
            opened.connection.execute(create_table(name, columns(TABLES[name])))
        opened.connection.execute(
            "create table feeds.feed as select unnest(?) as feed, 'bench' as namespace, 'present' as states", [FEEDS]
        )
        price_runs.create(opened.connection)
        for feed in FEEDS:
            opened.connection.execute(
                "insert into ref.source by name select ? as source_id, ? as title, 'bench' as publisher, "
                "'unknown' as published_basis, timestamp '2026-01-01' as accessed_at, 'author' as claimant_class, "
                "'bench' as origin",
                [feed, feed],
            )
        for name in (*map(typed_name, SEEDS.values()), "feeds.feed", *EMPTY):
            opened.record(name, {}, "bench")
        yield opened


def ours(opened: Build, files: dict[str, list[price_runs.Published]], tables: tuple[str, ...]) -> float:
    """As the pipeline does it: in batches, validated, hashed, checked. Returns the seconds until the runs stood."""
    began = time.perf_counter()
    for feed, published in files.items():
        price_runs.ingest(opened.connection, feed, published, NO_HOLE)
    ingested = time.perf_counter() - began
    for name in ("feeds.content", "feeds.price_run"):
        opened.record(name, {}, "bench")
    for table in make(opened, [sql_models()[name] for name in tables]):
        if table.is_broken:
            raise AssertionError(f"{table.name}: {table.outcomes}")
    return ingested


def bare(opened: Build, files: dict[str, list[price_runs.Published]], tables: tuple[str, ...]) -> float:
    """The same SQL in one DuckDB, which reads the files itself and checks nothing. Returns the seconds until the runs
    stood."""
    connection = opened.connection
    began = time.perf_counter()
    for feed, published in files.items():
        for number, content in enumerate(published, start=1):
            connection.execute(
                "insert into feeds.content by name select ? as feed, ? as first_at, ? as last_at, ? as version, "
                "? as sha256, ? as file_name, ? as content_no, 0 as row_count",
                [feed, content.first_at, content.last_at, content.version, content.sha256, content.path.name, number],
            )
        names = [str(content.path) for content in published]
        connection.execute("create or replace temp table standing as from feeds.price_run limit 0")
        connection.execute(
            "create or replace temp view batch as select * exclude (filename), "
            "cast(regexp_extract(filename, '(\\d+)\\.parquet$', 1) as bigint) + 1 as content_no "
            f"from read_parquet({names!r}, filename = true)"
        )
        connection.execute(f"create or replace temp table run as {price_runs.MERGE}")
        connection.execute(
            f"insert into feeds.price_run by name select batch.* exclude (content_no), '{feed}' as feed, run.first_no, "
            "run.last_no from run inner join batch "
            "on run.statement_key = batch.statement_key and run.first_no = batch.content_no"
        )
    ingested = time.perf_counter() - began
    for name in tables:
        connection.execute(create_table(name, columns(TABLES[name])))
        connection.execute(f"insert into {name} by name {sql_models()[name].sql}")
    return ingested


def case(kind: str, size: int, folder: Path) -> dict[str, float]:
    """One measurement: seconds in all and until the runs stood, observations and the peak of memory in gigabytes."""
    files = files_of(size, folder)
    with tempfile.TemporaryDirectory(dir=folder) as scratch, build(Path(scratch)) as opened:
        run: Callable[..., float] = bare if kind == "bare" else ours
        tables = UP_TO_THE_MARTS if kind == "one more" else UP_TO_THE_MARTS + MARTS
        if kind == "one more":
            ours(opened, {feed: published[:-1] for feed, published in files.items()}, tables)
        began = time.perf_counter()
        ingested = run(opened, files, tables)
        seconds = time.perf_counter() - began
        observations = duckdb.sql(
            f"select sum(num_rows) from parquet_file_metadata({[str(c.path) for p in files.values() for c in p]!r})"
        ).fetchall()[0][0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": seconds, "ingested": ingested, "observations": float(observations), "peak": peak}


def measured(kind: str, size: int, folder: Path) -> dict[str, float]:
    """A case, in a process of its own."""
    command = [sys.executable, __file__, "--case", kind, "--size", str(size), "--folder", str(folder)]
    told: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return told


def medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The median of each figure."""
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def main() -> None:
    """Measure every case and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--size", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=paths.data() / "bench")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--most", type=int, default=max(SIZES), help="the largest size, in millions")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    if asked.case:
        print(json.dumps(case(asked.case, asked.size, asked.folder)))
        return
    sizes = [size for size in SIZES if size <= asked.most]
    for size in sizes:
        files_of(size, asked.folder)
    found: dict[tuple[str, int], list[dict[str, float]]] = {(kind, size): [] for kind in CASES for size in sizes}
    for number, (kind, size) in product(range(1, asked.runs + 1), found):
        found[kind, size].append(measured(kind, size, asked.folder))
        print(f"{number}/{asked.runs} {kind}, {size} million: {found[kind, size][-1]['seconds']:.2f} s", flush=True)
    table = told({case: medians(rounds) for case, rounds in found.items()}, asked.runs)
    (asked.folder / "prices.md").write_text(table)
    print(table)
    for size, feed in product(sizes, FEEDS):
        shutil.rmtree(asked.folder / f"{size}-{feed}")


def told(found: dict[tuple[str, int], dict[str, float]], runs: int) -> str:
    """The medians and their ratios, as a table."""
    lines = [
        f"Measured {datetime.now():%Y-%m-%d %H:%M} on {os.cpu_count()} cores; medians of {runs} runs that took turns.",
        "",
        "| observations | ours, s | million/s | peak, GB | bare DuckDB, s | ours / bare | "
        "one more snapshot: its runs, s | with the facts, s | against 1 million |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for size in sorted({size for _, size in found}):
        run, plain, more = (found[kind, size] for kind in CASES)
        lines.append(
            f"| {run['observations']:,.0f} | {run['seconds']:.2f} | {run['observations'] / run['seconds'] / 1e6:.2f} | "
            f"{run['peak']:.2f} | {plain['seconds']:.2f} | {run['seconds'] / plain['seconds']:.2f} | "
            f"{more['ingested']:.2f} | {more['seconds']:.2f} | "
            f"{more['seconds'] / found['one more', 1]['seconds']:.2f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
