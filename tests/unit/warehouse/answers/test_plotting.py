"""`plot` of pandas draws answers by the charts of the warehouse, and leaves everything else to pandas."""

from collections.abc import Iterator

import altair as alt
import pandas as pd
import pytest
from warehouse.answers import plotting

from tests.support.chart_frames import caption_of, hours


@pytest.fixture(autouse=True)
def backend() -> Iterator[None]:
    """The backend of answers, and afterwards the one before."""
    before = pd.get_option("plotting.backend")
    plotting.use_for_pandas()
    yield
    pd.set_option("plotting.backend", before)


def test_plot_of_an_answer_is_the_chart_that_fits() -> None:
    answer = hours([1.0, 2.0])
    assert isinstance(answer.plot(), alt.LayerChart)
    assert caption_of(answer.plot()) == caption_of(answer.set_index("interval_start").reset_index().plot())
    assert caption_of(answer.set_index("interval_start")["value"].plot.line()).startswith("1 series, Sat 31 Oct 2026")


def test_anything_else_and_plots_with_options_are_those_of_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    drawn = pd.DataFrame.plot.__call__
    monkeypatch.setattr(
        pd.DataFrame.plot,
        "__call__",
        lambda self, **options: calls.append(options) if options.get("backend") else drawn(self, **options),
    )
    pd.DataFrame({"a": [1.0]}).plot()
    hours([1.0]).plot(kind="bar")
    hours([1.0]).plot(y="value")
    assert [call["kind"] for call in calls] == ["line", "bar", "line"]
    assert {call["backend"] for call in calls} == {"matplotlib"}


def test_another_backend_that_was_chosen_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plotting, "PANDAS_DEFAULT", "another")  # so that the present one is not pandas' default
    pd.set_option("plotting.backend", "warehouse.charts")
    plotting.use_for_pandas()
    assert pd.get_option("plotting.backend") == "warehouse.charts"
