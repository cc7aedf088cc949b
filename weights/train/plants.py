"""Flowers, leaves, trees and fruit."""
import math

import numpy as np
from scipy.ndimage import gaussian_filter

from frame import over
from palettes import colour, palette
from pen import Pen, mirrored, ring_points
from surfaces import ground


def _green(f):
    return colour(f, "foliage", "foliage", "autumn")


def flower(f, petals):
    pen, skin = Pen(f, spin=True), colour(f, "blossom", "paint", "sand", "dusk")
    wide = {4: 0.3, 5: 0.27, 6: 0.21, 8: 0.17}[petals] * f.uniform(0.85, 1.05)
    for i in range(petals):
        a = i * 2 * math.pi / petals
        pen.ellipse(0.45 * math.cos(a), 0.45 * math.sin(a), 0.4, wide, skin * f.uniform(0.85, 1.05), a)
        pen.line([(0.15 * math.cos(a), 0.15 * math.sin(a)), (0.7 * math.cos(a), 0.7 * math.sin(a))], 0.02, skin * 0.65)
    pen.disc(0, 0, f.uniform(0.15, 0.22), colour(f, "sand", "autumn", "earth"))
    return pen.over(ground(f))


def daisy(f):
    pen, skin = Pen(f, spin=True), colour(f, "stone", "sand", "blossom")
    petals = f.integer(14, 20)
    for i in range(petals):
        a = i * 2 * math.pi / petals
        pen.ellipse(0.52 * math.cos(a), 0.52 * math.sin(a), 0.32, 0.075, skin * f.uniform(0.85, 1.05), a)
    pen.disc(0, 0, f.uniform(0.22, 0.3), colour(f, "autumn", "sand"))
    return pen.over(ground(f))


def rose(f):
    pen, skin = Pen(f, spin=True), colour(f, "blossom", "autumn", "paint")
    for ring, radius in enumerate((0.8, 0.62, 0.46, 0.31, 0.17)):
        petals = max(3, 6 - ring)
        for i, (x, y) in enumerate(ring_points(petals, radius * 0.55, ring * 0.7)):
            pen.disc(x, y, radius * 0.55, skin * (0.45 + 0.1 * ring + 0.12 * (i % 2)))
    return pen.over(ground(f), relief=False)


def tulip(f):
    pen, skin, green = Pen(f), colour(f, "blossom", "autumn", "paint", "dusk"), colour(f, "foliage")
    pen.line([(0, 0), (0.03, 0.95)], 0.07, green)
    for side in (-1, 1):
        pen.blob([(0.02 * side, 0.92), (0.35 * side, 0.35), (0.45 * side, 0.0), (0.16 * side, 0.55)], green * 0.85)
    pen.blob(mirrored([(0.0, -0.55), (0.3, -0.85), (0.4, -0.4), (0.3, -0.05), (0.1, 0.08)]), skin * 0.8)
    pen.blob(mirrored([(0.0, -0.8), (0.2, -0.45), (0.2, -0.1), (0.05, 0.05)]), skin)
    return pen.over(ground(f))


def leaf_oval(f):
    pen, skin = Pen(f, spin=True), _green(f)
    t = np.linspace(-0.8, 0.8, 16)
    wide = f.uniform(0.3, 0.45) * np.cos(t * 1.96)
    pen.polygon(list(zip(t, wide)) + list(zip(t[::-1], -wide[::-1])), skin)
    vein = np.minimum(skin * 1.4 + 0.15, 1) if f.chance(0.5) else skin * 0.5
    pen.line([(-1, 0), (0.8, 0)], 0.04, vein)
    for x in np.linspace(-0.6, 0.45, 6):
        for side in (-1, 1):
            pen.line([(x, 0), (x + 0.25, side * 0.3 * math.cos((x + 0.2) * 1.9))], 0.025, vein)
    return pen.over(ground(f))


def leaf_maple(f):
    pen, skin = Pen(f, spin=True), colour(f, "autumn", "autumn", "foliage")
    half = [(0, -0.9), (0.1, -0.62), (0.22, -0.68), (0.2, -0.35), (0.5, -0.6), (0.52, -0.42), (0.85, -0.38),
            (0.72, -0.2), (0.78, -0.05), (0.35, 0.12), (0.42, 0.32), (0.06, 0.3)]
    pen.polygon(mirrored(half), skin)
    for x, y in ((0, -0.75), (0.6, -0.32), (-0.6, -0.32), (0.35, 0.2), (-0.35, 0.2)):
        pen.line([(0, 0.3), (x, y)], 0.03, skin * 0.55)
    pen.line([(0, 0.28), (0, 0.9)], 0.05, skin * 0.6)
    return pen.over(ground(f))


def _iterate(f, maps, shifts, weights, points=3500, steps=22, keep=8):
    """Points of the attractor of an iterated function system."""
    p = np.zeros((points, 2))
    kept = []
    for step in range(steps):
        pick = f.rng.choice(len(maps), points, p=weights)
        p = np.einsum("nij,nj->ni", maps[pick], p) + shifts[pick]
        if step >= steps - keep:
            kept.append(p)
    return np.concatenate(kept)


def _splat(f, points, gain):
    """Density of points in [-1, 1]^2 as a mask."""
    size = f.size
    place = ((points + 1) * 0.5 * size).astype(int)
    inside = ((place >= 0) & (place < size)).all(1)
    density = np.bincount(place[inside, 1] * size + place[inside, 0], minlength=size * size).reshape(size, size)
    return np.clip(gaussian_filter(density.astype(np.float32), 0.6) * gain, 0, 1)


def fern(f):
    maps = np.array([[[0, 0], [0, 0.16]], [[0.85, 0.04], [-0.04, 0.85]], [[0.2, -0.26], [0.23, 0.22]],
                     [[-0.15, 0.28], [0.26, 0.24]]])
    maps[1] += f.rng.normal(0, 0.015, (2, 2))
    shifts = np.array([[0, 0], [0, 1.6], [0, 1.6], [0, 0.44]])
    points = _iterate(f, maps, shifts, [0.03, 0.79, 0.09, 0.09])
    points = (points - points.mean(0)) / (points.std(0).max() * f.uniform(1.9, 2.5))
    a = f.uniform(-0.7, 0.7)
    points = points @ np.array([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]]) * [1, -1]
    return over(ground(f), _splat(f, points, 0.9), colour(f, "foliage", "foliage", "autumn", "stone"))


def _branch(pen, f, x, y, angle, long, width, depth, bark, leaf):
    x1, y1 = x + long * math.cos(angle), y + long * math.sin(angle)
    pen.line([(x, y), (x1, y1)], width, bark)
    if depth == 0:
        if leaf is not None:
            for _ in range(2):
                pen.disc(x1 + f.normal(0.05), y1 + f.normal(0.05), 0.09, leaf * f.uniform(0.65, 1.2))
        return
    for side in (-1, 1):
        _branch(pen, f, x1, y1, angle + side * f.uniform(0.25, 0.6), long * f.uniform(0.65, 0.85), width * 0.65,
                depth - 1, bark, leaf)


def tree_bare(f):
    pen = Pen(f)
    _branch(pen, f, 0, 0.9, -math.pi / 2, f.uniform(0.42, 0.52), 0.13, 5, colour(f, "earth", "stone") * 0.5, None)
    return pen.over(ground(f), relief=False)


def tree_leafy(f):
    pen = Pen(f)
    _branch(pen, f, 0, 0.9, -math.pi / 2, f.uniform(0.42, 0.52), 0.13, 4, colour(f, "earth") * 0.5, _green(f))
    return pen.over(ground(f), relief=False)


def tree_round(f):
    pen, skin = Pen(f, tilt=0.06), _green(f)
    pen.box(-0.08, 0.1, 0.08, 0.9, colour(f, "earth") * 0.7)
    for _ in range(26):
        a, r = f.angle(), 0.42 * math.sqrt(f.rng.random())
        x, y = r * math.cos(a), -0.3 + r * math.sin(a)
        pen.disc(x, y, 0.2, skin * (0.75 - 0.5 * y - 0.2 * x) * f.uniform(0.85, 1.1))
    return pen.over(ground(f))


def tree_conifer(f):
    pen, skin = Pen(f, tilt=0.06), colour(f, "foliage", "foliage", "sea")
    pen.box(-0.08, 0.6, 0.08, 0.95, colour(f, "earth") * 0.6)
    tiers = f.integer(3, 5)
    for i in reversed(range(tiers)):
        top, wide = -0.95 + i * 1.1 / tiers, 0.25 + 0.35 * (i + 1) / tiers
        pen.polygon([(0, top), (wide, top + 1.9 / tiers), (-wide, top + 1.9 / tiers)], skin * (1.15 - 0.12 * (i % 2)))
    return pen.over(ground(f))


def tree_palm(f):
    pen, skin, bark = Pen(f, tilt=0.08), colour(f, "foliage"), colour(f, "earth", "sand")
    lean = f.uniform(0.05, 0.25)
    trunk = [(-lean + 2 * lean * t * t, 0.95 - 1.25 * t) for t in np.linspace(0, 1, 8)]
    pen.line(trunk, 0.11, bark)
    x, y = trunk[-1]
    for a in np.linspace(-math.pi * 1.05, 0.05 * math.pi, 7):
        long = f.uniform(0.5, 0.65)
        frond = [(x + long * t * math.cos(a), y + long * t * math.sin(a) + 0.4 * t * t) for t in np.linspace(0, 1, 8)]
        back = [(px, py + 0.16 * math.sin(math.pi * t)) for (px, py), t in zip(frond, np.linspace(0, 1, 8))]
        pen.polygon(frond + back[::-1], skin * f.uniform(0.75, 1.15))
    return pen.over(ground(f), relief=False)


def cactus(f):
    pen, skin = Pen(f, tilt=0.06), colour(f, "foliage")
    dark = skin * 0.6
    pen.line([(0, 0.95), (0, -0.7)], 0.3, skin)
    pen.disc(0, -0.7, 0.15, skin)
    for side, low, high in ((-1, f.uniform(0.1, 0.35), f.uniform(-0.4, -0.1)),
                            (1, f.uniform(-0.1, 0.2), f.uniform(-0.6, -0.3))):
        pen.line([(0, low), (side * 0.45, low), (side * 0.45, high)], 0.19, skin)
        pen.disc(side * 0.45, high, 0.095, skin)
        pen.disc(side * 0.45, low, 0.095, skin)
        pen.line([(side * 0.45, low), (side * 0.45, high)], 0.025, dark)
    for x in (-0.07, 0, 0.07):
        pen.line([(x, 0.9), (x, -0.7)], 0.025, dark)
    return pen.over(ground(f))


def mushroom(f):
    pen, cap = Pen(f), colour(f, "autumn", "earth", "blossom")
    pen.blob([(-0.18, 0.0), (0.18, 0.0), (0.22, 0.85), (-0.22, 0.85)], colour(f, "sand") * 1.05)
    pen.blob(mirrored([(0, -0.75), (0.5, -0.5), (0.8, -0.05), (0.4, 0.08)]), cap)
    for _ in range(f.integer(4, 7)):
        pen.disc(f.uniform(-0.45, 0.45), f.uniform(-0.5, -0.15), f.uniform(0.05, 0.1), (0.95, 0.93, 0.88))
    return pen.over(ground(f))


def grass(f):
    picture = ground(f)
    pen, skin = Pen(f, tilt=0.05), palette(f, 4, ("foliage", "foliage", "sand"))
    for _ in range(90):
        x, lean, tall = f.uniform(-1.3, 1.3), f.normal(0.25), f.uniform(0.6, 1.7)
        tip = (x + lean, 1.3 - tall)
        pen.polygon([(x - 0.04, 1.3), (x + lean * 0.4 - 0.03, 1.3 - tall * 0.6), tip,
                     (x + lean * 0.4 + 0.03, 1.3 - tall * 0.6),
                     (x + 0.04, 1.3)], f.choice(skin) * f.uniform(0.7, 1.15))
    return pen.over(picture, relief=False)


def foliage(f):
    """A thicket: oval leaves upon leaves."""
    pen, skins = Pen(f), palette(f, 5, ("foliage", "foliage", "autumn"))
    for _ in range(75):
        x, y, a, long = f.uniform(-1.3, 1.3), f.uniform(-1.3, 1.3), f.angle(), f.uniform(0.2, 0.34)
        skin = f.choice(skins) * f.uniform(0.7, 1.1)
        c, s = math.cos(a), math.sin(a)
        outline = [(-long, 0), (0, 0.4 * long), (long, 0), (0, -0.4 * long)]
        pen.blob([(x + px * c - py * s, y + px * s + py * c) for px, py in outline], skin)
        pen.line([(x - long * c, y - long * s), (x + long * c, y + long * s)], 0.02, skin * 0.6)
    return pen.over(np.zeros((f.size, f.size, 3), np.float32) + skins[0] * 0.4, relief=False)


# Fruit


def _gloss(pen, x, y, skin):
    pen.ellipse(x, y, 0.1, 0.16, np.minimum(skin * 1.15 + 0.25, 1), 0.5)


def apple(f):
    pen, skin = Pen(f), colour(f, "autumn", "foliage", "blossom")
    pen.blob(mirrored([(0, -0.42), (0.3, -0.6), (0.68, -0.3), (0.6, 0.35), (0.25, 0.75), (0, 0.66)]), skin)
    pen.line([(0, -0.42), (0.08, -0.85)], 0.06, (0.3, 0.2, 0.1))
    pen.ellipse(0.28, -0.78, 0.2, 0.09, colour(f, "foliage"), -0.4)
    _gloss(pen, -0.35, -0.2, skin)
    return pen.over(ground(f))


def citrus(f):
    pen, skin = Pen(f, spin=True), colour(f, "autumn", "sand", "foliage", "blossom")
    pen.disc(0, 0, 0.82, skin)
    pen.disc(0, 0, 0.72, np.minimum(skin * 0.3 + 0.68, 1))
    count = f.integer(8, 10)
    for i in range(count):
        a, half = i * 2 * math.pi / count, 0.8 * math.pi / count
        pen.polygon([(0.08 * math.cos(a), 0.08 * math.sin(a))]
                    + [(0.65 * math.cos(a + b), 0.65 * math.sin(a + b)) for b in np.linspace(-half, half, 5)], skin)
    return pen.over(ground(f))


def pumpkin(f):
    pen, skin = Pen(f), colour(f, "autumn")
    pen.line([(0, -0.4), (0.1, -0.8)], 0.14, colour(f, "foliage") * 0.7)
    for x, wide in ((-0.5, 0.3), (0.5, 0.3), (-0.27, 0.3), (0.27, 0.3), (0, 0.28)):
        pen.ellipse(x, 0.1, wide * 1.1, 0.55, skin * 0.55)
        pen.ellipse(x, 0.1, wide, 0.53, skin * (1.05 - 0.4 * abs(x)))
    return pen.over(ground(f))


def carrot(f):
    pen, skin = Pen(f, tilt=0.5), colour(f, "autumn")
    for a in np.linspace(-0.5, 0.5, 5):
        pen.line([(0, -0.4), (0.5 * math.sin(a), -0.4 - 0.5 * math.cos(a))], 0.07, colour(f, "foliage"))
    pen.blob(mirrored([(0, -0.45), (0.24, -0.38), (0.16, 0.2), (0.03, 0.85)]), skin)
    for y in (-0.2, 0.0, 0.25):
        pen.line([(-0.12, y), (0.05, y + 0.03)], 0.03, skin * 0.6)
    return pen.over(ground(f))


def strawberry(f):
    pen, skin = Pen(f), colour(f, "autumn", "blossom")
    pen.blob(mirrored([(0, -0.5), (0.45, -0.5), (0.6, -0.1), (0.35, 0.45), (0, 0.8)]), skin)
    for row in range(5):
        count = 5 - row
        for i in range(count):
            pen.ellipse((i - (count - 1) / 2) * 0.22, -0.3 + row * 0.21, 0.03, 0.045, (0.95, 0.85, 0.45))
    green = colour(f, "foliage")
    for a in np.linspace(-1.3, 1.3, 5):
        pen.polygon([(-0.1, -0.55), (0.1, -0.55), (0.42 * math.sin(a), -0.5 + 0.22 * math.cos(a) - 0.1)], green)
    pen.line([(0, -0.5), (0, -0.85)], 0.06, green)
    return pen.over(ground(f))
