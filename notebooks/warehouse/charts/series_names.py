"""The names of the series of a frame, as short as they tell the series apart."""

import pandas as pd

from warehouse.charts.captions import PARENTS

NAMES = (*PARENTS, "metric", "source")
MAX_UNSHARED = 3  # names of a series that is alone


def name_series(frame: pd.DataFrame, *further: str) -> pd.Series:
    """Return the name of each row's series, without the names that all rows share; further: more columns that count."""
    names = [name for name in (*NAMES, "resolution", *further) if name in frame]
    different = [name for name in names if frame[name].nunique(dropna=False) > 1]
    different = different or [name for name in names if name in NAMES][-MAX_UNSHARED:] or names
    if not different:
        return pd.Series("value", index=frame.index)
    labels = frame[different[0]].astype(str)
    for name in different[1:]:
        labels = labels + " / " + frame[name].astype(str)
    if "series_id" not in frame:
        return labels
    ids = frame["series_id"].astype(str)
    is_shared = ids.groupby(labels.to_numpy()).transform("nunique") > 1
    return labels.mask(is_shared, labels + " (series " + ids + ")")
