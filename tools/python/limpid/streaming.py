"""Activation vectors of a layer out of pictures, to train dictionaries on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from limpid._errors import UsageError

if TYPE_CHECKING:
    from limpid.network import Network


def stream(
    network: Network,
    pictures: Iterable[Any],
    layer: str,
    *,
    per_picture: int = 10,
    by: str = "norm",
    rows: int = 1024,
    buffer: int = 16384,
    seed: int = 0,
) -> Iterator[np.ndarray]:
    """Vectors of a layer's channels, rows x channels of fp32 at a time, shuffled; the last array may have fewer.

    pictures: 3 x height x width, RGB in [0, 1], fp32, one after the other; of each the network is asked once.
    layer: its name; "mixed4d:pre" is one before its ReLU.
    per_picture: positions of each picture, drawn without return; all where there are fewer.
    by: how they are drawn: "norm", with probabilities proportional to the vectors' norms (positions of zeros alone are
        never drawn), or "uniform".
    buffer: vectors that wait to be mixed with later ones; as many, and `rows`, are in memory. What is given is the caller's.

    The same arguments give the same arrays. Raises UsageError for numbers below 1 and for another way to draw.

    >>> import limpid, numpy as np
    >>> noise = np.random.default_rng(0).random((4, 3, 64, 64), dtype=np.float32)
    >>> [batch.shape for batch in limpid.stream(limpid.Network(), noise, "mixed3a", per_picture=8, rows=20)]
    [(20, 256), (12, 256)]
    """
    if by not in ("norm", "uniform"):
        raise UsageError(f"positions are drawn by 'norm' or 'uniform', not by '{by}'")
    for name, value in (("per_picture", per_picture), ("rows", rows), ("buffer", buffer)):
        if value < 1:
            raise UsageError(f"{name} is {value}, and must be 1 or more")
    return _batches(network, pictures, layer, per_picture, by, rows, max(buffer, rows), seed)


def _batches(
    network: Network, pictures: Iterable[Any], layer: str, per_picture: int, by: str, rows: int, buffer: int, seed: int
) -> Iterator[np.ndarray]:
    random = np.random.default_rng(seed)
    waiting = np.empty((0, 0), np.float32)
    count = 0
    for picture in pictures:
        planes = np.ascontiguousarray(picture, np.float32)
        vectors = drawn(network.activations(planes[None], layer)[layer][0], per_picture, by, random)
        while len(vectors) > 0:
            if count == len(waiting):
                waiting = _longer(waiting, vectors, buffer + rows)
            part, vectors = np.split(vectors, [len(waiting) - count])
            waiting[count : count + len(part)] = part
            count += len(part)
            if count == buffer + rows:
                yield _taken(waiting, count, rows, random)
                count -= rows
    while count > 0:
        yield _taken(waiting, count, min(rows, count), random)
        count -= min(rows, count)


def _longer(waiting: np.ndarray, more: np.ndarray, most: int) -> np.ndarray:
    """The rows in an array that has place for more behind them, up to `most`."""
    longer = np.empty((min(most, 2 * len(waiting) + len(more)), more.shape[1]), np.float32)
    if len(waiting) > 0:
        longer[: len(waiting)] = waiting
    return longer


def _taken(waiting: np.ndarray, count: int, rows: int, random: np.random.Generator) -> np.ndarray:
    """A copy of `rows` of the first `count`, drawn without return; the last of those that stay take their places."""
    places = random.choice(count, rows, replace=False)
    taken = waiting[places]
    staying = np.setdiff1d(np.arange(count - rows, count), places)
    waiting[places[places < count - rows]] = waiting[staying]
    return taken


def drawn(activations: np.ndarray, count: int, by: str, random: np.random.Generator) -> np.ndarray:
    """Some positions of a map (channels x height x width), as rows."""
    vectors = activations.reshape(len(activations), -1).T
    chances = None
    if by == "norm":
        norms = np.linalg.norm(vectors.astype(np.float64), axis=1)
        if not norms.any():
            return vectors[:0].copy()
        chances = norms / norms.sum()
        count = min(count, int(np.count_nonzero(norms)))
    chosen = random.choice(len(vectors), min(count, len(vectors)), replace=False, p=chances)
    return vectors[chosen].copy()
