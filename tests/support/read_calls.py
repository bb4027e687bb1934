"""Calls of the read functions on the warehouse of `moved_case`, that are made in two ways and compared."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from tests.support.moved_case import HOUR, HOURS

START, END, MIDDLE = HOURS[0], HOURS[-1] + HOUR, HOURS[4]
LATE = END + 4 * HOUR
NORTH = {"grid": "North"}
CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("stats", (), {}),
    ("grids", (), {}),
    ("regions", (), {}),
    ("regions", (), NORTH),
    ("nodes", ("North",), {"region": ["Coast", "Inland"]}),
    ("node_history", (), {"node": "Mill"}),
    ("series", (), {"metric": "load", "resolution": "PT15M"}),
    ("cutoffs", (), {}),
    ("loads", (), {}),
    ("loads", (), {"status": ["withdrawn"], "source": "plant"}),
    ("gate_results", (), {}),
    ("gate_results", (), {"load": np.int64(1), "passed": False}),
    ("check_results", (), {"gate": "raw"}),
    ("latest", (), {}),
    ("latest", (START, END), {"region": "Coast"}),
    ("latest", (START, END), {"region": "Coast", "regions": "today"}),
    ("latest", (pd.Timestamp(START).tz_convert("Asia/Tokyo"), str(END)), {"node": [1, "Dam"], "metric": ("load",)}),
    ("latest", (), {"flagged": True}),
    ("latest", (), {"flagged": False, "limit": 7, "after": (2, MIDDLE)}),
    ("latest", ("today-2d", "tomorrow+1d"), {**NORTH, "local": True, "resolution": "PT15M"}),
    ("latest", (date.today() - timedelta(days=3),), {"grid": "South"}),
    ("latest", (np.datetime64("2026-01-01"), np.datetime64("2026-01-02")), {}),
    ("latest", (), {"unit": "GW", "node": "Mill"}),
    ("latest", (START, END), {"resample": "1h", "region": "Coast"}),
    ("latest", (START, END), {"wide": ["region", "node"], "metric": "load_forecast", "source": "plant"}),
    ("rollup", ("grid",), {"wide": ["grid", "metric", "source"], "resample": "1D", "local": True, "grid": "North"}),
    ("as_of", (MIDDLE,), {"resample": "1D", "unit": "kW", "metric": "load_forecast"}),
    ("rollup", ("grid",), {"resample": "1D", "unit": "GW"}),
    ("as_of", (MIDDLE,), {}),
    ("as_of", (None, START, END), {"loaded": LATE, "region": "Inland"}),
    ("at_cutoff", ("day-ahead", START, END), {}),
    ("at_cutoff", (None,), {"loaded": pd.Timestamp.now("UTC"), "collected": END, "region": "Coast"}),
    ("history", ("Mill", "load", (START, END)), {"source": "plant"}),
    ("history", ("Mill", "load", MIDDLE), {"resolution": "PT15M", "collected": LATE, "local": True}),
    ("accuracy", (), {}),
    ("accuracy", (START, END), {"by": "quality_level"}),
    ("accuracy", (), {"by": None, "collected": LATE}),
    ("accuracy", (), {"by": None}),
    ("accuracy", (), {"by": "hour", "loaded": LATE}),
    ("restatements", (), {}),
    ("accuracy", (), {"by": "region", "unit": "GW"}),
    ("accuracy", (), {"by": "month", "collected": LATE}),
    ("restatements", (), {"by": "month", **NORTH}),
    ("restatements", (), {"by": "metric", "loaded": LATE}),
    ("completeness", ("today-1d", "tomorrow"), {"by": "grid"}),
    ("restatements", (), {"collected": LATE}),
    ("rollup", ("region",), {}),
    ("rollup", ("grid", START, END), {"metric": "load", "collected": LATE}),
    ("completeness", (), {}),
    ("completeness", ("today-1d", "tomorrow"), NORTH),
    ("flags", (), {}),
    ("sql", ("select *, null::text as nothing from marts.fct_measures_latest order by 1, interval_start",), {}),
    ("sql", ("select $1::timestamptz as a, $2::numeric as b, $3::text[] as c", MIDDLE, 2.5, ["x", "y"]), {}),
]
WRONG: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("latest", (), {"node": "Mil"}),
    ("latest", ("2026-13-01",), {}),
    ("latest", (END, START), {}),
    ("latest", (), {"into": "panda", "limit": 0}),
    ("latest", (), {"chunks": 0}),
    ("latest", (), {"local": True}),
    ("latest", (), {"after": 5}),
    ("latest", (), {"unit": "MWh"}),
    ("latest", (), {"wide": "node"}),
    ("latest", (), {"wide": "nod", "limit": 3}),
    ("rollup", ("grid",), {"wide": ("node", "grid")}),
    ("rollup", ("grid",), {"unit": "pints", "chunks": 5}),
    ("latest", (), {"resample": "2h", "chunks": 5}),
    ("latest", (), {"grid": 5.5}),
    ("history", ("Mill", "load", MIDDLE), {}),
    ("rollup", ("node",), {}),
    ("series", (), {"node": "Mil"}),
    ("loads", (), {"status": "lost"}),
    ("gate_results", (), {"load": "x"}),
    ("sql", ("select nothing",), {}),
    ("sql", ("delete from marts.dim_grid",), {}),
    ("sql", ("select 1",), {"into": "list"}),
    ("follow", (), {"node": "Mil"}),
]
ANSWERS = ["latest", "as_of", "at_cutoff", "history", "accuracy", "restatements", "rollup", "completeness", "flags"]
