"""Landscapes, skies and interiors: pictures without one object in front."""
import math

import numpy as np

from frame import edge, over
from lattices import triangle
from palettes import colour, gradient, palette
from pen import Pen, ring_points
from surfaces import ground, textured
import textures


def _sky(f, *families):
    return gradient(0.5 + 0.5 * f.y, palette(f, 2, families or ("sky", "dusk", "sand")))


def _ridge(f, base, height, tone):
    """A mask below a rough line, and its colour."""
    profile = f.noise("fbm")[f.size // 2]
    return edge(f.y - base - height * profile[None], f.pixel), tone * (1 + 0.12 * f.noise("fbm")[..., None])


def mountains(f):
    picture, horizon = _sky(f), f.uniform(-0.25, 0.1)
    for i in range(f.integer(2, 4)):
        mask, tone = _ridge(f, horizon + 0.25 * i, f.uniform(0.15, 0.3), colour(f, "stone", "dusk", "earth", "foliage"))
        picture = over(picture, mask, np.clip(tone, 0, 1))
    return picture


def peaks(f):
    """Sharp mountains with snow."""
    pen, rock = Pen(f, tilt=0.04), colour(f, "stone", "dusk", "earth")
    for x, top, wide in ((-0.6, f.uniform(-0.4, 0.0), 0.7), (0.65, f.uniform(-0.5, -0.1), 0.75),
                         (0.05, f.uniform(-0.85, -0.5), 0.9)):
        pen.polygon([(x, top), (x + wide, 1.5), (x - wide, 1.5)], rock * f.uniform(0.7, 1))
        pen.polygon([(x, top), (x + wide, 1.5), (x + 0.1, 1.5)], rock * 0.45)
        at = 0.22
        pen.polygon([(x, top), (x + wide * at, top + (1.5 - top) * at),
                     (x + wide * at * 0.4, top + (1.5 - top) * at * 0.75), (x, top + (1.5 - top) * at * 1.1),
                     (x - wide * at * 0.5, top + (1.5 - top) * at * 0.7), (x - wide * at,
                                                                           top + (1.5 - top) * at)], (0.95, 0.96, 0.98))
    return pen.over(_sky(f), relief=False)


def seascape(f):
    horizon = f.uniform(-0.3, 0.2)
    depth = np.maximum(f.y - horizon, 0.02)
    ripple = f.noise_at("fine", 3 / depth * 6 + f.size, f.x / depth * 4 + f.size) * np.clip(depth * 2, 0, 1)
    water = gradient(0.5 + 0.2 * ripple, palette(f, 3, ("sea", "sky", "dusk")))
    picture = over(_sky(f), edge(f.y - horizon, f.pixel), water)
    sun = f.uniform(-0.5, 0.5)
    picture = over(picture, edge(0.16 - np.hypot(f.x - sun, f.y - horizon + 0.1), f.pixel) * (f.y < horizon),
                   (1.0, 0.88, 0.6))
    glitter = np.exp(-((f.x - sun) / (0.06 + 0.15 * depth)) ** 2) * (f.y > horizon) * np.clip(0.5 + ripple, 0, 1)
    return over(picture, 0.8 * glitter, (1.0, 0.9, 0.7))


def starry_sky(f):
    picture = gradient(0.5 + 0.25 * f.noise("fbm"), palette(f, 2, ("dusk", "sea")) * 0.3)
    for _ in range(f.integer(30, 60)):
        x, y, radius = f.uniform(-1, 1), f.uniform(-1, 1), f.log_uniform(0.015, 0.05)
        picture = over(picture, np.exp(-((f.x - x) ** 2 + (f.y - y) ** 2) / radius**2),
                       (0.98, 0.96, f.uniform(0.75, 1)))
    return picture


def galaxy(f):
    r = np.hypot(f.x, f.y * f.uniform(1.1, 1.9)) + 0.02
    angle = np.arctan2(f.y, f.x)
    arms = 0.5 + 0.5 * np.cos(2 * (angle + f.choice((-1, 1)) * f.uniform(2.0, 3.0) * np.log(r)))
    glow = (np.exp(-((r / 0.18) ** 2)) + arms * np.exp(-((r / 0.6) ** 2)) * 0.9) * (1 + 0.25 * f.noise("fbm"))
    tint = gradient(np.clip(r, 0, 1), np.stack([np.array([1.0, 0.95, 0.8]), colour(f, "blossom", "sky", "dusk")]))
    night = palette(f, 1, ("dusk", "sea"))[0] * 0.12
    stars = 0.25 * (f.noise("fine") > 2.6)
    return np.clip(night + glow[..., None] * tint + stars[..., None], 0, 1)


def sunset(f):
    """A sun with rays behind bars of cloud."""
    x, y = f.uniform(-0.4, 0.4), f.uniform(-0.2, 0.4)
    r, angle = np.hypot(f.x - x, f.y - y), np.arctan2(f.y - y, f.x - x)
    sky = gradient(np.clip(r / 1.6, 0, 1), palette(f, 2, ("autumn", "dusk", "blossom")))
    picture = sky * (1 + 0.18 * np.clip(np.cos(f.integer(9, 14) * angle) * 2, -1, 1) * edge(r - 0.3, 0.1))[..., None]
    picture = over(picture, edge(0.28 - r, 2 * f.pixel), (1.0, 0.9, 0.6))
    bars = f.noise_at("low", f.y * f.size * 1.6 + f.size, f.x * f.size * 0.2 + f.size)
    return over(np.clip(picture, 0, 1), edge(bars - 0.8, 0.5) * 0.7, colour(f, "dusk") * 0.6)


def rainbow(f):
    r = np.hypot(f.x - f.uniform(-0.3, 0.3), f.y - 0.8)
    outer, width = f.uniform(1.15, 1.35), f.uniform(0.3, 0.45)
    t = np.clip((outer - r) / width, 0, 1)
    hues = np.array([[0.9, 0.2, 0.2], [0.95, 0.6, 0.2], [0.95, 0.9, 0.3], [0.3, 0.8, 0.35], [0.25, 0.45, 0.9],
                     [0.5, 0.25, 0.7]], np.float32)
    band = edge(outer - r, 0.03) * edge(r - outer + width, 0.03)
    picture = over(_sky(f, "sky", "stone"), band * f.uniform(0.75, 1), gradient(t, hues))
    mask, tone = _ridge(f, 0.6, 0.08, colour(f, "foliage", "earth"))
    return over(picture, mask, np.clip(tone, 0, 1))


def road(f):
    horizon, centre = f.uniform(-0.3, 0.1), f.uniform(-0.3, 0.3)
    depth = np.maximum(f.y - horizon, 0.01)
    x = (f.x - centre * (1 - depth)) / depth
    land = gradient(0.5 + 0.25 * f.noise("fbm"), palette(f, 3, ("foliage", "sand", "earth")))
    picture = over(_sky(f), edge(f.y - horizon, f.pixel), land)
    wide = f.uniform(0.5, 0.75)
    picture = over(picture, edge(wide - np.abs(x), 3 * f.pixel / depth) * (f.y > horizon), colour(f, "stone") * 0.45)
    mark = edge(triangle(f.uniform(0.5, 0.8) / depth * 2 + f.uniform(0, 1)) - 0.5, 0.3) * edge(0.05 - np.abs(x),
                                                                                               2 * f.pixel / depth)
    rim = edge(0.03 - np.abs(np.abs(x) - wide * 0.9), 2 * f.pixel / depth)
    return over(picture, np.maximum(mark, rim) * (f.y > horizon), (0.93, 0.92, 0.85))


def field_rows(f):
    """Furrows running to a point on the horizon, under a sky."""
    horizon = f.uniform(-0.4, 0.0)
    depth = np.maximum(f.y - horizon, 0.01)
    x = (f.x - f.uniform(-0.5, 0.5)) / depth
    fade = np.clip(depth * 3, 0, 1)
    rows = 0.5 + 0.5 * np.sin(x * f.uniform(9, 14)) * fade
    land = gradient(rows + 0.1 * f.noise("fbm"), palette(f, 2, ("foliage", "earth", "sand", "autumn")))
    return over(_sky(f), edge(f.y - horizon, f.pixel), land)


def checker_floor(f):
    """A tiled floor to the horizon."""
    horizon = f.uniform(-0.4, 0.0)
    depth = np.maximum(f.y - horizon, 0.02)
    u, v = f.x / depth * f.uniform(0.8, 1.3) + f.uniform(-1, 1), f.uniform(0.8, 1.3) / depth
    tile = np.sin(math.pi * u * 1.5) * np.sin(math.pi * v * 1.5)
    tone = 0.5 + 0.5 * np.clip(tile * depth * 12, -1, 1) * np.clip(depth * 4, 0, 1)
    floor = gradient(tone, palette(f, 2))
    return over(_sky(f, "sky", "dusk", "stone", "sand"), edge(f.y - horizon, f.pixel), floor)


def forest(f):
    """Trunks behind trunks."""
    picture = gradient(0.5 + 0.25 * f.noise("fbm") + 0.2 * f.y, palette(f, 3, ("foliage", "autumn", "sand")))
    bark = colour(f, "earth", "stone")
    for layer in range(3):
        tone = bark * (0.95 - 0.32 * layer)
        for _ in range(5 - layer):
            x, wide, lean = f.uniform(-1, 1), (0.03, 0.06, 0.11)[layer] * f.uniform(0.8, 1.3), f.normal(0.05)
            gap = np.abs(f.x - x - lean * f.y)
            bark_there = tone
            if layer:
                rough = 1 - 0.4 * np.clip((f.x - x) / wide, -1, 1) + 0.12 * f.noise("fine")
                bark_there = tone * rough[..., None]
            picture = over(picture, edge(wide - gap, f.pixel), np.clip(bark_there, 0, 1))
    return picture


def waterfall(f):
    cliff = textured(f, textures.rock_relief, ("stone", "earth", "foliage"))
    x = f.x - f.uniform(-0.2, 0.2) + 0.06 * f.noise("low")
    wide = 0.25 + 0.12 * (f.y + 1) / 2
    streaks = f.noise_at("fine", f.y * f.size * 0.1 + f.size, x * f.size * 0.9 + f.size)
    water = np.clip(0.78 + 0.14 * streaks, 0, 1)[..., None] * np.array([0.88, 0.95, 1.0])
    picture = over(cliff, edge(wide - np.abs(x), 0.06), water)
    pool = edge(f.y - 0.6 - 0.03 * f.noise("low"), 0.05)
    return over(picture, pool, gradient(0.5 + 0.2 * f.noise("band"), palette(f, 2, ("sea",))))


def volcano(f):
    pen, rock = Pen(f, tilt=0.04), colour(f, "stone", "dusk", "earth") * 0.6
    pen.polygon([(-0.22, -0.2), (0.22, -0.2), (1.1, 1.4), (-1.1, 1.4)], rock)
    pen.polygon([(0.05, -0.2), (0.22, -0.2), (1.1, 1.4), (0.3, 1.4)], rock * 0.6)
    pen.ellipse(0, -0.2, 0.22, 0.06, (1.0, 0.55, 0.12))
    for x0, x1 in ((-0.08, -0.3), (0.05, 0.12)):
        pen.line([(x0, -0.18), (x0 + (x1 - x0) * 0.4, 0.25), (x1, 0.9)], 0.08, (1.0, 0.45, 0.1))
    for i in range(9):
        pen.disc(f.normal(0.1 + 0.03 * i), -0.35 - 0.08 * i, 0.1 + 0.02 * i, np.ones(3) * f.uniform(0.3, 0.55))
    return pen.over(_sky(f), relief=False)


def web(f):
    pen, threads = Pen(f, spin=True), f.integer(9, 12)
    silk = colour(f, "stone", "sky") + 0.1
    spokes = ring_points(threads, 1.5)
    for p in spokes:
        pen.line([(0, 0), p], 0.022, silk)
    for r in np.linspace(0.12, 0.95, 8):
        points = [(x / 1.5 * r, y / 1.5 * r) for x, y in spokes]
        chords = []
        for i, p in enumerate(points):
            q = points[(i + 1) % threads]
            chords += [p, ((p[0] + q[0]) * 0.46, (p[1] + q[1]) * 0.46)]
        pen.line(chords + [points[0]], 0.022, silk)
    return pen.over(ground(f) * 0.6, relief=False)


def lattice_tower(f):
    """A steel mast with cross bracing, against the sky."""
    pen, steel = Pen(f, tilt=0.05), colour(f, "stone", "dusk", "earth") * 0.5
    levels = np.linspace(-0.95, 0.95, 7)
    half = 0.07 + 0.4 * ((levels + 0.95) / 1.9) ** 1.5
    for s in (-1, 1):
        pen.line(list(zip(s * half, levels)), 0.07, steel)
    for i in range(6):
        pen.line([(-half[i], levels[i]), (half[i + 1], levels[i + 1])], 0.04, steel)
        pen.line([(half[i], levels[i]), (-half[i + 1], levels[i + 1])], 0.04, steel)
        pen.line([(-half[i], levels[i]), (half[i], levels[i])], 0.05, steel)
    return pen.over(_sky(f), relief=False)


def overlapping_rectangles(f):
    picture = np.zeros((f.size, f.size, 3), np.float32) + palette(f, 1)[0]
    colours = palette(f, 6)
    for _ in range(f.integer(22, 34)):
        x, y, wide, tall, a = f.uniform(-1, 1), f.uniform(-1, 1), f.uniform(0.12, 0.45), f.uniform(0.12,
                                                                                                   0.45), f.angle()
        u, v = (f.x - x) * math.cos(a) + (f.y - y) * math.sin(a), (f.y - y) * math.cos(a) - (f.x - x) * math.sin(a)
        inside = edge(np.minimum(wide - np.abs(u), tall - np.abs(v)), f.pixel)
        picture = over(picture, inside, f.choice(colours) * f.uniform(0.85, 1.1))
    return np.clip(picture, 0, 1)


def bokeh(f):
    """Lights out of focus."""
    picture = gradient(0.5 + 0.25 * f.noise("low"), palette(f, 2, ("dusk", "earth", "sea")) * 0.4)
    for _ in range(f.integer(14, 24)):
        r = np.hypot(f.x - f.uniform(-1, 1), f.y - f.uniform(-1, 1))
        radius = f.uniform(0.1, 0.22)
        picture = over(picture, edge(radius - r, 0.04) * f.uniform(0.35, 0.7),
                       colour(f, "autumn", "sand", "blossom", "sky") + 0.1)
    return np.clip(picture, 0, 1)


def hair(f):
    pen, tones = Pen(f, spin=True), palette(f, 4, ("earth", "autumn", "stone", "sand"))
    bend, drift = f.uniform(-0.5, 0.5), f.uniform(-0.4, 0.4)
    for _ in range(150):
        x, a, b = f.uniform(-1.9, 1.9), drift + f.normal(0.08), bend + f.normal(0.1)
        pen.line([(x + a * t + b * t * t, -1.6 + 3.2 * t) for t in np.linspace(0, 1, 6)], f.uniform(0.02, 0.05),
                 f.choice(tones) * f.uniform(0.6, 1.2))
    return pen.over(np.zeros((f.size, f.size, 3), np.float32) + tones[0] * 0.4, relief=False)
