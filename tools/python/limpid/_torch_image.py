"""Pictures that any model of torch's can optimise, made as limpid makes its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from limpid import _torch_pictures
from limpid._errors import UsageError
from limpid.job import Job

_SD = 0.01


class Image(torch.nn.Module):
    """Pictures as what limpid optimises: Fourier coefficients scaled by frequency, or pixels, in decorrelated colours.

    size: height and width in pixels, one number for a square.  batch: pictures.  param: "spectral" or "pixel".
    decorrelate: whether planes are principal axes of colours.  decay: coefficients are scaled by frequency to the power of
        minus this.  sd: the deviation of the noise that is started from, drawn from torch's generator.

    Called, it gives the pictures, batch x 3 x height x width, RGB in (0, 1), differentiable by its one parameter,
    `coefficients`: batch x 3 x height x (width // 2 + 1) x 2, or batch x 3 x height x width. Of the same coefficients limpid's
    own pictures are the same, but for rounding; `of_job` takes a job's. Moves to devices as modules do.

    Of limpid's other parameters (pyramid, cppn, maco, decoder) and of its views that are composed into one resampling nothing is
    known outside of its engine: `view` has those that are applied one after the other, as lucent's.

    >>> import limpid, torch
    >>> image = limpid.torch.Image(size=32, batch=2)
    >>> optimiser = torch.optim.Adam(image.parameters(), lr=0.05)
    >>> image.view(image()).mean().backward()
    >>> optimiser.step()
    >>> image().shape
    torch.Size([2, 3, 32, 32])
    """

    _scale: torch.Tensor

    def __init__(
        self,
        size: int | tuple[int, int] = 224,
        batch: int = 1,
        param: str = "spectral",
        *,
        decorrelate: bool = True,
        decay: float = 1.0,
        sd: float = _SD,
    ):
        super().__init__()
        if param not in ("spectral", "pixel"):
            raise UsageError(f"param is '{param}', and here it may be 'spectral' or 'pixel'")
        height, width = (size, size) if isinstance(size, int) else size
        if min(height, width, batch) < 1:
            raise UsageError(f"size and batch are positive, and {size} and {batch} were given")
        self.size, self.batch, self.param, self.decorrelate, self.decay = (height, width), batch, param, decorrelate, decay
        # A spectrum has no column for lucent's odd widths.
        shape = (batch, 3, height, width // 2 + 1, 2) if param == "spectral" else (batch, 3, height, width)
        self.coefficients = torch.nn.Parameter(sd * torch.randn(shape))
        if param == "spectral":
            scale = _torch_pictures.spectrum_scale(height, width, decay)[:, : width // 2 + 1].contiguous()
            self.register_buffer("_scale", scale, persistent=False)

    @classmethod
    def of_job(cls, job: Job) -> Image:
        """The pictures of a job as they are, to be gone on with in torch. Raises UsageError for a job that makes them in a way
        of its own: of another "param", in its own colours or amplitude, with shared or fixed parts."""
        about = job.describe()
        asked = about["job"]
        images = asked.get("images", 1)
        others = [name for name in ("alpha", "gray", "mask", "colours", "squash", "amplitude", "shared") if asked.get(name)]
        if others:
            raise UsageError(f"the job has its own {', '.join(others)}")
        made = cls((about["height"], about["width"] // images), images, asked.get("param", "spectral"),
                   decorrelate=asked.get("decorrelate", True), decay=asked.get("decay", 1.0))  # fmt: skip
        with torch.no_grad():
            made.coefficients.copy_(torch.from_numpy(job.parameters).reshape(made.coefficients.shape))
        if not np.allclose(made.picture(), job.image, rtol=0, atol=1e-4):
            raise UsageError("the job makes its pictures in a way that is not known in torch")
        return made

    def forward(self) -> torch.Tensor:
        planes: torch.Tensor = self.coefficients
        if self.param == "spectral":
            planes = _torch_pictures.spectral_planes(planes, self._scale, *self.size)
        return _torch_pictures.colours(planes, self.decorrelate)

    def view(
        self, images: torch.Tensor, transforms: Sequence[Callable[[torch.Tensor], torch.Tensor]] | None = None
    ) -> torch.Tensor:
        """A random view of pictures, for a model: through `transforms`, lucent's standard ones where they are not given;
        functions, such as those of `limpid.lucent.transform`, which draw from numpy's generator."""
        from limpid.lucent import transform

        seen: torch.Tensor = transform.compose(transform.standard_transforms if transforms is None else transforms)(images)
        return seen

    def picture(self) -> np.ndarray:
        """The pictures side by side as limpid has them: height x (batch width) x 3, fp32."""
        made = self().detach().cpu().permute(0, 2, 3, 1).numpy()
        return np.concatenate(list(made), axis=1)

    def extra_repr(self) -> str:
        return f"{self.batch} of {self.size[0]}x{self.size[1]}, {self.param}"
