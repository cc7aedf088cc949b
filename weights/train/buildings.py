"""Buildings and what stands beside roads."""
import math

import numpy as np

from palettes import colour, palette
from pen import Pen
from surfaces import ground

WALLS = ("sand", "stone", "earth", "autumn", "sky")
GLASS = np.array([0.6, 0.75, 0.85])


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


def church(f):
    pen, wall, roof = Pen(f, tilt=0.05), colour(f, "sand", "stone"), colour(f, "autumn", "stone", "sea") * 0.6
    pen.box(-0.2, 0.1, 0.8, 0.85, wall)
    pen.polygon([(-0.2, 0.12), (0.0, -0.25), (0.7, -0.25), (0.88, 0.12)], roof)
    pen.box(-0.6, -0.35, -0.15, 0.85, wall * 0.9)
    pen.polygon([(-0.68, -0.33), (-0.375, -0.98), (-0.07, -0.33)], roof)
    for x in (0.1, 0.35, 0.6):
        pen.ellipse(x, 0.42, 0.06, 0.16, GLASS * 0.5)
    pen.disc(-0.375, -0.1, 0.1, GLASS * 0.5)
    pen.ellipse(-0.375, 0.75, 0.12, 0.25, wall * 0.35)
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


def tower_block(f):
    pen, wall, pane = Pen(f, tilt=0.05), colour(f, *WALLS), colour(f, "sky", "sand", "sea")
    wide = f.uniform(0.32, 0.45)
    pen.polygon([(wide, -0.9), (wide + 0.2, -0.78), (wide + 0.2, 0.9), (wide, 0.9)], wall * 0.55)
    pen.box(-wide, -0.9, wide, 0.9, wall)
    columns, rows = f.integer(3, 4), f.integer(7, 9)
    for row in range(rows):
        for column in range(columns):
            x = -wide + (column + 0.5) * 2 * wide / columns
            y = -0.82 + (row + 0.5) * 1.7 / rows
            pen.box(x - 0.5 * wide / columns, y - 0.055, x + 0.5 * wide / columns, y + 0.055,
                    pane * f.uniform(0.5, 1.1))
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


def lighthouse(f):
    pen, band = Pen(f, tilt=0.05), colour(f, "autumn", "paint", "sea")
    for i in range(6):
        t0, t1 = i / 6, (i + 1) / 6
        x0, x1 = 0.18 + 0.14 * t0, 0.18 + 0.14 * t1
        y0, y1 = -0.45 + 1.35 * t0, -0.45 + 1.35 * t1
        pen.polygon([(-x0, y0), (x0, y0), (x1, y1), (-x1, y1)], band if i % 2 else (0.93, 0.92, 0.9))
    pen.box(-0.14, -0.7, 0.14, -0.45, (0.98, 0.9, 0.55))
    pen.box(-0.25, -0.48, 0.25, -0.42, band * 0.4)
    pen.polygon([(-0.2, -0.7), (0, -0.92), (0.2, -0.7)], band * 0.6)
    if f.chance(0.5):
        pen.polygon([(0.14, -0.6), (1.2, -0.85), (1.2, -0.3)], (0.95, 0.9, 0.6))
    return pen.over(ground(f))


def tent(f):
    pen, cloth = Pen(f, tilt=0.06), colour(f)
    pen.polygon([(0, -0.65), (0.9, 0.7), (-0.9, 0.7)], cloth)
    pen.polygon([(0, -0.65), (0.28, 0.7), (-0.28, 0.7)], cloth * 0.3)
    pen.polygon([(0, -0.65), (-0.28, 0.7), (-0.42, 0.7)], np.minimum(cloth * 1.25 + 0.1, 1))
    for x in (0.45, -0.6):
        pen.line([(0, -0.65), (x, 0.7)], 0.025, cloth * 0.6)
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


def ladder(f):
    pen, wood = Pen(f, tilt=0.25), colour(f)
    for x in (-0.32, 0.32):
        pen.line([(x * 1.1, 1.0), (x * 0.9, -1.0)], 0.09, wood)
    for y in np.linspace(-0.8, 0.8, f.integer(6, 8)):
        pen.line([(-0.32, y), (0.32, y)], 0.08, wood * 0.8)
    return pen.over(ground(f))


def stairs(f):
    pen, colours, steps = Pen(f, tilt=0.05), palette(f, 3, ("stone", "sand", "earth", "sky")), f.integer(4, 6)
    for i in range(steps):
        y, half = -0.7 + i * 1.5 / steps, 0.45 + 0.4 * i / steps
        pen.polygon([(-half, y), (half, y), (half + 0.06, y + 0.7 / steps), (-half - 0.06, y + 0.7 / steps)],
                    colours[2])
        pen.box(-half - 0.06, y + 0.7 / steps, half + 0.06, y + 1.5 / steps, colours[0] * 0.8)
    return pen.over(ground(f))


def door(f):
    pen, wood, wall = Pen(f, tilt=0.05), colour(f, "earth", "paint", "sea", "foliage"), colour(f, *WALLS)
    pen.box(-1.6, -1.6, 1.6, 1.6, wall)
    pen.box(-0.5, -0.55, 0.5, 0.95, wall * 0.5)
    pen.disc(0, -0.45, 0.5, wall * 0.5)
    pen.box(-0.4, -0.5, 0.4, 0.95, wood)
    pen.disc(0, -0.45, 0.4, wood)
    for x in (-0.2, 0.2):
        for y0, y1 in ((-0.4, 0.1), (0.25, 0.8)):
            pen.box(x - 0.13, y0, x + 0.13, y1, wood * 0.65)
    pen.disc(0.31, 0.2, 0.05, (0.85, 0.7, 0.3))
    return pen.over(ground(f), relief=False)
