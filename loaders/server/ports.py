"""Which port the server listens on: the one asked for, else the one kept, else a free one."""

import logging
import random
import socket

from loaders.errors import ServerError

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
# Below the ports that systems hand out to outgoing connections, so that a kept port is seldom taken later.
CHOICE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether nothing listens on this port of the loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        # As PostgreSQL does: connections that are still closing do not count.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen(1)
        except OSError:
            return False
    return True


def choose_port(asked: int | None, kept: int | None) -> int:
    """A free port; raises ServerError when the one asked for (WAREHOUSE_PORT) is taken."""
    if asked is not None:
        if not is_free(asked):
            raise ServerError(
                f"Port {asked} (WAREHOUSE_PORT) cannot be used, most likely because another program listens on it; "
                f"end that program, or set WAREHOUSE_PORT to another port or to nothing."
            )
        return asked
    if kept is not None and is_free(kept):
        return kept
    port = next((port for port in random.sample(CHOICE, 200) if is_free(port)), None)
    if port is None:
        raise ServerError(f"No free port was found on {HOST}; set WAREHOUSE_PORT to a free one.")
    if kept is not None:
        log.warning("Port %s is taken by another program; the server moves to port %s and keeps it.", kept, port)
    return port
