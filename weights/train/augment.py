"""Views of the pool's pictures: crops, colours, noise, and several classes in one picture."""
import math

import torch
from torch.nn import functional as F

SMOOTHING = 0.1


def view(pictures, size, generator=None):
    """N x 3 x size x size in [0, 1] from N x 3 x H x W bytes; turned, cropped and coloured at random if there is a
    generator, else the middle 94 %."""
    x = pictures.float() / 255
    count = len(x)
    if generator is None:
        matrix = torch.tensor([[0.94, 0, 0], [0, 0.94, 0]]).repeat(count, 1, 1)
    else:
        matrix = _placements(count, generator)
    # Small views are sampled at twice their size and averaged, so that nothing aliases.
    fine = 2 if size < 0.75 * x.shape[-1] else 1
    grid = F.affine_grid(matrix, [count, 3, size * fine, size * fine], align_corners=False)
    x = F.grid_sample(x, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
    if fine > 1:
        x = F.avg_pool2d(x, fine)
    return x if generator is None else _coloured(x, generator)


def _uniform(generator, low, high, *shape):
    return low + (high - low) * torch.rand(*shape, generator=generator)


def _placements(count, generator):
    angle = _uniform(generator, -0.28, 0.28, count)
    scale = _uniform(generator, 0.6, 1.08, count)
    stretch = torch.exp(_uniform(generator, -0.16, 0.16, count))
    flip = torch.where(torch.rand(count, generator=generator) < 0.5, 1.0, -1.0)
    room = (1 - scale).clamp(min=0)
    x, y = room * _uniform(generator, -1, 1, count), room * _uniform(generator, -1, 1, count)
    c, s = torch.cos(angle) * scale, torch.sin(angle) * scale
    return torch.stack([torch.stack([c * stretch * flip, -s, x], 1), torch.stack([s * flip, c / stretch, y], 1)], 1)


def _coloured(x, generator):
    count = len(x)
    grey = torch.rand(count, generator=generator) < 0.05
    x[grey] = x[grey].mean(1, keepdim=True)
    mean = x.mean((2, 3), keepdim=True)
    contrast = _uniform(generator, 0.7, 1.3, count, 1, 1, 1)
    gain = _uniform(generator, 0.8, 1.2, count, 3, 1, 1)
    offset = _uniform(generator, -0.05, 0.05, count, 1, 1, 1)
    x = ((x - mean) * contrast + mean * gain + offset).clamp(0, 1)
    deviation = _uniform(generator, 0, 0.06, count, 1, 1, 1) * (torch.rand(count, 1, 1, 1, generator=generator) < 0.5)
    return x + deviation * torch.randn(x.shape, generator=generator)


def targets(labels, classes):
    """N x classes probabilities: the label, smoothed."""
    return torch.full((len(labels), classes), SMOOTHING / classes).scatter_add_(
        1, labels[:, None], torch.full((len(labels), 1), 1 - SMOOTHING))


def mixed(x, y, generator):
    """The pictures and their targets, perhaps several to a picture: in a fifth of the batches a rectangle of another,
    in some four side by side. Targets follow areas."""
    kind = torch.rand((), generator=generator).item()
    count, size = len(x), x.shape[-1]
    if kind < 0.2:
        share = _uniform(generator, 0.15, 0.45, ()).item()
        side = int(size * math.sqrt(share))
        top, left = (int(torch.randint(size - side, (), generator=generator)) for _ in range(2))
        other = torch.randperm(count, generator=generator)
        x[:, :, top : top + side, left : left + side] = x[other][:, :, top : top + side, left : left + side]
        share = side * side / (size * size)
        y = (1 - share) * y + share * y[other]
    elif kind < 0.35:
        small = F.avg_pool2d(x, 2)
        order = [torch.randperm(count, generator=generator) for _ in range(4)]
        rows = [torch.cat([small[order[i]], small[order[i + 1]]], 3) for i in (0, 2)]
        x = torch.cat(rows, 2)
        y = sum(y[i] for i in order) / 4
    return x, y
