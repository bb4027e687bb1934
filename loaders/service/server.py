"""Run the HTTP service."""

import contextlib
import sys

import uvicorn

from loaders import embedded_server
from loaders.database.connection import uses_embedded_server
from loaders.database.migrations import migrate
from loaders.service.app import create_app
from loaders.service.options import is_loopback, options_from_settings

SHUTDOWN_SECONDS = 10
KEEP_ALIVE_SECONDS = 15


def serve(host: str | None, port: int | None, require_keys: bool) -> None:
    """Start the database if it is the embedded one, then serve until interrupted. Raises WarehouseError."""
    options = options_from_settings(host, port, require_keys)
    if uses_embedded_server():
        embedded_server.start()
        migrate()
    shown = f"[{options.host}]" if ":" in options.host else options.host
    print(f"The service is starting at http://{shown}:{options.port}/docs. Ctrl-C stops it.", file=sys.stderr)
    if not is_loopback(options.host):
        print("It listens to other machines, without encryption. Put it behind a proxy with TLS.", file=sys.stderr)
    config = uvicorn.Config(
        create_app(options, lambda: server.should_exit),
        host=options.host,
        port=options.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # so that the address of a caller is the one that connects
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    server = uvicorn.Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(1)  # it has logged why
