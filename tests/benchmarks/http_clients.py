"""Clients of a benchmark: each sends one request after the other on its connection, as fast as they are answered."""

import asyncio
import time
from dataclasses import dataclass, field


@dataclass
class Taken:
    """What the clients saw: seconds of each answer, by its status; and connections that broke."""

    seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    errors: int = 0
    size: int = 0

    def percentile(self, share: float) -> float:
        """Seconds that this share of the answers took at most."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def ask(port: int, path: str, seconds: float, clients: int = 1, **headers: str) -> Taken:
    """Let so many clients ask the same for so long."""
    taken = Taken()
    asyncio.run(_all(port, _request(path, headers), seconds, clients, taken))
    return taken


def headers_of(port: int, path: str) -> dict[str, str]:
    """The headers of one answer, by their lower-case names."""

    async def one() -> dict[str, str]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**26)
        writer.write(_request(path, {}))
        head, _ = await _answer(reader)
        writer.close()
        lines = [line.partition(":") for line in head.decode().split("\r\n")[1:] if line]
        return {name.lower(): value.strip() for name, _, value in lines}

    return asyncio.run(one())


async def _all(port: int, request: bytes, seconds: float, clients: int, taken: Taken) -> None:
    end = time.monotonic() + seconds
    await asyncio.gather(*(_client(port, request, end, taken) for _ in range(clients)))


async def _client(port: int, request: bytes, end: float, taken: Taken) -> None:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**26)
        while time.monotonic() < end:
            started = time.perf_counter()
            writer.write(request)
            head, body = await _answer(reader)
            taken.seconds.append(time.perf_counter() - started)
            status = int(head[9:12])
            taken.statuses[status] = taken.statuses.get(status, 0) + 1
            taken.size = len(body)
        writer.close()
    except (OSError, asyncio.IncompleteReadError, ValueError):
        taken.errors += 1


async def _answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return head, await reader.readexactly(int(line.partition(b":")[2]))
    if head[9:12] == b"304":
        return head, b""
    raise ValueError("an answer without a length")


def _request(path: str, headers: dict[str, str]) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *lines, "", ""]).encode()
