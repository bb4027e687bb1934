"""Call widgets when the marts changed, or when the server is away. The calls are made in the kernel's main thread."""

import asyncio
import threading
from collections.abc import Callable

from warehouse.live.mart_changes import MartListener

LOOK_SECONDS = 30.0  # after which it looks whether it was closed


class MartUpdates:
    """A listener in a thread of its own, until it is closed or the kernel ends.

    changed: called after each build that published something, and at the first connection and each new one.
    away: called when the server cannot be reached, again and again.
    """

    def __init__(self, changed: Callable[[], None], away: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._changed, self._away = changed, away
        self._listener = MartListener(on_lost=lambda: self._call(self._away))
        threading.Thread(target=self._listen, name="mart updates", daemon=True).start()

    def close(self) -> None:
        """Make no further calls."""
        self._listener.stop()

    def _listen(self) -> None:
        with self._listener:
            while not self._listener.is_stopped:
                if self._listener.wait(LOOK_SECONDS):
                    self._call(self._changed)

    def _call(self, action: Callable[[], None]) -> None:
        if not self._listener.is_stopped and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(action)


def runs_in_a_loop() -> bool:
    """Return whether there is an event loop that could call widgets, as in a kernel."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
