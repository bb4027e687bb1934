"""The pages of the documentation, with their links, headings and blocks of code."""

import re
from dataclasses import dataclass
from pathlib import Path

from loaders.settings import PROJECT_ROOT
from tests.support.reference.markdown import anchor

RUNNABLE = "<!-- runnable -->"
BLOCK = re.compile(r"(?P<mark><!-- runnable -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block of code. runnable: marked to be run by a test."""

    page: Path
    language: str
    text: str
    runnable: bool

    def __str__(self) -> str:
        return f"{self.page}: {self.text.strip().splitlines()[0]}"


def pages() -> list[Path]:
    """Return all pages, relative to the project."""
    top = sorted(PROJECT_ROOT.glob("*.md"))
    return [path.relative_to(PROJECT_ROOT) for path in (*top, *sorted((PROJECT_ROOT / "docs").rglob("*.md")))]


def hand_written_pages() -> list[Path]:
    """Return all pages that are not generated."""
    return [page for page in pages() if "reference" not in page.parts]


def _text(page: Path) -> str:
    return (PROJECT_ROOT / page).read_text(encoding="utf-8")


def blocks(page: Path) -> list[Block]:
    """Return the blocks of code of a page, in order."""
    return [
        Block(page, match["language"], match["text"], match["mark"] is not None)
        for match in BLOCK.finditer(_text(page))
    ]


def links(page: Path) -> list[str]:
    """Return the relative links of a page, without those inside code."""
    prose = re.sub(r"`[^`\n]*`(?!\])", "", BLOCK.sub("", _text(page)))
    return [target for target in LINK.findall(prose) if "://" not in target]


def headings(file: Path) -> set[str]:
    """Return the anchors of the headings of a page."""
    prose = BLOCK.sub("", file.read_text(encoding="utf-8"))
    return {anchor(title)[1:] for title in re.findall(r"^#+ (.+)$", prose, re.MULTILINE)}
