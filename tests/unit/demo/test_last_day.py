"""Sample data that end on a stated day, as if they had been delivered until then."""

from datetime import UTC, date, datetime

import pandas as pd
import pyarrow as pa
import pytest

from loaders.demo import generator as seed
from loaders.errors import UsageError

HOUR = pd.Timedelta(hours=1)


def until(day: str, now: str) -> pd.DataFrame:
    tables = [table for _, table in seed.weeks(1, 7, date.fromisoformat(day), datetime.fromisoformat(now))]
    return pa.concat_tables(tables).to_pandas()


@pytest.mark.parametrize("day", ["2026-03-07", "2026-03-08", "2026-03-29", "2026-04-01"])
def test_the_data_end_with_the_last_local_day_of_each_grid_that_is_stated(day: str) -> None:
    frame = until(day, "2026-11-01T00:00:00Z")
    for grid, zone in seed.TIME_ZONES.items():
        local = frame[frame.grid == grid].interval_start.dt.tz_convert(zone)
        assert local.max() == pd.Timestamp(day, tz=zone) + pd.DateOffset(days=1) - HOUR
        last = frame[(frame.grid == grid) & (local == local.max())]
        assert (last.groupby(["region", "node"]).collected_at.max() >= last.interval_start.max() + HOUR).all()
    monday = pd.Timestamp(day, tz="UTC") - pd.Timedelta(days=pd.Timestamp(day).weekday())
    assert frame.interval_start.min() == monday - pd.Timedelta(weeks=1)


def test_a_later_last_day_gives_the_same_rows_and_more() -> None:
    earlier, later = (until(day, "2026-11-01T00:00:00Z") for day in ("2026-03-31", "2026-04-02"))
    both = earlier.merge(later, how="left", indicator=True)
    assert (both["_merge"] == "both").all()
    assert len(later) > len(earlier)


def test_nothing_is_delivered_that_is_not_known_yet() -> None:
    now = pd.Timestamp("2026-04-02T01:00Z")
    frame = until("2026-04-01", now.isoformat())
    assert frame.collected_at.max() <= now
    assert (frame.interval_start > now).any()  # New York's day goes on; its forecasts are known


def test_a_day_that_has_not_ended_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^2026-04-02 has not ended yet\. The last day can be 2026-04-01\.$"):
        seed.weeks(1, 7, date(2026, 4, 2), datetime(2026, 4, 2, 23, tzinfo=UTC))
