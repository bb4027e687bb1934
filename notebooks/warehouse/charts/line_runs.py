"""The unbroken runs of a line: a missing or withdrawn interval breaks it."""

import pandas as pd

SHOWN_IN_TOOLTIPS = ("collected_at", "lead_time_hours", "load_id")


def find_runs(values: pd.DataFrame, label: str, length: pd.Timedelta) -> pd.DataFrame:
    """Return the rows of one line in order of time, with what a chart draws of them.

    values: interval_start and value, and what else is SHOWN_IN_TOOLTIPS. length: of an interval. Added are run (the
    part of the line), is_alone (no neighbour to draw a line to), is_withdrawn, and level (the value, or the one before
    a withdrawn one) in place of value.
    """
    extra = [name for name in SHOWN_IN_TOOLTIPS if name in values]
    rows = values[["interval_start", "value", *extra]].sort_values("interval_start", ignore_index=True)
    withdrawn = rows["value"].isna()
    breaks = withdrawn | withdrawn.shift(fill_value=False) | (rows["interval_start"].diff() > 1.5 * length)
    rows["run"] = label + breaks.cumsum().astype(str)
    rows["is_alone"] = rows.groupby("run")["run"].transform("size") == 1
    rows["level"] = rows["value"].ffill().bfill().fillna(0)
    rows["is_withdrawn"] = withdrawn
    return rows.drop(columns="value")


def interval_length(starts: pd.Series) -> pd.Timedelta:
    """Return a short one of the steps between neighbours, as some intervals may be missing."""
    steps = starts.drop_duplicates().sort_values().diff().dropna()
    if steps.empty:
        return pd.Timedelta(hours=1)
    step: pd.Timedelta = steps.quantile(0.25, interpolation="lower")  # type: ignore[assignment]
    return step
