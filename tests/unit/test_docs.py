"""The documentation is consistent: links lead somewhere, and commands, options and functions exist."""

import ast
import inspect
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import warehouse

import loaders
from loaders.settings import PROJECT_ROOT
from tests.support.documentation import Block, blocks, hand_written_pages, headings, links, pages
from tests.support.reference import commands

SHELL_OPERATORS = {"|", "&&", ";", "||"}


@pytest.mark.parametrize("page", pages(), ids=str)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in links(page):
        path, _, heading = target.partition("#")
        file = (PROJECT_ROOT / page.parent / path) if path else PROJECT_ROOT / page
        if not file.exists() or (heading and file.suffix == ".md" and heading not in headings(file)):
            broken.append(target)
    assert broken == []


def test_every_page_is_in_the_index() -> None:
    index = set(links(Path("docs/README.md")))
    expected = {
        str(page.relative_to("docs")) for page in pages() if page.parts[0] == "docs" and page.name != "README.md"
    }
    assert expected - index == set()


def test_the_readme_fits_one_screen() -> None:
    lines = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 55


def _commands_shown() -> Iterator[tuple[Path, list[str]]]:
    """Yield the words of each `warehouse …` command in the shell blocks."""
    for block in _blocks("sh"):
        for line in block.text.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            for position, word in enumerate(words):
                if word.endswith("warehouse") and (position == 0 or words[position - 1] in SHELL_OPERATORS):
                    yield block.page, words[position + 1 :]


def _blocks(language: str) -> list[Block]:
    return [block for page in hand_written_pages() for block in blocks(page) if block.language == language]


def test_every_command_that_is_shown_exists_with_its_options() -> None:
    known = dict(commands.commands())
    shown = list(_commands_shown())
    assert len(shown) > 20
    for page, words in shown:
        path = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
        assert path in known, f"{page}: warehouse {' '.join(words)}"
        own = words[: words.index("--")] if "--" in words else words
        names = {word.split("=")[0] for word in own if re.match(r"--?[a-z]", word)}
        options = {name for parameter in known[path].params for name in (*parameter.opts, *parameter.secondary_opts)}
        assert names <= options, f"{page}: {path} has no {names - options}"


def test_every_make_target_that_is_shown_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in hand_written_pages():
        text = (PROJECT_ROOT / page).read_text(encoding="utf-8")
        named = set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE))
        assert named <= targets, f"{page}: {named - targets}"


def test_every_function_that_is_shown_exists_with_its_arguments() -> None:
    modules = {"wh": warehouse, "loaders": loaders}
    calls = [
        (block.page, node)
        for block in _blocks("python")
        for node in ast.walk(ast.parse(block.text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
    ]
    checked = 0
    for page, call in calls:
        assert isinstance(call.func, ast.Attribute)
        assert isinstance(call.func.value, ast.Name)
        if call.func.value.id in modules:
            function = getattr(modules[call.func.value.id], call.func.attr)
            keywords = dict.fromkeys(keyword.arg for keyword in call.keywords if keyword.arg)
            inspect.signature(function).bind(*call.args, **keywords)
            checked += 1
        assert page
    assert checked >= 6


def test_every_file_that_is_named_exists() -> None:
    pattern = re.compile(r"`((?:loaders|notebooks|dbt_project|tests|docs)/[\w./-]+)`")
    for page in hand_written_pages():
        if page.name in ("DECISIONS.md", "CHANGELOG.md", "add-a-format.md"):
            continue
        text = (PROJECT_ROOT / page).read_text(encoding="utf-8")
        missing = [name for name in pattern.findall(text) if not (PROJECT_ROOT / name).exists() and "NN_" not in name]
        assert missing == [], page
