"""Coordinates for patterns: turned, warped and in perspective; polar; cells of lattices and of Voronoi diagrams."""
import math

import numpy as np


def fraction(t):
    return t - np.floor(t)


def triangle(t):
    """A wave of period 1 that is 1 at whole numbers and 0 half-way."""
    return np.abs(fraction(t) - 0.5) * 2


def plane(frame, low, high, warp=0.3, perspective=0.3, turn=math.pi):
    """(u, v, w): pattern coordinates with `low` to `high` periods across the picture, and a pixel's width in them."""
    frequency = frame.log_uniform(low, high) / 2
    x, y = frame.x, frame.y
    if frame.chance(perspective):
        depth = 1 + frame.uniform(-0.5, 0.5) * x + frame.uniform(-0.5, 0.5) * y
        x, y = x / depth, y / depth
    if frame.chance(warp):
        amount = frame.uniform(0.03, 0.12)
        x, y = x + amount * frame.noise("low"), y + amount * frame.noise("low")
    angle = frame.uniform(-turn, turn)
    c, s = math.cos(angle), math.sin(angle)
    u = (x * c - y * s) * frequency + frame.uniform(-9, 9)
    v = (x * s + y * c) * frequency + frame.uniform(-9, 9)
    return u, v, 1.3 * frequency * frame.pixel


def polar(frame, low, high, spread=0.4):
    """(r, angle, w) around a point near the middle; r grows by `low` to `high` over half the picture."""
    x = frame.x - frame.uniform(-spread, spread)
    y = (frame.y - frame.uniform(-spread, spread)) * frame.log_uniform(0.75, 1.35)
    frequency = frame.log_uniform(low, high)
    if frame.chance(0.3):
        amount = frame.uniform(0.02, 0.08)
        x, y = x + amount * frame.noise("low"), y + amount * frame.noise("low")
    return np.hypot(x, y) * frequency, np.arctan2(y, x) + frame.angle(), 1.3 * frequency * frame.pixel


def hexagons(u, v):
    """(x, y, a, b): place inside the nearest hexagon's centre, and that hexagon's integer name."""
    q = math.sqrt(3)
    ax, ay = fraction(u) - 0.5, (fraction(v / q) - 0.5) * q
    bx, by = fraction(u - 0.5) - 0.5, (fraction(v / q - 0.5) - 0.5) * q
    first = ax * ax + ay * ay < bx * bx + by * by
    x, y = np.where(first, ax, bx), np.where(first, ay, by)
    return x, y, np.round(2 * (u - x)), np.round((v - y) * 2)


def voronoi(frame, u, v, jitter=0.9):
    """(nearest, second, name): distances to the two nearest of jittered lattice points, and the nearest's number."""
    iu, iv = np.floor(u), np.floor(v)
    nearest = np.full(u.shape, 9, np.float32)
    second, name = nearest.copy(), np.zeros_like(nearest)
    for du in (-1, 0, 1):
        for dv in (-1, 0, 1):
            a, b = iu + du, iv + dv
            number = frame.cell(a, b)
            pu, pv = a + 0.5 + jitter * (number - 0.5), b + 0.5 + jitter * (frame.cell(a, b, 1) - 0.5)
            distance = np.hypot(pu - u, pv - v)
            closer = distance < nearest
            second = np.where(closer, nearest, np.minimum(second, distance))
            nearest = np.where(closer, distance, nearest)
            name = np.where(closer, number, name)
    return nearest, second, name
