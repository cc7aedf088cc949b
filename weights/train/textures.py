"""Textures that fill a picture: each returns (tone in about [0, 1], height or None), both size x size."""
import math

import numpy as np
from scipy.ndimage import gaussian_filter

from frame import edge
from lattices import fraction, hexagons, plane, polar, triangle, voronoi

TAU = 2 * math.pi


# Lines


def grating(f):
    u, _, _ = plane(f, 3, 12)
    return 0.5 + 0.5 * np.sin(TAU * u), None


def stripes(f):
    u, _, w = plane(f, 2, 9)
    return edge(triangle(u) - f.uniform(0.35, 0.65), 2 * w), None


def pinstripes(f):
    u, _, w = plane(f, 4, 11)
    return edge(triangle(u) - f.uniform(0.82, 0.9), 2 * w), None


def dashes(f):
    u, v, w = plane(f, 5, 11)
    row = np.floor(v)
    along = u * 0.35 + f.cell(row, row, 2) * 3
    return edge(0.3 - np.abs(fraction(v) - 0.5), w) * edge(0.33 - np.abs(fraction(along) - 0.5), w * 0.5), None


def zigzag(f):
    u, v, w = plane(f, 3, 7)
    return edge(triangle(v + f.uniform(0.4, 1.0) * triangle(u)) - 0.5, 2.5 * w), None


def waves(f):
    u, v, w = plane(f, 3, 7, warp=0.1)
    return 0.5 + 0.5 * np.clip(np.sin(TAU * (v + f.uniform(0.25, 0.5) * np.sin(TAU * u * 0.6))) * f.uniform(1, 4), -1,
                               1), None


def dunes(f):
    u, _, _ = plane(f, 5, 12, warp=0)
    profile = fraction(u + f.uniform(0.3, 0.6) * f.noise("low"))
    height = np.minimum(profile / 0.75, (1 - profile) / 0.25)
    return 0.35 + 0.4 * height + 0.05 * f.noise("fine"), height * 0.6


def zebra(f):
    u, _, _ = plane(f, 3, 7, warp=0)
    return edge(np.sin(TAU * (u + f.uniform(0.3, 0.5) * f.noise("low"))), 0.4), None


# Grids and weaves


def checker(f):
    u, v, w = plane(f, 3, 8)
    return edge(np.sin(math.pi * u) * np.sin(math.pi * v), 3 * w), None


def grid_lines(f):
    u, v, w = plane(f, 3, 8)
    return edge(np.maximum(triangle(u), triangle(v)) - f.uniform(0.82, 0.9), 2 * w), None


def plaid(f):
    u, v, w = plane(f, 2, 5)
    a, b = f.uniform(0.3, 0.6), f.uniform(0.3, 0.6)
    broad = 0.35 * edge(triangle(u) - a, 2 * w) + 0.35 * edge(triangle(v) - b, 2 * w)
    thin = edge(triangle(2 * u + 0.3) - 0.85, 4 * w) + edge(triangle(2 * v + 0.2) - 0.85, 4 * w)
    return broad + 0.2 * thin, None


def net(f):
    u, v, w = plane(f, 4, 8)
    distance = np.minimum(triangle(u + v * 0.6), triangle(u - v * 0.6))
    return edge(f.uniform(0.12, 0.22) - distance, 2 * w), -np.minimum(distance, 0.3)


def lattice_holes(f):
    u, v, w = plane(f, 3, 8)
    k = f.uniform(0.3, 0.4)
    corner = np.maximum(np.abs(fraction(u) - 0.5), np.abs(fraction(v) - 0.5))
    return 1 - edge(k - corner, w), edge(corner - k, 3 * w) * 0.5


def basket(f):
    u, v, w = plane(f, 3, 8)
    crossed = ((np.floor(u) + np.floor(v)) % 2) > 0.5
    along, across = np.where(crossed, fraction(u), fraction(v)), np.where(crossed, fraction(v), fraction(u))
    height = np.sqrt(np.sin(math.pi * across)) * (0.6 + 0.4 * np.sin(math.pi * along))
    return np.clip(height * np.where(crossed, 0.8, 1), 0, 1) * edge(np.minimum(across, 1 - across) - 0.08, w), height


def knit(f):
    u, v, w = plane(f, 4, 9, turn=0.4)
    side = fraction(u) - 0.5
    height = np.sqrt(np.abs(np.sin(math.pi * (v * 1.2 + 1.1 * np.abs(side))))) * np.sqrt(np.abs(np.sin(TAU * side)))
    return 0.15 + 0.8 * height, height


def braid(f):
    u, v, w = plane(f, 2, 4)
    tone, height = np.zeros_like(u), np.zeros_like(u)
    x = fraction(u) - 0.5
    for strand in range(3):
        centre = 0.26 * np.sin(TAU * (v + strand / 3))
        profile = np.sqrt(np.maximum(1 - ((x - centre) / 0.15) ** 2, 0))
        front = 0.5 + 0.5 * np.sin(2 * TAU * (v + strand / 3))
        top = profile * (0.5 + front)
        tone = np.where(top > height, 0.3 + 0.5 * profile + 0.1 * strand, tone)
        height = np.maximum(height, top)
    return tone, height


def bricks(f):
    u, v, w = plane(f, 4, 9, turn=0.3)
    row = np.floor(v)
    along = u * 0.5 + 0.5 * (row % 2)
    joint = np.minimum(np.minimum(fraction(v), 1 - fraction(v)), 2 * np.minimum(fraction(along), 1 - fraction(along)))
    return edge(joint - 0.07, w) * (0.5 + 0.5 * f.cell(np.floor(along), row)), np.minimum(joint, 0.15) * 3


def diagonal_maze(f):
    u, v, w = plane(f, 5, 10, perspective=0.1)
    flip = f.cell(np.floor(u), np.floor(v)) > 0.5
    x = np.where(flip, 1 - fraction(u), fraction(u))
    distance = np.minimum(np.abs(x - fraction(v)), np.minimum(np.abs(x - fraction(v) + 1), np.abs(x - fraction(v) - 1)))
    return edge(f.uniform(0.13, 0.2) - distance, 1.4 * w), None


def truchet(f):
    u, v, w = plane(f, 4, 8, perspective=0.2)
    flip = f.cell(np.floor(u), np.floor(v)) > 0.5
    x, y = np.where(flip, 1 - fraction(u), fraction(u)), fraction(v)
    distance = np.minimum(np.abs(np.hypot(x, y) - 0.5), np.abs(np.hypot(1 - x, 1 - y) - 0.5))
    k = f.uniform(0.12, 0.2)
    return edge(k - distance, w), np.sqrt(np.maximum(k * k - distance * distance, 0)) * 1.5


def triangles(f):
    u, v, _ = plane(f, 3, 7)
    v = v / 0.866
    p = u - v * 0.5
    upper = (fraction(p) + fraction(v)) > 1
    return f.cell(np.floor(p) * 2 + upper, np.floor(v)), None


def cubes(f):
    u, v, w = plane(f, 3, 6, turn=0.2)
    x, y, _, _ = hexagons(u, v)
    angle = (np.arctan2(y, x) + math.pi / 2) / TAU * 3
    return np.choose((np.floor(angle).astype(int)) % 3, [0.95, 0.5, 0.12]).astype(np.float32), None


def hexagon_cells(f):
    u, v, w = plane(f, 3, 7)
    x, y, a, b = hexagons(u, v)
    rim = 0.5 - np.maximum(np.abs(x), np.abs(x) * 0.5 + np.abs(y) * 0.866)
    return edge(rim - 0.06, w) * (0.4 + 0.6 * f.cell(a, b)), np.minimum(rim, 0.2) * 2


def honeycomb(f):
    u, v, w = plane(f, 4, 8)
    x, y, _, _ = hexagons(u, v)
    rim = 0.5 - np.maximum(np.abs(x), np.abs(x) * 0.5 + np.abs(y) * 0.866)
    return 0.1 + 0.9 * edge(0.09 - rim, w) + 0.5 * rim, edge(0.1 - rim, 4 * w)


# Dots and small things in rows


def _row_cell(f, low, high):
    u, v, w = plane(f, low, high)
    if f.chance(0.5):
        u = u + 0.5 * (np.floor(v) % 2)
    return fraction(u) - 0.5, fraction(v) - 0.5, w


def dots(f):
    x, y, w = _row_cell(f, 3, 8)
    tone = edge(f.uniform(0.22, 0.38) - np.hypot(x, y), w)
    return tone, tone * 0.3


def balls(f):
    u, v, _ = plane(f, 3, 7)
    x, y, a, b = hexagons(u, v)
    height = np.sqrt(np.maximum(0.24 - x * x - y * y, 0))
    return 0.15 + 1.2 * height + 0.3 * (f.cell(a, b) - 0.5), 3 * height


def small_rings(f):
    x, y, w = _row_cell(f, 3, 6)
    return edge(0.09 - np.abs(np.hypot(x, y) - f.uniform(0.27, 0.33)), w), None


def small_crosses(f):
    x, y, w = _row_cell(f, 3, 7)
    arm = f.uniform(0.08, 0.12)
    near, far = np.minimum(np.abs(x), np.abs(y)), np.maximum(np.abs(x), np.abs(y))
    return edge(arm - near, w) * edge(0.36 - far, w), None


def small_stars(f):
    x, y, w = _row_cell(f, 3, 6)
    points = f.choice((5, 6))
    radius = 0.26 + 0.13 * np.cos(points * (np.arctan2(y, x) + f.angle()))
    return edge(radius - np.hypot(x, y), 2 * w), None


def eyespots(f):
    u, v, w = plane(f, 2, 5)
    x, y, _, _ = hexagons(u, v)
    r = np.hypot(x, y)
    return edge(0.42 - r, w) * 0.55 + edge(0.28 - r, w) * 0.4 - edge(0.14 - r, w) * 0.9, None


def random_dots(f):
    u, v, w = plane(f, 3, 8)
    nearest, _, name = voronoi(f, u, v, 0.7)
    return edge(0.12 + 0.28 * name - nearest, w) * (0.5 + 0.5 * name), None


def text(f):
    u, v, w = plane(f, 5, 10, warp=0.1, turn=0.35)
    row, y, x = np.floor(v), fraction(v), u * f.uniform(1.4, 2.2)
    letter, x = np.floor(x), fraction(x)
    n, q = f.cell(letter, row), f.cell(letter, row, 1)
    present = (n > 0.18) & (y > 0.2) & (y < 0.85)
    stem = (x < 0.28) & (q > 0.3)
    top = (np.abs(y - 0.3) < 0.1) & (q < 0.7) & (x < 0.85)
    foot = (np.abs(y - 0.72) < 0.1) & (n > 0.5) & (x < 0.85)
    right = (x > 0.55) & (x < 0.85) & (n < 0.55)
    middle = (np.abs(y - 0.52) < 0.09) & (q > 0.55) & (x < 0.85)
    return gaussian_filter((present & (stem | top | foot | right | middle)).astype(np.float32), 0.7), None


def windows(f):
    u, v, w = plane(f, 3, 7, warp=0.1, perspective=0.7, turn=0.15)
    v = v * f.uniform(0.6, 1)
    x, y = fraction(u), fraction(v)
    a, b = f.uniform(0.15, 0.3), f.uniform(0.12, 0.3)
    pane = edge(np.minimum(np.minimum(x - a, 1 - a - x), np.minimum(y - b, 1 - b - y)), w)
    bar = edge(np.abs(x - 0.5) - 0.04, w) if f.chance(0.5) else 1
    return (1 - pane) * 0.75 + pane * bar * 0.45 * f.cell(np.floor(u), np.floor(v)), -pane * 0.3


def piano(f):
    u, _, w = plane(f, 4, 8, warp=0, perspective=0.2, turn=0.3)
    v = f.y + f.uniform(-0.3, 0.3)
    white = edge(np.minimum(fraction(u), 1 - fraction(u)) - 0.04, w)
    black = edge(0.28 - np.abs(fraction(u + 0.5) - 0.5), w) * ((np.floor(u + 0.5) % 7) % 4 != 0) * (v < 0.1)
    return white * (1 - black), None


# Cells


def voronoi_cells(f):
    u, v, w = plane(f, 3, 8)
    nearest, second, name = voronoi(f, u, v)
    rim = second - nearest
    return edge(rim - 0.06, w) * (0.25 + 0.75 * name), None


def cobbles(f):
    u, v, _ = plane(f, 3, 7)
    nearest, second, name = voronoi(f, u, v, 0.6)
    rim = np.clip(second - nearest, 0, 0.6)
    return 0.15 + rim * 0.9 + 0.3 * (name - 0.5), np.sqrt(rim) * 1.6


def giraffe_hide(f):
    u, v, w = plane(f, 3, 6)
    nearest, second, _ = voronoi(f, u, v, 0.8)
    return 1 - edge(second - nearest - 0.2, 3 * w) + 0.06 * f.noise("fine"), None


def cracks(f):
    u, v, w = plane(f, 2, 5, warp=1)
    u, v = u + 0.12 * f.noise("fbm"), v + 0.12 * f.noise("fbm")
    nearest, second, _ = voronoi(f, u, v)
    rim = second - nearest
    return edge(rim - 0.05, 2 * w) * (0.7 + 0.1 * f.noise("fbm")) + 0.04 * f.noise("fine"), np.minimum(rim, 0.1) * 2


def foam(f):
    u, v, w = plane(f, 3, 7)
    nearest, second, name = voronoi(f, u, v, 0.8)
    ring = edge(0.06 - np.abs(nearest - 0.42 - 0.08 * name), 1.5 * w)
    glint = edge(0.1 - np.hypot(nearest - 0.2, second - 0.9), 2 * w)
    return 0.25 + 0.6 * ring + 0.5 * glint + 0.2 * nearest, None


def scales(f):
    u, v, w = plane(f, 3, 7, turn=0.5)
    tone, height = np.zeros_like(u), np.zeros_like(u)
    for step in (1, 0, -1):
        row = np.floor(v) - step
        shifted = u + 0.5 * (row % 2)
        r = np.hypot(fraction(shifted) - 0.5, v - row)
        mask = edge(0.72 - r, w) * (v - row > -0.01)
        tone = tone * (1 - mask) + mask * (1 - r * 1.2 + 0.25 * f.cell(np.floor(shifted), row))
        height = np.where(mask > 0.5, 1 - r, height)
    return np.clip(tone, 0, 1), height


def shingles(f):
    u, v, w = plane(f, 4, 9, turn=0.3)
    row, y = np.floor(v), fraction(v)
    along = u * 0.8 + 0.5 * (row % 2)
    gap = np.minimum(fraction(along), 1 - fraction(along))
    shade = (0.25 + 0.6 * y) * (0.65 + 0.35 * f.cell(np.floor(along), row))
    return shade * edge(gap - 0.05, w), y * 0.8


# Grown and weathered


def fur(f):
    angle = f.angle() + f.uniform(0, 1.2) * f.noise("low")
    c, s = np.cos(angle), np.sin(angle)
    frequency = f.size * f.uniform(0.5, 0.9)
    along, across = (f.x * c + f.y * s) * frequency / f.uniform(5, 10), (f.y * c - f.x * s) * frequency
    strands = f.noise_at("fine", along + f.size, across + f.size)
    strands = gaussian_filter(strands, 0.5)
    return 0.5 + 0.22 * strands + 0.1 * f.noise("low"), strands * 0.15


def wood(f):
    u, v, _ = plane(f, 3, 8, warp=1)
    r = np.hypot((u + f.uniform(-3, 3)) * 0.18, v) + 0.1 * f.noise("low")
    profile = fraction(r)
    return np.minimum(profile, 4 * (1 - profile)) * 0.8 + 0.06 * f.noise("fine"), None


def marble(f):
    u, _, _ = plane(f, 1.5, 4)
    return (1 - np.abs(np.sin(math.pi * (u + f.uniform(0.4, 0.8) * f.noise("fbm"))))) ** f.uniform(1, 2.5), None


def clouds(f):
    billow = f.noise("fbm") + 0.5 * f.noise("low")
    return np.clip(0.5 + f.uniform(0.25, 0.4) * billow, 0, 1), None


def rock_relief(f):
    height = f.noise("fbm")
    return 0.5 + 0.15 * height, height * f.uniform(0.7, 1.2)


def labyrinth(f):
    field = f.noise("band")
    return edge(field, f.uniform(0.3, 1.2)), np.clip(field, -1, 1) * 0.2


def leopard(f):
    field = f.noise("band") + 0.15 * f.noise("fine")
    return 1 - np.clip(edge(field - 0.5, 0.4) - 0.75 * edge(field - 1.15, 0.4), 0, 1) + 0.04 * f.noise("fine"), None


def cow(f):
    field = f.noise("low") + 0.25 * f.noise("fbm")
    return edge(field - f.uniform(-0.3, 0.4), 0.12), None


def caustics(f):
    ridge = np.minimum(np.abs(f.noise("band")), np.abs(f.noise("band")))
    return np.exp(-3.5 * ridge), None


def flames(f):
    x = f.x * f.size * 0.5 + 0.12 * f.size * f.noise("low") * (1 - f.y)
    y = f.y * f.size * 0.22 + f.size
    tongues = f.noise_at("fine", y, x * 0.5 + f.size) * 0.28
    return np.clip(0.45 + 0.5 * f.y + tongues + 0.12 * f.noise("fbm"), 0, 1), None


def sand_grains(f):
    grain = gaussian_filter(f.rng.standard_normal(f.x.shape).astype(np.float32), f.uniform(0.8, 1.3))
    return 0.5 + 0.14 * grain / grain.std(), grain * 0.5


# Around a point


def rings(f):
    r, _, _ = polar(f, 2.5, 7)
    return 0.5 + 0.5 * np.clip(np.sin(TAU * r) * f.uniform(1, 5), -1, 1), None


def spiral(f):
    r, angle, _ = polar(f, 2, 5)
    turn = f.choice((-1, 1))
    return 0.5 + 0.5 * np.clip(np.sin(TAU * r + turn * angle) * f.uniform(1, 4), -1, 1), None


def pinwheel(f):
    r, angle, _ = polar(f, 0.9, 1.3)
    arms = f.integer(4, 7) * f.choice((-1, 1))
    return 0.5 + 0.5 * np.clip(np.sin(arms * angle + f.uniform(3, 5) * np.log(r + 0.1)) * f.uniform(1.5, 5), -1,
                               1), None


def sunburst(f):
    _, angle, _ = polar(f, 1, 2)
    return 0.5 + 0.5 * np.clip(np.sin(f.integer(7, 16) * angle) * f.uniform(1.5, 6), -1, 1), None


def dartboard(f):
    r, angle, _ = polar(f, 1.5, 3)
    return 0.5 + 0.5 * np.clip(np.sin(TAU * r) * np.sin(f.integer(5, 9) * angle) * 6, -1, 1), None


def seed_head(f):
    """Sunflower seeds: points at the golden angle, the k-th at radius sqrt(k)."""
    x, y = f.x - f.uniform(-0.2, 0.2), f.y - f.uniform(-0.2, 0.2)
    count = f.integer(120, 260)
    k = np.arange(count)
    angle = k * math.pi * (3 - math.sqrt(5)) + f.angle()
    radius = np.sqrt((k + 0.5) / count) * 1.25
    nearest = np.full(x.shape, 9, np.float32)
    reach = int(f.size * 1.6 / math.sqrt(count)) + 2
    for px, py in zip(radius * np.cos(angle), radius * np.sin(angle)):
        column, row = int((px - x[0, 0]) / f.pixel), int((py - y[0, 0]) / f.pixel)
        window = (slice(max(row - reach, 0), max(row + reach, 0)),
                  slice(max(column - reach, 0), max(column + reach, 0)))
        nearest[window] = np.minimum(nearest[window], np.hypot(x[window] - px, y[window] - py))
    gap = 1.25 / math.sqrt(count) * 1.5
    height = np.sqrt(np.maximum(1 - (nearest / gap) ** 2, 0))
    return 0.1 + 0.85 * height, height


def tunnel(f):
    x, y = f.x - f.uniform(-0.4, 0.4), f.y - f.uniform(-0.4, 0.4)
    r = np.maximum(np.abs(x), np.abs(y) * f.uniform(0.8, 1.3)) + 0.02
    depth = np.log(r) * f.uniform(2, 3.5)
    wall = np.abs(x) > np.abs(y)
    tile = edge(triangle(np.where(wall, y, x) / r * 2) - 0.3, 0.2)
    return (0.5 * edge(triangle(depth) - 0.4, 0.15) + 0.3 * wall + 0.2 * tile) * np.clip(r * 1.6, 0.1, 1), None


# Fractals and machines


def circuit(f):
    u, v, w = plane(f, 5, 9, warp=0, perspective=0.1, turn=0.1)
    a, b = np.floor(u), np.floor(v)
    x, y = fraction(u) - 0.5, fraction(v) - 0.5

    def link(p, q, salt):
        return f.cell(p, q, salt) > 0.45

    trace = np.full(u.shape, 9, np.float32)
    for present, outside, across in (
        (link(a, b, 0), -x, y), (link(a + 1, b, 0), x, y), (link(a, b, 1), -y, x), (link(a, b + 1, 1), y, x)):
        trace = np.where(present, np.minimum(trace, np.where(outside > 0, np.abs(across), 9)), trace)
    pad = np.where(f.cell(a, b, 2) > 0.6, np.hypot(x, y) - 0.14, 9)
    return np.maximum(edge(0.09 - trace, w), edge(0.12 - np.abs(pad), w)), None
