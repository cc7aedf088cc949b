"""InceptionV1 as it is trained: batch normalisation after every convolution, and auxiliary classifiers."""
import math

import torch
from torch import nn
from torch.nn import functional as F

# Module, input channels, and the widths of 1x1, 3x3 bottleneck, 3x3, 5x5 bottleneck, 5x5, pool projection.
MODULES = (
    ("3a", 192, 64, 96, 128, 16, 32, 32),
    ("3b", 256, 128, 128, 192, 32, 96, 64),
    ("4a", 480, 192, 96, 208, 16, 48, 64),
    ("4b", 512, 160, 112, 224, 24, 64, 64),
    ("4c", 512, 128, 128, 256, 24, 64, 64),
    ("4d", 512, 112, 144, 288, 32, 64, 64),
    ("4e", 528, 256, 160, 320, 32, 128, 128),
    ("5a", 832, 256, 160, 320, 32, 128, 128),
    ("5b", 832, 384, 192, 384, 48, 128, 128),
)
BRANCHES = ("1x1", "3x3_reduce", "3x3", "5x5_reduce", "5x5", "pool_proj")
AUXILIARY = {"4a": 512, "4d": 528}

MEAN = 117 / 255
GAIN = 4.0  # The network trains on (picture - MEAN) * GAIN, of about unit variance.


def stem_filters(generator):
    """64 x 3 x 7 x 7 smooth filters to start from: Gabor functions, in grey and between opponent colours."""
    axis = torch.arange(-3.0, 4.0)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    opponents = torch.tensor([[1.0, 1.0, 1.0], [1.0, -1.0, 0.0], [0.5, 0.5, -1.0], [1.0, -0.5, -0.5],
                              [-0.5, 1.0, -0.5]])
    filters = []
    for i in range(64):
        angle, phase, jitter = torch.rand(3, generator=generator).tolist()
        grey = i < 32
        angle = math.pi * ((i % 8 if grey else i % 4) + jitter) / (8 if grey else 4)
        frequency = (0.07, 0.11, 0.15, 0.19)[(i // 8) % 4] if grey else (0.0, 0.06, 0.1, 0.14)[(i // 4) % 4]
        along = x * math.cos(angle) + y * math.sin(angle)
        wave = torch.cos(2 * math.pi * (frequency * along + phase * (frequency > 0)))
        gabor = wave * torch.exp(-(x * x + y * y) / (2 * 2.0**2))
        colour = opponents[0] if grey else opponents[1 + i % 4] * (1 if i % 8 < 4 else -1)
        filters.append(colour[:, None, None] * gabor)
    filters = torch.stack(filters)
    return filters / filters.flatten(1).norm(dim=1)[:, None, None, None]


class Convolution(nn.Module):
    """Convolution, batch normalisation, ReLU; folded, the convolution has a bias and there is no normalisation."""

    def __init__(self, inputs, outputs, size, stride=1, folded=False):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=folded)
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_in", nonlinearity="relu")
        self.norm = nn.Identity() if folded else nn.BatchNorm2d(outputs)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))


class InceptionModule(nn.Module):
    """The four branches of an Inception module, side by side in its output channels."""

    def __init__(self, inputs, one, reduce3, three, reduce5, five, pool, folded=False):
        super().__init__()
        shapes = ((inputs, one, 1), (inputs, reduce3, 1), (reduce3, three, 3), (inputs, reduce5, 1), (reduce5, five, 5),
                  (inputs, pool, 1))
        self.branches = nn.ModuleDict({name: Convolution(*shape, folded=folded) for name,
                                       shape in zip(BRANCHES, shapes)})

    def forward(self, x):
        b = self.branches
        return torch.cat([b["1x1"](x), b["3x3"](b["3x3_reduce"](x)), b["5x5"](b["5x5_reduce"](x)),
                          b["pool_proj"](F.max_pool2d(x, 3, 1, 1))], 1)


class Network(nn.Module):
    """From N x 3 x H x W pictures to N x classes logits. Folded, it reads 255 * picture - 117; else
    (picture - MEAN) * GAIN."""

    def __init__(self, classes, folded=False, dropout=0.2):
        super().__init__()
        self.conv1 = Convolution(3, 64, 7, 2, folded)
        self.conv2_reduce = Convolution(64, 64, 1, 1, folded)
        self.conv2 = Convolution(64, 192, 3, 1, folded)
        self.mixed = nn.ModuleDict({name: InceptionModule(*widths, folded=folded) for name, *widths in MODULES})
        self.classifier = nn.Linear(1024, classes)
        self.dropout = nn.Dropout(dropout)
        self.auxiliary = nn.ModuleDict({name: nn.Linear(width, classes) for name, width in AUXILIARY.items()})

    def layers(self, x):
        """(name, activations) from the stem to mixed5b."""
        x = self.conv1(x)
        yield "conv1", x
        x = self.conv2(self.conv2_reduce(F.max_pool2d(x, 3, 2, 1)))
        yield "conv2", x
        x = F.max_pool2d(x, 3, 2, 1)
        for name, module in self.mixed.items():
            if name in ("4a", "5a"):
                x = F.max_pool2d(x, 3, 2, 1)
            x = module(x)
            yield name, x

    def forward(self, x):
        """(logits, logits of the auxiliary classifiers)."""
        auxiliary = []
        for name, x in self.layers(x):
            if name in AUXILIARY:
                auxiliary.append(self.auxiliary[name](x.mean((2, 3))))
        return self.classifier(self.dropout(x.mean((2, 3)))), auxiliary


def standardised(pictures):
    """What the unfolded network reads, from pictures in [0, 1]."""
    return ((pictures - MEAN) * GAIN).contiguous(memory_format=torch.channels_last)
