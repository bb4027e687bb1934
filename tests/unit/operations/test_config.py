"""The config of a scheduled run is validated completely before anything runs."""

from pathlib import Path

import pytest

from loaders.errors import UsageError
from loaders.operations.config import config_schema, read_config
from loaders.settings import PROJECT_ROOT

EXAMPLES = PROJECT_ROOT / "docs" / "examples"


def test_the_example_is_valid_and_its_paths_are_next_to_it() -> None:
    config = read_config(EXAMPLES / "warehouse.yml")
    meters, elia, caiso = config.sources
    assert meters.folder == EXAMPLES / "incoming"
    assert (meters.ingest_options().max_rejects, meters.ingest_options().read.source) == (0.05, "meters")
    assert (elia.command, elia.format) == (["./download-elia.sh", "yesterday"], "elia-total-load")
    assert caiso.pull is not None
    assert config.limits.build.total_seconds() == 3600
    assert config.reports[0].out == EXAMPLES / "reports" / "daily.html"


def test_the_schema_for_editors_is_current() -> None:
    assert (EXAMPLES / "run.schema.json").read_text() == config_schema()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("sources: []", "sources", id="no source"),
        pytest.param("sources: [{name: a}]", "either a folder or a pull", id="neither"),
        pytest.param("sources: [{name: a, folder: b, pull: {iso: X, dataset: y}}]", "either a folder", id="both"),
        pytest.param("sources: [{name: a, folder: b, color: red}]", r"sources\.0\.color", id="unknown key"),
        pytest.param("sources: [{name: a, folder: b}, {name: a, folder: c}]", "two sources", id="same name"),
        pytest.param("sources: [{name: a, folder: b, format: lonk}]", "Unknown format", id="format"),
        pytest.param("sources: [{name: a, folder: b, options: {time_zone: Mars}}]", "source a is not", id="zone"),
        pytest.param(
            "sources: [{name: a, folder: b, options: {timezone: UTC}}]", "unknown options timezone", id="option"
        ),
        pytest.param("sources: [{name: a, folder: b, options: {max_rejects: 10%}}]", "max_rejects", id="share"),
        pytest.param("sources: [{name: a, folder: b, command: rm x}]", "command", id="shell command"),
        pytest.param("sources: [{name: a, folder: b}]\nlimits: {build: PT0S}", r"limits\.build", id="no time"),
        pytest.param("sources: [{name: a, name: b, folder: c}]", "duplicate key", id="key twice"),
        pytest.param("sources: [", "not valid YAML", id="broken"),
        pytest.param("sources: " + "[" * 5000, "nested too deeply", id="brackets without end"),
        pytest.param("", "not valid", id="empty"),
    ],
)
def test_a_fault_is_named_before_anything_runs(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "warehouse.yml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        read_config(path)


def test_a_missing_file_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="warehouse init"):
        read_config(tmp_path / "nowhere.yml")
