"""lucent's parameterisations: functions that return (parameters, image_f), tensors to optimise and a function from them to
pictures, B x channels x H x W.

Start values come from torch's global generator, drawn as lucent draws them. `image` also says how limpid makes the same
pictures (`Picture.options`), so that a render of them needs no torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F

from limpid import _torch_pictures

Images = Callable[[], torch.Tensor]

color_correlation_svd_sqrt = _torch_pictures.COLOUR_AXES
max_norm_svd_sqrt = _torch_pictures.LONGEST_AXIS
color_correlation_normalized = color_correlation_svd_sqrt / max_norm_svd_sqrt
color_mean = [0.48, 0.46, 0.41]


def _device() -> torch.device:
    return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")


class Picture:
    """The image_f of `image`: pictures of its parameters, and limpid's options that make them of the same coefficients."""

    def __init__(self, parameters: list[torch.Tensor], images: Images, options: dict[str, Any]):
        self.parameters, self.options = parameters, options
        self._images = images

    def __call__(self) -> torch.Tensor:
        return self._images()


def pixel_image(shape: Sequence[int], sd: float | None = None) -> tuple[list[torch.Tensor], Images]:
    """The values themselves, normal with deviation sd (0.01) at first."""
    values = (torch.randn(*shape) * (sd or 0.01)).to(_device()).requires_grad_(True)
    return [values], lambda: values


rfft2d_freqs = _torch_pictures.frequencies


def fft_image(shape: Sequence[int], sd: float | None = None, decay_power: float = 1) -> tuple[list[torch.Tensor], Images]:
    """Fourier coefficients, B x channels x h x columns x 2, that are scaled by frequency to the power of -decay_power, and a
    quarter of their inverse transform."""
    batch, channels, h, w = shape
    scale = _torch_pictures.spectrum_scale(h, w, decay_power).to(_device())
    coefficients = (torch.randn(batch, channels, *scale.shape, 2) * (sd or 0.01)).to(_device()).requires_grad_(True)
    return [coefficients], lambda: _torch_pictures.spectral_planes(coefficients, scale, h, w)


def to_valid_rgb(image_f: Images, decorrelate: bool = False) -> Images:
    """Colours in [0, 1]: the logistic function of the planes, which `decorrelate` takes to be along the principal axes."""
    return lambda: _torch_pictures.colours(image_f(), decorrelate)


def image(
    w: int,
    h: int | None = None,
    sd: float | None = None,
    batch: int | None = None,
    decorrelate: bool = True,
    fft: bool = True,
    channels: int | None = None,
) -> tuple[list[torch.Tensor], Picture]:
    """Pictures of h x w pixels (a square where h is not given), as Fourier coefficients or, without `fft`, as pixels.

    channels: planes that are colours themselves, of another number than three.
    """
    shape = [batch or 1, channels or 3, h or w, w]
    parameters, planes = (fft_image if fft else pixel_image)(shape, sd=sd)
    decorrelated = decorrelate and not channels
    options = {"size": shape[2:], "images": shape[0], "param": "spectral" if fft else "pixel", "decorrelate": decorrelated}
    native = options if shape[1] == 3 else {}
    return parameters, Picture(parameters, to_valid_rgb(planes, decorrelate=decorrelated), native)


def _resized(t: torch.Tensor, dimension: int, size: int) -> torch.Tensor:
    """Linearly along one dimension, ends on ends."""
    last = t.movedim(dimension, -1)
    rows = F.interpolate(last.reshape(1, -1, last.shape[-1]), size=size, mode="linear", align_corners=True)
    return rows.reshape(*last.shape[:-1], size).movedim(-1, dimension)


def resize_bilinear_nd(t: torch.Tensor, target_shape: Sequence[int]) -> torch.Tensor:
    """Resized linearly along every dimension whose extent is another."""
    for dimension, size in enumerate(target_shape):
        if t.shape[dimension] != size:
            t = _resized(t, dimension, size)
    return t


def lowres_tensor(
    shape: Sequence[int],
    underlying_shape: Sequence[int],
    offset: int | bool | Sequence[int | bool] | None = None,
    sd: float = 0.01,
) -> tuple[list[torch.Tensor], Images]:
    """A tensor of four dimensions as one of `underlying_shape`, resized: what its pictures share, which aligns them.

    offset: by how much it is moved, for all dimensions or for each: a number, False for 0, True for half of what one value
    becomes. They are taken as lucent takes them: pads by mirroring of left, right, top and bottom.
    """
    values = (torch.randn(*underlying_shape) * sd).to(_device()).requires_grad_(True)
    offsets = None
    if offset is not None:
        each: list[int | bool] = [offset] * len(shape) if isinstance(offset, (int, bool)) else list(offset)
        offsets = [math.floor(shape[n] / underlying_shape[n] / 2) if one is True else int(one) for n, one in enumerate(each)]

    def images() -> torch.Tensor:
        t = resize_bilinear_nd(values, shape)
        if offsets is not None:
            t = F.pad(t, offsets, "reflect")[tuple(slice(0, extent) for extent in shape)]
        return t

    return [values], images


class CompositeActivation(torch.nn.Module):
    """Of x twice as many channels: a / 0.67 and a^2 / 0.6 of a = atan x."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a = torch.atan(x)
        return torch.cat([a / 0.67, a * a / 0.6], 1)


def cppn(
    size: int,
    num_output_channels: int = 3,
    num_hidden_channels: int = 24,
    num_layers: int = 8,
    activation_fn: Callable[[], torch.nn.Module] = CompositeActivation,
    normalize: bool = False,
) -> tuple[Any, Images]:
    """A picture of size x size as a network of a pixel's coordinates: `num_layers` convolutions of 1 x 1."""
    axis = torch.linspace(-math.sqrt(3), math.sqrt(3), size)
    coordinates = torch.stack(torch.meshgrid(axis, axis, indexing="ij"))[None].to(_device())
    layers: list[torch.nn.Module] = []
    for layer in range(num_layers):
        last = layer == num_layers - 1
        planes = num_output_channels if last else num_hidden_channels
        layers.append(torch.nn.Conv2d(2 * num_hidden_channels if layer else 2, planes, 1))
        if normalize:
            layers.append(torch.nn.InstanceNorm2d(planes))
        layers.append(torch.nn.Sigmoid() if last else activation_fn())
    convolutions = [layer for layer in layers if isinstance(layer, torch.nn.Conv2d)]
    for convolution in convolutions:
        torch.nn.init.normal_(convolution.weight, 0, math.sqrt(1 / convolution.in_channels))
        if convolution.bias is not None:
            torch.nn.init.zeros_(convolution.bias)
    torch.nn.init.zeros_(convolutions[-1].weight)
    net = torch.nn.Sequential(*layers).to(_device())
    return net.parameters(), lambda: net(coordinates)
