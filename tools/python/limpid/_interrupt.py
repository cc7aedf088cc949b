"""Ctrl-C while the library works."""

from __future__ import annotations

import signal
import threading
from typing import Any


class Interrupt:
    """Within it Ctrl-C is noted, in `came`, and raises nothing, where Python's own handler would have raised.

    A KeyboardInterrupt would come up inside of a callback, and be lost there.
    """

    def __enter__(self) -> Interrupt:
        self.came = False
        main = threading.current_thread() is threading.main_thread()
        self._replaced = main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if self._replaced:
            signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, number: int, frame: Any) -> None:
        self.came = True

    def __exit__(self, *error: object) -> None:
        if self._replaced:
            signal.signal(signal.SIGINT, signal.default_int_handler)
