"""The columns that queries of values return, and the order of their rows."""

import pyarrow as pa

STAMP = pa.timestamp("us", "UTC")
VALUES_ORDER = ("series_id", "interval_start")
VALUES = pa.schema(
    {
        "series_id": pa.int32(),
        "load_id": pa.int32(),
        "quality_flag": pa.string(),
        "value": pa.float64(),
        "interval_start": STAMP,
        "collected_at": STAMP,
    }
)
CUTOFF_VALUES = pa.schema(
    {
        "series_id": pa.int32(),
        "load_id": pa.int32(),
        "cutoff_name": pa.string(),
        "value": pa.float64(),
        "delivery_date": pa.date32(),
        "cutoff_at": STAMP,
        "interval_start": STAMP,
        "collected_at": STAMP,
    }
)
REVISIONS_ORDER = ("series_id", "interval_start", "collected_at")
REVISIONS = pa.schema(
    {
        "series_id": pa.int32(),
        "load_id": pa.int32(),
        "quality_flag": pa.string(),
        "value": pa.float64(),
        "previous_value": pa.float64(),
        "change": pa.float64(),
        "lead_time_hours": pa.float64(),
        "is_latest": pa.bool_(),
        "interval_start": STAMP,
        "interval_end": STAMP,
        "collected_at": STAMP,
        "known_from": STAMP,
        "known_to": STAMP,
    }
)
