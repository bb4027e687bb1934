"""Lines: vintages side by side, fans of many, and how one interval evolved."""

import pandas as pd
import pytest
from warehouse import charts
from warehouse.charts import interval_evolution
from warehouse.errors import ReadError

from tests.support.chart_frames import (
    HOUR,
    NAMES,
    READ,
    START,
    caption_of,
    data_of,
    frame_of,
    hours,
    interval,
    words_of,
)

DAY_AGO = "2026-10-30T08:00:00+00:00"


def history(intervals: int, leads: list[float], after: float | None = -2) -> pd.DataFrame:
    """Hour by hour, 100 + lead as forecast so many hours ahead, and 100 once it is over."""
    times = [*leads, *([] if after is None else [after])]
    starts = [START + number * HOUR for number in range(intervals)]
    parts = [interval([100.0 + max(lead, 0) for lead in times], times, start) for start in starts]
    return frame_of(pd.concat(parts, ignore_index=True))


def colors_of(chart: object) -> dict[str, str]:
    spec = chart.to_dict()
    scale = next(layer["encoding"]["color"]["scale"] for layer in spec["layer"] if "color" in layer["encoding"])
    return dict(zip(scale["domain"], scale["range"], strict=True))


def darkness(color: str) -> int:
    return -sum(int(color[at : at + 2], 16) for at in (1, 3, 5))


def test_vintages_name_the_moment_of_each_line_the_unit_the_day_and_the_zone() -> None:
    drawn = charts.vintages(hours([1.0, 2.0], as_of=DAY_AGO), hours([2.0, 3.0]))
    assert list(colors_of(drawn)) == ["as of Fri 30 Oct 2026 09:00 CET", READ]
    assert caption_of(drawn) == "G / R / N: power in kW, Sat 31 Oct 2026 | times in Europe/Berlin"
    assert {READ, "kW", "interval start, Europe/Berlin"} <= set(words_of(drawn))


def test_each_vintage_has_a_line_of_its_own_color_and_dash() -> None:
    drawn = charts.vintages(*[hours([1.0 * n, 2.0 * n], as_of=f"2026-10-30T0{n}:00:00+00:00") for n in range(1, 6)])
    assert len(set(colors_of(drawn).values())) == 5
    dashes = drawn.to_dict()["layer"][0]["encoding"]["strokeDash"]["scale"]["range"]
    assert len({tuple(dash) for dash in dashes}) == 5


def test_two_frames_of_the_same_moment_are_two_lines() -> None:
    assert list(colors_of(charts.vintages(hours([1.0, 2.0]), hours([3.0, 4.0])))) == [READ, f"{READ} (2)"]


def test_more_vintages_than_colors_are_sent_to_the_fan_and_a_history_too() -> None:
    with pytest.raises(ReadError, match=r"6 lines .* charts\.fan"):
        charts.vintages(*[hours([1.0])] * 6)
    with pytest.raises(ReadError, match=r"several values per interval\. Use charts\.fan"):
        charts.vintages(history(2, [5, 3]))


def test_a_frame_of_no_rows_next_to_another_is_drawn_and_alone_is_refused() -> None:
    assert len(colors_of(charts.vintages(hours([], as_of=DAY_AGO), hours([1.0, 2.0])))) == 2
    for draw in (charts.vintages, charts.fan):
        with pytest.raises(ReadError, match="to draw"):
            draw(hours([]))
    with pytest.raises(ReadError, match="to draw"):
        charts.vintages()


def test_two_series_are_refused() -> None:
    with pytest.raises(ReadError, match="the frame has 2"):
        charts.vintages(hours([1.0]), hours([1.0]).assign(series_id=2))


def test_a_withdrawn_value_breaks_the_line_and_bears_a_cross() -> None:
    drawn = charts.vintages(hours([1.0, 2.0, None, 3.0, 4.0]))
    assert "\u00d7" in words_of(drawn)
    assert "where a value was withdrawn" in caption_of(drawn)
    rows = data_of(drawn, "run")
    assert len(rows) == 4
    assert rows.groupby("run").size().tolist() == [2, 2]
    assert "\u00d7" not in words_of(charts.vintages(hours([1.0, 2.0, 3.0])))


def test_a_missing_interval_breaks_the_line_and_a_lone_value_is_a_point() -> None:
    frame = hours([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    rows = data_of(charts.vintages(frame_of(frame.drop(index=[2, 4]))), "run")
    assert rows.groupby("run").size().tolist() == [2, 1, 1]
    assert rows["is_alone"].tolist() == [False, False, True, True]
    assert data_of(charts.vintages(hours([7.0])), "run")["is_alone"].tolist() == [True]


def test_the_hour_that_comes_twice_is_named_twice_and_the_skipped_one_not_at_all() -> None:
    back = charts.vintages(hours([1.0] * 5, pd.Timestamp("2026-10-24 23:00Z")))
    labels = [word for word in words_of(back) if word.startswith("02:00")]
    assert labels == ["02:00 CEST", "02:00 CET"]
    ahead = words_of(charts.vintages(hours([1.0] * 4, pd.Timestamp("2026-03-28 23:00Z"))))
    assert "02:00" not in ahead
    assert {"01:00", "03:00"} <= set(ahead)


def test_a_fan_of_answers_runs_from_pale_to_dark_with_the_actual_on_top_in_another_color() -> None:
    moments = [f"2026-10-{day}T{hour:02}:00:00+00:00" for day in (28, 29, 30) for hour in range(0, 24, 2)]
    vintages = [hours([float(n), n + 1.0], as_of=moment) for n, moment in enumerate(moments)]
    drawn = charts.fan(vintages[::-1], hours([50.0, 60.0]))
    colors = colors_of(drawn)
    assert len(colors) == len(moments) + 1
    assert next(iter(colors)) == "Wed 28 Oct 2026 01:00 CET"
    assert list(colors)[-1] == f"actual: {READ}"
    shades = [darkness(color) for color in colors.values()][:-1]
    assert shades == sorted(shades)
    assert len(set(colors.values())) == len(colors)
    assert data_of(drawn, "run")["vintage"].iloc[-1] == f"actual: {READ}"
    assert "36 vintages, the newest darkest" in caption_of(drawn)
    named = [word for word in words_of(drawn) if word in colors]
    assert named[0] == next(iter(colors))
    assert named[-2:] == list(colors)[-2:]
    assert len(named) < 15


def test_a_fan_cuts_a_history_at_its_publications_and_shows_what_it_last_stated_as_the_actual() -> None:
    drawn = charts.fan(history(1, [30, 6]))
    assert list(colors_of(drawn)) == [
        "Fri 30 Oct 2026 13:00 CET", "Sat 31 Oct 2026 13:00 CET", "actual: last value after delivery"
    ]  # fmt: skip
    rows = data_of(drawn, "run")
    assert rows["level"].tolist() == [130.0, 106.0, 100.0]
    assert READ in caption_of(drawn)


def test_a_fan_cuts_a_history_of_many_publications_at_round_moments_and_says_what_was_known_then() -> None:
    frame = history(24, [float(lead) for lead in range(30, 0, -1)], after=None)
    rows = data_of(charts.fan(frame), "run")
    labels = list(dict.fromkeys(rows["vintage"]))
    assert 5 <= len(labels) <= 13
    assert {label.split()[4] for label in labels} <= {
        "00:00",
        "06:00",
        "12:00",
        "18:00",
        "03:00",
        "09:00",
        "15:00",
        "21:00",
    }
    moment = pd.Timestamp("2026-11-01 00:00", tz="Europe/Berlin")
    label = "Sun 01 Nov 2026 00:00 CET"
    known = frame[frame["collected_at"] <= moment].groupby("interval_start")["value"].last()
    assert rows.loc[rows["vintage"] == label, "level"].tolist() == known.tolist()


def test_nothing_is_drawn_as_known_after_the_moment_that_a_history_was_requested_as_of() -> None:
    requested = "2026-10-31T16:00:00+00:00"
    frame = frame_of(history(24, [float(lead) for lead in range(30, 2, -1)], after=None), as_of=requested)
    then = frame[frame["collected_at"] <= pd.Timestamp(requested)]
    still = then["known_to"].mask(then["known_to"] > pd.Timestamp(requested))
    frame = frame_of(then.assign(known_to=still), as_of=requested)
    labels = list(dict.fromkeys(data_of(charts.fan(frame), "run")["vintage"]))
    assert labels[-1] == "Sat 31 Oct 2026 15:00 CET"
    one = interval([1.0, 2.0], [30, 6])
    one.attrs["as_of"] = requested
    ends = pd.to_datetime(data_of(charts.evolution(one), "level_before")["until"], utc=True)
    assert ends.tolist() == [START - 6 * HOUR, pd.Timestamp(requested)]
    tiles = pd.to_datetime(data_of(charts.revisions(one), "until")["until"], utc=True)
    assert tiles.max() == pd.Timestamp(requested)


def test_a_fan_by_lead_time_takes_the_newest_value_that_was_so_far_ahead() -> None:
    rows = data_of(charts.fan(history(2, [40, 25, 7, 2]), by="lead"), "run")
    first = rows.drop_duplicates("vintage").set_index("vintage")["level"]
    assert first.to_dict() == {
        "36 h": 140.0, "24 h": 125.0, "6 h": 107.0, "1 h": 102.0, "actual: last value after delivery": 100.0
    }  # fmt: skip
    with pytest.raises(ReadError, match=r"'hour' is not a way to split a history\. Use 'moment' or 'lead'"):
        charts.fan(history(2, [5]), by="hour")


def test_a_fan_of_cutoffs_has_a_line_for_each_with_its_local_time() -> None:
    day = hours([1.0, 2.0])
    early, late = (pd.Timestamp(at, tz="Europe/Berlin") for at in ("2026-10-30 09:00", "2026-10-30 18:00"))
    rows = [
        day.assign(cutoff_name="evening", cutoff_at=late, value=[3.0, 4.0]),
        day.assign(cutoff_name="ahead", cutoff_at=early),
    ]
    assert list(colors_of(charts.fan(frame_of(pd.concat(rows))))) == ["ahead (09:00)", "evening (18:00)"]


def test_an_evolution_tells_forecasts_from_what_came_after_delivery() -> None:
    steps = interval_evolution._steps(interval([1.0, 2.0, 3.0, None, 3.5], [30, 6, -2, -8, -300]), START + HOUR)
    assert steps["kind"].tolist() == ["forecast", "last forecast", "after delivery", "withdrawn", "restated"]
    assert steps["level"].tolist() == [1.0, 2.0, 3.0, 3.0, 3.5]


def test_a_value_that_is_published_again_unchanged_is_no_restatement() -> None:
    steps = interval_evolution._steps(interval([3.0, 3.0, 2.0], [-20, -300, -900]), START + HOUR)
    assert steps["kind"].tolist() == ["after delivery", "after delivery", "restated"]


def test_an_evolution_names_place_unit_hour_zone_and_moment_and_keeps_late_revisions_apart() -> None:
    drawn = charts.evolution(interval([1.0, 2.0, 3.0], [30, -2, -300]))
    assert caption_of(drawn).startswith(
        "G / R / N: power in kW, Sat 31 Oct 2026 19:00 to 20:00 CET | times in Europe/Berlin"
    )
    assert caption_of(drawn).endswith(READ)
    assert len(drawn.to_dict()["hconcat"]) == 2
    assert len(charts.evolution(interval([1.0, 2.0], [30, -2])).to_dict()["hconcat"]) == 1


def test_an_hour_in_which_the_clock_goes_back_names_both_offsets() -> None:
    drawn = charts.evolution(interval([1.0], [3], pd.Timestamp("2026-10-25 00:00Z")))
    assert "Sun 25 Oct 2026 02:00 CEST to 02:00 CET" in caption_of(drawn)


def test_an_evolution_draws_a_withdrawn_value_without_a_number() -> None:
    words = words_of(charts.evolution(interval([1.5, 2.5, None], [30, 5, -2])))
    assert "withdrawn" in words
    assert "2.5" in words
    assert "null" not in words
    assert "withdrawn" not in words_of(charts.evolution(interval([1.5, 2.5], [30, 5])))


def test_an_evolution_of_nothing_or_of_two_hours_is_refused() -> None:
    with pytest.raises(ReadError, match="to draw"):
        charts.evolution(interval([1.0], [30]).head(0))
    with pytest.raises(ReadError, match="one interval"):
        charts.evolution(history(2, [5]))
    with pytest.raises(ReadError, match=r"no column interval_end, collected_at, known_to\. Pass .* wh\.history"):
        charts.evolution(hours([1.0]))


def test_a_zone_can_be_chosen_and_must_exist() -> None:
    drawn = charts.evolution(interval([1.0], [3]), zone="Australia/Sydney")
    assert "Sun 01 Nov 2026 05:00 to 06:00 AEDT" in caption_of(drawn)
    with pytest.raises(ReadError, match="Unknown time zone 'Berlin'"):
        charts.vintages(hours([1.0]), zone="Berlin")
    several = hours([1.0], time_zones=["Europe/Berlin", "America/New_York"])
    assert "times in UTC" in caption_of(charts.vintages(several))


def test_a_chart_says_which_system_time_was_requested() -> None:
    requested = hours([1.0], as_of=DAY_AGO, loaded="2026-11-01T08:00:00+00:00")
    (label,) = colors_of(charts.vintages(requested))
    assert label.endswith("09:00 CET, loaded by Sun 01 Nov 2026 09:00 CET")


def test_the_names_that_charts_are_drawn_from_are_those_of_the_frames() -> None:
    assert set(NAMES) | {"interval_start", "value"} == set(charts.vintage_lines.NEEDED)


def test_what_all_vintages_were_held_at_is_stated_once_and_not_in_every_label() -> None:
    held = "2026-11-01T08:00:00+00:00"
    frames = [hours([value], as_of=at, loaded=held) for value, at in ((1.0, DAY_AGO), (2.0, "2026-10-31T09:00Z"))]
    spec = charts.fan(frames, hours([3.0], as_of="2026-10-31T10:00Z", loaded=held)).to_dict()
    stated = str(spec)
    assert stated.count("loaded by Sun 01 Nov 2026 09:00 CET") == 1
    assert "actual: as of Sat 31 Oct 2026 11:00 CET'" in stated
    other = hours([2.0], as_of="2026-10-31T09:00Z", loaded="2026-11-02T08:00Z")
    assert "loaded by Mon 02 Nov 2026 09:00 CET" in str(charts.fan([frames[0], other]).to_dict())
