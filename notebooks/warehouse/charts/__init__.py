"""Pictures of what `warehouse` answers, as Altair charts that can be read without the code.

| chart | shows | of what `warehouse` returns |
|---|---|---|
| `vintages` | up to five frames as lines: what was known when | `latest`, `as_of` |
| `fan` | many vintages, newest darkest, and the actual on top | several `as_of`; one `history`; `at_cutoff` |
| `evolution` | how one interval evolved | `history` of one interval |
| `revisions` | every revision of a day or two, interval by knowledge time | `history` of a range |
| `accuracy` | error by lead time, with bands of quality | `accuracy` |
| `restatements` | a calendar of what was changed after delivery | `restatements` |
| `completeness` | a calendar of what is there and what is missing | `completeness` |
| `hierarchy` | grid, region and node as a tree | `nodes`, `series`, `completeness` |
| `gate_history` | rule by time: what passed, what failed, since when | `gate_results`, `check_results` |

Each takes `zone`, the IANA name of the clock that times are drawn on; by default the grid's, and UTC where there are
several. Days are always local to the grid. Title and subtitle say unit, zone and as of when (`frame.attrs`). All raise
ReadError, in one sentence, for a frame that holds nothing or something else.
"""

import altair as alt

from warehouse.charts.accuracy_by_lead_time import accuracy
from warehouse.charts.day_calendars import completeness, restatements
from warehouse.charts.hierarchy_tree import hierarchy
from warehouse.charts.interval_evolution import evolution
from warehouse.charts.revision_tiles import revisions
from warehouse.charts.rule_timeline import gate_history
from warehouse.charts.vintage_lines import fan, vintages

__all__ = [
    "accuracy",
    "completeness",
    "evolution",
    "fan",
    "gate_history",
    "hierarchy",
    "offline",
    "restatements",
    "revisions",
    "vintages",
]


def offline() -> None:
    """Draw as SVG inside the notebook, without the network, and for any number of rows."""
    alt.renderers.enable("svg")
    alt.data_transformers.disable_max_rows()
