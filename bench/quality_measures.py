"""What bench/quality measures of a picture: fresh random views of it, and how far it is from photographs."""

import numpy as np

VIEWS = 32
FIELD = 0.5  # What lies beyond a picture, as in the default views.


def sample(picture, y, x):
    """`picture`, height x width x 3, bilinear at positions y, x in pixels; FIELD beyond it. As float32, like y with 3 channels."""
    height, width, _ = picture.shape
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    result = np.zeros((*y.shape, 3), np.float32)
    for dy in (0, 1):
        for dx in (0, 1):
            weight = np.abs(1 - dy - (y - top)) * np.abs(1 - dx - (x - left))
            iy, ix = top + dy, left + dx
            inside = (iy >= 0) & (iy < height) & (ix >= 0) & (ix < width)
            seen = picture[np.clip(iy, 0, height - 1), np.clip(ix, 0, width - 1)]
            result += (weight[..., None] * np.where(inside[..., None], seen, FIELD)).astype(np.float32)
    return result


def random_views(picture, count=VIEWS, seed=0):
    """`count` views, count x 3 x height x width: shifted by up to 6 pixels, 0.9 to 1.1 times as large and turned by up to 10
    degrees, uniformly: as far as the engine's default views go, but of a distribution and a seed of their own, so that no method was
    optimised under them."""
    height, width, _ = picture.shape
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    rows -= (height - 1) / 2
    columns -= (width - 1) / 2
    views = []
    for _ in range(count):
        shift_y, shift_x = random.uniform(-6, 6, 2)
        scale, angle = random.uniform(0.9, 1.1), np.deg2rad(random.uniform(-10, 10))
        y = (np.cos(angle) * rows + np.sin(angle) * columns) / scale + shift_y + (height - 1) / 2
        x = (np.cos(angle) * columns - np.sin(angle) * rows) / scale + shift_x + (width - 1) / 2
        views.append(sample(picture, y, x).transpose(2, 0, 1))
    return np.ascontiguousarray(views, np.float32)


def spectrum_slope(picture):
    """The slope of log power over log frequency of the mean of the channels, between 3 periods a side and 0.35 periods a pixel,
    over rings of equal width in log frequency, each by the number of its cells. Photographs: about -2 (Field, "Relations between the statistics of natural images
    and the response properties of cortical cells", 1987); noise: 0."""
    grey = picture.mean(2)
    height, width = grey.shape
    window = np.outer(np.hanning(height), np.hanning(width))  # Edges that do not meet would be a cross of their own.
    power = np.abs(np.fft.fft2((grey - grey.mean()) * window)) ** 2
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :])
    edges = np.geomspace(3 / min(height, width), 0.35, 13)
    ring = np.digitize(frequency.ravel(), edges)
    points = []
    for i in range(1, len(edges)):
        chosen = ring == i
        if chosen.any():
            mean = power.ravel()[chosen].mean()
            points.append((np.log(frequency.ravel()[chosen]).mean(), np.log(mean + 1e-12), np.sqrt(chosen.sum())))
    x, y, weight = np.array(points).T
    return float(np.polyfit(x, y, 1, w=weight)[0])


def colour_covariance(picture):
    """3 x 3, of RGB over the pixels, divided by its trace: what colours vary together, however strongly."""
    pixels = picture.reshape(-1, 3).astype(np.float64)
    covariance = np.cov(pixels.T)
    return covariance / max(np.trace(covariance), 1e-12)


def saturation(picture):
    """Mean over the pixels of the largest less the least channel, in [0, 1]."""
    return float((picture.max(2) - picture.min(2)).mean())


class Photographs:
    """What photographs measure, the mean over some; None where there are none."""

    def __init__(self, pictures):
        self.count = len(pictures)
        self.slope = float(np.mean([spectrum_slope(p) for p in pictures])) if pictures else None
        self.covariance = np.mean([colour_covariance(p) for p in pictures], 0) if pictures else None
        self.saturation = float(np.mean([saturation(p) for p in pictures])) if pictures else None


def naturalness(picture, photographs):
    """{"slope", "saturation"} of a picture, and where there are photographs {"colour"}: the Frobenius norm of the difference of
    colour covariances, 0 for theirs."""
    measured = {"slope": spectrum_slope(picture), "saturation": saturation(picture)}
    if photographs.count:
        measured["colour"] = float(np.linalg.norm(colour_covariance(picture) - photographs.covariance))
    return measured


def activity(session, layer, channel, batch):
    """For pictures, N x 3 x height x width: the channel's mean over its map and over N; and the sum over the layer's other channels
    of what each has on average, where positive, divided by that of the channel: how much else a picture drives."""
    maps = session.forward(batch)[layer].mean((2, 3)).mean(0).astype(np.float64)
    value = maps[channel]
    others = np.maximum(maps, 0).sum() - max(value, 0)
    return float(value), float(others / value) if value > 0 else None
