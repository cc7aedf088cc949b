#!/usr/bin/env python3
"""limpid from Python, call by call: pictures, activations, gradients, and with PyTorch a loop of one's own and lucent's calls.

  pip install .                    # in the repository: numpy is all that it needs
  python3 tools/examples/quickstart.py --size 224 --steps 512 -o pictures
"""

from __future__ import annotations

import argparse
import importlib.util
import pathlib

import numpy as np

import limpid


def with_numpy(net: limpid.Network, size: int, steps: int, folder: pathlib.Path) -> None:
    picture = limpid.render(net, "mixed4a:11", size=size, steps=steps, progress=True)
    picture.save(folder / "mixed4a-11.png")
    print(f"mixed4a:11 reaches {picture.objective:.3f}: {folder / 'mixed4a-11.png'}")

    # Many, one by one as they are finished. The same call goes on with the store after an interruption.
    for tile in limpid.grid(net, ["mixed4a:0-1"], size=size, steps=steps, store=folder / "mixed4a.limpid"):
        print(f"tile {tile.job}: {tile.value:.3f}")

    x = picture.image.transpose(2, 0, 1)[np.newaxis]
    activations = net.activations(x, ["mixed3b", "mixed4d"])
    print({name: values.shape for name, values in activations.items()})

    value, gradient = net.gradient(x, "mixed4a:11 - 0.1*mixed4b:3")
    print(f"the objective is {value[0]:.3f}, its gradient's largest value {np.abs(gradient).max():.2g}")


def with_torch(net: limpid.Network, size: int, steps: int, folder: pathlib.Path) -> None:
    import torch

    from limpid.lucent import modelzoo, objectives, param, render

    # A loss of one's own: any function of any layers, by torch's gradients.
    torch.manual_seed(1)
    image = limpid.torch.Image(size=size)
    features = limpid.torch.Features(net, ["mixed3b", "mixed4d"])
    optimiser = torch.optim.Adam(image.parameters(), lr=0.05)
    for _ in range(steps):
        optimiser.zero_grad()
        seen = features(image.view(image()))
        loss = seen["mixed3b"].square().mean() - seen["mixed4d"][:, 21].mean()
        loss.backward()
        optimiser.step()
    limpid.write_picture(folder / "own-loss.png", image.picture())

    model = modelzoo.inceptionv1(pretrained=True)
    objective = objectives.channel("mixed4a", 11) - 1e-3 * objectives.diversity("mixed4a")
    pictures = render.render_vis(
        model, objective, lambda: param.image(size, batch=2), thresholds=(steps,), show_image=False, progress=False
    )
    limpid.write_picture(folder / "lucent.png", np.concatenate(list(pictures[-1]), axis=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--steps", type=int, default=512)
    parser.add_argument("-o", "--output", type=pathlib.Path, default=pathlib.Path("pictures"), help="a folder")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    net = limpid.Network()
    with_numpy(net, options.size, options.steps, options.output)
    if importlib.util.find_spec("torch"):
        with_torch(net, options.size, options.steps, options.output)


if __name__ == "__main__":
    main()
