"""What is shown while a render goes on: a bar where tqdm is installed, else a line on a terminal."""

from __future__ import annotations

import sys
from typing import Any


class _Line:
    """The steps so far, over and over on one line; nothing where standard error is no terminal."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._shown = sys.stderr is not None and sys.stderr.isatty()

    def __call__(self, step: int, steps: int | None, objective: float) -> None:
        if self._shown:
            of = "" if steps is None else f"/{steps}"
            print(f"\r{self._unit} {step}{of}  objective {objective:.5g}  ", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self._shown:
            print(file=sys.stderr)


class _Bar:
    def __init__(self, tqdm: Any, unit: str):
        self._tqdm, self._unit = tqdm, unit
        self._bar: Any = None

    def __call__(self, step: int, steps: int | None, objective: float) -> None:
        if self._bar is None:
            self._bar = self._tqdm(total=steps, unit=self._unit)
        self._bar.set_postfix_str(f"objective {objective:.5g}", refresh=False)
        self._bar.update(step - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def shown(unit: str = "step") -> _Bar | _Line:
    try:
        from tqdm.auto import tqdm  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        return _Line(unit)
    return _Bar(tqdm, unit)
