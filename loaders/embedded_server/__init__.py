"""The embedded PostgreSQL server: one per WAREHOUSE_HOME, on loopback, with a generated password."""

from loaders.embedded_server.lifecycle import Running, Status, discard, start, status, stop

__all__ = ["Running", "Status", "discard", "start", "status", "stop"]
