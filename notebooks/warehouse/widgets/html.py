"""The HTML of the dashboard: tiles of numbers, a table, a chart, sentences. Every text is escaped here."""

from html import escape
from typing import NamedTuple

import pandas as pd

MAX_ROWS = 500
MISSING = "-"

STYLE = """<style>
body {--wh-ink: #17202a; --wh-soft: #55606b; --wh-line: #d5d9de; --wh-card: #fafbfc; --wh-head: #eef1f4;
  --wh-alert: #fdf1f2; --wh-link: #0b57a4}
body[data-jp-theme-light="false"] {--wh-ink: #e8eaed; --wh-soft: #b4bcc5; --wh-line: #48525c; --wh-card: #1d2329;
  --wh-head: #2a323a; --wh-alert: #40191f; --wh-link: #8ab4f8; color-scheme: dark}
.wh-tiles {display: flex; flex-wrap: wrap; gap: 8px; margin: 4px 0}
.wh-tile {border: 1px solid var(--wh-line); border-radius: 6px; padding: 3px 10px; background: var(--wh-card);
  min-width: 70px}
.wh-tile div {font-size: 18px; line-height: 24px; font-weight: 600; white-space: nowrap; color: var(--wh-ink)}
.wh-tile div.wh-small {font-size: 12px; line-height: 16px; font-weight: 400; color: var(--wh-soft)}
.wh-large {min-width: 160px} .wh-large div {font-size: 18px; line-height: 24px}
.wh-answer {font-size: 14px; line-height: 19px; margin: 2px 0; max-width: 1100px; color: var(--wh-ink)}
.wh-problem {border-left: 4px solid #d1495b; background: var(--wh-alert); padding: 8px 12px; font-size: 14px;
  color: var(--wh-ink)}
.wh-problem:empty {display: none}
.wh-slider .widget-readout {min-width: 190px; max-width: none; overflow: visible}
.wh-chart svg {width: 100%; height: auto; display: block}
.wh-rows {max-height: 390px; overflow: auto; border: 1px solid var(--wh-line); border-radius: 6px; width: fit-content;
  max-width: 100%}
.wh-rows table {border-collapse: collapse; font-size: 12px; line-height: 19px; color: var(--wh-ink);
  white-space: nowrap}
.wh-rows th {white-space: normal; max-width: 96px; position: sticky; top: 0; background: var(--wh-head);
  text-align: right; font-weight: 600;
  padding: 4px 8px}
.wh-rows td {text-align: right; padding: 1px 8px; font-variant-numeric: tabular-nums;
  border-top: 1px solid var(--wh-line)}
.wh-rows th:first-child, .wh-rows td:first-child {text-align: left}
.wh-caption {font-size: 12px; line-height: 18px; color: var(--wh-soft); margin: 2px 0}
.wh-link {color: var(--wh-link); font-size: 12px; margin-right: 10px}
@media (min-width: 1700px) {.wh-rows {max-height: 530px}}
body[data-jp-theme-light="false"] .widget-dropdown > select {appearance: auto; background-image: none}
body[data-jp-theme-light="false"] .wh-chart {background: #ffffff; border-radius: 6px}
</style>"""


class Tile(NamedTuple):
    """One number with its name and an optional note; `key` is its name in the page."""

    key: str
    name: str
    shown: str
    note: str = ""


def tiles(numbers: list[Tile], large: bool = False) -> str:
    """Return a row of tiles that wraps in a narrow window."""
    kind = "wh-tile wh-large" if large else "wh-tile"
    parts = []
    for tile in numbers:
        name, note = (f'<div class="wh-small">{escape(text)}</div>' if text else "" for text in (tile.name, tile.note))
        shown = f'<div data-number="{escape(tile.key)}">{escape(tile.shown)}</div>'
        parts.append(f'<div class="{kind}">{name}{shown}{note}</div>')
    return f'<div class="wh-tiles">{"".join(parts)}</div>'


def table(rows: pd.DataFrame, caption: str) -> str:
    """Return the rows in a box that scrolls under its headings; the caption says where rows are left out."""
    cut = f"; the first {MAX_ROWS:,} of {len(rows):,} rows" if len(rows) > MAX_ROWS else ""
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in rows)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>"
        for row in rows.head(MAX_ROWS).itertuples(index=False)
    )
    heading = f'<div class="wh-caption">{escape(caption + cut)}</div>'
    if rows.empty:
        return heading
    whole = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'{heading}<div class="wh-rows" tabindex="0" role="region" aria-label="{escape(caption)}">{whole}</div>'


def picture(svg: str, description: str) -> str:
    """Return a chart that shrinks with its window; screen readers read `description`."""
    return f'<div class="wh-chart" role="img" aria-label="{escape(description)}">{svg}</div>'


def answer(sentence: str, at: pd.Timestamp) -> str:
    """Return the answer as a sentence, as of a time."""
    return f'<p class="wh-answer" data-as-of="{at.isoformat()}">{escape(sentence)}</p>'


def problem(sentence: str) -> str:
    """Return a sentence about what cannot be shown, and what to do."""
    return f'<div class="wh-problem" role="alert">{escape(sentence)}</div>' if sentence else ""


def format_number(value: float, unit: str = "") -> str:
    """Return a number with two decimals and thousands separators; a dash for a missing one."""
    return MISSING if pd.isna(value) else f"{value:z,.2f} {unit}".rstrip()


def format_difference(value: float, unit: str = "") -> str:
    """Return a number with its sign."""
    return MISSING if pd.isna(value) else f"{value:+z,.2f} {unit}".rstrip()


def link(address: str, label: str) -> str:
    """Return a link that opens in a new tab."""
    return f'<a class="wh-link" href="{escape(address)}" target="_blank" rel="noopener">{escape(label)}</a>'


def download_link(address: str, file_name: str) -> str:
    """Return a link that saves its address, such as a data: address, as a file."""
    return f'<a class="wh-link" href="{escape(address)}" download="{escape(file_name)}">{escape(file_name)}</a>'


def small_text(sentence: str) -> str:
    """Return a short remark in small type."""
    return f'<span class="wh-caption">{escape(sentence)}</span>'
