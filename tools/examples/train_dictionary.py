#!/usr/bin/env python3
"""A TopK dictionary of a layer, trained with numpy alone, as a layer of the network.

  train_dictionary.py PICTURES LAYER FEATURES KEPT OUT.npz
  limpid dictionary add OUT.npz --to LAYER --as features -o with-features.h5

PICTURES is a folder. It needs the Python package (pip install .); tens of thousands of vectors make a dictionary of a
few hundred features in minutes.
"""
import pathlib
import sys

import numpy as np


def encode(x, w, bias, kept):
    """Features (rows x K) of vectors: the largest few of each, where they are positive."""
    z = x @ w.T + bias
    least = np.partition(z, -kept, axis=1)[:, -kept, None]
    return np.where((z >= least) & (z > 0), z, 0)


def train(batches, features, kept, rate=3e-3, seed=0):
    """A tied dictionary (K x C, rows of length 1) and what is subtracted first (C), by Adam on the squared error that
    TopK leaves (Gao et al. 2024, arXiv 2406.04093). Features that were silent for long start again at a vector that is
    explained badly."""
    w = centre = first = second = None
    silent, decay = np.zeros(features, int), (0.9, 0.999)
    for step, x in enumerate(batches, 1):
        if w is None:
            random = np.random.default_rng(seed)
            centre = x.mean(0)
            w = (x - centre)[random.integers(len(x), size=features)] + 1e-3 * random.standard_normal((features, x.shape[1]))
            w /= np.linalg.norm(w, axis=1, keepdims=True)
            first, second = np.zeros_like(w), np.zeros_like(w)
        x = x - centre
        y = encode(x, w, 0, kept)
        error = y @ w - x
        # Of the decoder, and of the encoder where a feature is on.
        gradient = (y.T @ error + ((error @ w.T) * (y > 0)).T @ x) / len(x)
        first = decay[0] * first + (1 - decay[0]) * gradient
        second = decay[1] * second + (1 - decay[1]) * gradient**2
        w = w - rate * (first / (1 - decay[0]**step)) / (np.sqrt(second / (1 - decay[1]**step)) + 1e-8)
        silent = np.where((y > 0).any(0), 0, silent + 1)
        worst = np.argsort((error**2).sum(1))[::-1]
        for place, feature in enumerate(np.flatnonzero(silent > 20)[:len(worst)]):
            w[feature], silent[feature] = x[worst[place]], 0
            first[feature] = second[feature] = 0
        w /= np.linalg.norm(w, axis=1, keepdims=True) + 1e-12
    return w, centre


def main(folder, layer, features, kept, output):
    import limpid

    network = limpid.Network()
    files = sorted(path for path in pathlib.Path(folder).rglob("*") if path.suffix in (".png", ".jpg", ".webp"))
    if not files:
        sys.exit(f"there is no picture in '{folder}': it takes .png, .jpg and .webp")
    pictures = (np.moveaxis(limpid.read_picture(path), 2, 0) for _ in range(20) for path in files)
    w, centre = train(limpid.stream(network, pictures, layer, rows=512), int(features), int(kept))
    np.savez(output, W_enc=np.ascontiguousarray(w.T, np.float32), b_enc=np.zeros(len(w), np.float32),
             W_dec=w.astype(np.float32), b_dec=centre.astype(np.float32), k=np.int64(kept))


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])
