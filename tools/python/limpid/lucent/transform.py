"""lucent's transforms: functions from pictures, B x C x H x W, to what is seen of them.

They draw from numpy's global generator, as lucent's do. Each also says how limpid writes it (`native`), so that a render
under such a list needs no torch; limpid's draws are its own.
"""

from __future__ import annotations

import collections
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from limpid._errors import UsageError


class Transform:
    """A transform, and its text among limpid's "lucent: ..."; None where limpid has no such thing."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor], native: str | None = None):
        self._function, self.native = function, native

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        return self._function(images)


def jitter(d: int) -> Transform:
    """A move to the right and down by 0 to d - 1 pixels each; zeros behind."""
    if not d > 1:
        raise UsageError(f"jitter needs d above 1, and {d} was given")

    def inner(images: torch.Tensor) -> torch.Tensor:
        right, down = int(np.random.choice(d)), int(np.random.choice(d))
        height, width = images.shape[2:]
        return F.pad(images, (right, 0, down, 0))[:, :, :height, :width]

    return Transform(inner, f"jitter({int(d)})")


def pad(w: int, mode: str = "reflect", constant_value: float = 0.5) -> Transform:
    """w pixels around: mirrored ones, or with mode="constant" of that value; or another mode of torch's `pad`."""
    value = constant_value if mode == "constant" else 0
    native = {"constant": f"pad({int(w)},{float(constant_value)!r})", "reflect": f"pad({int(w)},reflect)"}.get(mode)
    return Transform(lambda images: F.pad(images, [w] * 4, mode=mode, value=value), native)


def _choices(values: Sequence[float]) -> str:
    """Values to draw from as limpid writes them: evenly spaced ones that are there as often as each other as a range."""
    rest, parts = sorted(collections.Counter(float(value) for value in values).items()), []
    while rest:
        (first, times), step = rest[0], rest[1][0] - rest[0][0] if len(rest) > 1 else 0.0
        count = 1
        while count < len(rest) and rest[count][1] == times and math.isclose(rest[count][0] - first, count * step, rel_tol=1e-9):
            count += 1
        counted = f"{times}*" if times > 1 else ""
        parts.append(f"{counted}{first!r}" + (f"..{rest[count - 1][0]!r}/{count}" if count > 1 else ""))
        rest = rest[count:]
    return ",".join(parts)


def random_scale(scales: Sequence[float]) -> Transform:
    """Resampled, bilinearly with corners on corners, to one of so many times the size, rounded up; zeros around a smaller one
    where the picture was."""

    def inner(images: torch.Tensor) -> torch.Tensor:
        scale = np.random.choice(scales)
        height, width = images.shape[2:]
        size = [math.ceil(scale * side) for side in (height, width)]
        rows, columns = (max(0, math.ceil((side - now) / 2)) for side, now in zip((height, width), size))
        resampled = F.interpolate(images, size=size, mode="bilinear", align_corners=True)
        # lucent adds `rows` to the left and above, `columns` to the right and below: of squares all are the same.
        return F.pad(resampled, [rows, columns] * 2)

    return Transform(inner, f"scale({_choices(scales)})")


def random_rotate(angles: Sequence[float], units: str = "degrees") -> Transform:
    """Turned about the centre, counterclockwise, by one of these angles; bilinear, zeros beyond.

    units: "degrees", or one of "radians", "rads" and "rad".
    """
    per_unit = 180 / math.pi if units.lower() in ("radians", "rads", "rad") else 1.0

    def inner(images: torch.Tensor) -> torch.Tensor:
        return _turned(images, math.radians(float(np.random.choice(angles)) * per_unit))

    return Transform(inner, f"rotate({_choices([angle * per_unit for angle in angles])})")


def _turned(images: torch.Tensor, angle: float) -> torch.Tensor:
    """By an angle in radians. Positions in double precision: a quarter turn moves pixels onto pixels."""
    images = images if images.is_floating_point() else images.float()
    height, width = images.shape[2:]
    y = torch.arange(height, dtype=torch.float64) - (height - 1) / 2
    x = torch.arange(width, dtype=torch.float64) - (width - 1) / 2
    y, x = torch.meshgrid(y, x, indexing="ij")
    sine, cosine = math.sin(angle), math.cos(angle)
    # grid_sample has -1 and 1 at the centres of the outermost pixels.
    from_x = (cosine * x - sine * y) / max((width - 1) / 2, 0.5)
    from_y = (sine * x + cosine * y) / max((height - 1) / 2, 0.5)
    grid = torch.stack([from_x, from_y], -1).to(images.device, images.dtype)
    return F.grid_sample(images, grid.expand(len(images), -1, -1, -1), align_corners=True)


def compose(transforms: Sequence[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    """One after the other."""

    def inner(images: Any) -> Any:
        for transform in transforms:
            images = transform(images)
        return images

    return inner


def normalize() -> Transform:
    """From [0, 1] to what torchvision's models are fed: less ImageNet's mean colour, by its deviation."""

    def inner(images: torch.Tensor) -> torch.Tensor:
        mean = images.new_tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
        deviation = images.new_tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
        return (images - mean) / deviation

    return Transform(inner)


def preprocess_inceptionv1() -> Transform:
    """From [0, 1] to what InceptionV1 is fed in TensorFlow: [-117, 138]."""
    return Transform(lambda images: images * 255 - 117)


# lucent's list, which is that of the preset "lucent".
standard_transforms = [
    pad(12, mode="constant", constant_value=0.5),
    jitter(8),
    random_scale([1 + (i - 5) / 50 for i in range(11)]),
    random_rotate([*range(-10, 11), *([0] * 5)]),
    jitter(4),
]
