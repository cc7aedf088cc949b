"""Renders a pool of pictures: python3 pool.py FOLDER --count 80000 --size 128 --seed 1.

FOLDER gets pictures.npy (count x size x size x 3 bytes) and labels.npy. Row i is class i modulo the number of classes.
"""
import argparse
import multiprocessing
import os
import time
from pathlib import Path

import numpy as np

from classes import NAMES, draw
from noise import NoiseBank


def _render(path, seed, start, step):
    pictures = np.load(path, mmap_mode="r+")
    bank = NoiseBank(pictures.shape[1], seed)
    began = time.time()
    for row in range(start, len(pictures), step):
        pictures[row] = draw(row % len(NAMES), (seed, row), bank)
        if start == 0 and row % (1000 * step) == 0:
            print(f"{row} of {len(pictures)} pictures in {time.time() - began:.0f} s", flush=True)


def render_pool(folder, count, size, seed, workers):
    """Renders `count` pictures with `workers` processes; the result does not depend on their number."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / "pictures.partial.npy"
    np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=(count, size, size, 3)).flush()
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_render, args=(partial, seed, i, workers)) for i in range(workers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise SystemExit("pool.py: a worker failed; its message is above")
    np.save(folder / "labels.npy", (np.arange(count) % len(NAMES)).astype(np.int64))
    partial.replace(folder / "pictures.npy")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--count", type=int, default=80000)
    parser.add_argument("--size", type=int, default=128, help="height and width in pixels")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args()
    render_pool(options.folder, options.count, options.size, options.seed, options.workers)


if __name__ == "__main__":
    main()
