"""Solid bodies, shaded by their normals."""
import math

import numpy as np

from frame import edge, over
from palettes import colour, palette
from surfaces import ground, surface


def light(frame):
    """The direction of a light in front of the picture: (x, y, z), of length 1."""
    angle, low = frame.angle(), frame.uniform(0.3, 0.85)
    return math.cos(angle) * low, math.sin(angle) * low, math.sqrt(1 - low * low)


def ball(frame, picture, cx, cy, radius, skin, lamp, gloss=0.4, stretch=1.0):
    """A shaded ellipsoid laid over `picture`."""
    dx, dy = (frame.x - cx) / radius, (frame.y - cy) / (radius * stretch)
    distance = dx * dx + dy * dy
    z = np.sqrt(np.maximum(1 - distance, 0))
    shade = np.clip(dx * lamp[0] + dy * lamp[1] + z * lamp[2], 0, 1)[..., None]
    return over(picture, edge(1 - np.sqrt(distance), 1.3 * frame.pixel / radius),
                np.clip(skin * (0.15 + 0.95 * shade) + gloss * shade**24, 0, 1))


def sphere(f):
    return ball(f, ground(f), f.uniform(-0.3, 0.3), f.uniform(-0.3, 0.3), f.uniform(0.4, 0.8), surface(f), light(f),
                f.uniform(0, 0.7))


def grapes(f):
    picture, lamp, colours = ground(f), light(f), palette(f, 3, ("dusk", "foliage", "blossom"))
    radius, gloss = f.uniform(0.15, 0.22), f.uniform(0.2, 0.7)
    for row, count in enumerate((4, 3, 3, 2, 1)):
        for i in range(count):
            x = (i - (count - 1) / 2) * radius * 1.6 + f.normal(0.03)
            picture = ball(f, picture, x, -0.5 + row * radius * 1.35, radius * f.uniform(0.85, 1.1),
                           np.clip(f.choice(colours), 0.1, 1), lamp, gloss)
    return picture


def beads(f):
    picture, lamp, colours = ground(f), light(f), palette(f, 3)
    angle, bend, radius = f.angle(), f.uniform(-0.5, 0.5), f.uniform(0.09, 0.15)
    x, y = -math.cos(angle) + f.uniform(-0.3, 0.3), -math.sin(angle) + f.uniform(-0.3, 0.3)
    for i in range(15):
        picture = ball(f, picture, x, y, radius, colours[i % 3], lamp)
        x, y, angle = x + 1.8 * radius * math.cos(angle), y + 1.8 * radius * math.sin(angle), angle + bend
    return picture


def pile(f):
    """Balls of many sizes, one upon the other."""
    picture, lamp, colours = ground(f), light(f), palette(f, 4)
    for _ in range(f.integer(18, 28)):
        picture = ball(f, picture, f.uniform(-1, 1), f.uniform(-1, 1), f.log_uniform(0.14, 0.4), f.choice(colours),
                       lamp, 0.3)
    return picture


def bubbles(f):
    picture = ground(f)
    for _ in range(f.integer(5, 9)):
        cx, cy, radius = f.uniform(-0.8, 0.8), f.uniform(-0.8, 0.8), f.log_uniform(0.15, 0.4)
        r = np.hypot(f.x - cx, f.y - cy) / radius
        rim = np.exp(-(((r - 0.93) / 0.07) ** 2)) * 0.75
        glint = np.exp(-(np.hypot(f.x - cx + radius * 0.4, f.y - cy + radius * 0.4) / (0.16 * radius)) ** 2)
        picture = over(picture, np.clip(rim + glint, 0, 1), (0.9, 0.95, 1.0))
    return picture


def torus(f):
    picture, lamp, skin = ground(f), light(f), surface(f)
    dx = f.x - f.uniform(-0.2, 0.2)
    dy = (f.y - f.uniform(-0.2, 0.2)) * f.log_uniform(0.7, 1.6)
    r = np.hypot(dx, dy) + 1e-6
    width = f.uniform(0.16, 0.26)
    d = (r - f.uniform(0.45, 0.62)) / width
    z = np.sqrt(np.maximum(1 - d * d, 0))
    shade = np.clip((dx / r * lamp[0] + dy / r * lamp[1]) * d + z * lamp[2], 0, 1)[..., None]
    return over(picture, edge(1 - np.abs(d), f.pixel / width), skin * (0.15 + 0.9 * shade) + 0.4 * shade**20)


def tube(f):
    picture, lamp, skin = ground(f), light(f), surface(f)
    angle, phase = f.angle(), f.angle()
    frequency, swing, width = f.uniform(2.5, 5), f.uniform(0.2, 0.4), f.uniform(0.1, 0.2)
    u, v = f.x * math.cos(angle) - f.y * math.sin(angle), f.x * math.sin(angle) + f.y * math.cos(angle)
    gap = v - swing * np.sin(frequency * u + phase)
    d = gap / np.sqrt(1 + (swing * frequency * np.cos(frequency * u + phase)) ** 2) / width
    z = np.sqrt(np.maximum(1 - d * d, 0))
    shade = np.clip(z * lamp[2] + d * lamp[0], 0, 1)[..., None]
    return over(picture, edge(1 - np.abs(d), f.pixel / width), skin * (0.15 + 0.9 * shade) + 0.3 * shade**20)


def planet(f):
    """A banded ball with a ring around it."""
    picture = np.zeros_like(ground(f)) + colour(f, "dusk", "sea") * 0.2
    stars = f.noise("fine") > 3.0
    picture = over(picture, stars.astype(np.float32), (0.9, 0.9, 0.85))
    colours = palette(f, 3, ("sand", "autumn", "sky", "dusk"))
    radius, tilt = f.uniform(0.35, 0.48), f.uniform(-0.5, 0.5)
    u, v = f.x * math.cos(tilt) + f.y * math.sin(tilt), f.y * math.cos(tilt) - f.x * math.sin(tilt)
    wave = 0.5 + 0.5 * np.sin(v * f.uniform(14, 22) + 0.3 * f.noise("low"))
    bands = colours[0] + (colours[1] - colours[0]) * wave[..., None]
    ring = np.hypot(u, v * f.uniform(3.2, 4.5)) / radius
    band = edge(ring - 1.25, 0.05) * edge(1.85 - ring, 0.05) * (0.6 + 0.3 * np.sin(ring * 30))
    picture = over(picture, band * (v < 0), colours[2])
    picture = ball(f, picture, 0, 0, radius, bands, light(f), 0.05)
    return over(picture, band * (v >= 0), colours[2])
