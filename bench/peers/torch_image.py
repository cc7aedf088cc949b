"""What is optimised, and the random views the network gets of it, in PyTorch."""

import math
import random

import torch
import torch.nn.functional as F

_COLOUR = torch.tensor([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
COLOUR_MATRIX = _COLOUR / _COLOUR.norm(dim=0).max()


class SpectralImage:
    """Fourier coefficients scaled by 1 / frequency, colour-decorrelated, squashed by a sigmoid (Olah et al. 2017).

    The same seed gives the same coefficients on every device.
    """

    def __init__(self, batch, size, seed=0, deviation=0.01, device="cpu"):
        generator = torch.Generator().manual_seed(seed)
        frequency_y = torch.fft.fftfreq(size).view(-1, 1)
        frequency_x = torch.fft.rfftfreq(size).view(1, -1)
        frequency = torch.sqrt(frequency_y**2 + frequency_x**2)
        self.size = size
        # The constant 4 is lucid's.
        self.scale = (1 / frequency.clamp(min=1 / size) / 4).unsqueeze(-1).to(device)
        self.colour = COLOUR_MATRIX.to(device)
        start = deviation * torch.randn(batch, 3, size, size // 2 + 1, 2, generator=generator)
        self.spectrum = start.to(device).requires_grad_()

    def latent(self):
        """Decorrelated colour planes, batch x 3 x size x size."""
        spectrum = torch.view_as_complex(self.spectrum * self.scale)
        return torch.fft.irfft2(spectrum, s=(self.size, self.size), norm="ortho")

    def __call__(self):
        """batch x 3 x size x size, RGB in (0, 1)."""
        return torch.sigmoid(torch.einsum("rl,blyx->bryx", self.colour, self.latent()))


def sample(image, theta):
    """Bilinear, zero outside, integer pixel centres kept; theta takes normalised output positions to input's."""
    grid = F.affine_grid(theta, image.shape, align_corners=True)
    return F.grid_sample(image, grid, padding_mode="zeros", align_corners=True)


def _affine(image, radians, shift_x, shift_y):
    """Rotates about the centre, then moves by pixels. The same for all images of the batch, as lucent does."""
    height, width = image.shape[2:]
    cosine, sine = math.cos(radians), math.sin(radians)
    x, y = 2 * shift_x / (width - 1), 2 * shift_y / (height - 1)
    theta = image.new_tensor([[cosine, -sine, x], [sine, cosine, y]])
    return sample(image, theta.expand(len(image), 2, 3))


def lucent_view(image, generator):
    """Lucent's standard transforms, each a resampling of its own: pad 12, jitter 8, scale, rotate, jitter 4."""

    def jitter(image, distance):
        return _affine(image, 0, generator.randrange(distance), generator.randrange(distance))

    image = F.pad(image, (12, 12, 12, 12), value=0.5)
    image = jitter(image, 8)
    size = image.shape[-1]
    scaled = math.ceil(size * generator.choice([1 + (i - 5) / 50 for i in range(11)]))
    image = F.interpolate(image, size=(scaled, scaled), mode="bilinear", align_corners=True)
    missing = max(size - scaled, 0)
    image = F.pad(image, (missing // 2, missing - missing // 2) * 2)
    degrees = generator.choice(list(range(-10, 11)) + 5 * [0])
    return jitter(_affine(image, math.radians(degrees), 0, 0), 4)


def fused_view(image, generator, fill=0.5):
    """The same views as limpid draws them: one resampling, drawn for each image; `fill` lies beyond the picture."""
    size = image.shape[-1]
    thetas = []
    for _ in range(len(image)):
        before_x, before_y = generator.randint(-4, 4), generator.randint(-4, 4)
        after_x, after_y = generator.randint(-2, 2), generator.randint(-2, 2)
        scale = 1 + (generator.randrange(11) - 5) / 50
        radians = math.radians(generator.choice(list(range(-10, 11)) + 5 * [0]))
        cosine, sine = math.cos(radians) / scale, math.sin(radians) / scale
        x = 2 * (cosine * after_x - sine * after_y + before_x) / (size - 1)
        y = 2 * (sine * after_x + cosine * after_y + before_y) / (size - 1)
        thetas.append([[cosine, -sine, x], [sine, cosine, y]])
    return sample(image - fill, image.new_tensor(thetas)) + fill


def view_generator(seed):
    return random.Random(seed)
