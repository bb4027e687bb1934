"""What the dashboard shows beside its widgets, as HTML: tiles of numbers, a table, a sentence about a problem."""

from html import escape
from typing import NamedTuple

import pandas as pd

MOST_ROWS = 500
NOTHING = "-"

STYLE = """<style>
.wh-tiles {display: flex; flex-wrap: wrap; gap: 8px; margin: 4px 0}
.wh-tile {border: 1px solid #d5d9de; border-radius: 6px; padding: 6px 12px; background: #fafbfc; min-width: 76px}
.wh-tile div {font-size: 18px; line-height: 24px; font-weight: 600; white-space: nowrap; color: #17202a}
.wh-tile div.wh-small {font-size: 12px; line-height: 16px; font-weight: 400; color: #55606b}
.wh-large {min-width: 170px} .wh-large div {font-size: 22px; line-height: 30px}
.wh-answer {font-size: 15px; line-height: 22px; margin: 6px 0; max-width: 1100px; color: #17202a}
.wh-problem {border-left: 4px solid #d1495b; background: #fdf1f2; padding: 8px 12px; font-size: 14px; color: #17202a}
.wh-problem:empty {display: none}
.wh-slider .widget-readout {min-width: 190px; max-width: none; overflow: visible}
.wh-chart svg {max-width: 100%; height: auto; display: block}
.wh-rows {max-height: 390px; overflow: auto; border: 1px solid #d5d9de; border-radius: 6px; width: fit-content;
  max-width: 100%}
.wh-rows table {border-collapse: collapse; font-size: 12px; line-height: 19px; color: #17202a; white-space: nowrap}
.wh-rows th {position: sticky; top: 0; background: #eef1f4; text-align: right; font-weight: 600; padding: 4px 8px}
.wh-rows td {text-align: right; padding: 1px 8px; font-variant-numeric: tabular-nums; border-top: 1px solid #eef1f4}
.wh-rows th:first-child, .wh-rows td:first-child {text-align: left}
.wh-caption {font-size: 12px; line-height: 18px; color: #55606b; margin: 2px 0}
</style>"""


class Tile(NamedTuple):
    """One number with its name, and perhaps a note below it; `key` names it for programs."""

    key: str
    name: str
    shown: str
    note: str = ""


def tiles(numbers: list[Tile], large: bool = False) -> str:
    """A row of tiles that wraps where the window is narrow."""
    kind = "wh-tile wh-large" if large else "wh-tile"
    drawn = []
    for tile in numbers:
        name, note = (f'<div class="wh-small">{escape(text)}</div>' if text else "" for text in (tile.name, tile.note))
        shown = f'<div data-number="{escape(tile.key)}">{escape(tile.shown)}</div>'
        drawn.append(f'<div class="{kind}">{name}{shown}{note}</div>')
    return f'<div class="wh-tiles">{"".join(drawn)}</div>'


def table(rows: pd.DataFrame, caption: str) -> str:
    """The rows as texts, in a box that scrolls under its headings; very many rows are cut, and it is said."""
    cut = f"; the first {MOST_ROWS:,} of {len(rows):,} rows" if len(rows) > MOST_ROWS else ""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in rows)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>"
        for row in rows.head(MOST_ROWS).itertuples(index=False)
    )
    said = f'<div class="wh-caption">{escape(caption + cut)}</div>'
    if rows.empty:
        return said
    whole = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'{said}<div class="wh-rows" tabindex="0" role="region" aria-label="{escape(caption)}">{whole}</div>'


def picture(svg: str, what: str) -> str:
    """A chart that shrinks with its window; `what` is read out to those who do not see it."""
    return f'<div class="wh-chart" role="img" aria-label="{escape(what)}">{svg}</div>'


def answer(said: str, at: pd.Timestamp) -> str:
    """The answer in words, as of a moment."""
    return f'<p class="wh-answer" data-as-of="{at.isoformat()}">{escape(said)}</p>'


def problem(said: str) -> str:
    """One sentence that something cannot be shown, and what to do."""
    return f'<div class="wh-problem" role="alert">{escape(said)}</div>' if said else ""


def number(value: float, unit: str = "") -> str:
    """Two decimals, thousands apart; a dash for what is not there."""
    return NOTHING if pd.isna(value) else f"{value:,.2f} {unit}".rstrip()


def difference(value: float, unit: str = "") -> str:
    """Like `number`, with its sign."""
    return NOTHING if pd.isna(value) else f"{value:+,.2f} {unit}".rstrip()
