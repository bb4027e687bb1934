"""What the nodes pack is unpacked to the rows that one server sends."""

import struct
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from warehouse.answers.schemas import VALUES
from warehouse.shaping.packed_series import unpack_series

NOON = datetime(2024, 3, 31, 12, tzinfo=UTC)
OF_2000 = datetime(2000, 1, 1, tzinfo=UTC)


def row(series: int, hour: int, value: float | None, flag: str | None = None) -> dict[str, object]:
    """One row of an answer; its load and collection time follow from the others."""
    return {
        "series_id": series,
        "load_id": series * 100 + hour,
        "quality_flag": flag,
        "value": value,
        "interval_start": NOON + timedelta(hours=hour),
        "collected_at": NOON + timedelta(hours=hour, microseconds=series),
    }


def pack(rows: list[dict]) -> pa.Table:
    """The rows as PostgreSQL would pack them, in their order."""

    def microseconds(moment: datetime) -> bytes:
        return struct.pack(">q", (moment - OF_2000) // timedelta(microseconds=1))

    def number(value: float | None) -> bytes:
        return b"\xff" * 8 if value is None else struct.pack(">d", value)

    packed = []
    for series in dict.fromkeys(one["series_id"] for one in rows):
        own = [one for one in rows if one["series_id"] == series]
        flagged = [one for one in own if one["quality_flag"] is not None]
        packed.append(
            {
                "series_id": series,
                "load_id": b"".join(struct.pack(">i", one["load_id"]) for one in own),
                "value": b"".join(number(one["value"]) for one in own),
                "interval_start": b"".join(microseconds(one["interval_start"]) for one in own),
                "collected_at": b"".join(microseconds(one["collected_at"]) for one in own),
                "quality_flag": [one["quality_flag"] for one in flagged] or None,
                "flagged_start": [one["interval_start"] for one in flagged] or None,
            }
        )
    schema = pa.schema(
        {
            "series_id": pa.int32(),
            **dict.fromkeys(("load_id", "value", "interval_start", "collected_at"), pa.binary()),
            "quality_flag": pa.list_(pa.string()),
            "flagged_start": pa.list_(pa.timestamp("us", "UTC")),
        }
    )
    return pa.Table.from_pylist(packed, schema)


def test_rows_come_in_the_order_of_series_and_interval() -> None:
    ordered = [row(1, 0, 1.5), row(1, 1, None), row(1, 2, -0.0), row(2, 0, 1e300), row(7, 5, 3.0)]
    assert unpack_series(pack(ordered)) == pa.Table.from_pylist(ordered, VALUES)
    assert unpack_series(pack(ordered[::-1])) == pa.Table.from_pylist(ordered, VALUES)


def test_a_value_that_is_not_a_number_is_not_one_that_is_missing() -> None:
    values = unpack_series(pack([row(1, 0, float("nan")), row(1, 1, None)]))["value"]
    assert (values.null_count, str(values[0].as_py())) == (1, "nan")


def test_a_flag_is_at_its_row() -> None:
    rows = [row(1, 0, 1.0), row(1, 1, 2.0, "range"), row(2, 0, 1.0), row(2, 1, 5.0, "jump"), row(3, 1, 2.0)]
    assert unpack_series(pack(rows)) == pa.Table.from_pylist(rows, VALUES)
    assert unpack_series(pack(rows[::-1])) == pa.Table.from_pylist(rows, VALUES)


def test_times_before_2000_and_nothing_at_all() -> None:
    early = [row(1, -24 * 366 * 50, 1.0)]
    assert unpack_series(pack(early)) == pa.Table.from_pylist(early, VALUES)
    assert unpack_series(pack([])) == VALUES.empty_table()
