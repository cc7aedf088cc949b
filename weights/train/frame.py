"""The frame a picture is drawn in: its coordinates, its random numbers, its noise."""
import math

import numpy as np


class Frame:
    """size x size pixels. `x` (rightwards) and `y` (downwards) run from -1 to 1 over the pixels' centres."""

    def __init__(self, rng, bank):
        self.rng = rng
        self.bank = bank
        self.size = bank.size
        self.pixel = 2 / bank.size
        axis = ((np.arange(bank.size) + 0.5) * self.pixel - 1).astype(np.float32)
        self.y, self.x = np.meshgrid(axis, axis, indexing="ij")

    def uniform(self, low, high):
        return float(self.rng.uniform(low, high))

    def log_uniform(self, low, high):
        return math.exp(self.uniform(math.log(low), math.log(high)))

    def integer(self, low, high):
        """low <= integer <= high."""
        return int(self.rng.integers(low, high + 1))

    def normal(self, deviation):
        return float(self.rng.normal(0, deviation))

    def chance(self, probability):
        return bool(self.rng.random() < probability)

    def choice(self, items):
        return items[int(self.rng.integers(len(items)))]

    def angle(self):
        return self.uniform(0, 2 * math.pi)

    def noise(self, kind):
        return self.bank.window(self.rng, kind)

    def noise_at(self, kind, u, v):
        return self.bank.at(self.rng, kind, u, v)

    def cell(self, a, b, salt=0):
        return self.bank.cell(a, b, salt)


def edge(distance, width):
    """0 to 1 across `width` around distance 0: an anti-aliased step."""
    return np.clip(distance / width + 0.5, 0, 1)


def over(picture, mask, colour):
    """`colour` (3, or size x size x 3) laid over `picture` where `mask` (size x size, in [0, 1]) is 1."""
    mask = mask[..., None]
    return picture * (1 - mask) + np.asarray(colour, np.float32) * mask
