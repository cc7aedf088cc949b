"""From tone and height to colour: lit textures, surfaces of objects, and the grounds they stand on."""
import math

import numpy as np
from scipy.ndimage import gaussian_filter

import textures
from frame import edge, over
from palettes import GROUNDS, colour, gradient, palette

# Textures an object or a ground may be made of.
MATERIALS = (
    textures.stripes, textures.checker, textures.dots, textures.plaid, textures.wood, textures.marble, textures.fur,
    textures.clouds, textures.rock_relief, textures.cobbles, textures.bricks, textures.leopard, textures.cow,
    textures.zebra, textures.grating, textures.scales, textures.basket, textures.sand_grains,
)


def textured(frame, texture, families=None):
    """A picture filled with `texture` in colours of its own."""
    tone, height = texture(frame)
    colours = palette(frame, frame.integer(2, 4), families) if families else palette(frame, frame.integer(2, 4))
    picture = gradient(tone, colours)
    if height is not None:
        dy, dx = np.gradient(height)
        angle = frame.angle()
        picture = lit_by(picture, dx, dy, angle, frame.uniform(1.5, 4) * frame.size / 72)
    return np.clip(picture, 0, 1)


def lit_by(picture, dx, dy, angle, gain):
    shade = (dx * math.cos(angle) + dy * math.sin(angle)) * gain
    return picture * (1 + np.clip(shade, -0.8, 0.9))[..., None]


def ground(frame):
    """What stands behind an object: a sky, mist, a blurred surface, or floor and wall."""
    kind = frame.integer(0, 4)
    if kind == 0:
        t = 0.5 + 0.5 * (frame.x * frame.uniform(-0.5, 0.5) + frame.y * frame.choice((-1, 1)))
        return gradient(t, palette(frame, 2, GROUNDS))
    if kind == 1:
        return gradient(0.5 + 0.25 * frame.noise("fbm"), palette(frame, frame.integer(2, 4), GROUNDS))
    if kind == 2:
        return gradient(0.5 + 0.25 * frame.noise("low"), palette(frame, 3, GROUNDS))
    if kind == 3:
        picture = textured(frame, frame.choice(MATERIALS), GROUNDS)
        blurred = gaussian_filter(picture, (frame.uniform(0.012, 0.04) * frame.size,) * 2 + (0,))
        return 0.6 * blurred + 0.4 * blurred.mean((0, 1))
    horizon = frame.uniform(0.1, 0.6)
    wall = gradient(0.5 + 0.5 * frame.y, palette(frame, 2, GROUNDS))
    floor = gradient(0.5 + 0.2 * frame.noise("fbm") + 0.3 * (frame.y - horizon), palette(frame, 3, GROUNDS))
    return over(wall, edge(frame.y - horizon - 0.02 * frame.noise("low"), frame.pixel), floor)


def surface(frame):
    """An object's surface: one colour, or a texture."""
    return colour(frame) if frame.chance(0.65) else textured(frame, frame.choice(MATERIALS))
