"""The play button and the slider of the dashboard move together."""

from warehouse.widgets.dashboard_controls import DashboardControls


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
