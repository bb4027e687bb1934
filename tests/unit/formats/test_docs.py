"""docs/how-to/add-a-format.md is true: what it names is there."""

import importlib
import re

from loaders.formats.file_format import FileFormat
from loaders.settings import PROJECT_ROOT

TEXT = (PROJECT_ROOT / "docs" / "how-to" / "add-a-format.md").read_text(encoding="utf-8")
# `thing` in `loaders/…/module.py`, also several things, and across a line break.
NAMED = re.compile(r"((?:`\w+`(?:, | or |, or )?)+)\s*(?:for \w+\s)?\(?(?:in|of)\s+`(loaders/[\w/]+\.py)`")


def test_there_are_six_steps():
    assert re.findall(r"^(\d)\. \*\*", TEXT, re.MULTILINE) == list("123456")


def test_every_file_it_names_exists():
    paths = set(re.findall(r"`((?:loaders|tests|docs)/[\w./-]+)`", TEXT))
    assert len(paths) > 10
    missing = {path for path in paths if not (PROJECT_ROOT / path).exists()}
    assert missing == {"loaders/formats/yours.py", "tests/unit/formats/test_yours.py"}


def test_every_name_is_in_the_module_it_is_stated_to_be_in():
    pairs = [(name, path) for names, path in NAMED.findall(TEXT) for name in re.findall(r"`(\w+)`", names)]
    found = {name for name, _ in pairs}
    assert {"SCHEMA", "chunks", "Records", "constant", "unpivot", "disambiguate", "build_batches", "_FORMATS"} <= found
    for name, path in pairs:
        module = importlib.import_module(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
        assert hasattr(module, name), f"{name} is not in {path}"


def test_the_parts_of_a_source_that_it_names_are_there():
    assert {"accepted_options", "identity_fields", "summary", "default_source"} <= set(FileFormat.__dataclass_fields__)
