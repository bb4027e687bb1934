"""Charts of the frames that `warehouse` returns, as Altair charts that can be read without the code.

| chart | shows | frame of `warehouse` |
|---|---|---|
| `vintages` | up to five frames as lines: what was known when | `latest`, `as_of` |
| `fan` | many vintages, the newest darkest, with the actual on top | several `as_of`; one `history`; `at_cutoff` |
| `evolution` | how the value of one interval evolved | `history` of one interval |
| `replay` | what was known at one time after the other, with a slider and `play` | `history` of a range |
| `revisions` | every revision of a day or two, interval by knowledge time | `history` of a range |
| `accuracy` | error by lead time or another group, with bands of quality | `accuracy` |
| `restatements` | a calendar of changes after delivery, or bars by group | `restatements` |
| `completeness` | a calendar of present and missing intervals, or bars by group | `completeness` |
| `hierarchy` | grid, region and node as a tree | `nodes`, `series`, `completeness` |
| `gate_history` | rule by time: passed, failed, since when | `gate_results`, `check_results` |
| `flags` | values that break quality rules, by rule and time | `flags` |
| `loads` | when loads came, with how many rows and which status | `loads` |
| `series_lines` | several nodes, regions or grids side by side | `latest`, `as_of`, `rollup`, resampled frames |
| `plot` | the right one of these for a frame | any of these |

`zone` is the IANA time zone of the axes; by default that of the grid, and UTC where there are several. Days are always
local to the grid. Title and subtitle state unit, zone and as-of time. All raise ReadError for a frame without rows or
of another kind.
"""

from warehouse.charts.accuracy_by_lead_time import accuracy
from warehouse.charts.chart_choice import plot
from warehouse.charts.day_calendars import completeness, restatements
from warehouse.charts.flagged_values import flags
from warehouse.charts.hierarchy_tree import hierarchy
from warehouse.charts.interval_evolution import evolution
from warehouse.charts.knowledge_replay import replay
from warehouse.charts.load_history import loads
from warehouse.charts.rendering import offline
from warehouse.charts.revision_tiles import revisions
from warehouse.charts.rule_timeline import gate_history
from warehouse.charts.several_series import series_lines
from warehouse.charts.vintage_lines import fan, vintages

__all__ = [
    "accuracy",
    "completeness",
    "evolution",
    "fan",
    "flags",
    "gate_history",
    "hierarchy",
    "loads",
    "offline",
    "plot",
    "replay",
    "restatements",
    "revisions",
    "series_lines",
    "vintages",
]
