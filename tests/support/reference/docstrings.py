"""Google-style docstrings as Markdown."""

import re

from tests.support.reference.markdown import code, sections, table

SECTION = re.compile(r"^(Args|Attributes|Returns|Yields|Raises|Example|Examples|Note|Notes):$")
ENTRY = re.compile(r"^(\*{0,2}[\w.]+(?:, \*{0,2}[\w.]+)*)\s*(?:\([^)]*\))?:\s+(.*)$")


def to_markdown(docstring: str) -> str:
    """Return the docstring with its sections as tables and its examples as code."""
    parts: list[str] = []
    for title, lines in _split(docstring):
        text = "\n".join(lines).strip("\n")
        if not text.strip():
            continue
        if not title:
            parts.append(_prose(text))
        elif title in ("Example", "Examples"):
            parts.append(f"**{title}**\n\n{_example(text)}")
        else:
            parts.append(f"**{title}**\n\n{_entries(lines)}")
    return sections(*parts)


def _split(docstring: str) -> list[tuple[str, list[str]]]:
    """Cut a docstring into its sections: title (empty for prose) and lines, without their indentation."""
    found: list[tuple[str, list[str]]] = [("", [])]
    for line in docstring.splitlines():
        if match := SECTION.match(line):
            found.append((match[1], []))
        elif found[-1][0] and line.strip() and not line.startswith(" "):
            found.append(("", [line]))
        else:
            found[-1][1].append(line[4:] if found[-1][0] else line)
    return found


def _prose(text: str) -> str:
    """Keep paragraphs and tables; show a list of aligned definitions as it is written."""
    paragraphs = re.split(r"\n\s*\n", text)
    return sections(*(code(part, "text") if _is_aligned(part) else part for part in paragraphs))


def _is_aligned(paragraph: str) -> bool:
    lines = paragraph.splitlines()
    return len(lines) > 1 and all(re.match(r"^(\w+\s{2,}\S|\s{4,}\S)", line) for line in lines)


def _example(text: str) -> str:
    if "```" in text:
        return text
    return code(text, "pycon" if ">>>" in text else "python")


def _entries(lines: list[str]) -> str:
    """Return `name: meaning` entries as a table, and anything else as prose."""
    entries: list[list[str]] = []
    for line in lines:
        if match := ENTRY.match(line):
            entries.append([match[1], match[2]])
        elif entries and (line.startswith(" ") or not line.strip()):
            entries[-1][1] += f" {line.strip()}"
        else:
            return "\n".join(lines).strip()
    return table(["name", "meaning"], [(f"`{name}`", meaning) for name, meaning in entries])
