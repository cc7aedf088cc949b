"""One picture of every class, side by side: python3 sheet.py classes.jpg."""
import argparse

import numpy as np
from PIL import Image

from classes import NAMES, draw
from noise import NoiseBank


def sheet(size, columns, seed):
    """An image of all classes in their order, each `size` pixels high and wide, drawn at twice that and averaged."""
    bank = NoiseBank(2 * size, seed)
    rows = -(-len(NAMES) // columns)
    canvas = np.zeros((rows * size, columns * size, 3), np.uint8)
    for i in range(len(NAMES)):
        top, left = size * (i // columns), size * (i % columns)
        fine = draw(i, (seed, i), bank).astype(np.float32)
        tile = fine.reshape(size, 2, size, 2, 3).mean((1, 3))
        canvas[top : top + size, left : left + size] = tile + 0.5
    return Image.fromarray(canvas)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output")
    parser.add_argument("--size", type=int, default=40)
    parser.add_argument("--columns", type=int, default=21)
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    sheet(options.size, options.columns, options.seed).save(options.output, quality=75)


if __name__ == "__main__":
    main()
