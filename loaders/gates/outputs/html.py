"""A check's outcomes as one page that needs nothing else: no script, no font, no picture, no net."""

from collections.abc import Iterable
from html import escape

from loaders.gates.results import CheckReport, Outcome

STYLE = """
:root { color-scheme: light dark; --line: #8884; --bad: #c62828; --good: #2e7d32; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 0.25rem; }
p { margin: 0.25rem 0 0.75rem; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.75rem 0.35rem 0; }
th, td { border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
td { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.rows td, .rows th { white-space: nowrap; padding-right: 1.25rem; }
.ok { color: var(--good); }
.failed { color: var(--bad); font-weight: 600; }
"""
HEADINGS = ("", "expectation", "load or mart", "observed", "limit")


def to_page(report: CheckReport) -> str:
    """HTML: the verdict, all outcomes (failures first), and for each failure the reason and up to five rows."""
    outcomes = sorted(report.outcomes, key=lambda outcome: outcome.passed)
    parts = [
        f"<h1>check {escape(report.gate)}: {_verdict(report)}</h1>",
        f"<p>{report.checked_at:%Y-%m-%d %H:%M} UTC</p>",
        f'<p class="failed">{escape(report.error)}</p>' if report.error else "",
        _table(HEADINGS, map(_cells, outcomes)) if outcomes else "",
        *map(_explained, report.failures),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>check {escape(report.gate)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(filter(None, parts))
        + "\n</body>\n</html>\n"
    )


def _verdict(report: CheckReport) -> str:
    if report.error:
        return '<span class="failed">could not be asked</span>'
    if report.passed:
        return f'<span class="ok">all {len(report.outcomes)} expectations met</span>'
    return f'<span class="failed">{len(report.failures)} of {len(report.outcomes)} expectations failed</span>'


def _cells(outcome: Outcome) -> list[str]:
    mark = '<span class="ok">ok</span>' if outcome.passed else '<span class="failed">FAILED</span>'
    return [mark, *map(escape, (outcome.name, outcome.scope, outcome.observed, outcome.limit))]


def _explained(outcome: Outcome) -> str:
    columns = list(dict.fromkeys(name for row in outcome.rows for name in row))
    rows = ([_cell(row.get(name)) for name in columns] for row in outcome.rows)
    shown = f'<div class="rows">{_table(map(escape, columns), rows)}</div>' if columns else ""
    return f"<h2>{escape(outcome.name)}: {escape(outcome.scope)}</h2>\n<p>{escape(outcome.detail)}</p>\n{shown}"


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{heading}</th>" for heading in headings)
    body = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>'


def _cell(value: object) -> str:
    return "-" if value is None else escape(str(value))
