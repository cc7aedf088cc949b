#!/usr/bin/env python3
"""The optimisation step as well as PyTorch can run it.

The network ends at the target and is frozen, in channels_last and 16-bit floats; the random views of the batch are one
grid_sample, drawn on the device; torch.compile fuses what lies between the inverse FFT and the objective; on a GPU the
whole step, Adam included, is one CUDA graph. What PyTorch or the machine does not offer is left out, and said.

  torch_expert.py --device cuda --layer mixed4a:11 --batch 64
  torch_expert.py --device cuda --mode max-autotune-no-cudagraphs    # minutes of compilation
  torch_expert.py --device cpu --steps 4 --json
"""

import math

import torch

import throughput
import torch_image
from torch_inception import InceptionV1, Objective

DTYPES = {"fp32": torch.float32, "tf32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
# Keeps fp16 gradients of a mean over a map above the subnormals; Adam does not feel a constant factor.
LOSS_SCALE = 1024.0
FILL = 0.5


class Views:
    """limpid's random views, drawn for each picture of the batch on the device, in the form affine_grid takes."""

    def __init__(self, batch, size, device):
        self.shape = (batch,)
        self.device = device
        self.size = size
        degrees = torch.tensor([*range(-10, 11), 0, 0, 0, 0, 0], dtype=torch.float32)
        self.radians = (degrees * math.pi / 180).to(device)

    def __call__(self):
        def integers(least, most):
            return torch.randint(least, most + 1, self.shape, device=self.device)

        before_x, before_y, after_x, after_y = integers(-4, 4), integers(-4, 4), integers(-2, 2), integers(-2, 2)
        scale = 1 + integers(-5, 5) / 50
        radians = self.radians[integers(0, len(self.radians) - 1)]
        cosine, sine = torch.cos(radians) / scale, torch.sin(radians) / scale
        x = 2 * (cosine * after_x - sine * after_y + before_x) / (self.size - 1)
        y = 2 * (sine * after_x + cosine * after_y + before_y) / (self.size - 1)
        return torch.stack((cosine, -sine, x, sine, cosine, y), 1).view(-1, 2, 3)


class Loss(torch.nn.Module):
    """From decorrelated colour planes and views to the loss: all that torch.compile is given."""

    def __init__(self, network, objective, dtype):
        super().__init__()
        self.network = network
        self.objective = objective
        self.dtype = dtype
        self.scale = LOSS_SCALE if dtype == torch.float16 else 1.0

    def forward(self, latent, colour, theta):
        picture = torch.sigmoid(torch.einsum("rl,blyx->bryx", colour, latent))
        picture = torch_image.sample(picture - FILL, theta) + FILL
        pixels = self.network.network_input(picture).to(dtype=self.dtype, memory_format=torch.channels_last)
        # One picture's gradient is its own: their sum is the batch's loss.
        return -self.scale * self.objective(self.network(pixels, self.objective.layer)).float().sum()


def compiled(loss, mode, fallbacks):
    if not hasattr(torch, "compile"):
        fallbacks.append(f"torch.compile: PyTorch {torch.__version__} has none")
        return loss
    return torch.compile(loss, mode=mode, dynamic=False)


def make_optimizer(parameter, device, features, fallbacks):
    if device == "cuda":
        try:
            optimizer = torch.optim.Adam([parameter], lr=0.05, fused=True, capturable=True)
            features.append("fused Adam")
            return optimizer
        except (RuntimeError, TypeError) as error:
            fallbacks.append(f"fused Adam: {error}")
    return torch.optim.Adam([parameter], lr=0.05, capturable=device == "cuda")


def captured(step, fallbacks):
    """A function that replays step() as one CUDA graph; None where it cannot be captured."""
    # PyTorch asks for some runs on a stream of their own first: they compile, choose plans and fill the allocator.
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    try:
        with torch.cuda.graph(graph):
            step()
    except RuntimeError as error:
        fallbacks.append(f"CUDA graph: {str(error).splitlines()[0]}")
        torch.cuda.synchronize()
        return None
    return graph.replay


def make_step(arguments, features, fallbacks):
    dtype = DTYPES[arguments.precision]
    weights, rules = throughput.load_weights(arguments)
    network = InceptionV1(weights, rules).to(arguments.device, dtype, memory_format=torch.channels_last)
    image = torch_image.SpectralImage(arguments.batch, arguments.size, device=arguments.device)
    views = Views(arguments.batch, arguments.size, arguments.device)
    optimizer = make_optimizer(image.spectrum, arguments.device, features, fallbacks)
    plain = Loss(network, Objective(arguments.layer), dtype)

    def step_with(loss):
        def step():
            optimizer.zero_grad(set_to_none=True)
            loss(image.latent(), image.colour, views()).backward()
            optimizer.step()

        return step

    step = step_with(compiled(plain, arguments.mode, fallbacks))
    try:
        step()
    except Exception as error:  # The compiler's failures have no common type.
        if not hasattr(torch, "compile"):
            raise
        fallbacks.append(f"torch.compile: {type(error).__name__}: {str(error).strip().splitlines()[0]}")
        step = step_with(plain)
    if hasattr(torch, "compile") and not any(reason.startswith("torch.compile") for reason in fallbacks):
        features.append(f"torch.compile ({arguments.mode})")
    if arguments.device != "cuda":
        return step
    replay = captured(step, fallbacks)
    if replay:
        features.append("one CUDA graph a step")
    return replay or step


def main():
    parser = throughput.argument_parser(__doc__)
    parser.add_argument("--mode", default="default", help="of torch.compile; without CUDA graphs, which the step is")
    arguments = throughput.parse(parser)
    arguments.precision = arguments.precision or ("bf16" if arguments.device == "cuda" else "fp32")
    throughput.allow_tf32(arguments.precision != "fp32")
    torch.backends.cudnn.benchmark = True
    features, fallbacks = ["truncated network", "frozen weights", "channels_last", "one resampling"], []
    if DTYPES[arguments.precision] != torch.float32:
        features.append(f"{arguments.precision} weights")
    step = make_step(arguments, features, fallbacks)
    throughput.report("torch expert", arguments, step, features, fallbacks)


if __name__ == "__main__":
    main()
