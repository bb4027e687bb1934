"""YAML of users: every fault is one short sentence, in each place that reads it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from loaders.errors import WarehouseError
from loaders.formats.described.description import read_description
from loaders.gates.rules import read_rules
from loaders.registry.definitions import read_definitions
from loaders.yaml_text import YamlFault, parse_yaml

NESTED = ["[" * 5000, "[" * 5000 + "]" * 5000, "{a: " * 5000, "- " * 5000, "a: " + "[" * 100_000]


@pytest.mark.parametrize("text", NESTED)
@pytest.mark.parametrize("read", [read_description, read_rules, read_definitions])
def test_brackets_without_end_are_one_sentence(tmp_path: Path, read: Callable[[Path], object], text: str) -> None:
    (tmp_path / "a.yml").write_text(text)
    with pytest.raises(WarehouseError, match=r"nested too deeply|is not valid YAML") as fault:
        read(tmp_path / "a.yml")
    assert str(fault.value).startswith(f"{tmp_path / 'a.yml'}: ")
    assert "\n" not in str(fault.value)
    assert len(str(fault.value)) < 700


@pytest.mark.parametrize("read", [read_description, read_rules, read_definitions])
def test_bytes_that_are_no_text_are_one_sentence(tmp_path: Path, read: Callable[[Path], object]) -> None:
    (tmp_path / "a.yml").write_bytes(b"\xff\xfe")
    with pytest.raises(WarehouseError, match="cannot be read") as fault:
        read(tmp_path / "a.yml")
    assert "\n" not in str(fault.value)


def test_a_key_that_is_there_twice_is_refused() -> None:
    assert parse_yaml("a: 1\nb: {a: 2}\n") == {"a": 1, "b": {"a": 2}}
    with pytest.raises(YamlFault, match="duplicate key 'grids'"):
        parse_yaml("grids: []\ngrids: []\n")


@pytest.mark.parametrize(
    "text", ["a: *b", "!!python/object/apply:os.system ['true']", "? [a]\n: 1\n? {}\n: 2", "a: 2024-13-45"]
)
def test_other_faults_are_one_sentence(text: str) -> None:
    with pytest.raises(YamlFault) as fault:
        parse_yaml(text)
    assert "\n" not in str(fault.value)
