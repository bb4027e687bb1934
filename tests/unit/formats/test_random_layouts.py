"""A table of true values in any layout of a text file: read by its description, it is the same table in UTC."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.formats.described.description import Description
from loaders.formats.described.engine import describe
from loaders.formats.file_format import ReadOptions
from tests.support.random_layouts import LAYOUTS, NODES, intervals, write

OPTIONS = ReadOptions(collected_at=datetime(2026, 1, 1, tzinfo=UTC))
# Three decimals that no float blurs, and none of the numbers that stand for missing values.
VALUES = st.none() | st.integers(-8_000_000_000, 8_000_000_000).map(lambda number: number / 1000 + 0.125)


@given(layout=LAYOUTS, day=st.integers(0, 1), values=st.lists(VALUES, min_size=4, max_size=12))
@settings(max_examples=100, deadline=None)
def test_a_table_comes_back_from_every_layout(tmp_path_factory, layout, day, values):
    keys = [(node, start) for start in intervals(layout, day) for node in NODES]
    table = {key: values[place % len(values)] for place, key in enumerate(keys)}
    data, description = write(layout, table)
    path = tmp_path_factory.mktemp("layout") / f"file.csv{layout.packing}"
    path.write_bytes(data)
    batches = describe(Description.model_validate(description)).read(path, OPTIONS)
    read = {(row["node"], row["interval_start"]): row for batch in batches for row in batch.to_pylist()}
    assert {key: row["value"] for key, row in read.items()} == {key: round_of(value) for key, value in table.items()}
    assert {row["reason"] for row in read.values()} <= {None, "blank"}


def round_of(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.3f}")
