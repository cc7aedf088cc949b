"""The classes: a name, and the function that draws it."""
import math
from functools import partial

import numpy as np
from scipy.ndimage import gaussian_filter

import animals
import buildings
import plants
import scenes
import shapes
import solids
import textures
import things
import vehicles
from frame import Frame, edge, over
from palettes import GROUNDS, colour, gradient, palette
from solids import ball, light
from surfaces import textured

TEXTURES = (
    "grating stripes pinstripes dashes zigzag waves dunes zebra checker grid_lines plaid net lattice_holes "
    "basket knit braid bricks diagonal_maze truchet triangles cubes hexagon_cells honeycomb dots balls small_rings "
    "small_crosses small_stars eyespots random_dots text windows piano voronoi_cells cobbles giraffe_hide cracks foam "
    "scales shingles fur wood marble clouds rock_relief labyrinth leopard cow caustics flames rings spiral "
    "pinwheel sunburst dartboard seed_head tunnel circuit"
).split()

MODULES = {
    solids: "sphere grapes beads pile bubbles torus tube planet",
    shapes: "disc crescent heart plus gear snowflake target knot",
    plants: "daisy rose tulip leaf_oval leaf_maple fern tree_bare tree_leafy tree_round "
            "tree_conifer tree_palm cactus mushroom grass foliage apple citrus pumpkin carrot "
            "strawberry",
    animals: "eye eyes face mouth hand owl frog bird penguin fish snail butterfly dragonfly beetle bee "
             "spider turtle crab jellyfish snake feather shell",
    buildings: "house castle skyline temple bridge windmill pyramid fence stairs",
    vehicles: "car bicycle sailboat plane balloon",
    things: "clock cup bottle bulb umbrella book spectacles hat "
            "crown guitar dice cube chain cake ice_cream pizza flag",
    scenes: "mountains peaks seascape starry_sky galaxy sunset rainbow road field_rows checker_floor forest waterfall volcano "
            "web lattice_tower overlapping_rectangles bokeh hair",
}

VARIANTS = {
    **{f"polygon_{n}": partial(shapes.polygon, sides=n) for n in (3, 4, 6)},
    **{f"star_{n}": partial(shapes.star, points=n) for n in (4, 5, 12)},
    **{f"wheel_{n}": partial(shapes.wheel, spokes=n) for n in (4, 12)},
    **{f"flower_{n}": partial(plants.flower, petals=n) for n in (5, 8)},
    **{f"letter_{name}": partial(shapes.letter, name=name) for name in shapes.LETTERS},
    "head_cat": partial(animals.head, ears="pointed"),
    "head_dog": partial(animals.head, ears="floppy", muzzle="long"),
    "head_panda": partial(animals.head, ears="round", mask=True),
    "head_rabbit": partial(animals.head, ears="long"),
    "head_elephant": partial(animals.head, ears="huge", muzzle="trunk"),
    "head_lion": partial(animals.head, ears="round", mane=True),
    **{kind: partial(animals.quadruped, kind=kind) for kind in ("horse", "giraffe", "elephant", "sheep")},
}


def _texture_picture(frame, texture):
    """The texture alone, or, in a quarter of the pictures, on a ball, a tilted board or a patch."""
    picture = textured(frame, texture)
    if frame.chance(0.75):
        return picture
    plain = gradient(0.5 + 0.4 * (frame.x * frame.uniform(-1, 1) + frame.y), palette(frame, 2, GROUNDS))
    kind = frame.integer(0, 2)
    if kind == 0:
        return ball(frame, plain, frame.uniform(-0.1, 0.1), frame.uniform(-0.1, 0.1), frame.uniform(0.8, 0.98), picture,
                    light(frame), 0.15)
    if kind == 1:
        lean = np.abs(frame.x + frame.uniform(-0.25, 0.25) * frame.y)
        return over(plain, edge(frame.uniform(0.75, 0.92) - np.maximum(lean, np.abs(frame.y)), frame.pixel), picture)
    return over(plain, edge(frame.noise("low") + 0.7, 0.1), picture)


def _functions():
    table = {name: partial(_texture_picture, texture=getattr(textures, name)) for name in TEXTURES}
    for module, names in MODULES.items():
        table.update({name: getattr(module, name) for name in names.split()})
    table.update(VARIANTS)
    return table


_DRAW = _functions()
NAMES = list(_DRAW)


def _photograph(frame, picture):
    """What a camera adds: something in front, uneven light, a little blur, exposure and grain."""
    if frame.chance(0.08):
        spot = np.hypot(frame.x - frame.uniform(-1, 1), (frame.y - frame.uniform(-1, 1)) * frame.log_uniform(0.4, 2.5))
        picture = over(picture, edge(frame.uniform(0.12, 0.25) - spot, frame.pixel),
                       colour(frame) * frame.uniform(0.2, 1))
    if frame.chance(0.4):
        picture = picture * (1 + frame.uniform(-0.4, 0.4) * frame.x + frame.uniform(-0.4, 0.4) * frame.y)[..., None]
    if frame.chance(0.4):
        picture = gaussian_filter(picture, (frame.uniform(0.004, 0.009) * frame.size,) * 2 + (0,))
    picture = np.clip(picture, 0, 1) ** frame.log_uniform(0.8, 1.3)
    if frame.chance(0.3):
        picture = picture + frame.rng.standard_normal(picture.shape, np.float32) * frame.uniform(0.005, 0.02)
    return picture


def draw(index, seed, bank):
    """Class `index` as size x size x 3 bytes; the same index, seed and bank give the same picture."""
    frame = Frame(np.random.default_rng((seed, index)), bank)
    picture = _photograph(frame, _DRAW[NAMES[index]](frame))
    if not math.isfinite(float(picture.sum())):
        raise ValueError(f"class {NAMES[index]}, seed {seed}: not a number in the picture")
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
