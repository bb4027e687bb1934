"""What a page would load from elsewhere; no database, no kernel."""

import pytest

from loaders.reports.html_export import external_references


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
        <style>p { background: url(data:image/png;base64,AAAA) }</style><script>// see https://example.org</script>
        <script type="application/vnd.vega.v5+json">{"node": "import //example.org/a.js"}</script>"""
    assert external_references(page) == []
