"""Definitions of grids, regions, nodes, metrics and series: what is read from files, and what is rejected by name."""

import json
from pathlib import Path

import pytest

from loaders.database.sql_files import read_sql
from loaders.errors import RegistryError
from loaders.registry.definitions import REGISTRY_TABLES, read_definitions, register
from loaders.registry.entries import Definitions
from loaders.settings import PROJECT_ROOT

SCHEMA = PROJECT_ROOT / "loaders" / "registry" / "registration_file.schema.json"


class Database:
    """Stands in for a connection: remembers statements, and says that nothing is registered yet."""

    rowcount = 1

    def __init__(self) -> None:
        self.ran: list[tuple[str, dict]] = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def transaction(self):
        return self

    def execute(self, query, values=None):
        self.ran.append((query, values))
        return self

    def fetchone(self):
        return None


@pytest.fixture
def write(tmp_path: Path):
    def _write(text: str | bytes, name: str = "names.yml") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return _write


def inserted(description) -> list[dict]:
    database = Database()
    register(database, description)
    queries = [read_sql("loaders.registry", f"insert_{name}") for name in REGISTRY_TABLES]
    return [values for query, values in database.ran if query in queries]


def test_yaml_holds_lists_by_kind(write):
    path = write("grids:\n- {grid: G, time_zone: Europe/Berlin}\nregions:\n- {grid: G, region: R}\n")
    assert read_definitions(path) == {
        "grids": [{"grid": "G", "time_zone": "Europe/Berlin"}],
        "regions": [{"grid": "G", "region": "R"}],
    }


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("grids", "grid,time_zone"),
        ("regions", "grid,region"),
        ("nodes", "grid,region,node"),
        ("nodes", "node,region,grid"),
        ("metrics", "metric,unit,aggregation"),
        ("metrics", "metric,unit,aggregation,actual_metric"),
        ("series", "grid,region,node,metric,source,resolution"),
    ],
)
def test_csv_is_of_the_kind_that_its_columns_are_of(write, kind, header):
    cells = ",".join("x" for _ in header.split(","))
    path = write(f"\ufeff{header}\n{cells}\n", "names.CSV")
    assert read_definitions(path) == {kind: [dict.fromkeys(header.split(","), "x")]}


@pytest.mark.parametrize(
    ("name", "text", "stated"),
    [
        ("a.csv", "", "its columns (none) fit no table"),
        ("a.csv", "grid,time_zone\n", "its columns (none) fit no table"),
        ("a.csv", "grid,colour\nG,red\n", "its columns (colour, grid) fit no table. Use for example"),
        ("a.csv", "grid,time_zone\nG,UTC,extra\n", "fit no table"),
        ("a.yml", "", "has no lists of entries. Write them under grids, regions, nodes, metrics, series."),
        ("a.yml", "- G\n", "has no lists of entries"),
        ("a.yml", "grids: G\n", "has no lists of entries"),
        ("a.yml", "grids: [\n", "is not valid YAML"),
        ("a.yml", "!!python/object/apply:os.system ['true']\n", "is not valid YAML"),
        ("a.yml", b"\xff\xfe", "cannot be read as UTF-8 text"),
    ],
)
def test_a_file_that_is_no_description_says_why_in_one_line(write, name, text, stated):
    path = write(text, name)
    with pytest.raises(RegistryError) as caught:
        read_definitions(path)
    assert stated in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["[" * 5000, "{a: " * 5000, "- " * 5000])
def test_a_deeply_nested_file_is_refused_in_one_sentence(write, text):
    path = write(text)
    with pytest.raises(RegistryError) as caught:
        read_definitions(path)
    assert str(caught.value).startswith(f"{path}: is n")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 700


def test_the_committed_schema_is_that_of_the_models():
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == Definitions.model_json_schema()


def test_a_file_that_is_not_there_or_a_folder_says_so(tmp_path):
    with pytest.raises(RegistryError, match=r"the file does not exist\. Check the path"):
        read_definitions(tmp_path / "missing.yml")
    with pytest.raises(RegistryError, match="cannot be read"):
        read_definitions(tmp_path)


@pytest.mark.parametrize(
    ("description", "stated"),
    [
        ({"planets": []}, "'planets' cannot be registered. Use grids, regions, nodes, metrics, series."),
        ({"grids": ["G"]}, "grids entry 1 is 'G'. It must be a mapping with grid, time_zone."),
        ({"grids": [{"grid": "G"}]}, "grids entry 1: time_zone is missing."),
        ({"grids": [{"grid": "", "time_zone": "UTC"}]}, "grids entry 1: grid is missing."),
        (
            {"grids": [{"grid": "G", "time_zone": "UTC", "hue": 1}]},
            "grids entry 1: unknown field 'hue'. Valid fields: grid, time_zone.",
        ),
        ({"grids": [{"grid": "G", "time_zone": "Mars/Base"}]}, "'Mars/Base' is not an IANA time zone. Use for example"),
        ({"grids": [{"grid": "G", "time_zone": "../etc/passwd"}]}, "is not an IANA time zone"),
        ({"regions": [{"grid": "G", "region": "R"}, {"grid": "G"}]}, "regions entry 2: region is missing."),
        ({"metrics": [{"metric": "m", "unit": "MW"}]}, "metrics entry 1: aggregation is missing."),
        ({"series": [{"grid": "G", "metric": "m"}]}, "series entry 1: region, node, source, resolution are missing."),
        (
            {"metrics": [{"metric": "m", "unit": "MW", "aggregation": "avg"}]},
            "metrics entry 1: 'avg' is not a valid aggregation. Use sum or mean.",
        ),
        (
            {"regions": [{"grid": "G", "region": False}]},
            "regions entry 1: region is False, which is not text. Put it in quotes.",
        ),
        ({"regions": [{"grid": "G", 7: "R"}]}, "regions entry 1: unknown field 7. Valid fields: grid, region."),
    ],
)
def test_an_entry_that_is_incomplete_or_impossible_is_named(description, stated):
    with pytest.raises(RegistryError) as caught:
        register(Database(), description)
    assert stated in str(caught.value)


def test_parents_are_registered_before_their_children_in_whatever_order_they_stand():
    series = {"grid": "G", "region": "R", "node": "N", "metric": "load", "source": "s", "resolution": "PT1H"}
    found = inserted(
        {
            "series": [series],
            "nodes": [{"grid": "G", "region": "R", "node": "N"}],
            "regions": [{"grid": "G", "region": "R"}],
            "grids": [{"grid": "G", "time_zone": "UTC"}],
        }
    )
    assert [sorted(values) for values in found] == [
        ["grid", "time_zone"],
        ["grid", "region"],
        ["grid", "node", "region"],
        sorted([*series, "unit"]),
    ]


def test_names_are_trimmed_numbers_are_names_too_and_what_may_be_left_out_is_null():
    assert inserted({"regions": [{"grid": " G ", "region": 7}]}) == [{"grid": "G", "region": "7"}]
    metric = {"metric": "m", "unit": "MW", "aggregation": "sum", "actual_metric": ""}
    assert inserted({"metrics": [metric]}) == [{**metric, "actual_metric": None}]


def test_a_kind_without_entries_is_nothing_to_do():
    assert inserted({"grids": None, "regions": []}) == []
