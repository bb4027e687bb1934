"""The page of the OpenAPI document, with scripts from the installed packages: no other server is contacted."""

from importlib.resources import as_file, files

import fastapi_offline
from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

STATIC = "/static/docs"
# Swagger UI starts by an inline script.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
)

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def documentation() -> HTMLResponse:
    """Show the OpenAPI document for people."""
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Warehouse API",
        swagger_js_url=f"{STATIC}/swagger-ui-bundle.js",
        swagger_css_url=f"{STATIC}/swagger-ui.css",
        swagger_favicon_url=f"{STATIC}/favicon.png",
    )
    page.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return page


def add_to(app: FastAPI) -> None:
    """Serve the page and its files."""
    with as_file(files(fastapi_offline) / "static") as folder:
        app.mount(STATIC, StaticFiles(directory=folder), name="documentation")
    app.include_router(router)
