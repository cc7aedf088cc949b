"""Colours: families of hues as nature has them, and a share of anything at all."""
import numpy as np

# Hue, saturation and value ranges; hue in turns, and ranges may run over 1.
FAMILIES = {
    "earth": ((0.03, 0.11), (0.25, 0.65), (0.12, 0.80)),
    "sand": ((0.07, 0.14), (0.12, 0.45), (0.45, 0.95)),
    "foliage": ((0.20, 0.38), (0.30, 0.75), (0.12, 0.80)),
    "autumn": ((-0.02, 0.14), (0.55, 0.90), (0.30, 0.95)),
    "sky": ((0.53, 0.62), (0.15, 0.65), (0.35, 0.97)),
    "sea": ((0.46, 0.60), (0.35, 0.80), (0.12, 0.80)),
    "stone": ((0.00, 1.00), (0.00, 0.14), (0.12, 0.92)),
    "dusk": ((0.66, 1.04), (0.25, 0.60), (0.12, 0.80)),
    "blossom": ((0.82, 1.16), (0.30, 0.85), (0.55, 1.00)),
    "skin": ((0.02, 0.09), (0.22, 0.60), (0.35, 0.97)),
    "paint": ((0.00, 1.00), (0.45, 0.95), (0.35, 0.98)),
}
GROUNDS = ("earth", "sand", "foliage", "sky", "sea", "stone", "dusk")
ANY = tuple(name for name in FAMILIES if name != "skin")


def from_hsv(hue, saturation, value):
    """RGB in [0, 1], one row for each hue (in turns, wrapped)."""
    k = (np.array([5.0, 3.0, 1.0]) + (np.asarray(hue) % 1)[..., None] * 6) % 6
    chroma = np.asarray(value)[..., None] * np.asarray(saturation)[..., None]
    return (np.asarray(value)[..., None] - chroma * np.clip(np.minimum(k, 4 - k), 0, 1)).astype(np.float32)


def palette(frame, count, families=ANY):
    """`count` colours, from dark to light or the reverse, out of one or two families."""
    rng = frame.rng
    names = [frame.choice(families), frame.choice(families)]
    if frame.chance(0.5):
        names[1] = names[0]
    picks = [FAMILIES[names[i]] for i in rng.integers(0, 2, count)]
    centres = {name: rng.random() for name in names}
    hue, saturation, value = np.empty(count), np.empty(count), np.empty(count)
    for i, pick in enumerate(picks):
        (h0, h1), (s0, s1), (v0, v1) = pick
        at = 0.7 * centres[names[0] if pick is FAMILIES[names[0]] else names[1]] + 0.3 * rng.random()
        hue[i] = h0 + (h1 - h0) * at
        saturation[i] = rng.uniform(s0, s1)
        place = (i + rng.uniform(-0.15, 0.15)) / max(count - 1, 1) if count > 1 else rng.random()
        value[i] = v0 + (v1 - v0) * np.clip(place, 0, 1)
    colours = from_hsv(hue, saturation, np.clip(value, 0.03, 1))
    return colours[::-1] if frame.chance(0.5) else colours


def colour(frame, *families):
    """One colour, of the families named or of any."""
    (h0, h1), (s0, s1), (v0, v1) = FAMILIES[frame.choice(families or ANY)]
    return from_hsv(frame.uniform(h0, h1), frame.uniform(s0, s1), frame.uniform(0.5 * (v0 + v1), v1))


def gradient(t, colours):
    """The colour at t in [0, 1] along `colours`, linearly between neighbours."""
    last = len(colours) - 1
    place = np.clip(t, 0, 1) * last
    index = np.minimum(place.astype(np.int32), max(last - 1, 0))
    rest = (place - index)[..., None]
    return colours[index] * (1 - rest) + colours[np.minimum(index + 1, last)] * rest
