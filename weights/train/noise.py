"""Random fields and lattice hashes from which the pictures take everything irregular."""
import numpy as np

FIELDS_PER_KIND = 24


def _field(rng, size, gain):
    """A periodic field of zero mean and unit variance; `gain` maps cycles per field to an amplitude."""
    fy = np.fft.fftfreq(size)[:, None] * size
    fx = np.fft.rfftfreq(size)[None] * size
    frequency = np.hypot(fx, fy)
    frequency[0, 0] = 1
    spectrum = np.fft.rfft2(rng.standard_normal((size, size))) * gain(frequency)
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, (size, size))
    return (field / field.std()).astype(np.float32)


class NoiseBank:
    """Fields twice as wide as a picture, in four kinds; pictures take windows of them.

    fbm   1/f^b, 1.2 <= b <= 2.2: clouds, terrain
    low   low pass below 1 to 2.5 cycles a picture: warps, patches
    band  band pass, 3 to 12 cycles a picture: spots, labyrinths
    fine  low pass below 13 cycles a picture: grain, fibres
    """

    def __init__(self, size, seed):
        rng = np.random.default_rng((seed, 1))
        self.size = size
        self.table = rng.random((4, 64, 64)).astype(np.float32)
        count = FIELDS_PER_KIND
        gains = {
            "fbm": [lambda f, b=b: f**-b for b in np.linspace(1.2, 2.2, count)],
            "low": [lambda f, c=c: np.exp(-((f / c) ** 2)) for c in np.linspace(2, 5, count)],
            "band": [lambda f, c=c: np.exp(-(((f - c) / (0.22 * c)) ** 2)) for c in np.geomspace(6, 24, count)],
            "fine": [lambda f: np.exp(-((f / 26) ** 2))] * count,
        }
        self.fields = {kind: [_field(rng, 2 * size, gain) for gain in all] for kind, all in gains.items()}

    def window(self, rng, kind):
        """size x size values of one field, from anywhere in it, perhaps turned."""
        field = self.fields[kind][rng.integers(FIELDS_PER_KIND)]
        top, left = rng.integers(0, self.size, 2)
        window = field[top : top + self.size, left : left + self.size]
        if rng.random() < 0.5:
            window = window.T
        return window[::-1] if rng.random() < 0.5 else window

    def at(self, rng, kind, u, v):
        """The field at (u, v), in pixels, wrapped around its edges."""
        field = self.fields[kind][rng.integers(FIELDS_PER_KIND)]
        width = 2 * self.size
        return field[u.astype(np.int32) % width, v.astype(np.int32) % width]

    def cell(self, a, b, salt=0):
        """A number in [0, 1) for each integer pair (a, b); 0 <= salt < 4 gives independent ones."""
        return self.table[salt, (a.astype(np.int32) * 7 + 3) & 63, (b.astype(np.int32) * 5 + 1) & 63]
