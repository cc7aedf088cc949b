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
    buffer: vectors that wait to be mixed with later ones; as many are in memory.

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
    waiting: list[np.ndarray] = []
    count = 0
    for picture in pictures:
        planes = np.ascontiguousarray(picture, np.float32)
        vectors = drawn(network.activations(planes[None], layer)[layer][0], per_picture, by, random)
        waiting.append(vectors)
        count += len(vectors)
        while count >= buffer + rows:
            mixed = random.permutation(np.concatenate(waiting))
            yield mixed[:rows]
            waiting, count = [mixed[rows:]], count - rows
    if count > 0:
        mixed = random.permutation(np.concatenate(waiting))
        for first in range(0, count, rows):
            yield mixed[first : first + rows]


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
