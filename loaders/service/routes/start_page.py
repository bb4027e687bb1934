"""The page for people: the dashboard numbers, and where everything is."""

from datetime import datetime
from html import escape
from numbers import Integral
from typing import Any

import pandas as pd
import warehouse as wh
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from loaders.mart_queries import LABELS
from loaders.service.admission.access import AnalystCaller
from loaders.settings import settings

router = APIRouter(include_in_schema=False)

LINKS = {
    "/docs": "All paths, with a form to try them",
    "/openapi.json": "The OpenAPI document, for programs",
    "/api/v1/nodes/": "Nodes",
    "/api/v1/series/": "Series",
    "/api/v1/loads/": "Loads",
    "/api/v1/measures/?limit=100": "Measures",
}
HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'", "Cache-Control": "no-store"}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Warehouse</title>
<meta name="viewport" content="width=device-width">
<style>:root{{color-scheme:light dark}}
body{{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}}
td,th{{text-align:left;padding:.2rem 2rem .2rem 0;font-weight:normal}}td{{font-variant-numeric:tabular-nums}}</style>
</head><body><h1>Warehouse</h1><table>{numbers}</table><h2>Addresses</h2><ul>{links}</ul>
<p>Charts are in JupyterLab (<code>make lab</code>) and in the dashboard (<code>warehouse serve dashboard</code>).
Names, locations, values and loads are edited in the editing app (<code>warehouse serve manage</code>) or over HTTP.</p>
</body></html>
"""


@router.get("/")
async def start_page(caller: AnalystCaller) -> HTMLResponse:
    """Show the numbers of the dashboard and the addresses of the service."""
    row = (await run_in_threadpool(wh.stats)).iloc[0]
    numbers = "".join(
        f"<tr><th>{escape(label)}</th><td>{escape(_shown(row[name]))}</td></tr>" for name, label in LABELS.items()
    )
    links = "".join(
        f'<li><a href="{escape(path)}">{escape(text)}</a></li>' for path, text in {**_apps(), **LINKS}.items()
    )
    return HTMLResponse(PAGE.format(numbers=numbers, links=links), headers=HEADERS)


def _apps() -> dict[str, str]:
    """The addresses of the apps that the settings name."""
    own = settings()
    apps = {"Dashboard": own.dashboard_url, "Editing app, for those who have a key": own.manage_url}
    return {str(url): text for text, url in apps.items() if url is not None}


def _shown(value: Any) -> str:
    if pd.isna(value):
        return "-"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return f"{int(value):,}" if isinstance(value, Integral) else str(value)
