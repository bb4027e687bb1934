"""What a page would fetch, and what a notebook lets its caller choose; no database, no kernel."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from loaders.errors import NotebookError
from loaders.reports.html_export import external_references
from loaders.reports.notebook_parameters import declared, inject, read_value


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://cdn.example.org/require.js"></script>',
        "<script>import {a} from 'https://cdn.example.org/a.js'</script>",
        "<script>const s = document.createElement('script'); s.src = \"//cdn.example.org/a.js\"</script>",
        '<link rel="stylesheet" href="style.css">',
        "<style>@import 'https://fonts.example.org/css';</style>",
        "<style>@font-face { src: url(//fonts.example.org/a.woff2) }</style>",
        "<div style=\"background: url('https://example.org/a.png')\">x</div>",
        '<img alt="a" src="picture.png">',
        '<svg><image href="http://example.org/a.png"/></svg>',
        '<iframe src="https://example.org"></iframe>',
    ],
)
def test_whatever_a_page_would_fetch_is_found(page: str) -> None:
    assert len(external_references(f"<html><body>{page}</body></html>")) == 1


def test_what_is_embedded_or_waits_to_be_clicked_is_not_fetched() -> None:
    page = """<a href="https://example.org">read</a> <img src="data:image/png;base64,AAAA">
        <svg xmlns="http://www.w3.org/2000/svg"><use href="#a"/></svg> <p>https://example.org</p>
        <style>p { background: url(data:image/png;base64,AAAA) }</style><script>// see https://example.org</script>"""
    assert external_references(page) == []


@pytest.mark.parametrize(
    ("text", "default", "value"),
    [
        ("17", None, 17), ("1.5", None, 1.5), ("None", 3, None), ("True", False, True), ("Grid1", None, "Grid1"),
        ("2026-10-31", None, "2026-10-31"), ("09:00", None, "09:00"), ("['a', 'b']", None, ["a", "b"]),
        ("17", "09:00", "17"), ("'17'", None, "17"), ("__import__('os')", None, "__import__('os')"), ("", None, ""),
    ],
)  # fmt: skip
def test_a_parameter_is_read_as_python_would_or_is_text(text: str, default: object, value: object) -> None:
    assert read_value(text, default) == value


def notebook_with(source: str, tags: list[str]) -> object:
    cells = [new_code_cell("a = 7"), new_code_cell(source, metadata={"tags": tags}), new_code_cell("c = 9")]
    return new_notebook(cells=cells)


def test_the_tagged_cell_declares_the_parameters_and_their_defaults() -> None:
    notebook = notebook_with('node = None  # which\nclock = "09:00"\n', ["parameters"])
    assert declared(notebook, "n") == {"node": None, "clock": "09:00"}
    assert declared(notebook_with("b = 1", []), "n") == {}
    with pytest.raises(NotebookError, match="no plain assignments"):
        declared(notebook_with("b = now()", ["parameters"]), "n")


def test_other_values_come_right_behind_the_tagged_cell_and_are_only_values() -> None:
    evil = '"; raise SystemExit #\\\n'
    notebook = inject(notebook_with("b = 1", ["parameters"]), {"b": evil})
    assert [cell.source for cell in notebook.cells][0::3] == ["a = 7", "c = 9"]
    names: dict[str, object] = {}
    exec(notebook.cells[2].source, names)
    assert names["b"] == evil
