"""How fast the HTTP service answers, as ratios to Django REST Framework with `distinct on` on the same rows.

Django is in a virtual environment of its own, which `make .venv/django_rest/ready` makes.
python -m tests.benchmarks.bench_api .venv/django_rest/bin/python [SECONDS]
"""

import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loaders.database.connection import client_environment, connect
from loaders.dbt_runner import build
from tests.benchmarks.ground import WITHOUT_TESTS, load, new_database, own_server, rows
from tests.benchmarks.http_clients import Taken, ask, headers_of

NODES, HOURS, REVISIONS, CLIENTS = 27, 168, 24, 64
TURNS = 5
RANGE = "start_datetime=2024-01-01T00:00:00Z&end_datetime=2024-01-08T00:00:00Z"
MIDDLE = "collected_datetime=2024-01-04T00:00:00Z"
TABLES = """
create schema django_rest;
create table django_rest.nodes as
select node_id as id, node_name as name, region_id, grid_id from marts.dim_node;
alter table django_rest.nodes add primary key (id);
create table django_rest.measures as
select row_number() over () as id, node_id, interval_start as timestamp, collected_at, value
from marts.fct_measure_revisions;
alter table django_rest.measures add primary key (id);
create index on django_rest.measures (node_id, timestamp, collected_at desc);
create index on django_rest.measures (timestamp);
analyze django_rest.nodes, django_rest.measures;
"""
# Name, path in both, further parameter here, and how many times the requests per second of Django are aimed at.
QUESTIONS = [
    ("latest, all nodes", f"measures/query/?{RANGE}", "", 10),
    ("evolution, all nodes", f"measures/evolution/?{RANGE}&{MIDDLE}", "", 10),
    ("latest, one node", f"measures/query/?{RANGE}&node_id=1", "", 3),
    ("evolution, one node", f"measures/evolution/?{RANGE}&{MIDDLE}&node_id=1", "", 3),
    ("latest, all nodes, as Arrow", f"measures/query/?{RANGE}", "&format=arrow", 20),
    ("evolution, all nodes, as Arrow", f"measures/evolution/?{RANGE}&{MIDDLE}", "&format=arrow", 20),
]
SERVICE = """
from loaders.service import server
from loaders.service.options import ServiceOptions
server.options_from_settings = lambda host, port, keys: ServiceOptions(
    port={port}, requests_per_minute=10**9, cache_bytes={cache_bytes}
)
server.serve(None, None, False)
"""


def say(text: str, value: str, target: str = "") -> None:
    """One line of the table of results."""
    print(f"{text:<60} {value:>9}   {target}", flush=True)


@contextmanager
def running(command: list[str], folder: Path, path: str) -> Iterator[tuple[int, int]]:
    """A service as a process of its own; yields its port and its process id. {port} in the command is replaced."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [word.replace("{port}", str(port)) for word in command]
    environment = os.environ | client_environment(None)
    process = subprocess.Popen(words, cwd=folder, env=environment, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while ask(port, path, 0.01).errors:
            assert time.monotonic() < deadline, f"{words[0]} did not start"
            time.sleep(0.1)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def rate(port: int, path: str, seconds: float, status: int = 200, **headers: str) -> tuple[float, Taken]:
    """Answers per second that one client gets, and what it saw."""
    ask(port, path, 0.2, **headers)
    taken = ask(port, path, seconds, **headers)
    assert taken.errors == 0
    assert set(taken.statuses) == {status}, taken.statuses
    return len(taken.seconds) / sum(taken.seconds), taken


def fill() -> None:
    """The same rows in the marts and in the tables of Django."""
    load(rows(NODES, range(HOURS), range(REVISIONS)), "bench://api")
    build(*WITHOUT_TESTS)
    with connect(None, autocommit=True) as connection:
        connection.execute(TABLES)
        # Automatic maintenance is a transaction of its own, after which an answer is sent again instead of a 304.
        connection.execute("alter system set autovacuum = off")
        connection.execute("select pg_reload_conf()")
        connection.execute("vacuum analyze")
        counted = connection.execute("select count(*) from django_rest.measures").fetchone()
    assert counted == (NODES * HOURS * REVISIONS,)


def ours(cache_bytes: int) -> list[str]:
    """The command that starts the HTTP service."""
    return [sys.executable, "-c", SERVICE.replace("{cache_bytes}", str(cache_bytes))]


def compare(django: str, seconds: float) -> None:
    """One line for each question, where no answer is kept in memory, and where they are, as users get it. In turns."""
    here, there = Path(__file__).parents[2], Path(__file__).parent / "django_rest"
    gunicorn = [django, "-m", "gunicorn", "--workers=1", "--threads=12", "--bind=127.0.0.1:{port}", "service"]
    ready = f"/{QUESTIONS[2][1]}"
    with (
        running(ours(0), here, "/health") as (own, _),
        running(ours(64 * 2**20), here, "/health") as (keeping, _),
        running(gunicorn, there, ready) as (other, _),
    ):
        slowest = 0.0
        for name, path, further, aim in QUESTIONS:
            rates = []
            for _ in range(TURNS):
                theirs, seen = rate(other, f"/{path}", seconds)
                mine, answered = rate(own, f"/api/v1/{path}{further}", seconds)
                again, _ = rate(keeping, f"/api/v1/{path}{further}", seconds)
                rates.append((mine, again, theirs))
            ratios = sorted(mine / theirs for mine, _, theirs in rates)
            mine, again, theirs = (statistics.median(column) for column in zip(*rates, strict=True))
            slowest = slowest or theirs
            detail = f"{ratios[0]:.1f} to {ratios[-1]:.1f}, {mine:.1f} / {theirs:.1f} a second"
            sizes = f"{answered.size:,} / {seen.size:,} bytes"
            say(f"{name}, not kept / Django", f"{statistics.median(ratios):.1f} x", f">= {aim} x   {detail}, {sizes}")
            say(f"{name}, requested again / Django", f"{again / theirs:.0f} x", f">= {aim} x   {again:.0f} a second")
        path = f"/api/v1/{QUESTIONS[0][1]}"
        unchanged, _ = rate(own, path, seconds, 304, If_None_Match=headers_of(own, path)["etag"])
        say("304, all nodes / Django", f"{unchanged / slowest:.0f} x", f">= 50 x   {unchanged:.0f} a second")


def under_load(seconds: float) -> None:
    """Many clients at once, with the options that users get apart from the rate limit."""
    with running(ours(64 * 2**20), Path(__file__).parents[2], "/health") as (port, _):
        for name, path in (("latest, one node", QUESTIONS[2][1]), ("latest, all nodes", QUESTIONS[0][1])):
            taken = ask(port, f"/api/v1/{path}", seconds, CLIENTS)
            failed = taken.errors + sum(count for status, count in taken.statuses.items() if status != 200)
            middle, late = taken.percentile(0.5) * 1e3, taken.percentile(0.99) * 1e3
            detail = f"0   p50 {middle:.0f} ms, p99 {late:.0f} ms, {len(taken.seconds) / seconds:.0f} a second"
            say(f"{CLIENTS} clients for {seconds:.0f} s, {name}: errors", str(failed), detail)


def main() -> None:
    """All figures."""
    django = str(Path(sys.argv[1]).absolute())  # not resolved: a link out of the virtual environment
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 30.0
    with own_server():
        new_database("api")
        fill()
        compare(django, max(0.5, seconds / 20))
        under_load(seconds)


if __name__ == "__main__":
    main()
