"""Read the warehouse; every answer is a tidy frame.

Times are tz-aware UTC. Ranges are [start, end), None is an open end. A time without an offset is UTC. A day, such as
"2026-04-01" or a date, a month ("2026-04") and words ("today", "yesterday", "now-7d", "today-36h"; m, h, d or w) are on
the calendar of the grid, or UTC where the answer has several time zones; `frame.attrs["calendar_zone"]` has the zone.
grid, region and node take a name, an integer id, or a list of these; metric and source take names.
`value` is in the column `unit`; NaN means that the publisher withdrew the value. Names are categoricals.
`frame.attrs`, or `answer_info(frame)`, has the call and its arguments, as of when it is, the newest loads of its rows
(of all that counted, where the rows have no load_id), and why it has no rows. `frame.plot()` draws the chart that fits;
see `warehouse.charts`.
All functions raise ReadError.

In the help of a function, Time is a text, a datetime or a date, and Names is a name, an integer id or a list of these.

collected, loaded  the other two clocks: what was known at that time, and what this warehouse held at that time.
flagged            True only values that break a quality rule, False only those that break none; see quality_flag.
local              also `interval_start_local`, in the zone of the grid; all rows must be in one zone.
unit               values in this unit, such as "GW"; power is not converted to energy, nor one currency to another.
resample           "1h", "1D", "1W", "1M" or "1Y": values over these intervals, on the calendar of the grid. Energy is
                   added up, all else is averaged; with an interval missing, value is NaN and a warning says so.
wide               "node", or a list such as ["region", "node"]: one column for each, with interval_start as the index.
limit              at most this number of rows, from the first.
into               "pandas", "polars", or "arrow" (a pyarrow.Table; the metadata of its schema are those of `attrs`).
chunks             an iterator of answers of this number of rows each, of one snapshot, for what does not fit in memory.
"""

from warehouse.answers.excel import to_excel
from warehouse.answers.info import AnswerInfo, answer_info
from warehouse.catalog import cutoffs, grids, loads, node_history, nodes, regions, series, stats
from warehouse.connection import connect
from warehouse.cutoff_values import at_cutoff
from warehouse.errors import ReadError, ReadWarning
from warehouse.forecast_accuracy import accuracy
from warehouse.live.live_updates import follow
from warehouse.measures import as_of, latest
from warehouse.quality import check_results, flags, gate_results
from warehouse.restated_values import restatements
from warehouse.rollups import completeness, rollup
from warehouse.sql_queries import sql
from warehouse.vintages import history

__all__ = [
    "AnswerInfo",
    "ReadError",
    "ReadWarning",
    "accuracy",
    "answer_info",
    "as_of",
    "at_cutoff",
    "check_results",
    "completeness",
    "connect",
    "cutoffs",
    "flags",
    "follow",
    "gate_results",
    "grids",
    "history",
    "latest",
    "loads",
    "node_history",
    "nodes",
    "regions",
    "restatements",
    "rollup",
    "series",
    "sql",
    "stats",
    "to_excel",
]
