"""Several places side by side: which can be compared, and what is shown of each."""

import pandas as pd
import pytest
from warehouse.errors import ReadError
from warehouse.widgets import place_comparison, places
from warehouse.widgets.comparison import Comparison
from warehouse.widgets.dashboard_locations import ALL_NODES, ALL_REGIONS, NO_ID

ZONE = "Europe/Berlin"
AT = pd.Timestamp("2026-10-30 12:00Z")
HOURS = pd.date_range("2026-10-31 18:00Z", periods=3, freq="1h")


def choice(number: int, node: str = "N", region: str = "R", **columns: object) -> dict[str, object]:
    ids = {"series_id": number, "grid_id": 1, "region_id": 1, "node_id": number}
    names = {"grid_name": "G", "region_name": region, "node_name": node}
    return {**ids, **names, "metric": "load", "unit": "MW", "source": "s", "resolution": "PT1H", **columns}


CHOICES = pd.DataFrame(
    [
        choice(1, "N1"),
        choice(2, "N2"),
        choice(3, "N2", source="other"),
        choice(4, "N3", metric="power"),
        choice(5, "N4", unit="GW"),
        choice(NO_ID, ALL_NODES),
        choice(NO_ID, ALL_NODES, source="other"),
        choice(NO_ID, ALL_NODES, ALL_REGIONS, region_id=NO_ID),
    ]
)


def compared(values: list[float | None], latest: list[float]) -> Comparison:
    def frame(numbers: list[float | None]) -> pd.DataFrame:
        hours = HOURS[: len(numbers)]
        times = {"interval_start": hours, "interval_start_local": hours.tz_convert(ZONE), "collected_at": AT}
        made = pd.DataFrame({**times, "value": pd.Series(numbers, dtype=float), "unit": "MW", "metric": "load"})
        made.attrs = {"as_of": AT.isoformat(), "time_zones": [ZONE]}
        return made

    return Comparison(frame(values), frame(latest), AT, since=1, revisions=6, expected=3, unit="MW", zone=ZONE)


def test_places_of_the_same_metric_and_unit_are_offered_by_name() -> None:
    offered = places.comparable_places(CHOICES, CHOICES.iloc[0])
    assert offered.index.tolist() == ["G / R / N2 (s, PT1H)", "G / R / N2 (other, PT1H)", "G / R", "G"]
    assert offered.loc["G"]["region_id"] == NO_ID
    assert places.require_places(offered, ["G", "G"], "load") == ["G"]
    with pytest.raises(ReadError, match=r"There is no load at G / X to compare with\. Choose another place\."):
        places.require_places(offered, "G / X", "load")


def test_each_place_has_a_number_a_column_and_rows_to_download() -> None:
    both = {"G / A": compared([1.0, 3.0], [1.0, 2.0, 9.0]), "G / B": compared([5.0, None, 7.0], [5.0, 6.0, 8.0])}
    tiles = place_comparison.place_tiles(both)
    assert [(tile.name, tile.shown, tile.note) for tile in tiles] == [
        ("G / A", "2.00 MW", "2 of 3; latest 1.50 (-0.50)"),
        ("G / B", "6.00 MW", "2 of 3; latest 6.50 (+0.50)"),
    ]
    rows = place_comparison.place_rows(both, ZONE)
    assert rows["interval start"].tolist()[0] == "Sat 2026-10-31 19:00 CET"
    assert rows["G / A, MW"].tolist() == ["1.00", "3.00", "-"]
    assert rows["G / B, MW"].tolist() == ["5.00", "withdrawn", "7.00"]
    values = place_comparison.place_values(both)
    assert values.groupby("place")["value"].sum().to_dict() == {"G / A": 4.0, "G / B": 12.0}
    assert "the mean of load was 6.00 MW at G / B and 2.00 MW at G / A." in place_comparison.place_sentence(
        both, "load"
    )


def test_a_place_without_a_value_is_named_and_the_others_are_drawn() -> None:
    some = {"G / A": compared([], [1.0]), "G / B": compared([5.0], [5.0])}
    assert place_comparison.place_sentence(some, "load").endswith("5.00 MW at G / B. There were no values at G / A.")
    assert place_comparison.place_chart(some, ZONE).to_dict()["title"]["text"].startswith("1 series in MW")
    assert place_comparison.place_tiles(some)[0].note == "0 of 3 intervals with a value"
    none = {"G / A": compared([], [1.0]), "G / B": compared([], [5.0])}
    assert "there were no values of load at these places" in place_comparison.place_sentence(none, "load")
    assert place_comparison.place_chart(none, ZONE).to_dict()["title"]["text"].startswith("2 series in MW")
