"""The options of the service, from the settings and the command line."""

import ipaddress
from dataclasses import dataclass, field

from loaders.errors import UsageError
from loaders.settings import settings


@dataclass(frozen=True, kw_only=True)
class ServiceOptions:
    """How the service listens, and what it allows.

    Attributes:
        host: Address to listen on.
        port: Port to listen on.
        require_keys: Whether reads on this machine need a key too.
        requests_per_minute: Of each key, and of each address without one.
        max_body_bytes: Of a request.
        max_rows: Of one answer.
        max_page_rows: The highest limit of a page.
        cache_bytes: Memory for answers.
        cache_url: Address of a Redis or Valkey server that keeps the answers instead, shared with other services.
    """

    host: str = "127.0.0.1"
    port: int = 8800
    require_keys: bool = False
    requests_per_minute: int = 6000
    max_body_bytes: int = 64 * 2**20
    max_rows: int = 20_000_000
    max_page_rows: int = 100_000
    cache_bytes: int = 64 * 2**20
    cache_url: str | None = field(default=None, repr=False)

    @property
    def open_reads(self) -> bool:
        """Whether programs on this machine may read without a key."""
        return not self.require_keys and is_loopback(self.host)


def options_from_settings(
    host: str | None = None, port: int | None = None, require_keys: bool = False
) -> ServiceOptions:
    """Return the options of this process. What is given has precedence over the settings. Raises UsageError."""
    own = settings()
    host = host or own.api_host
    if host != "localhost":
        try:
            ipaddress.ip_address(host)
        except ValueError:
            raise UsageError(f"{host!r} is not an address to listen on. Use one such as 127.0.0.1.") from None
    return ServiceOptions(
        host=host,
        port=port or own.api_port,
        require_keys=require_keys,
        requests_per_minute=own.api_requests_per_minute,
        max_body_bytes=own.api_max_body_mb * 2**20,
        max_rows=own.api_max_rows,
        cache_url=own.cache_url.get_secret_value() if own.cache_url else None,
    )


def is_loopback(host: str) -> bool:
    """Return whether an address belongs to this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
