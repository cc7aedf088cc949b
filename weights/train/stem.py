"""The first layer's filters: how much fine noise is in them, and a picture of them."""
import numpy as np
from PIL import Image


def fine_share(filters, cutoff=0.25, padded=64):
    """Share of the filters' energy above `cutoff` cycles a pixel.

    filters: K x 3 x 7 x 7. Each plane is padded with zeros to `padded` x `padded` and Fourier transformed; the energy
    at radial frequencies above the cutoff, summed over all filters and colours, is divided by all of it, the mean
    included.
    """
    energy = np.abs(np.fft.fft2(np.asarray(filters, np.float64), (padded, padded))) ** 2
    frequency = np.fft.fftfreq(padded)
    radius = np.hypot(frequency[:, None], frequency[None])
    return float(energy[..., radius > cutoff].sum() / energy.sum())


def picture(filters, enlarged=8, columns=8):
    """The filters side by side, each scaled to its own largest weight around grey."""
    tiles = []
    for values in np.asarray(filters):
        values = values.transpose(1, 2, 0)
        tile = values / max(float(np.abs(values).max()), 1e-12) * 0.5 + 0.5
        tiles.append(np.pad(np.kron(tile, np.ones((enlarged, enlarged, 1))), ((2, 2), (2, 2), (0, 0)),
                            constant_values=0.1))
    rows = [np.concatenate(tiles[i : i + columns], 1) for i in range(0, len(tiles), columns)]
    return Image.fromarray((np.concatenate(rows) * 255 + 0.5).astype(np.uint8))
