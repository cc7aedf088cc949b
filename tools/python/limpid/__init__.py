"""limpid: feature visualization of InceptionV1, and passes through it forward and back.

>>> import limpid
>>> net = limpid.Network()
>>> r = limpid.render(net, "mixed3a:36", size=32, steps=2)
>>> r.image.shape
(32, 32, 3)

numpy is all that is needed. `limpid.torch` and `limpid.lucent` are there where torch is, which `import limpid` does not
import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limpid import _library
from limpid._errors import Cancelled, Error, InputError, MachineError, OutOfMemory, UsageError
from limpid.grids import Grid, Tile, grid
from limpid.image import read_picture, write_picture
from limpid.job import Job
from limpid.network import Layer, Network
from limpid.option_table import Option, options, presets
from limpid.rendering import Render, render
from limpid.session import Session
from limpid.streaming import stream

if TYPE_CHECKING:
    from limpid import lucent, torch

__version__: str = _library.library().version().decode()

__all__ = [
    "Cancelled",
    "Error",
    "Grid",
    "InputError",
    "Job",
    "Layer",
    "MachineError",
    "Network",
    "Option",
    "OutOfMemory",
    "Render",
    "Session",
    "Tile",
    "UsageError",
    "grid",
    "options",
    "presets",
    "read_picture",
    "render",
    "stream",
    "write_picture",
]


def __getattr__(name: str) -> Any:
    """limpid.torch and limpid.lucent, imported when they are first asked for."""
    if name in ("torch", "lucent"):
        import importlib

        return importlib.import_module(f"limpid.{name}")
    raise AttributeError(f"module 'limpid' has no attribute '{name}'")
