"""The controls of the dashboard: presets of days, and the play button that moves with the slider."""

from datetime import date

from warehouse.widgets.dashboard_controls import DashboardControls, preset_days


def test_the_play_button_and_the_slider_move_together() -> None:
    controls = DashboardControls()
    controls.slider.options = [(name, name) for name in "abc"]
    assert controls.play.max == 2
    controls.play.value = 1
    assert controls.slider.value == "b"
    controls.slider.index = 2
    assert controls.play.value == 2
    controls.slider.options = [("d", "d")]
    assert (controls.play.value, controls.play.max, controls.slider.value) == (0, 0, "d")


def test_presets_are_days_of_the_data_or_of_the_calendar() -> None:
    newest, today = date(2026, 4, 5), date(2026, 11, 26)  # a Thursday
    assert preset_days("Last 3 days", newest, today) == (date(2026, 4, 3), newest)
    assert preset_days("Yesterday", newest, today) == (date(2026, 11, 25), date(2026, 11, 25))
    assert preset_days("Last week", newest, today) == (date(2026, 11, 16), date(2026, 11, 22))
    assert preset_days("Last week", newest, date(2026, 11, 22)) == (date(2026, 11, 9), date(2026, 11, 15))
