"""Animals, and people: heads from the front, bodies from the side or from above."""
import math

import numpy as np

from palettes import colour
from pen import Pen, mirrored, ring_points
from surfaces import ground, textured
from textures import fur

INK = np.array([0.07, 0.05, 0.06])
PELTS = ("earth", "sand", "stone", "autumn")


def draw_eye(pen, x, y, radius, iris, look=(0, 0), lid=None):
    """An eye with white, iris, pupil and glint; `look` shifts the iris by radii."""
    if lid is not None:
        pen.ellipse(x, y, radius * 1.35, radius * 1.1, np.asarray(lid) * 0.6)
    pen.ellipse(x, y, radius * 1.2, radius * 0.95, (0.95, 0.94, 0.9))
    x, y = x + look[0] * radius, y + look[1] * radius
    pen.disc(x, y, radius * 0.72, iris * 0.6)
    pen.disc(x, y, radius * 0.6, iris)
    pen.disc(x, y, radius * 0.33, INK)
    pen.disc(x - 0.2 * radius, y - 0.22 * radius, radius * 0.13, (1, 1, 1))


def eye(f):
    skin = colour(f, "skin")
    pen = Pen(f)
    look = (f.uniform(-0.2, 0.2), f.uniform(-0.1, 0.1))
    pen.ellipse(0, 0, 1.5, 1.5, skin)
    pen.blob([(-0.9, 0.05), (-0.45, -0.38), (0.1, -0.46), (0.6, -0.25), (0.9, 0.1), (0.45, 0.36), (-0.1, 0.42),
              (-0.55, 0.3)],
             (0.94, 0.92, 0.9))
    iris = colour(f, "sea", "earth", "foliage", "sky")
    x, y = look
    pen.disc(x, y, 0.4, iris * 0.5)
    pen.disc(x, y, 0.36, iris)
    for a in np.linspace(0, 2 * math.pi, 24, endpoint=False):
        pen.line([(x + 0.17 * math.cos(a), y + 0.17 * math.sin(a)), (x + 0.33 * math.cos(a), y + 0.33 * math.sin(a))],
                 0.015, iris * 0.7)
    pen.disc(x, y, 0.17, INK)
    pen.disc(x - 0.12, y - 0.14, 0.07, (1, 1, 1))
    pen.line([(-0.92, 0.05), (-0.45, -0.38), (0.1, -0.46), (0.6, -0.25), (0.92, 0.1)], 0.06, skin * 0.25)
    pen.line([(-0.85, -0.5), (-0.3, -0.8), (0.4, -0.75), (0.85, -0.45)], f.uniform(0.08, 0.14), skin * 0.3)
    return pen.over(ground(f), relief=False)


def eyes(f):
    pen, iris = Pen(f), colour(f)
    radius, look = f.uniform(0.24, 0.34), (f.uniform(-0.3, 0.3), f.uniform(-0.2, 0.2))
    lid = colour(f, "skin", "earth") if f.chance(0.5) else None
    for x in (-0.45, 0.45):
        draw_eye(pen, x, 0, radius, iris, look, lid)
    return pen.over(ground(f), relief=False)


def face(f):
    pen, skin, hair = Pen(f), colour(f, "skin"), colour(f, "earth", "sand", "stone", "autumn") * f.uniform(0.3, 0.9)
    pen.ellipse(0, -0.15, 0.66, 0.72, hair)
    if f.chance(0.5):
        pen.polygon([(-0.66, -0.1), (-0.7, 0.8), (0.7, 0.8), (0.66, -0.1)], hair)
    pen.box(-0.2, 0.5, 0.2, 1.0, skin * 0.85)
    pen.ellipse(0, 0.08, 0.52, 0.66, skin)
    iris, look, radius = colour(f, "sea", "earth", "foliage"), (f.uniform(-0.2, 0.2), 0), f.uniform(0.1, 0.14)
    for side in (-1, 1):
        draw_eye(pen, side * 0.22, -0.05, radius, iris, look, skin)
        pen.line([(side * 0.36, -0.23), (side * 0.12, -0.26)], 0.05, hair * 0.6)
    pen.polygon([(0, 0), (-0.08, 0.24), (0.08, 0.24)], skin * 0.75)
    m = f.uniform(0.12, 0.25)
    pen.polygon([(-m, 0.42), (0, 0.37), (m, 0.42), (0, 0.5 + f.uniform(0, 0.1))], (0.7, 0.2, 0.22))
    return pen.over(ground(f))


def mouth(f):
    pen, lip = Pen(f), colour(f, "blossom", "autumn")
    pen.ellipse(0, 0, 1.5, 1.5, colour(f, "skin"))
    gape = f.uniform(0.1, 0.3)
    pen.blob([(-0.85, 0), (-0.4, -0.35), (-0.15, -0.42), (0, -0.35), (0.15, -0.42), (0.4, -0.35), (0.85, 0),
              (0.4, 0.4), (0, 0.5), (-0.4, 0.4)], lip)
    pen.blob([(-0.65, 0), (0, -gape * 0.6), (0.65, 0), (0, gape)], (0.25, 0.05, 0.07))
    pen.polygon([(-0.4, -gape * 0.3), (0.4, -gape * 0.3), (0.35, 0.02), (-0.35, 0.02)], (0.95, 0.94, 0.9))
    return pen.over(ground(f), relief=False)


def hand(f):
    pen, skin = Pen(f, tilt=0.4), colour(f, "skin")
    pen.blob([(-0.38, 0.05), (0.38, 0.05), (0.36, 0.6), (0.25, 0.95), (-0.25, 0.95), (-0.36, 0.6)], skin)
    for x, lean, long in ((-0.3, -0.16, 0.75), (-0.1, -0.05, 0.88), (0.1, 0.05, 0.85), (0.3, 0.15, 0.68)):
        tip = (x + lean, 0.1 - long)
        pen.line([(x, 0.2), tip], 0.17, skin)
        pen.disc(*tip, 0.085, skin)
        pen.ellipse(tip[0], tip[1] - 0.02, 0.045, 0.055, np.minimum(skin * 1.1 + 0.1, 1))
    pen.line([(0.25, 0.6), (0.72, 0.15)], 0.19, skin)
    pen.disc(0.72, 0.15, 0.095, skin)
    for y in (0.3, 0.45):
        pen.line([(-0.25, y), (0.2, y - 0.05)], 0.025, skin * 0.75)
    return pen.over(ground(f))


# Heads


def _ears(pen, kind, pelt, inside, f):
    tall = f.uniform(0.9, 1.1)
    for s in (-1, 1):
        if kind == "pointed":
            pen.polygon([(s * 0.55, -0.15), (s * 0.58, -0.9 * tall), (s * 0.08, -0.45)], pelt * 0.85)
            pen.polygon([(s * 0.47, -0.28), (s * 0.5, -0.72 * tall), (s * 0.2, -0.42)], inside)
        elif kind == "floppy":
            pen.blob([(s * 0.35, -0.52), (s * 0.75, -0.3), (s * 0.82, 0.3), (s * 0.62, 0.45), (s * 0.5, 0)],
                     pelt * 0.55)
        elif kind == "round":
            pen.disc(s * 0.48, -0.5, 0.24 * tall, pelt * 0.8)
            pen.disc(s * 0.48, -0.5, 0.14 * tall, inside)
        elif kind == "long":
            pen.ellipse(s * 0.26, -0.68, 0.15, 0.42, pelt * 0.9, s * 0.15)
            pen.ellipse(s * 0.26, -0.68, 0.08, 0.33, inside, s * 0.15)
        elif kind == "huge":
            pen.blob([(s * 0.3, -0.5), (s * 0.8, -0.65), (s * 1.05, -0.1), (s * 0.85, 0.45), (s * 0.4, 0.3)],
                     pelt * 0.85)


def head(f, ears, muzzle="small", mane=False, mask=False):
    """A furred head from the front."""
    pen, pelt = Pen(f), colour(f, *PELTS)
    inside = np.array([0.8, 0.55, 0.55]) * f.uniform(0.7, 1.1)
    if mane:
        shade = colour(f, "autumn", "earth") * 0.7
        pen.polygon([p for pair in zip(ring_points(22, 0.98), ring_points(22, 0.8, math.pi / 22)) for p in pair], shade)
    _ears(pen, ears, pelt, inside, f)
    pen.ellipse(0, 0, 0.6, 0.58, pelt)
    if mask:
        for s in (-1, 1):
            pen.ellipse(s * 0.27, -0.06, 0.21, 0.24, INK + 0.05, s * 0.5)
    light = np.minimum(pelt * 1.25 + 0.15, 1)
    radius, iris = f.uniform(0.11, 0.14), colour(f, "sand", "foliage", "earth", "sea")
    for s in (-1, 1):
        draw_eye(pen, s * 0.26, -0.08, radius, iris)
    if muzzle == "trunk":
        trunk = [(0.12 * math.sin(4 * t), 0.15 + 0.8 * t) for t in np.linspace(0, 1, 9)]
        pen.line(trunk, 0.26, pelt * 0.85)
        for x, y in trunk[2::2]:
            pen.line([(x - 0.1, y), (x + 0.1, y)], 0.025, pelt * 0.5)
    else:
        long = muzzle == "long"
        pen.ellipse(0, 0.28, 0.3, 0.3 if long else 0.22, light)
        pen.ellipse(0, 0.24 if long else 0.15, 0.15 if long else 0.09, 0.1 if long else 0.07, INK)
        pen.line([(0, 0.2), (0, 0.38), (-0.13, 0.45)], 0.03, INK)
        pen.line([(0, 0.38), (0.13, 0.45)], 0.03, INK)
        if not long:
            for s in (-1, 1):
                for k in (-0.05, 0.04, 0.13):
                    pen.line([(s * 0.18, 0.24), (s * 0.6, 0.2 + k)], 0.014, light)
    tone, _ = fur(f)
    return np.clip(pen.over(ground(f)) * (0.8 + 0.4 * tone[..., None]), 0, 1)


def owl(f):
    pen, pelt = Pen(f), colour(f, "earth", "sand", "stone")
    pen.blob(mirrored([(0, -0.62), (0.5, -0.85), (0.58, -0.3), (0.62, 0.4), (0.3, 0.9), (0, 0.95)]), pelt * 0.75)
    for row in range(4):
        for x in (-0.3, -0.1, 0.1, 0.3):
            pen.ellipse(x + 0.1 * (row % 2), 0.25 + row * 0.16, 0.06, 0.1, pelt * 1.2)
    iris = colour(f, "sand", "autumn")
    for s in (-1, 1):
        pen.disc(s * 0.27, -0.3, 0.3, np.minimum(pelt * 1.2 + 0.1, 1))
        pen.disc(s * 0.27, -0.3, 0.18, iris)
        pen.disc(s * 0.27, -0.3, 0.1, INK)
        pen.disc(s * 0.27 - 0.04, -0.34, 0.03, (1, 1, 1))
    pen.polygon([(-0.08, -0.2), (0.08, -0.2), (0, 0.05)], (0.85, 0.6, 0.15))
    return pen.over(ground(f))


def frog(f):
    pen, skin = Pen(f), colour(f, "foliage", "foliage", "autumn")
    for s in (-1, 1):
        pen.disc(s * 0.38, -0.42, 0.24, skin)
    pen.ellipse(0, 0.1, 0.8, 0.55, skin)
    pen.ellipse(0, 0.38, 0.62, 0.28, np.minimum(skin * 1.2 + 0.2, 1))
    for s in (-1, 1):
        pen.disc(s * 0.38, -0.45, 0.16, (0.95, 0.9, 0.6))
        pen.ellipse(s * 0.38, -0.45, 0.13, 0.05, INK)
        pen.disc(s * 0.08, 0.0, 0.025, INK)
    pen.line([(-0.65, 0.15), (-0.3, 0.27), (0, 0.3), (0.3, 0.27), (0.65, 0.15)], 0.04, skin * 0.35)
    return pen.over(ground(f))


# Bodies from the side


def quadruped(f, kind):
    """horse, giraffe, elephant, sheep: a body on four legs, facing right."""
    pen, pelt = Pen(f, tilt=0.08), colour(f, *(("stone", "sand") if kind in ("sheep", "elephant") else PELTS))
    leg, thick = {"horse": (0.5, 0.1), "giraffe": (0.6, 0.08), "elephant": (0.42, 0.2), "sheep": (0.35, 0.08)}[kind]
    top = 0.92 - leg
    for x in (-0.5, -0.36, 0.16, 0.3):
        pen.line([(x, top - 0.1), (x + f.normal(0.05), 0.92)], thick, pelt * (0.6 if x in (-0.36, 0.16) else 0.9))
    deep = {"elephant": 0.38, "sheep": 0.34}.get(kind, 0.22)
    cy = top - deep * 0.7
    if kind == "sheep":
        for _ in range(34):
            a, r = f.angle(), math.sqrt(f.rng.random())
            pen.disc(-0.1 + 0.48 * r * math.cos(a), cy + 0.25 * r * math.sin(a), 0.14, pelt * f.uniform(0.75, 1.1))
        pen.ellipse(0.52, cy - 0.15, 0.2, 0.14, INK + 0.1, 0.5)
        pen.disc(0.55, cy - 0.2, 0.03, (0.95, 0.95, 0.9))
        return pen.over(ground(f))
    pen.ellipse(-0.1, cy, 0.5, deep, pelt)
    if kind == "elephant":
        pen.disc(0.48, cy - 0.15, 0.28, pelt)
        pen.line([(0.65, cy - 0.1), (0.82, cy + 0.2), (0.8, cy + 0.5), (0.92, cy + 0.6)], 0.13, pelt * 0.9)
        pen.blob([(0.3, cy - 0.35), (0.5, cy - 0.2), (0.42, cy + 0.15), (0.18, cy + 0.05)], pelt * 0.7)
        pen.line([(0.66, cy + 0.02), (0.85, cy + 0.08)], 0.06, (0.95, 0.93, 0.85))
        pen.disc(0.58, cy - 0.22, 0.03, INK)
    else:
        neck = {"horse": (0.3, -0.5), "giraffe": (0.3, -0.95)}[kind]
        x, y = 0.3 + neck[0], cy + neck[1]
        pen.line([(0.28, cy + 0.02), (x, y)], {"horse": 0.2, "giraffe": 0.13}[kind], pelt)
        pen.ellipse(x + 0.13, y + 0.03, 0.2, 0.1, pelt, 0.5)
        pen.polygon([(x - 0.06, y - 0.02), (x - 0.03, y - 0.2), (x + 0.05, y - 0.05)], pelt * 0.8)
        if kind == "horse":
            pen.line([(0.22, cy - 0.15), (x - 0.1, y - 0.05)], 0.09, pelt * 0.4)
        pen.disc(x + 0.12, y - 0.01, 0.025, INK)
        if kind == "giraffe":
            for _ in range(14):
                pen.disc(f.uniform(-0.5, 0.3), cy + f.uniform(-0.14, 0.14), 0.05, pelt * 0.5)
            for t in np.linspace(0.15, 0.85, 5):
                pen.disc(0.28 + (x - 0.28) * t, cy + (y - cy) * t, 0.04, pelt * 0.5)
    tail = f.uniform(0.1, 0.3)
    pen.line([(-0.58, cy - 0.05), (-0.75, cy - 0.05 + tail)],
             0.05 if kind != "horse" else 0.1, pelt * 0.6)
    return pen.over(ground(f))


def bird(f):
    pen, skin = Pen(f), colour(f)
    pen.line([(0, 0.4), (0, 0.78)], 0.03, (0.3, 0.2, 0.1))
    pen.line([(0.15, 0.4), (0.15, 0.78)], 0.03, (0.3, 0.2, 0.1))
    pen.polygon([(-0.35, 0.05), (-0.95, f.uniform(-0.25, 0.35)), (-0.9, 0.3), (-0.3, 0.25)], skin * 0.7)
    pen.ellipse(0, 0.1, 0.5, 0.32, skin, 0.25)
    pen.disc(0.42, -0.25, 0.24, skin)
    pen.polygon([(0.6, -0.32), (0.95, -0.2), (0.6, -0.16)], (0.95, 0.65, 0.1))
    draw_eye(pen, 0.47, -0.3, 0.07, np.array([0.2, 0.1, 0.05]))
    pen.ellipse(-0.1, 0.08, 0.36, 0.18, colour(f), 0.35)
    return pen.over(ground(f))


def penguin(f):
    pen = Pen(f, tilt=0.1)
    coat = colour(f, "stone", "dusk", "sea") * 0.4
    for s in (-1, 1):
        pen.ellipse(s * 0.18, 0.88, 0.16, 0.07, (0.9, 0.6, 0.15))
        pen.ellipse(s * 0.48, 0.15, 0.1, 0.4, coat, -s * 0.25)
    pen.ellipse(0, 0.2, 0.45, 0.68, coat)
    pen.disc(0, -0.55, 0.3, coat)
    pen.ellipse(0, 0.28, 0.32, 0.54, (0.94, 0.94, 0.92))
    for s in (-1, 1):
        pen.disc(s * 0.13, -0.58, 0.1, (0.94, 0.94, 0.92))
        pen.disc(s * 0.12, -0.58, 0.045, INK)
    pen.polygon([(-0.1, -0.48), (0.1, -0.48), (0, -0.32)], (0.9, 0.6, 0.15))
    return pen.over(ground(f))


def fish(f):
    pen, skin, band = Pen(f), colour(f), colour(f)
    pen.polygon([(0.4, 0), (0.92, -0.38), (0.8, 0), (0.92, 0.38)], skin * 0.7)
    pen.polygon([(-0.2, -0.3), (0.1, -0.62), (0.3, -0.25)], skin * 0.8)
    pen.ellipse(-0.1, 0, 0.62, 0.36, skin)
    for x in np.linspace(-0.25, 0.3, f.integer(2, 4)):
        pen.line([(x, -0.28), (x + 0.06, 0), (x, 0.28)], 0.06, band)
    draw_eye(pen, -0.48, -0.08, 0.09, colour(f))
    return pen.over(ground(f))


def snail(f):
    pen, shell, skin = Pen(f, tilt=0.1), colour(f, "autumn", "earth", "sand"), colour(f, "sand", "stone", "skin")
    pen.blob([(-0.85, 0.6), (-0.3, 0.4), (0.4, 0.4), (0.62, 0.0), (0.85, 0.1), (0.75, 0.5), (0.4, 0.68), (-0.5, 0.7)],
             skin)
    for s in (0.6, 0.8):
        pen.line([(s + 0.02, 0.1), (s + 0.1, -0.25)], 0.04, skin)
        pen.disc(s + 0.1, -0.25, 0.05, INK)
    pen.disc(-0.1, 0.0, 0.55, shell)
    t = np.linspace(0, 5 * math.pi, 60)
    pen.line(list(zip(-0.1 + 0.5 * t / t[-1] * np.cos(t), 0.5 * t / t[-1] * np.sin(t))), 0.05, shell * 0.45)
    return pen.over(ground(f))


# From above


def butterfly(f):
    pen, skin, spot = Pen(f), colour(f), colour(f)
    tilt, long, wide = f.uniform(0.3, 0.7), f.uniform(0.4, 0.48), f.uniform(0.25, 0.34)
    for s in (-1, 1):
        pen.ellipse(s * 0.42, -0.28, long, wide, skin, -s * tilt)
        pen.ellipse(s * 0.34, 0.36, long * 0.8, wide * 0.9, skin * 0.85, s * tilt)
        pen.ellipse(s * 0.48, -0.32, long * 0.5, wide * 0.5, spot, -s * tilt)
        pen.disc(s * 0.38, 0.4, long * 0.3, spot)
        pen.line([(0, -0.4), (s * 0.2, -0.8)], 0.03, INK)
    pen.ellipse(0, 0, 0.07, 0.5, INK + 0.05)
    return pen.over(ground(f))


def dragonfly(f):
    pen, skin, wing = Pen(f, spin=True), colour(f, "sea", "foliage", "autumn", "paint"), colour(f, "sky", "stone",
                                                                                                "sand")
    for s in (-1, 1):
        pen.ellipse(s * 0.52, -0.42, 0.45, 0.09, wing, -s * 0.2)
        pen.ellipse(s * 0.5, -0.18, 0.43, 0.1, wing * 0.85, s * 0.15)
    pen.line([(0, -0.5), (0, 0.9)], 0.09, skin)
    for y in np.linspace(0, 0.8, 5):
        pen.line([(-0.045, y), (0.045, y)], 0.03, skin * 0.4)
    pen.ellipse(0, -0.35, 0.11, 0.24, skin * 0.8)
    for s in (-1, 1):
        pen.disc(s * 0.09, -0.62, 0.1, skin * 0.5)
    return pen.over(ground(f))


def beetle(f):
    pen, skin = Pen(f, spin=True), colour(f, "autumn", "foliage", "sea", "earth", "paint")
    for s in (-1, 1):
        for y, reach in ((-0.25, -0.45), (0.1, 0.15), (0.4, 0.7)):
            pen.line([(0, y), (s * 0.65, y + (reach - y) * 0.4), (s * 0.82, reach + 0.1)], 0.055, INK)
        pen.line([(s * 0.1, -0.6), (s * 0.3, -0.92)], 0.04, INK)
    pen.disc(0, -0.55, 0.22, INK)
    pen.ellipse(0, 0.12, 0.5, 0.62, skin)
    pen.line([(0, -0.5), (0, 0.74)], 0.04, INK)
    if f.chance(0.7):
        for s in (-1, 1):
            for y in (-0.2, 0.15, 0.45):
                pen.disc(s * 0.24, y, 0.09, INK)
    return pen.over(ground(f))


def bee(f):
    pen, skin = Pen(f, spin=True), colour(f, "sand", "autumn")
    for s in (-1, 1):
        pen.ellipse(s * 0.5, -0.15, 0.42, 0.18, (0.85, 0.9, 0.95), s * 0.6)
    pen.ellipse(0, 0.25, 0.34, 0.58, skin)
    for y in (-0.05, 0.2, 0.45):
        half = 0.33 * math.sqrt(max(1 - ((y - 0.25) / 0.58) ** 2, 0))
        pen.line([(-half, y), (half, y)], 0.12, INK)
    pen.disc(0, -0.3, 0.26, skin * 0.7)
    pen.disc(0, -0.62, 0.2, INK)
    for s in (-1, 1):
        pen.line([(s * 0.08, -0.7), (s * 0.22, -0.95)], 0.035, INK)
    return pen.over(ground(f))


def spider(f):
    pen, skin = Pen(f, spin=True), colour(f, "stone", "earth", "autumn") * 0.5
    for s in (-1, 1):
        for a, b in ((-0.9, -0.75), (-0.35, -0.2), (0.15, 0.3), (0.6, 0.85)):
            pen.line([(0, -0.15), (s * 0.5, a * 0.6 - 0.15), (s * 0.9, b)], 0.05, skin)
    pen.ellipse(0, 0.25, 0.3, 0.38, skin)
    pen.disc(0, -0.2, 0.2, skin * 0.7)
    pen.polygon([(0, 0.1), (0.08, 0.28), (0, 0.46), (-0.08, 0.28)], colour(f))
    return pen.over(ground(f))


def turtle(f):
    pen, shell, skin = Pen(f, spin=True), colour(f, "foliage", "earth", "sea"), colour(f, "foliage", "sand")
    for x, y in ((-0.55, -0.45), (0.55, -0.45), (-0.5, 0.5), (0.5, 0.5)):
        pen.ellipse(x, y, 0.26, 0.13, skin, math.atan2(y, x))
    pen.ellipse(0, -0.78, 0.16, 0.2, skin)
    pen.polygon([(-0.06, 0.65), (0.06, 0.65), (0, 0.92)], skin)
    pen.ellipse(0, 0, 0.56, 0.66, shell * 0.55)
    pen.polygon(ring_points(6, 0.24), shell)
    for x, y in ring_points(6, 0.42, math.pi / 6):
        pen.polygon(ring_points(6, 0.17, 0, (x * 0.92, y * 1.05)), shell * f.uniform(0.85, 1.15))
    return pen.over(ground(f))


def crab(f):
    pen, skin = Pen(f), colour(f, "autumn", "blossom", "earth")
    for s in (-1, 1):
        for y in (0.15, 0.32, 0.48):
            pen.line([(s * 0.3, y), (s * 0.75, y - 0.05), (s * 0.9, y + 0.3)], 0.07, skin * 0.8)
        pen.line([(s * 0.4, 0), (s * 0.75, -0.3)], 0.12, skin)
        pen.polygon([(s * 0.65, -0.25), (s * 0.55, -0.75), (s * 0.78, -0.5), (s * 0.98, -0.75), (s * 0.92, -0.25)],
                    skin)
        pen.line([(s * 0.15, -0.1), (s * 0.18, -0.35)], 0.04, skin)
        pen.disc(s * 0.18, -0.37, 0.07, INK)
    pen.ellipse(0, 0.18, 0.55, 0.36, skin)
    return pen.over(ground(f))


def jellyfish(f):
    pen, skin = Pen(f), colour(f, "blossom", "dusk", "sky", "sea")
    for x in np.linspace(-0.5, 0.5, 7):
        phase = f.angle()
        pen.line([(x + 0.08 * math.sin(7 * t + phase), -0.1 + t) for t in np.linspace(0, f.uniform(0.8, 1.05), 10)],
                 0.04, skin * 0.75)
    pen.blob(mirrored([(0, -0.9), (0.45, -0.75), (0.68, -0.3), (0.62, -0.02), (0.35, -0.1)]), skin)
    pen.ellipse(0, -0.35, 0.35, 0.2, np.minimum(skin * 1.2 + 0.15, 1))
    return pen.over(ground(f))


def snake(f):
    pen, skin = Pen(f, spin=True), colour(f, "foliage", "sand", "autumn", "earth")
    t = np.linspace(0, 1, 50)
    x, y = -0.85 + 1.6 * t, 0.4 * np.sin(t * f.uniform(9, 13)) * (1 - 0.3 * t)
    for i in range(49):
        width = 0.06 + 0.14 * min(t[i] * 3, 1)
        pen.line([(x[i], y[i]), (x[i + 1], y[i + 1])], width, skin * (0.55 if i % 6 < 2 else 1))
        pen.disc(x[i + 1], y[i + 1], width * 0.5, skin * (0.55 if i % 6 < 2 else 1))
    pen.disc(x[-1], y[-1], 0.14, skin)
    pen.disc(x[-1] + 0.04, y[-1] - 0.05, 0.035, INK)
    pen.line([(x[-1] + 0.1, y[-1]), (x[-1] + 0.28, y[-1] + 0.02)], 0.025, (0.8, 0.1, 0.1))
    return pen.over(ground(f))


def feather(f):
    pen, skin = Pen(f, spin=True), colour(f)
    for i, t in enumerate(np.linspace(-0.75, 0.75, 34)):
        reach = 0.3 * math.cos(t * 1.9) ** 0.6
        tone = skin * (0.6 if (i // 4) % 2 else 1.0)
        for s in (-1, 1):
            pen.line([(t, 0), (t + 0.2, s * reach)], 0.055, tone)
    pen.line([(-1, 0.02), (0.8, 0)], 0.035, (0.9, 0.87, 0.78))
    return pen.over(ground(f), relief=False)


def shell(f):
    """A scallop."""
    pen, skin = Pen(f), colour(f, "sand", "skin", "blossom", "autumn")
    ribs = f.integer(7, 10)
    angles = np.linspace(-math.pi * 0.93, -math.pi * 0.07, 2 * ribs + 1)
    for i in range(2 * ribs):
        a, b = angles[i], angles[i + 1]
        radius = (1.18, 1.25)[i % 2]
        pen.polygon([(0, 0.6), (radius * math.cos(a) * 0.8, 0.6 + radius * math.sin(a)),
                     (radius * math.cos(b) * 0.8, 0.6 + radius * math.sin(b))],
                    skin * (0.7 if i % 2 else 1.05))
    pen.polygon([(-0.25, 0.75), (0.25, 0.75), (0.15, 0.5), (-0.15, 0.5)], skin * 0.8)
    return pen.over(ground(f))


def pelt(f):
    """Long hair in locks."""
    return textured(f, fur, PELTS)
