"""Words that must not come back in texts for people and in names: they have a plain word in the glossary."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from loaders.settings import PROJECT_ROOT

# Each pattern with the word to use. Whole words, also as a part of an identifier with underscores.
BANNED = {
    r"taken? back|took .{1,20} back": "withdrawn",
    r"mend(s|ed|ing)?": "fix",
    r"heed(s|ed)?": "use",
    r"anew": "again",
    r"wholly": "completely",
    r"told": "reported, stated",
    r"stands there": "is, exists",
    r"what became of": "the result of",
    r"given name": "name",
    r"asked": "requested",
    r"said": "stated, reported",
    r"begun": "started",
    r"lacks": "has no",
    r"whoever": "anyone who",
    r"beside": "next to, with",
    r"believed": "expected, as of",
}
KEYS = [pytest.param(pattern, id=pattern) for pattern in BANNED]
SUFFIXES = {".py", ".ipynb", ".yml", ".md", ".sql"}
# The folders and files that keep to this list; widen it as others follow.
CLEAN = (
    "loaders",
    "notebooks",
    "dbt_project",
    "docs",
    ".github",
    ".ci",
    "*.md",
    "Makefile",
    "profiles.yml",
    "tests/*.py",
)
# Where a word is quoted, or means something else.
ALLOWED: dict[str, set[str]] = {
    "docs/naming.md": set(BANNED),  # the list of words to avoid
    "tests/unit/test_language.py": set(BANNED),
    "loaders/database/sql/0003_gates.sql": {"asked"},  # an applied migration is never changed
}


def files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", *CLEAN], cwd=PROJECT_ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    return [PROJECT_ROOT / name for name in listed if Path(name).suffix in SUFFIXES and (PROJECT_ROOT / name).is_file()]


def text_of(path: Path) -> str:
    if path.suffix != ".ipynb":
        return path.read_text()
    cells = json.loads(path.read_text())["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


@pytest.mark.parametrize("pattern", KEYS)
def test_a_word_that_has_a_plain_one_does_not_come_back(pattern: str) -> None:
    word = re.compile(rf"(?<![a-z])(?:{pattern})(?![a-z])", re.IGNORECASE)
    found = []
    for path in files():
        name = path.relative_to(PROJECT_ROOT).as_posix()
        if pattern in ALLOWED.get(name, set()):
            continue
        lines = [number for number, line in enumerate(text_of(path).splitlines(), start=1) if word.search(line)]
        found += [f"{name}:{number}" for number in lines]
    assert found == [], f"Use {BANNED[pattern]}."
