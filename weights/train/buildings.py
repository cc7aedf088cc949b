"""Buildings and what stands beside roads."""
import math

import numpy as np

from palettes import colour, palette
from pen import Pen
from surfaces import ground

WALLS = ("sand", "stone", "earth", "autumn", "sky")


def house(f):
    pen, wall, roof, pane = Pen(f, tilt=0.06), colour(f, *WALLS), colour(f, "autumn", "earth",
                                                                         "stone") * 0.7, colour(f, "sky", "sand")
    wide = f.uniform(0.5, 0.65)
    if f.chance(0.6):
        pen.box(0.25, -0.85, 0.4, -0.3, roof * 0.6)
    pen.box(-wide, -0.15, wide, 0.75, wall)
    pen.polygon([(-wide - 0.12, -0.12), (0, -0.8), (wide + 0.12, -0.12)], roof)
    for x in (-wide * 0.6, wide * 0.6):
        pen.box(x - 0.12, 0.05, x + 0.12, 0.32, pane)
        pen.line([(x, 0.05), (x, 0.32)], 0.025, wall * 0.4)
        pen.line([(x - 0.12, 0.18), (x + 0.12, 0.18)], 0.025, wall * 0.4)
    pen.box(-0.11, 0.32, 0.11, 0.75, colour(f, "earth", "paint") * 0.7)
    return pen.over(ground(f))


def castle(f):
    pen, wall = Pen(f, tilt=0.05), colour(f, "stone", "sand", "earth")

    def battlement(x0, x1, top, tone):
        pen.box(x0, top, x1, 0.85, tone)
        count = max(3, round((x1 - x0) / 0.14))
        step = (x1 - x0) / (2 * count - 1)
        for i in range(count):
            pen.box(x0 + 2 * i * step, top - 0.12, x0 + (2 * i + 1) * step, top, tone)

    battlement(-0.6, 0.6, 0.0, wall * 0.85)
    battlement(-0.85, -0.45, -0.45, wall)
    battlement(0.45, 0.85, -0.45, wall)
    battlement(-0.2, 0.2, f.uniform(-0.75, -0.55), wall * 0.95)
    pen.ellipse(0, 0.75, 0.17, 0.35, wall * 0.25)
    for x in (-0.65, 0.65):
        pen.box(x - 0.04, -0.2, x + 0.04, 0.05, wall * 0.25)
    return pen.over(ground(f))


def skyline(f):
    pen = Pen(f, tilt=0.03)
    for layer in range(2):
        tone, x = colour(f, "stone", "dusk", "sea", "earth") * (0.75 - 0.35 * layer), -1.5
        while x < 1.5:
            wide, top = f.uniform(0.15, 0.32), f.uniform(-0.7, 0.25) + 0.3 * layer
            pen.box(x, top, x + wide, 1.6, tone * f.uniform(0.8, 1.1))
            for y in np.arange(top + 0.1, 1.2, 0.16):
                for k in (0.28, 0.72):
                    if f.chance(0.55):
                        pen.box(x + k * wide - 0.025, y, x + k * wide + 0.025, y + 0.06, (0.95, 0.85, 0.5))
            x += wide + f.uniform(0, 0.06)
    return pen.over(ground(f), relief=False)


def temple(f):
    pen, wall = Pen(f, tilt=0.05), colour(f, "sand", "stone")
    pen.polygon([(-0.9, -0.4), (0, -0.88), (0.9, -0.4)], wall)
    pen.polygon([(-0.6, -0.45), (0, -0.75), (0.6, -0.45)], wall * 0.65)
    pen.box(-0.85, -0.42, 0.85, -0.28, wall * 0.9)
    pen.box(-0.8, -0.28, 0.8, 0.65, wall * 0.3)
    columns = f.integer(5, 6)
    for i in range(columns):
        x = -0.72 + i * 1.44 / (columns - 1)
        pen.box(x - 0.08, -0.28, x + 0.08, 0.65, wall)
        pen.line([(x + 0.03, -0.28), (x + 0.03, 0.65)], 0.03, wall * 0.7)
    pen.box(-0.9, 0.65, 0.9, 0.75, wall * 0.9)
    pen.box(-1.0, 0.75, 1.0, 0.87, wall * 0.75)
    return pen.over(ground(f))


def bridge(f):
    pen, stone, water = Pen(f, tilt=0.05), colour(f, "stone", "sand", "earth"), colour(f, "sea", "sky")
    pen.box(-1.5, 0.45, 1.5, 1.5, water)
    pen.box(-1.5, -0.35, 1.5, 0.5, stone)
    spans = f.integer(2, 4)
    for i in range(spans):
        x = -1 + (i + 0.5) * 2 / spans
        pen.ellipse(x, 0.5, 0.8 / spans, 0.6, water * 0.7)
    pen.box(-1.5, 0.5, 1.5, 0.58, water * 0.85)
    pen.line([(-1.5, -0.35), (1.5, -0.35)], 0.1, stone * 0.65)
    return pen.over(ground(f))


def windmill(f):
    pen, wall, sail = Pen(f, tilt=0.05), colour(f, *WALLS), colour(f, "sand", "stone", "earth")
    pen.polygon([(-0.22, -0.3), (0.22, -0.3), (0.38, 0.9), (-0.38, 0.9)], wall)
    pen.polygon([(-0.27, -0.28), (0, -0.6), (0.27, -0.28)], wall * 0.5)
    pen.box(-0.1, 0.6, 0.1, 0.9, wall * 0.35)
    turn = f.angle()
    for i in range(4):
        a = turn + i * math.pi / 2
        c, s = math.cos(a), math.sin(a)
        pen.polygon([(0.12 * c, -0.3 + 0.12 * s), (0.72 * c, -0.3 + 0.72 * s),
                     (0.72 * c - 0.17 * s, -0.3 + 0.72 * s + 0.17 * c),
                     (0.12 * c - 0.12 * s, -0.3 + 0.12 * s + 0.12 * c)], sail)
        pen.line([(0, -0.3), (0.72 * c, -0.3 + 0.72 * s)], 0.04, sail * 0.4)
    return pen.over(ground(f))


def pyramid(f):
    pen, stone = Pen(f, tilt=0.05), colour(f, "sand", "earth")
    corner = f.uniform(0.1, 0.4)
    pen.polygon([(0, -0.75), (corner, 0.75), (-0.95, 0.6)], stone)
    pen.polygon([(0, -0.75), (corner, 0.75), (0.9, 0.5)], stone * 0.5)
    for t in np.linspace(0.15, 0.9, 8):
        pen.line([(-0.95 * t, -0.75 + 1.35 * t), (corner * t, -0.75 + 1.5 * t), (0.9 * t, -0.75 + 1.25 * t)], 0.02,
                 stone * 0.4)
    return pen.over(ground(f), relief=False)


def fence(f):
    pen, wood = Pen(f, tilt=0.06), colour(f, "stone", "sand", "earth")
    for y in (-0.15, 0.35):
        pen.box(-1.5, y, 1.5, y + 0.12, wood * 0.7)
    step = f.uniform(0.28, 0.36)
    for x in np.arange(-1.4, 1.5, step):
        tone = wood * f.uniform(0.85, 1.1)
        pen.polygon([(x - 0.1, -0.45), (x, -0.62), (x + 0.1, -0.45), (x + 0.1, 0.8), (x - 0.1, 0.8)], tone)
    return pen.over(ground(f))


def stairs(f):
    pen, colours, steps = Pen(f, tilt=0.05), palette(f, 3, ("stone", "sand", "earth", "sky")), f.integer(4, 6)
    for i in range(steps):
        y, half = -0.7 + i * 1.5 / steps, 0.45 + 0.4 * i / steps
        pen.polygon([(-half, y), (half, y), (half + 0.06, y + 0.7 / steps), (-half - 0.06, y + 0.7 / steps)],
                    colours[2])
        pen.box(-half - 0.06, y + 0.7 / steps, half + 0.06, y + 1.5 / steps, colours[0] * 0.8)
    return pen.over(ground(f))
