"""Errors of several series compared, of other groups than lead times, and what is written of both."""

import numpy as np
import pandas as pd
import pytest
from warehouse import charts
from warehouse.charts.accuracy_groups import combine_errors
from warehouse.errors import ReadError

from tests.support.chart_frames import caption_of, data_of, frame_of, words_of

ERRORS = {"forecasts": 10, "bias": 1.0, "mae": 2.0, "wape": 0.1, "mean_absolute_actual": 20.0}


def by_lead(*nodes: str) -> pd.DataFrame:
    lead = {"lead_time_from_hours": [0.0, 24.0], "lead_time_to_hours": [24.0, np.nan]}
    parts = [
        pd.DataFrame({**lead, **ERRORS, "mae": [number + 1.0, number + 2.0], "series_id": number, "node_name": node})
        for number, node in enumerate(nodes)
    ]
    return frame_of(pd.concat(parts, ignore_index=True))


def test_two_nodes_are_compared_with_a_line_and_a_row_of_counts_each() -> None:
    drawn = charts.accuracy(by_lead("North", "South"))
    rows = data_of(drawn, "wape")
    assert rows.groupby("line")["mae"].apply(list).to_dict() == {"North": [2.0, 1.0], "South": [3.0, 2.0]}
    assert "power in kW, 2 series compared" in caption_of(drawn)
    assert {"North", "South", "n, North", "n, South", "mean error (bias)"} <= set(words_of(drawn))
    assert charts.plot(by_lead("North", "South")).to_dict()["title"] == drawn.to_dict()["title"]


def test_more_series_than_colors_are_combined_and_on_request_fewer() -> None:
    six = by_lead(*"abcdef")
    assert "6 series combined" in caption_of(charts.accuracy(six))
    assert "2 series combined" in caption_of(charts.accuracy(by_lead("a", "b"), combined=True))
    with pytest.raises(ReadError, match=r"6 series are too many to compare .* combined=True"):
        charts.accuracy(six, combined=False)


@pytest.mark.parametrize(
    ("groups", "subject", "axis", "label"),
    [
        ({"hour": [0, 23]}, "hour of the day", "hour of the local day in which the interval starts", "23"),
        ({"quality_level": ["good", None]}, "quality level", "quality level of the forecast", "none"),
        ({"node_name": ["A", "B"], "series_id": [1, 2]}, "series", "series, the largest error first", "B"),
    ],
)
def test_errors_by_other_groups_name_their_groups(groups: dict, subject: str, axis: str, label: str) -> None:
    drawn = charts.accuracy(frame_of({**groups, **ERRORS}))
    assert caption_of(drawn).startswith(f"Error by {subject}, ")
    assert {axis, label} <= set(words_of(drawn))


def test_groups_that_do_not_fit_are_named() -> None:
    names = [f"N{number:02}" for number in range(26)]
    frame = frame_of({**ERRORS, "series_id": range(26), "node_name": names, "mae": range(26, 0, -1)})
    drawn = charts.accuracy(frame)
    assert "not drawn: N24, N25" in caption_of(drawn)
    assert "N23" in words_of(drawn)


def test_errors_of_zero_are_a_relative_error_of_zero() -> None:
    of_zero = {"bias": 0.0, "mae": 0.0, "mean_absolute_actual": [10.0, 0.0]}
    perfect = pd.DataFrame({"group": [1, 1], "forecasts": 5, "wape": [0.0, np.nan], **of_zero})
    assert combine_errors(perfect, ["group"])["wape"].tolist() == [0.0]
    unrated = perfect.assign(wape=np.nan, mean_absolute_actual=0.0)
    assert combine_errors(unrated, ["group"])["wape"].isna().all()


def test_the_actuals_of_a_series_without_errors_count() -> None:
    of_each = {"bias": 0.0, "mae": [0.0, 1.0], "wape": [0.0, 0.1], "mean_absolute_actual": 10.0}
    both = pd.DataFrame({"group": [1, 1], "forecasts": [15, 5], **of_each})
    assert combine_errors(both, ["group"])[["mae", "wape"]].to_numpy().tolist() == [[0.25, 0.025]]
