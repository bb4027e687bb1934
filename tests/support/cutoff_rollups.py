"""Roll-ups at cut-offs, against one roll-up as of each cut-off of each local day."""

from typing import Any

import pandas as pd
import warehouse as wh


def same_as_of_each_cutoff(by: str, *span: Any, **clocks: Any) -> pd.DataFrame:
    """Compare the roll-ups at all cut-offs with those as of each of them, and return them."""
    answer = wh.at_cutoff(None, *span, by=by, **clocks)
    loaded = {name: time for name, time in clocks.items() if name == "loaded"}
    zones = wh.series().astype({"grid_name": str}).groupby("grid_name")["time_zone"].first()
    cutoffs = ["grid_name", "cutoff_name", "delivery_date", "cutoff_at"]
    parts = []
    for grid, name, day, at in answer.drop_duplicates(cutoffs[:3])[cutoffs].itertuples(index=False):
        start, end = (time.tz_localize(zones[grid]) for time in (day, day + pd.Timedelta("1D")))
        rows = wh.rollup(by, start, end, collected=at, grid=grid, **loaded)
        parts.append(rows.assign(cutoff_name=name, delivery_date=day, cutoff_at=at))
    expected = pd.concat(parts)
    if span:
        expected = expected[(expected["interval_start"] >= span[0]) & (expected["interval_start"] < span[1])]
    keys = [*(f"{level}_name" for level in ("grid", by)), "metric", "source", "cutoff_name", "interval_start"]
    plain, order = dict.fromkeys(keys[:-1], str), list(dict.fromkeys(keys))
    left, right = (
        frame.astype(plain).sort_values(order, ignore_index=True).drop(columns=["unit", "resolutions"])
        for frame in (answer, expected)
    )
    pd.testing.assert_frame_equal(left, right[left.columns], check_dtype=False)
    return answer
