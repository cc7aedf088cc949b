"""Makes weights of a checkpoint: python3 export.py CHECKPOINT --held-out POOL --size 96 -o default.npz.

Then: limpid convert --half default.npz default.h5. The .npz holds fp32 values of the averaged weights with batch
normalisation folded in, the classes' names, and a line on how they were trained.
"""
import argparse
import platform

import numpy as np
import torch

from fold import arrays, folded
from network import Network, standardised
from stem import fine_share, picture
from train import accuracy, load_pool

FOLD_LIMIT = 1e-4


@torch.no_grad()
def fold_error(network, other, seed=0):
    """Largest difference between a network and its folded form, over all modules and the logits, on random pictures."""
    pictures = torch.rand(4, 3, 64, 64, generator=torch.Generator().manual_seed(seed))
    network.eval()
    pairs = zip(network.layers(standardised(pictures)), other.layers(255 * pictures - 117))
    error = max(float((a - b).abs().max()) for (_, a), (_, b) in pairs)
    logits = network(standardised(pictures))[0] - other(255 * pictures - 117)[0]
    return max(error, float(logits.abs().max()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint")
    parser.add_argument("--held-out", required=True, help="pool to measure the accuracy on")
    parser.add_argument("--size", type=int, default=96, help="height and width of its pictures, in pixels")
    parser.add_argument("--hardware", default=platform.processor() or platform.machine())
    parser.add_argument("--stem", help="also a picture of the first layer's filters")
    parser.add_argument("-o", "--output", default="default.npz")
    options = parser.parse_args()

    state = torch.load(options.checkpoint, map_location="cpu")
    network = Network(len(state["classes"]))
    network.load_state_dict(state["average"])
    network.eval()
    plain = folded(network)
    error = fold_error(network, plain)
    if not error < FOLD_LIMIT:
        raise SystemExit(f"export.py: folding changes activations by {error:.2g}, more than {FOLD_LIMIT}")
    held = load_pool(options.held_out)
    share, _ = accuracy(network.to(memory_format=torch.channels_last), held, options.size, np.arange(len(held[1])))
    training = (f"{len(state['classes'])} classes of procedural pictures; seed {state['seed']}; {state['step']} steps, "
                f"{state['seen']} pictures seen in {state['seconds'] / 60:.0f} min on {options.hardware}; top-1 "
                f"{100 * share:.1f} % of {len(held[1])} held-out pictures at {options.size} px")
    weights = arrays(plain)
    np.savez(options.output, **weights, classes=np.array(state["classes"]), training=np.array([training]))
    if options.stem:
        picture(weights["conv1/7x7_s2_w"]).save(options.stem, quality=90)
    print(training)
    print(f"largest change by folding {error:.1e}")
    print(f"conv2d0 above 0.25 cycles/px: {100 * fine_share(weights['conv1/7x7_s2_w']):.1f} % of the energy")


if __name__ == "__main__":
    main()
