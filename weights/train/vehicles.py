"""What rolls, floats and flies."""
import math

import numpy as np

from palettes import colour, palette
from pen import Pen, ring_points
from surfaces import ground

GLASS = np.array([0.62, 0.77, 0.87])
TYRE = np.array([0.07, 0.07, 0.08])


def _wheel(pen, x, y, radius):
    pen.disc(x, y, radius, TYRE)
    pen.disc(x, y, radius * 0.5, (0.7, 0.7, 0.72))


def car(f):
    pen, paint = Pen(f, tilt=0.08), colour(f)
    pen.polygon([(-0.88, 0.0), (-0.5, -0.05), (-0.3, -0.4), (0.35, -0.4), (0.55, -0.05), (0.9, 0.05), (0.9, 0.35),
                 (-0.88, 0.35)], paint)
    pen.polygon([(-0.38, -0.05), (-0.24, -0.33), (0.0, -0.33), (0.0, -0.05)], GLASS)
    pen.polygon([(0.06, -0.05), (0.06, -0.33), (0.3, -0.33), (0.44, -0.05)], GLASS)
    for x in (-0.48, 0.5):
        _wheel(pen, x, 0.36, f.uniform(0.18, 0.22))
    pen.disc(0.85, 0.12, 0.05, (1, 0.95, 0.7))
    return pen.over(ground(f))


def bicycle(f):
    pen, paint = Pen(f, tilt=0.08), colour(f)
    for x in (-0.52, 0.52):
        pen.arc(x, 0.3, 0.36, 0, 2 * math.pi + 0.1, 0.06, TYRE)
        for px, py in ring_points(8, 0.34, 0, (x, 0.3)):
            pen.line([(x, 0.3), (px, py)], 0.014, (0.6, 0.6, 0.62))
    for stroke in ([(-0.52, 0.3), (-0.2, -0.25), (0.35, -0.25), (0.0, 0.3), (-0.52, 0.3)], [(-0.26, -0.4), (0.0, 0.3)],
                   [(0.52, 0.3), (0.32, -0.45), (0.5, -0.52)]):
        pen.line(stroke, 0.06, paint)
    pen.ellipse(-0.28, -0.43, 0.16, 0.05, TYRE)
    return pen.over(ground(f), relief=False)


def sailboat(f):
    pen, hull, sail = Pen(f, tilt=0.1), colour(f), colour(f, "stone", "sand", "blossom", "paint")
    pen.box(-1.5, 0.6, 1.5, 1.6, colour(f, "sea", "sky"))
    pen.line([(0, -0.9), (0, 0.4)], 0.05, (0.35, 0.25, 0.15))
    pen.polygon([(0.05, -0.88), (0.65, 0.25), (0.05, 0.25)], sail)
    pen.polygon([(-0.05, -0.75), (-0.5, 0.25), (-0.05, 0.25)], sail * 0.85)
    pen.polygon([(-0.75, 0.35), (0.8, 0.35), (0.5, 0.7), (-0.5, 0.7)], hull)
    return pen.over(ground(f))


def plane(f):
    """From above."""
    pen, paint, trim = Pen(f, spin=True), colour(f, "stone", "sky", "sand", "paint"), colour(f)
    pen.polygon([(-0.95, 0.2), (-0.1, -0.25), (0.1, -0.25), (0.95, 0.2), (0.95, 0.32), (0, 0.12), (-0.95, 0.32)],
                paint * 0.8)
    pen.polygon([(-0.35, 0.78), (0, 0.52), (0.35, 0.78), (0.35, 0.86), (0, 0.76), (-0.35, 0.86)], trim)
    pen.ellipse(0, 0, 0.12, 0.9, paint)
    pen.ellipse(0, -0.62, 0.07, 0.12, GLASS * 0.6)
    for x in (-0.45, 0.45):
        pen.ellipse(x, 0.02, 0.06, 0.16, trim)
    return pen.over(ground(f))


def balloon(f):
    """A hot-air balloon."""
    pen, colours = Pen(f, tilt=0.08), palette(f, 2, ("paint", "autumn", "sky", "blossom"))
    pen.ellipse(0, -0.25, 0.62, 0.65, colours[0])
    for x, wide in ((-0.41, 0.13), (0.41, 0.13), (0, 0.14)):
        pen.ellipse(x, -0.25, wide, 0.65 * math.sqrt(1 - (x / 0.62) ** 2), colours[1])
    pen.polygon([(-0.33, 0.27), (0.33, 0.27), (0.13, 0.55), (-0.13, 0.55)], colours[0] * 0.7)
    for s in (-1, 1):
        pen.line([(s * 0.13, 0.5), (s * 0.11, 0.75)], 0.02, TYRE)
    pen.box(-0.14, 0.72, 0.14, 0.93, (0.5, 0.33, 0.15))
    return pen.over(ground(f))
