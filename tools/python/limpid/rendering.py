"""Pictures that maximise an objective."""

from __future__ import annotations

import ctypes
import dataclasses
import json
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from limpid import _progress, _tensor, image
from limpid._errors import Cancelled, UsageError
from limpid._interrupt import Interrupt
from limpid._library import Progress, library
from limpid.network import Network, check_network
from limpid.option_table import job_text

# Called with (step, steps, objective) after each step.
Watcher = Callable[[int, int, float], Any]


@dataclasses.dataclass(frozen=True, eq=False)
class Render:
    """A picture, and how it came about.

    image: height x width x 3, fp32, RGB in [0, 1], and with "alpha" a fourth channel; pictures optimised together stand side
        by side.
    curve: the objective's value as each step began, fp64.
    cancelled: whether it was ended, by Ctrl-C, before it had its steps.
    job: what was asked for.
    """

    image: np.ndarray
    curve: np.ndarray
    cancelled: bool
    job: dict[str, Any]

    @property
    def objective(self) -> float:
        """The objective's value as the last step began; NaN where there was none."""
        return float(self.curve[-1]) if len(self.curve) else float("nan")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the picture, as `limpid.write_picture` does, or as .npy, fp32. A .png has the job in its text chunks. Raises
        OSError where one of these cannot be written."""
        image.save(path, self.image, self._notes())

    def _repr_png_(self) -> bytes:
        return image.png_of(self.image, self._notes())

    def _notes(self) -> dict[str, str]:
        return {"Software": f"limpid {library().version().decode()}", "limpid job": json.dumps(self.job)}

    def __repr__(self) -> str:
        height, width = self.image.shape[:2]
        ended = ", cancelled" if self.cancelled else ""
        return f"<limpid.Render {self.job['objective']}: {height}x{width}, objective {self.objective:.5g}{ended}>"


def render(network: Network, objective: str, *, progress: bool | Watcher = False, **options: Any) -> Render:
    """Renders the picture that maximises an objective: the bytes that `limpid render` makes with the same options.

    objective: a weighted sum of terms, such as "mixed4a:11" or "mixed4a:11 - 0.1*mixed4b:3".
    progress: True shows a bar (tqdm's, where it is installed); a callable is called with (step, steps, objective) after
        each step, and what it raises ends the render and is raised here.
    options: every option that a job may have: size=224 or (height, width), steps=512, seed=0, param="spectral",
        preset="lucent", ... `limpid.options()` lists them with their ranges and defaults. What is None is not given. Files
        that they name, photos among them, are read from where the process is.

    Ctrl-C ends the render with the picture as it is, which is returned, `cancelled`. (Only in the main thread; a program
    that handles SIGINT itself keeps its handler.)

    Raises UsageError for an option that does not exist, InputError for a value out of range, MachineError where the
    objective has no gradient or is not finite.

    >>> import limpid
    >>> r = limpid.render(limpid.Network(), "mixed3a:11", size=32, steps=2)
    >>> r.image.shape, r.image.dtype, len(r.curve), r.cancelled
    ((32, 32, 3), dtype('float32'), 2, False)
    """
    check_network(network)
    if objective is None:
        raise UsageError("a render needs an objective, such as 'mixed4a:11'")
    job = job_text(objective, options)
    compute = json.dumps(network._compute()).encode()
    shape = (ctypes.c_int64 * 3)()
    library().render_shape(network._handle, job, shape)
    picture = np.empty(tuple(shape), np.float32)
    view = _progress.shown() if progress is True else None
    watch = view or (progress if callable(progress) else None)
    try:
        curve, cancelled = _run(network, job, compute, picture, watch)
    finally:
        if view is not None:
            view.close()
    return Render(picture, np.array(curve, np.float64), cancelled, json.loads(job))


def _run(
    network: Network, job: bytes, compute: bytes, picture: np.ndarray, watch: Watcher | None
) -> tuple[list[float], bool]:
    """The objective's values, and whether the render was ended by Ctrl-C."""
    curve: list[float] = []
    raised: list[BaseException] = []
    with Interrupt() as interrupt:

        def after_step(user: Any, step: int, steps: int, value: float) -> int:
            try:
                curve.append(value)
                if watch is not None:
                    watch(step, steps, value)
            except BaseException as error:  # Nothing of Python's goes through the library.
                raised.append(error)
            return bool(raised) or interrupt.came

        target = _tensor.of_array(picture)
        cancelled = False
        try:
            library().render(network._handle, job, compute, Progress(after_step), None, target.struct)
        except Cancelled:
            cancelled = True
        except BaseException as error:
            if raised or interrupt.came:  # Came first.
                raise (raised or [KeyboardInterrupt()])[0] from error
            raise
    if raised:
        raise raised[0]
    if interrupt.came and not cancelled:  # After the last step.
        raise KeyboardInterrupt
    return curve, cancelled
