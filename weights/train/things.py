"""Things one uses."""
import math

import numpy as np

from palettes import colour, palette
from pen import Pen, mirrored, ring_points
from surfaces import ground

INK = np.array([0.08, 0.07, 0.08])


def clock(f):
    pen, rim, dial = Pen(f), colour(f) * 0.5, colour(f, "stone", "sand", "sky")
    pen.disc(0, 0, 0.82, rim)
    pen.disc(0, 0, 0.68, np.minimum(dial + 0.2, 1))
    for i in range(12):
        a = i * math.pi / 6
        pen.line([(0.52 * math.cos(a), 0.52 * math.sin(a)), (0.63 * math.cos(a), 0.63 * math.sin(a))], 0.05, rim * 0.6)
    for long, width in ((0.35, 0.08), (0.52, 0.05)):
        a = f.angle()
        pen.line([(0, 0), (long * math.cos(a), long * math.sin(a))], width, INK)
    pen.disc(0, 0, 0.06, INK)
    return pen.over(ground(f), relief=False)


def cup(f):
    pen, glaze = Pen(f, tilt=0.1), colour(f)
    pen.arc(0.5, 0.1, 0.28, -1.6, 1.6, 0.11, glaze * 0.85)
    pen.polygon([(-0.55, -0.4), (0.55, -0.4), (0.45, 0.7), (-0.45, 0.7)], glaze)
    pen.ellipse(0, 0.7, 0.45, 0.09, glaze)
    pen.ellipse(0, -0.4, 0.55, 0.14, np.minimum(glaze * 1.2 + 0.1, 1))
    pen.ellipse(0, -0.38, 0.47, 0.1, (0.25, 0.14, 0.07))
    for x in (-0.2, 0.15):
        pen.line([(x + 0.06 * math.sin(6 * t), -0.5 - 0.4 * t) for t in np.linspace(0, 1, 8)], 0.04, (0.9, 0.9, 0.9))
    return pen.over(ground(f))


def bottle(f):
    pen, glass = Pen(f, tilt=0.12), colour(f, "foliage", "earth", "sea", "sky")
    half = [(0.0, -0.95), (0.11, -0.95), (0.12, -0.5), (0.32, -0.15), (0.34, 0.0), (0.34, 0.9), (0.0, 0.92)]
    pen.polygon(mirrored(half), glass)
    pen.box(-0.34, 0.15, 0.34, 0.6, colour(f, "sand", "stone", "blossom"))
    pen.box(-0.13, -0.98, 0.13, -0.82, glass * 0.5)
    pen.line([(-0.24, -0.1), (-0.24, 0.85)], 0.05, np.minimum(glass * 1.3 + 0.2, 1))
    return pen.over(ground(f))


def bulb(f):
    pen, glass = Pen(f, tilt=0.2), colour(f, "sand", "sky")
    pen.blob(mirrored([(0, -0.85), (0.4, -0.72), (0.55, -0.3), (0.35, 0.15), (0.22, 0.4)]), np.minimum(glass + 0.15, 1))
    pen.line([(-0.12, 0.35), (-0.2, -0.25), (-0.07, -0.1), (0.0, -0.3), (0.07, -0.1), (0.2, -0.25), (0.12, 0.35)],
             0.04, (0.85, 0.45, 0.1))
    for i in range(4):
        pen.box(-0.22, 0.4 + 0.12 * i, 0.22, 0.5 + 0.12 * i, (0.6 - 0.1 * (i % 2),) * 3)
    return pen.over(ground(f))


def umbrella(f):
    pen, colours = Pen(f, tilt=0.2), palette(f, 2)
    pen.line([(0, -0.3), (0, 0.65)], 0.05, (0.3, 0.2, 0.12))
    pen.arc(0.12, 0.65, 0.12, 0, math.pi, 0.05, (0.3, 0.2, 0.12))
    edges = np.linspace(-0.9, 0.9, 5)
    for i in range(4):
        arch = [(0, -0.78)] + [(edges[i] + (edges[i + 1] - edges[i]) * t,
                                -0.0 - 0.12 * math.sin(math.pi * t)) for t in np.linspace(0, 1, 6)]
        pen.polygon(arch, colours[i % 2])
        pen.blob([(0, -0.8), (edges[i] * 0.75, -0.5), (edges[i], 0), (edges[i + 1], 0), (edges[i + 1] * 0.75, -0.5)],
                 colours[i % 2])
    return pen.over(ground(f))


def book(f):
    """Open, with lines of text."""
    pen, cover = Pen(f, tilt=0.15), colour(f)
    pen.box(-0.92, -0.55, 0.92, 0.62, cover)
    for s in (-1, 1):
        pen.polygon([(0, -0.45), (s * 0.42, -0.55), (s * 0.85, -0.48), (s * 0.85, 0.5), (s * 0.42, 0.43), (0, 0.52)],
                    (0.95, 0.93, 0.87))
        for y in np.linspace(-0.32, 0.28, 6):
            pen.line([(s * 0.12, y), (s * f.uniform(0.5, 0.75), y - 0.04)], 0.035, (0.3, 0.3, 0.32))
    pen.line([(0, -0.45), (0, 0.52)], 0.03, (0.5, 0.48, 0.45))
    return pen.over(ground(f), relief=False)


def spectacles(f):
    pen, rim = Pen(f), colour(f) * 0.6
    for x in (-0.45, 0.45):
        pen.disc(x, 0, 0.34, colour(f, "sky", "stone", "sea"))
        pen.arc(x, 0, 0.34, 0, 2 * math.pi + 0.1, 0.08, rim)
        pen.line([(x - 0.18, 0.1), (x + 0.02, -0.16)], 0.04, (0.97, 0.97, 0.98))
    pen.arc(0, 0.02, 0.14, -math.pi, 0, 0.07, rim)
    for s in (-1, 1):
        pen.line([(s * 0.78, -0.05), (s * 0.98, -0.15)], 0.07, rim)
    return pen.over(ground(f), relief=False)


def hat(f):
    pen, felt, band = Pen(f), colour(f), colour(f)
    pen.ellipse(0, 0.4, 0.92, 0.22, felt * 0.75)
    pen.blob([(-0.5, 0.4), (-0.45, -0.35), (-0.2, -0.5), (0, -0.4), (0.2, -0.5), (0.45, -0.35), (0.5, 0.4), (0, 0.5)],
             felt)
    pen.polygon([(-0.5, 0.12), (0.5, 0.12), (0.51, 0.36), (0, 0.46), (-0.51, 0.36)], band)
    return pen.over(ground(f))


def crown(f):
    pen, gold = Pen(f), colour(f, "sand", "autumn")
    peaks = f.choice((3, 5))
    outline = [(-0.7, 0.55)]
    for i in range(peaks):
        x0 = -0.75 + i * 1.5 / (peaks - 1)
        outline.append((x0, -0.55 if i % 2 == 0 else -0.6))
        if i + 1 < peaks:
            outline.append((x0 + 0.75 / (peaks - 1), 0.0))
        pen.disc(x0, -0.62, 0.09, colour(f, "blossom", "paint"))
    pen.polygon(outline + [(0.7, 0.55)], gold)
    pen.box(-0.72, 0.4, 0.72, 0.65, gold * 0.75)
    for x in (-0.45, 0, 0.45):
        pen.disc(x, 0.52, 0.08, colour(f, "paint", "blossom", "sea"))
    return pen.over(ground(f))


def guitar(f):
    pen, wood = Pen(f, spin=True), colour(f, "autumn", "earth", "sand", "paint")
    pen.line([(0, -0.95), (0, 0.2)], 0.11, wood * 0.4)
    pen.box(-0.1, -1.0, 0.1, -0.8, wood * 0.55)
    pen.blob(mirrored([(0, -0.05), (0.3, 0.0), (0.27, 0.28), (0.44, 0.6), (0.25, 0.92), (0, 0.95)]), wood)
    pen.disc(0, 0.3, 0.14, INK)
    pen.line([(-0.18, 0.68), (0.18, 0.68)], 0.06, wood * 0.4)
    pen.line([(0, -0.9), (0, 0.68)], 0.02, (0.9, 0.9, 0.85))
    return pen.over(ground(f))


def dice(f):
    pen, paint = Pen(f, tilt=0.15), colour(f, "stone", "paint", "sand")
    pips = INK if paint.mean() > 0.4 else np.array([0.95, 0.95, 0.95])
    ax, down = 0.68, np.array([0, 0.75])
    top, left, right, front = np.array([0, -0.8]), np.array([-ax, -0.42]), np.array([ax, -0.42]), np.array([0, -0.05])
    pen.polygon([top, right, front, left], np.minimum(paint * 1.15 + 0.05, 1))
    pen.polygon([left, front, front + down, left + down], paint * 0.85)
    pen.polygon([right, front, front + down, right + down], paint * 0.6)
    for origin, a, b, layout in ((left, front - left, down, ((0.25, 0.25), (0.5, 0.5), (0.75, 0.75))),
                                 (front, right - front, down, ((0.28, 0.28), (0.72, 0.28), (0.28, 0.72), (0.72, 0.72))),
                                 (left, top - left, front - left, ((0.5, 0.5),))):
        for p, q in layout:
            x, y = origin + p * a + q * b
            pen.disc(x, y, 0.075, pips)
    return pen.over(ground(f), relief=False)


def cube(f):
    pen, paint = Pen(f, tilt=0.3), colour(f)
    wide, tall, deep = f.uniform(0.45, 0.65), f.uniform(0.45, 0.7), f.uniform(0.2, 0.35)
    pen.polygon([(-wide, -tall + deep), (0, -tall + 2 * deep), (0, tall), (-wide, tall - deep)], paint)
    pen.polygon([(wide, -tall + deep), (0, -tall + 2 * deep), (0, tall), (wide, tall - deep)],
                paint * f.uniform(0.35, 0.65))
    pen.polygon([(-wide, -tall + deep), (0, -tall + 2 * deep), (wide, -tall + deep), (0, -tall)],
                np.minimum(paint * 1.35 + 0.1, 1))
    return pen.over(ground(f), relief=False)


def chain(f):
    pen, metal = Pen(f, spin=True), colour(f, "stone", "sand", "sky")
    links = 5
    for i in range(links):
        x = -0.84 + i * 0.42
        if i % 2:
            pen.line([(x - 0.27, 0), (x + 0.27, 0)], 0.12, metal * 0.6)
        else:
            outline = [(x + 0.3 * math.cos(a), 0.19 * math.sin(a)) for a in np.linspace(0, 2 * math.pi + 0.2, 24)]
            pen.line(outline, 0.1, metal)
    return pen.over(ground(f))


def cake(f):
    pen, sponge, icing = Pen(f, tilt=0.06), colour(f, "earth", "sand", "blossom"), colour(f, "blossom", "stone", "sky")
    pen.box(-0.65, 0.0, 0.65, 0.72, sponge)
    pen.ellipse(0, 0.72, 0.65, 0.14, sponge)
    pen.line([(-0.65, 0.4), (0, 0.48), (0.65, 0.4)], 0.08, icing)
    pen.ellipse(0, 0.0, 0.65, 0.18, icing)
    for x in np.linspace(-0.58, 0.58, 6):
        pen.ellipse(x, 0.12 + 0.08 * math.sqrt(1 - (x / 0.66) ** 2), 0.12, f.uniform(0.12, 0.2), icing)
    for x in (-0.35, 0.0, 0.35):
        pen.line([(x, 0.0), (x, -0.42)], 0.07, colour(f, "paint"))
        pen.ellipse(x, -0.55, 0.05, 0.11, (1.0, 0.75, 0.2))
    return pen.over(ground(f))


def ice_cream(f):
    pen = Pen(f, tilt=0.12)
    pen.polygon([(-0.36, -0.05), (0.36, -0.05), (0, 0.95)], (0.8, 0.58, 0.3))
    for t in np.linspace(0.15, 0.85, 4):
        for s in (-1, 1):
            pen.line([(s * 0.36 * (1 - t), -0.05 + t), (-s * 0.36 * (1 - t) * 0.5, -0.05 + 0.5 * t)], 0.022,
                     (0.55, 0.36, 0.15))
    for x, y in ((-0.2, -0.2), (0.2, -0.2), (0, -0.5)):
        pen.disc(x, y, 0.3, colour(f, "blossom", "sand", "earth", "foliage", "sky"))
    pen.disc(0, -0.83, 0.09, (0.75, 0.1, 0.15))
    return pen.over(ground(f))


def pizza(f):
    pen, crust = Pen(f, spin=True), colour(f, "earth", "sand")
    pen.disc(0, 0, 0.88, crust * 0.85)
    pen.disc(0, 0, 0.76, colour(f, "autumn", "sand"))
    for _ in range(9):
        a, r = f.angle(), 0.6 * math.sqrt(f.rng.random())
        pen.disc(r * math.cos(a), r * math.sin(a), 0.12, (0.7, 0.18, 0.12))
    for _ in range(8):
        a, r = f.angle(), 0.62 * math.sqrt(f.rng.random())
        pen.ellipse(r * math.cos(a), r * math.sin(a), 0.1, 0.035, colour(f, "foliage"), f.angle())
    for x, y in ring_points(8, 0.88):
        pen.line([(0, 0), (x, y)], 0.025, crust * 0.5)
    return pen.over(ground(f), relief=False)


def flag(f):
    pen, colours = Pen(f, tilt=0.06), palette(f, 3, ("paint", "autumn", "sea", "stone", "foliage"))
    pen.line([(-0.7, -0.95), (-0.7, 0.98)], 0.08, (0.45, 0.4, 0.35))
    swing = f.uniform(0.06, 0.12)
    t = np.linspace(0, 1, 16)
    wave = swing * np.sin(t * 7)
    for i in range(3):
        top, bottom = -0.85 + i * 0.32, -0.85 + (i + 1) * 0.32
        x = -0.68 + 1.5 * t
        pen.polygon(list(zip(x, top + wave)) + list(zip(x[::-1], bottom + wave[::-1])), colours[i])
    return pen.over(ground(f), relief=False)
