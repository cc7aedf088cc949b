"""Filled outlines and strokes in an object's own coordinates, drawn with a random pose and laid over a ground."""
import math

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from frame import over
from surfaces import lit_by

SUPERSAMPLING = 2


def ring_points(count, radius, turn=0.0, centre=(0, 0)):
    """`count` points evenly around a circle, the first upwards."""
    angles = turn - math.pi / 2 + np.arange(count) * 2 * math.pi / count
    return [(centre[0] + radius * math.cos(a), centre[1] + radius * math.sin(a)) for a in angles]


def rounded(points, steps=6):
    """The closed Catmull-Rom curve through `points`."""
    p = np.asarray(points, float)
    before, after, beyond = np.roll(p, 1, 0), np.roll(p, -1, 0), np.roll(p, -2, 0)
    t = np.linspace(0, 1, steps, endpoint=False)[:, None, None]
    curve = 0.5 * (2 * p + (after - before) * t + (2 * before - 5 * p + 4 * after - beyond) * t**2
                   + (3 * p - before - 3 * after + beyond) * t**3)
    return [tuple(q) for q in curve.transpose(1, 0, 2).reshape(-1, 2)]


def mirrored(points):
    """An outline whose right half is given from top to bottom."""
    return list(points) + [(-x, y) for x, y in reversed(points)]


class Pen:
    """Draws in coordinates where the object fills about [-1, 1]; y points down."""

    def __init__(self, frame, tilt=0.15, spin=False):
        self.frame = frame
        self.half = SUPERSAMPLING * frame.size / 2
        self.image = Image.new("RGBA", (SUPERSAMPLING * frame.size,) * 2)
        self.draw = ImageDraw.Draw(self.image)
        self.scale = frame.uniform(0.7, 1.1)
        angle = frame.angle() if spin else frame.normal(tilt)
        mirror = frame.choice((-1, 1))
        stretch = frame.log_uniform(0.85, 1.18)
        c, s = math.cos(angle) * self.scale, math.sin(angle) * self.scale
        self.matrix = (c * mirror * stretch, -s, s * mirror * stretch, c)
        self.offset = frame.uniform(-0.15, 0.15), frame.uniform(-0.15, 0.15)

    def _place(self, points):
        a, b, c, d = self.matrix
        ox, oy = self.offset
        return [((x * a + y * b + ox + 1) * self.half, (x * c + y * d + oy + 1) * self.half) for x, y in points]

    @staticmethod
    def _rgba(colour):
        return tuple(int(255 * min(max(float(v), 0), 1)) for v in colour) + (255,)

    def polygon(self, points, colour):
        self.draw.polygon(self._place(points), fill=self._rgba(colour))

    def blob(self, points, colour):
        self.polygon(rounded(points), colour)

    def line(self, points, width, colour):
        self.draw.line(self._place(points), fill=self._rgba(colour), joint="curve",
                       width=max(2, int(width * self.scale * self.half)))

    def ellipse(self, x, y, rx, ry, colour, angle=0.0):
        t = np.linspace(0, 2 * math.pi, 32, endpoint=False)
        ex, ey, c, s = rx * np.cos(t), ry * np.sin(t), math.cos(angle), math.sin(angle)
        self.polygon(zip(x + ex * c - ey * s, y + ex * s + ey * c), colour)

    def disc(self, x, y, radius, colour):
        self.ellipse(x, y, radius, radius, colour)

    def box(self, x0, y0, x1, y1, colour):
        self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour)

    def arc(self, x, y, radius, start, end, width, colour):
        angles = np.linspace(start, end, 20)
        self.line([(x + radius * math.cos(a), y + radius * math.sin(a)) for a in angles], width, colour)

    def over(self, ground, relief=True):
        """The drawing, perhaps grained, lit and with a shadow, over `ground`."""
        f = self.frame
        layers = np.asarray(self.image.reduce(SUPERSAMPLING), np.float32) / 255
        mask = layers[..., 3]
        colours = np.minimum(layers[..., :3] / np.maximum(mask, 0.01)[..., None], 1)
        if f.chance(0.5):
            colours = colours * (1 + 0.1 * f.noise("fbm")[..., None])
        if relief and f.chance(0.6):
            height = gaussian_filter(mask, f.uniform(0.02, 0.06) * f.size)
            dy, dx = np.gradient(height)
            colours = lit_by(colours, dx, dy, f.angle(), f.uniform(1, 3) * f.size / 72)
        if f.chance(0.4):
            shift = (int(f.uniform(0.02, 0.06) * f.size), int(f.uniform(-0.05, 0.05) * f.size))
            shadow = gaussian_filter(np.roll(mask, shift, (0, 1)), 0.02 * f.size)
            ground = ground * (1 - 0.5 * shadow[..., None])
        return over(ground, mask, np.clip(colours, 0, 1))
