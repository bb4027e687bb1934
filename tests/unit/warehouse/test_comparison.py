"""How many intervals a range of local days has."""

import pandas as pd
import pytest
from warehouse.widgets.comparison import expected_intervals


@pytest.mark.parametrize(
    ("start", "end", "resolution", "expected"),
    [
        ("2024-03-30", "2024-04-02", "PT1H", 71),
        ("2024-03-30", "2024-04-02", "P1D", 3),
        ("2024-03-18", "2024-04-08", "P7D", 3),
        ("2024-01-01", "2024-04-02", "P1M", 4),
        ("2024-03-02", "2024-03-30", "P1M", 0),
        ("2023-01-01", "2025-01-01", "P1Y", 2),
    ],
)
def test_intervals_that_begin_in_the_days_are_expected(start: str, end: str, resolution: str, expected: int):
    zone = "Europe/Berlin"
    first, last = pd.Timestamp(start, tz=zone), pd.Timestamp(end, tz=zone)
    assert expected_intervals(first, last, resolution) == expected
