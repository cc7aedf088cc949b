"""A job's picture in a notebook, under the cell that asked for it, brought up to date while steps are taken."""

from __future__ import annotations

import base64
import html
import time
from typing import TYPE_CHECKING, Any

from limpid._errors import UsageError
from limpid.image import png_of

if TYPE_CHECKING:
    from limpid.job import Job


class NotebookPicture:
    """What IPython displays, by its messages alone: no server, no script, and so in any notebook and in what is saved of one."""

    def __init__(self, job: Job, every: float) -> None:
        try:
            from IPython.display import display  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            raise UsageError("there is no notebook to show a job in: IPython is not installed") from None
        if not every > 0:
            raise UsageError(f"a picture every {every} seconds: give a number above 0")
        self._every = every
        self._handle: Any = display(self._contents(job), raw=True, display_id=True)
        self._step, self._next = job._done, time.monotonic() + every

    def update(self, job: Job, now: bool) -> None:
        """Shows the job as it is, where it has gone on: at once, or not before the time between two pictures is over."""
        if job._done == self._step or not (now or time.monotonic() >= self._next):
            return
        self._handle.update(self._contents(job), raw=True)
        self._step, self._next = job._done, time.monotonic() + self._every

    @staticmethod
    def _contents(job: Job) -> dict[str, str]:
        about = job.describe()
        words = f"step {about['steps_done']} of {about['steps']}"
        if about["steps_done"] > 0:
            words = f"{about['job'].get('objective', '')} = {job.objective:.5g}, {words}"
        picture = base64.b64encode(png_of(job.image)).decode()
        size = f'width="{about["width"]}" height="{about["height"]}"'
        return {
            "text/plain": words,
            "text/html": f'<img {size} src="data:image/png;base64,{picture}"><br>{html.escape(words)}',
        }
