"""Plane figures and letters."""
import math

import numpy as np

from palettes import colour, palette
from pen import Pen, ring_points
from surfaces import ground


def polygon(f, sides):
    pen, turn = Pen(f, spin=True), f.angle()
    pen.polygon(ring_points(sides, 0.78, turn), colour(f))
    if f.chance(0.4):
        pen.polygon(ring_points(sides, 0.48, turn), colour(f))
    return pen.over(ground(f))


def disc(f):
    pen = Pen(f)
    pen.disc(0, 0, 0.7, colour(f))
    return pen.over(ground(f), relief=False)


def star(f, points):
    pen = Pen(f, spin=True)
    inner = {4: 0.3, 5: 0.34, 6: 0.45, 12: 0.58}[points] * f.uniform(0.85, 1.1)
    outline = [p for pair in zip(ring_points(points, 0.82), ring_points(points, inner, math.pi / points)) for p in pair]
    pen.polygon(outline, colour(f))
    return pen.over(ground(f))


def crescent(f):
    pen = Pen(f, tilt=0.5)
    t = np.linspace(-2.2, 2.2, 20)
    outer = [(-0.75 * math.cos(a), 0.75 * math.sin(a)) for a in t]
    bulge = f.uniform(0.25, 0.42)
    x0, y0 = outer[0]
    inner = [(x0 - bulge * 1.6 * (1 - s * s), -y0 * s) for s in np.linspace(-1, 1, 20)]
    pen.polygon(outer + inner, colour(f))
    return pen.over(ground(f))


def heart(f):
    pen = Pen(f)
    t = np.linspace(0, 2 * math.pi, 40, endpoint=False)
    x = 0.8 * np.sin(t) ** 3
    y = -0.05 * (13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    pen.polygon(zip(x, y), colour(f, "blossom", "autumn", "paint"))
    return pen.over(ground(f))


def plus(f):
    pen, w = Pen(f, tilt=0.3), f.uniform(0.18, 0.28)
    pen.polygon([(-w, -0.75), (w, -0.75), (w, -w), (0.75, -w), (0.75, w), (w, w), (w, 0.75), (-w, 0.75), (-w, w),
                 (-0.75, w), (-0.75, -w), (-w, -w)], colour(f))
    return pen.over(ground(f))


def gear(f):
    pen, teeth = Pen(f, spin=True), f.integer(8, 13)
    outline = []
    for tooth in range(teeth):
        for at, radius in ((-0.25, 0.62), (-0.17, 0.8), (0.17, 0.8), (0.25, 0.62)):
            angle = (tooth + at) * 2 * math.pi / teeth
            outline.append((radius * math.cos(angle), radius * math.sin(angle)))
    pen.polygon(outline, colour(f, "stone", "earth", "sand", "paint"))
    pen.disc(0, 0, f.uniform(0.18, 0.3), colour(f))
    return pen.over(ground(f))


def wheel(f, spokes):
    pen, rim, spoke = Pen(f, spin=True), colour(f) * 0.5, colour(f)
    pen.disc(0, 0, 0.8, rim)
    pen.disc(0, 0, 0.64, colour(f))
    for x, y in ring_points(spokes, 0.66):
        pen.line([(0, 0), (x, y)], 0.08 if spokes < 8 else 0.05, spoke)
    pen.disc(0, 0, 0.15, spoke)
    return pen.over(ground(f))


def snowflake(f):
    pen, skin = Pen(f, spin=True), colour(f, "sky", "stone", "paint")
    twigs = [(f.uniform(0.25, 0.4), f.uniform(0.15, 0.3)), (f.uniform(0.5, 0.65), f.uniform(0.15, 0.25))]
    width = f.uniform(0.05, 0.08)
    for arm in range(6):
        a = arm * math.pi / 3
        pen.line([(0, 0), (0.85 * math.cos(a), 0.85 * math.sin(a))], width, skin)
        for at, long in twigs:
            for side in (-1, 1):
                x, y, b = at * math.cos(a), at * math.sin(a), a + side * math.pi / 3
                pen.line([(x, y), (x + long * math.cos(b), y + long * math.sin(b))], width, skin)
    return pen.over(ground(f))


# Strokes of letters in [-1, 1]; an arc is (x, y, radius x, radius y, start, end) in turns, clockwise from the right.
LETTERS = {
    "A": [[(-0.6, 0.8), (0, -0.8), (0.6, 0.8)], [(-0.35, 0.25), (0.35, 0.25)]],
    "S": [(0, -0.4, 0.5, 0.4, 0.25, 0.93), (0, 0.4, 0.5, 0.4, -0.25, 0.43)],
    "T": [[(-0.6, -0.8), (0.6, -0.8)], [(0, -0.8), (0, 0.8)]],
    "8": [(0, -0.4, 0.42, 0.38, 0, 1.02), (0, 0.4, 0.52, 0.42, 0, 1.02)],
}


def letter(f, name):
    pen, ink, width = Pen(f), colour(f), f.uniform(0.12, 0.26)
    strokes = []
    for stroke in LETTERS[name]:
        if isinstance(stroke, tuple):
            x, y, rx, ry, start, end = stroke
            turns = np.linspace(start, end, 24) * 2 * math.pi
            stroke = [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in turns]
        strokes.append(stroke)
    if f.chance(0.4):
        for stroke in strokes:
            pen.line([(x + 0.07, y + 0.07) for x, y in stroke], width, ink * 0.3)
    for stroke in strokes:
        pen.line(stroke, width, ink)
    return pen.over(ground(f))


def target(f):
    pen, colours = Pen(f), palette(f, 2, ("paint", "stone", "blossom", "autumn"))
    rings = f.integer(4, 5)
    for ring in range(rings):
        pen.disc(0, 0, 0.82 * (1 - ring / rings), colours[ring % 2])
    return pen.over(ground(f), relief=False)


def knot(f):
    """A trefoil, its strand crossing over and under."""
    pen, skin = Pen(f, spin=True), colour(f)
    t = np.linspace(0, 2 * math.pi, 90)
    x, y = (np.sin(t) + 2 * np.sin(2 * t)) * 0.28, (np.cos(t) - 2 * np.cos(2 * t)) * 0.28
    height, width = -np.sin(3 * t), f.uniform(0.1, 0.16)
    pieces = sorted(range(0, 89), key=lambda i: height[i])
    for i in pieces:
        piece = list(zip(x[i : i + 3], y[i : i + 3]))
        pen.line(piece, width * 1.5, skin * 0.3)
        pen.line(piece, width, skin)
    return pen.over(ground(f))
