"""The replay: which values it shows at which step, in which line, and how it moves."""

import pandas as pd
import pytest
from warehouse import charts
from warehouse.charts import rendering
from warehouse.errors import ReadError

from tests.support.chart_frames import HOUR, START, caption_of, data_of, frame_of, hours, interval, words_of


def history() -> pd.DataFrame:
    """Two hours: the first is forecast, metered and withdrawn, the second is forecast once, later."""
    first = interval([5.0, 4.0, None], [3, -2, -4])
    second = interval([7.0], [2], START + HOUR)
    return frame_of(pd.concat([first, second], ignore_index=True))


def shown(step: int) -> list[tuple[float | None, float | None]]:
    rows = data_of(charts.replay(history()), "since")
    rows = rows[(rows["since"] <= step) & (step < rows["until"])].sort_values("interval_start")
    pairs = rows[["metered", "forecast"]].astype(object)
    return [tuple(pair) for pair in pairs.where(pairs.notna(), None).itertuples(index=False)]


def test_each_step_shows_each_interval_once_as_it_was_known_then() -> None:
    assert shown(0) == [(None, 5.0), (None, None)]  # the second hour had no value yet
    assert shown(1) == [(None, 5.0), (None, 7.0)]
    assert shown(2) == [(4.0, None), (None, 7.0)]
    assert shown(3) == [(None, None), (None, 7.0)]  # withdrawn


def test_metered_values_are_solid_and_forecasts_dashed() -> None:
    spec = charts.replay(history()).to_dict()
    scale = spec["layer"][0]["encoding"]["strokeDash"]["scale"]
    assert dict(zip(scale["domain"], scale["range"], strict=True)) == {
        "metered": [1, 0], "forecast": [7, 3], "newest value": [1, 0]
    }  # fmt: skip


def test_it_names_its_times_and_without_scripts_shows_the_last() -> None:
    drawn = charts.replay(history())
    assert "4 times, from Sat 31 Oct 2026 16:00 CET to Sat 31 Oct 2026 23:00 CET" in caption_of(drawn)
    assert "as of Sat 31 Oct 2026 23:00 CET" in words_of(drawn)


def test_many_publications_are_shown_at_round_times_up_to_the_newest() -> None:
    leads = [float(lead) for lead in range(100, 0, -1)]
    drawn = charts.replay(interval([1.0] * 100, leads))
    steps = data_of(drawn, "label")
    assert 20 < len(steps) <= 61
    assert steps["label"].iloc[-1] == "as of Sat 31 Oct 2026 18:00 CET"
    assert "of 100 times of collection" in caption_of(drawn)


def test_in_vega_a_timer_moves_the_step_while_play_is_on() -> None:
    charts.offline()
    bundle = charts.replay(history())._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    signals = {signal["name"]: signal for signal in data[rendering.VEGA]["signals"]}
    assert signals["playing"]["value"] is False
    assert signals["step"]["value"] == 3
    (on,) = signals["step"]["on"]
    assert on["events"]["type"] == "timer"
    assert on["update"] == "playing ? (step + 1) % 4 : step"


def test_what_is_not_one_history_is_refused() -> None:
    with pytest.raises(ReadError, match=r"no column interval_end, collected_at, known_to\. Pass .* wh\.history"):
        charts.replay(hours([1.0]))
    with pytest.raises(ReadError, match="the frame has 2"):
        charts.replay(frame_of(pd.concat([history(), history().assign(series_id=2)])))
