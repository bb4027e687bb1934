"""What a notebook states about the series and the clocks that it shows."""

import pandas as pd
from warehouse.analysis.selection import describe_clocks, describe_names


def test_clocks_are_stated_in_utc_without_fractions_of_a_second() -> None:
    sentence = describe_clocks("2026-04-30T00:00:00+02:00", "2026-11-26T22:14:05.985070Z").data
    readable = sentence.replace("&#58;", ":")
    assert readable == (
        "All values are as of **Wed 29 Apr 2026 22:00:00 UTC**, loaded by **Thu 26 Nov 2026 22:14:05 UTC**."
    )
    assert "loaded by **now**" in describe_clocks("2026-04-30", None).data


def test_a_selected_series_is_shown_by_its_names() -> None:
    row = pd.Series({"series_id": 1, "grid_id": 1, "grid_name": "G", "metric": "load", "unit": "MW"})
    assert describe_names(row)["selected series"].to_dict() == {"grid_name": "G", "metric": "load", "unit": "MW"}
