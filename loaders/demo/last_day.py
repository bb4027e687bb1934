"""What of a delivery was known when the last day of the sample data had ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

METERED_AFTER = timedelta(hours=2)  # the first readings of the last hour come until then


def keep_known(table: pa.Table, ends: Sequence[datetime], now: datetime) -> pa.Table:
    """Return the rows of intervals before the end of each grid, by its position, that were known soon after it."""
    grid = table["grid"].combine_chunks().indices
    known = [min(end + METERED_AFTER, now) for end in ends]
    latest_start, latest_known = (pa.array(times, table.schema.field("collected_at").type) for times in (ends, known))
    return table.filter(
        pc.and_(
            pc.less(table["interval_start"], latest_start.take(grid)),
            pc.less_equal(table["collected_at"], latest_known.take(grid)),
        )
    )
