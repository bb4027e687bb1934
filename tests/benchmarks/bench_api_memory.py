"""Peak memory of the HTTP service while one client reads 1 and 10 million values, in each form.

The values are put below the marts by SQL: as many newest revisions, five seconds apart. Linux only.
python -m tests.benchmarks.bench_api_memory [ROWS]
"""

import http.client
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from loaders.database.connection import connect
from loaders.dbt_runner import build
from tests.benchmarks.bench_api import ours, running, say
from tests.benchmarks.ground import FIRST_HOUR, WITHOUT_TESTS, load, new_database, own_server, rows

NODES, STEP_SECONDS = 25, 5
START = datetime.fromtimestamp(FIRST_HOUR / 1e6, UTC)
FORMS = ("arrow", "ndjson", "csv", "json", "parquet")
AIM_MB = 300
PIECE_BYTES = 2**20
FILL = """
insert into staging.int_measure_revisions
    (series_id, load_id, value, interval_start, collected_at, first_collected_at)
select
    series.series_id, 1, round((1000 * random())::numeric, 3),
    %(start)s::timestamptz + make_interval(secs => second), %(start)s, %(start)s
from marts.dim_series as series
cross join generate_series(0, %(seconds)s, %(step)s) as seconds (second)
order by series.series_id, second
"""


def fill(count: int) -> None:
    """A warehouse with so many newest values."""
    load(rows(NODES, range(1), range(1)), "bench://memory")
    build(*WITHOUT_TESTS)
    seconds = count // NODES * STEP_SECONDS - 1
    with connect(None, autocommit=True) as connection:
        connection.execute("truncate staging.int_measure_revisions")
        connection.execute(FILL, {"start": START, "seconds": seconds, "step": STEP_SECONDS})
        connection.execute("vacuum analyze staging.int_measure_revisions")
        assert connection.execute("select count(*) from marts.fct_measures_latest").fetchone() == (count,)


def peak_mb(process_id: int) -> float:
    """The most memory that a process had so far."""
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def read_all(port: int, form: str, count: int) -> int:
    """Read so many values, and return the bytes of the answer. Raises IncompleteRead where it is cut off."""
    end = START + timedelta(seconds=count // NODES * STEP_SECONDS)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request(
        "GET", f"/api/v1/measures/query/?start_datetime={START:%Y-%m-%d}&end_datetime={end:%FT%T}&format={form}"
    )
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    size = lines = 0
    while piece := answer.read(PIECE_BYTES):
        size += len(piece)
        lines += piece.count(b"\n") if form == "ndjson" else 0
    assert lines == (count if form == "ndjson" else 0)
    connection.close()
    return size


def main() -> None:
    """One line for each form and number of rows, each of a new service."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with own_server():
        new_database("memory")
        fill(most)
        for count in (most // 10, most):
            for form in FORMS:
                with running(ours(64 * 2**20), Path(__file__).parents[2], "/health") as (port, process_id):
                    idle = peak_mb(process_id)
                    started = time.monotonic()
                    size = read_all(port, form, count)
                    taken = time.monotonic() - started
                    detail = f"<= {AIM_MB} MB   {idle:.0f} MB before, {size / 1e6:,.0f} MB read in {taken:.0f} s"
                    say(f"{count:,} values as {form}: peak memory", f"{peak_mb(process_id):.0f} MB", detail)


if __name__ == "__main__":
    main()
