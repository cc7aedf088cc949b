"""Grids: many pictures, made side by side, and given one by one as they are finished."""

from __future__ import annotations

import concurrent.futures
import ctypes
import dataclasses
import json
import os
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from limpid import _progress, _tensor, image
from limpid._dlpack import DLManagedTensor
from limpid._errors import MachineError, UsageError
from limpid._library import library
from limpid.network import Network, check_network
from limpid.option_table import job_text, json_of

@dataclasses.dataclass(frozen=True, eq=False)
class Tile:
    """A finished picture of a grid.

    job: its place among all. objective, seed: what was asked for. image: height x width x 3, fp32, RGB in [0, 1], of eight
    bits a value; None where the job failed. value: the objective of the picture, NaN where it failed. curve: its values
    before each update and after the last. failure: why it failed, or None.
    """

    job: int
    objective: str
    seed: int
    image: np.ndarray | None
    value: float
    curve: np.ndarray
    failure: str | None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the picture, as `limpid.write_picture` does. Raises MachineError where there is none."""
        image.write_picture(path, self._picture())

    def _repr_png_(self) -> bytes:
        return image.png_of(self._picture())

    def _picture(self) -> np.ndarray:
        if self.image is None:
            raise MachineError(f"{self.objective} has no picture: {self.failure}")
        return self.image

    def __repr__(self) -> str:
        return f"<limpid.Tile {self.job} {self.objective}: {self.failure or f'objective {self.value:.5g}'}>"


class Grid:
    """What `limpid.grid` returns: an iterator over tiles, which works ahead on threads of its own while it is used.

    As a context manager, and when it is deleted, it ends what is not finished. For one thread at a time, but for `cancel`.
    """

    def __init__(self, network: Network, jobs: bytes, options: bytes, progress: bool):
        self._library = library()
        self._handle = self._library.handle("grid_open", network._handle, jobs, options)
        self._release = weakref.finalize(self, self._library.grid_close, self._handle)
        # Waits for tiles in its place, so that Ctrl-C is seen at once.
        self._waiter = concurrent.futures.ThreadPoolExecutor(1)
        self._bar = _progress.shown("tile") if progress else None
        self._given = 0
        self._process = os.getpid()

    def __iter__(self) -> Iterator[Tile]:
        return self

    def __next__(self) -> Tile:
        if not self._release.alive:
            raise StopIteration
        try:
            tile = self._waiter.submit(self._next).result()
        except BaseException:
            self.close()
            raise
        if tile is None:
            self.close()
            raise StopIteration
        self._given += 1
        if self._bar is not None:
            self._bar(self._given, None, tile.value)
        return tile

    def _next(self) -> Tile | None:
        text, picture = ctypes.c_char_p(), ctypes.POINTER(DLManagedTensor)()
        self._library.grid_next(self._handle, ctypes.byref(text), ctypes.byref(picture))
        if text.value is None:
            return None
        try:
            about = json.loads(text.value)
        finally:
            self._library.text_release(text)
        shown = _tensor.given(picture) if picture else None
        value = float("nan") if about["value"] is None else about["value"]
        return Tile(about["job"], about["objective"], about["seed"], shown, value, np.array(about["curve"], np.float64),
                    about["failure"])  # fmt: skip

    def cancel(self) -> None:
        """Ends the work for good, from any thread; the iterator then raises Cancelled. A store keeps what is finished."""
        if self._release.alive:
            self._library.grid_cancel(self._handle)

    def close(self) -> None:
        """Ends what is not finished, and waits for that. Nothing comes of the iterator any more. In a process that was forked
        since, the grid is left to whoever opened it."""
        if self._process == os.getpid():
            self.cancel()
            self._waiter.shutdown()
        self._release()
        if self._bar is not None:
            self._bar.close()

    def __enter__(self) -> Grid:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<limpid.Grid: {self._given} tiles so far>"


def grid(
    network: Network,
    targets: str | Mapping[str, Any] | Iterable[str | Mapping[str, Any]],
    *,
    store: str | os.PathLike[str] | None = None,
    keep_parameters: bool = False,
    batch: int = 0,
    devices: Sequence[str] | None = None,
    progress: bool = False,
    **options: Any,
) -> Grid:
    """Renders many pictures, side by side, and gives each as a `Tile` when it is finished, in whatever order that is.

    targets: what to render, as `limpid grid` takes it: "mixed4a" is every channel of a layer, "mixed4d:0-99", "mixed4d:3,7-9"
        and "mixed4a:0-9:pre@c" some of them, "-mixed4a" minimised, "all" the network. A mapping is one job of its own:
        {"objective": "mixed4a:11 - 0.1*tv", "seed": 3}; its options count before those given here.
    store: a folder, "mixed4a.limpid", that keeps the tiles as `limpid grid` does. A second call with the same arguments goes on
        with it: it gives first what is there, and makes the rest. keep_parameters: whether it has what was optimised, too.
    batch: pictures that take a step together, 0 for as many as serve the device. On a GPU the last bits depend on it, and a
        store goes on with its own.
    devices: several of one model that share the work, in place of the network's: ["cuda:0", "cuda:1"].
    progress: True shows how many there are so far.
    options: of every job, as of `limpid.render`.

    A tile is the picture of `limpid.render` with the same options, rounded to eight bits. A job that fails is a tile without a
    picture. Ctrl-C, and whatever else ends the loop, ends the work; a store keeps what is finished.

    Raises UsageError and InputError for a job that is wrong, and for a store of something else.

    >>> import limpid
    >>> with limpid.grid(limpid.Network(), "mixed3a:3,7-8", size=32, steps=2) as tiles:
    ...     sorted(tile.objective for tile in tiles)
    ['mixed3a:3', 'mixed3a:7', 'mixed3a:8']
    """
    check_network(network)
    given = [targets] if isinstance(targets, (str, Mapping)) else list(targets)
    jobs = {"defaults": _fields(options), "jobs": [_job(target) for target in given]}
    about = {"store": None if store is None else os.fspath(store), "batch": batch,
             "keep_parameters": keep_parameters or None, **network._compute()}  # fmt: skip
    if devices is not None:
        if isinstance(devices, str):
            raise UsageError(f"devices is the text '{devices}': give a list of devices")
        about.update(device=None, devices=list(devices))
    return Grid(network, json_of(jobs), json_of(about), progress)


def _fields(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as the fields of a job."""
    fields = dict(options)
    made: dict[str, Any] = json.loads(job_text(fields.pop("objective", None), fields))
    return made


def _job(target: str | Mapping[str, Any]) -> str | dict[str, Any]:
    if isinstance(target, str):
        return target
    if not isinstance(target, Mapping):
        raise UsageError(f"a target is a text such as 'mixed4d:0-99' or a mapping, and {type(target).__name__} was given")
    return _fields(target)
