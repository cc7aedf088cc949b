"""A network: its layers, its classes, and the passes through it that need no session of one's own."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import hashlib
import json
import os
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

from limpid._errors import InputError, UsageError
from limpid._fork import Lock
from limpid._library import library
from limpid.session import Session

# Sessions kept between calls, each with its plans and converted weights.
_IDLE_SESSIONS = 4


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer for a picture of some size: its map in positions, its cost, and its receptive field in pixels."""

    name: str
    alias: str
    channels: int
    height: int
    width: int
    macs: int
    receptive_field: int


class Network:
    """InceptionV1 with the weights of a file.

    weights: a file of limpid's (`limpid convert` makes one of other programs' files), by its path or as its bytes; None
        for those that `limpid` itself takes: $LIMPID_WEIGHTS, what tools/get-weights fetched, or the package's own.
    device: "auto", "cpu", "cuda" or "cuda:N".  precision: "auto", "fp32", "tf32", "fp16" or "bf16".
    threads: host threads, 0 for all cores.

    Raises InputError for a file that is missing or damaged. A network may be used by any number of threads at once. A pickle
    names the file and its SHA-256, and raises InputError where another is found there; None is what unpickling takes, and
    one of bytes has them.

    >>> import limpid
    >>> net = limpid.Network()
    >>> net.layers(224)["mixed4a"].channels
    512
    >>> len(net.labels) == net.layers(224)["softmax"].channels
    True
    """

    def __init__(
        self,
        weights: str | os.PathLike[str] | bytes | None = None,
        *,
        device: str = "auto",
        precision: str = "auto",
        threads: int = 0,
    ):
        self._library = library()
        # A pickle is of the file that was read, wherever the process has gone.
        kept = os.path.abspath(os.fspath(weights)) if isinstance(weights, (str, os.PathLike)) else weights
        self._arguments = (kept, device, precision, threads)
        self._seen = _identity(kept) if isinstance(kept, str) else None
        if isinstance(weights, bytes):
            self._handle = self._library.handle("network_load_bytes", weights, len(weights))
        else:
            path = None if weights is None else os.fsencode(weights)
            self._handle = self._library.handle("network_load", path)
        self._release = weakref.finalize(self, self._library.network_release, self._handle)
        self._release.atexit = False  # A thread may be inside still.
        self._idle: collections.deque[tuple[tuple[str, ...], Session]] = collections.deque()
        self._idle_lock = Lock()

    @property
    def labels(self) -> list[str]:
        """The names of the classes, in the order of "logits" and "softmax"."""
        labels: list[str] = json.loads(self._library.text("network_labels", self._handle))
        return labels

    def layers(self, height: int, width: int | None = None) -> dict[str, Layer]:
        """Every layer for a picture of height x width pixels (a square where one number is given), in forward order."""
        text = self._library.text("network_layers", self._handle, height, height if width is None else width)
        return {row["name"]: Layer(**row) for row in json.loads(text)}

    def activations(self, x: Any, layers: str | Sequence[str]) -> dict[str, Any]:
        """What layers make of pictures.

        x: N x 3 x height x width, RGB in [0, 1], fp32, of any strides: numpy's, torch's, or with __dlpack__.
        layers: names; "mixed4d:pre" is a layer before its ReLU.

        Returns N x channels x the layer's map of fp32 by each name, of the library that x is of.

        >>> import limpid, numpy as np
        >>> acts = limpid.Network().activations(np.zeros((1, 3, 64, 64), np.float32), ["mixed3b", "softmax"])
        >>> acts["mixed3b"].shape, float(acts["softmax"].sum().round(3))
        ((1, 480, 8, 8), 1.0)
        """
        targets = (layers,) if isinstance(layers, str) else tuple(layers)
        with self._session(targets) as session:
            return session.forward(x)

    def gradient(self, x: Any, objective: str) -> tuple[Any, Any]:
        """The value of an objective for each picture, N of fp64, and its gradient by the picture's values in [0, 1].

        x: as of `activations`.  objective: a weighted sum of terms on layers, "mixed4a:11 - 0.1*mixed4b:3".

        >>> import limpid, numpy as np
        >>> value, gradient = limpid.Network().gradient(np.zeros((2, 3, 64, 64), np.float32), "mixed3a:1")
        >>> value.shape, gradient.shape
        ((2,), (2, 3, 64, 64))
        """
        with self._session(()) as session:
            return session.gradient(x, objective)

    @contextlib.contextmanager
    def _session(self, targets: tuple[str, ...]) -> Iterator[Session]:
        """A session that is this thread's for a while: an idle one of these targets, or a new one."""
        with self._idle_lock:
            found = next((one for one in self._idle if one[0] == targets), None)
            if found is not None:
                self._idle.remove(found)
        session = Session(self, targets, backward=False) if found is None else found[1]
        yield session
        with self._idle_lock:
            self._idle.append((targets, session))
            if len(self._idle) > _IDLE_SESSIONS:
                self._idle.popleft()

    def _compute(self, device: str | None = None, precision: str | None = None, threads: int | None = None) -> dict[str, Any]:
        """Where to compute, as limpid.h has it."""
        _, *own = self._arguments
        given = zip(("device", "precision", "threads"), (device, precision, threads), own)
        return {name: usual if value is None else value for name, value, usual in given}

    def __deepcopy__(self, memo: Any) -> Network:
        return self  # Nothing of it changes.

    def __reduce__(self) -> Any:
        weights = self._arguments[0]
        if not isinstance(weights, str):
            return _again, self._arguments
        if _identity(weights) != self._seen:
            raise InputError(f"'{weights}' has changed since it was read, so a pickle cannot name it")
        return _again, (*self._arguments, _sha256(weights))

    def __repr__(self) -> str:
        weights, device, precision, _ = self._arguments
        shown = f"{len(weights)} bytes" if isinstance(weights, bytes) else weights or "the usual weights"
        return f"limpid.Network({shown}, device={device}, precision={precision})"


def _identity(path: str) -> tuple[int, ...] | None:
    """What changes with a file, or None where there is none."""
    try:
        about = os.stat(path)
    except OSError:
        return None
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns


def _sha256(path: str) -> str:
    try:
        with open(path, "rb") as file:
            digest = hashlib.sha256()
            while part := file.read(1 << 20):
                digest.update(part)
            return digest.hexdigest()
    except OSError as error:
        raise InputError(f"'{path}' cannot be read: {error.strerror}") from None


def _again(weights: Any, device: str, precision: str, threads: int, sha256: str | None = None) -> Network:
    if sha256 is not None and (found := _sha256(weights)) != sha256:
        raise InputError(f"'{weights}' is not the file that was pickled: its SHA-256 is {found[:12]}..., not {sha256[:12]}...")
    return Network(weights, device=device, precision=precision, threads=threads)


def check_network(network: Any) -> None:
    if not isinstance(network, Network):
        raise UsageError(f"a limpid.Network comes first, and {type(network).__name__} was given")
