"""How pictures are made of what is optimised, in torch: as lucid and lucent define it, and limpid's engine does.

These numbers are the engine's too, whose C interface does not give them out; tests compare the pictures.
"""

from __future__ import annotations

import numpy as np
import torch

# Principal axes of natural pictures' colours, longest first, as columns: lucid's square root of ImageNet's colour covariance.
COLOUR_AXES = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]], np.float32)
LONGEST_AXIS = np.linalg.norm(COLOUR_AXES, axis=0).max()
# What coefficients are multiplied by.
AMPLITUDE = 0.25


def frequencies(h: int, w: int) -> np.ndarray:
    """In cycles a pixel, of the coefficients of a real picture's spectrum: h x (w // 2 + 1), and for odd w one column more,
    which lucent has, and which counts for nothing."""
    rows, columns = np.fft.fftfreq(h)[:, None], np.fft.fftfreq(w)[: w // 2 + 1 + w % 2]
    frequencies: np.ndarray = np.hypot(rows, columns)
    return frequencies


def spectrum_scale(h: int, w: int, decay: float) -> torch.Tensor:
    """What each coefficient is multiplied by: its frequency, at least 1 / max(h, w), to the power of -decay."""
    return torch.tensor(1 / np.maximum(frequencies(h, w), 1 / max(w, h)) ** decay).float()


def spectral_planes(coefficients: torch.Tensor, scale: torch.Tensor, h: int, w: int) -> torch.Tensor:
    """Planes, B x C x h x w, of Fourier coefficients, B x C x h x columns x 2."""
    planes: torch.Tensor = torch.fft.irfftn(torch.view_as_complex(coefficients) * scale, s=(h, w), norm="ortho")
    return AMPLITUDE * planes


def colours(planes: torch.Tensor, decorrelated: bool) -> torch.Tensor:
    """Colours in (0, 1): the logistic function of the planes, or of what they are along the principal axes of colours."""
    if decorrelated:
        axes = torch.from_numpy(COLOUR_AXES / LONGEST_AXIS).to(planes)
        planes = torch.einsum("ca,bahw->bchw", axes, planes)
    return torch.sigmoid(planes)
