"""What an analyst asks of the warehouse; every answer is a tidy frame.

Times are tz-aware UTC; a time given without an offset is taken as UTC. Ranges are [start, end), None is an open end.
grid, region, node, metric and source take a name, an integer id, or a list of these (metric and source: names only).
`value` is in the column `unit`; NaN means that the publisher withdrew the number. Names are categoricals.
`frame.attrs` says what was asked, as of when, and on which loads (of an answer without load_id: all that counted).
All raise ReadError, in one sentence.

collected, loaded  the other two clocks: what was known then, as this warehouse held it then.
flagged            True only values that break a quality rule, False only those that break none; see quality_flag.
local              also `interval_start_local`, in the grid's own zone; all rows must then be of one zone.
limit              at most so many rows, from the first on.
into               "pandas", "polars", or "arrow" (a pyarrow.Table; its schema's metadata say what was asked).
chunks             an iterator of answers of so many rows each, never more in memory, for what does not fit at once.
"""

from warehouse.answers import AnswerInfo, answer_info
from warehouse.catalog import cutoffs, grids, loads, node_history, nodes, regions, series, stats
from warehouse.errors import ReadError
from warehouse.forecast_accuracy import accuracy
from warehouse.measures import as_of, latest
from warehouse.quality import check_results, flags, gate_results
from warehouse.rollups import completeness, rollup
from warehouse.vintages import at_cutoff, history

__all__ = [
    "AnswerInfo",
    "ReadError",
    "accuracy",
    "answer_info",
    "as_of",
    "at_cutoff",
    "check_results",
    "completeness",
    "cutoffs",
    "flags",
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
    "stats",
]
