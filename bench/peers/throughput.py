"""The command line and the measure that the peers of `limpid bench` share."""

import argparse
import json
import os
import statistics
import time

import torch

from torch_inception import BVLC_RULES, random_weights, read_weights

PRECISIONS = ("fp32", "tf32", "fp16", "bf16")


def argument_parser(description, precisions=PRECISIONS):
    """The options every peer takes; `precision` is left None where it is not given."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--layer", default="mixed4a:11", help="a layer, or layer:channel (default: mixed4a:11)")
    parser.add_argument("--size", type=int, default=224, help="of the picture, pixels (default: 224)")
    parser.add_argument("--batch", type=int, default=1, help="pictures optimised at once (default: 1)")
    parser.add_argument("--precision", choices=precisions)
    parser.add_argument("--steps", type=int, default=32, help="per timed block (default: 32)")
    parser.add_argument("--repeats", type=int, default=5, help="timed blocks (default: 5)")
    parser.add_argument("--threads", type=int, default=0, help="of the processor; 0 takes all")
    parser.add_argument("--weights", help="one of limpid's weights files; random ones of BVLC's shapes without it")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def parse(parser):
    """Reads the command line, refuses what cannot be, and sets the number of threads."""
    arguments = parser.parse_args()
    for name in ("size", "batch", "steps", "repeats"):
        if getattr(arguments, name) < 1:
            parser.error(f"--{name} must be at least 1")
    if arguments.device == "cuda" and not torch.cuda.is_available():
        parser.error("PyTorch sees no CUDA device")
    torch.set_num_threads(arguments.threads or os.cpu_count())
    return arguments


def load_weights(arguments):
    """(weights, rules) as InceptionV1 takes them."""
    return read_weights(arguments.weights) if arguments.weights else (random_weights(), BVLC_RULES)


def allow_tf32(allowed):
    """TensorFloat-32 in matrix products and convolutions; PyTorch's default has it in convolutions only."""
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed


def report(program, arguments, step, features, fallbacks=(), warm_up=3):
    """Times step(), one update of the whole batch, and prints the rate.

    `features` says what the program makes use of, `fallbacks` what it would have and why it could not.
    """
    on_cuda = arguments.device == "cuda"

    def synchronise():
        if on_cuda:
            torch.cuda.synchronize()

    for _ in range(warm_up):
        step()
    synchronise()
    rates = []
    for _ in range(arguments.repeats):
        start = time.perf_counter()
        for _ in range(arguments.steps):
            step()
        synchronise()
        rates.append(arguments.batch * arguments.steps / (time.perf_counter() - start))
    result = {
        "program": program,
        "layer": arguments.layer,
        "size": arguments.size,
        "batch": arguments.batch,
        "precision": arguments.precision,
        "device": torch.cuda.get_device_name() if on_cuda else "cpu",
        "image_steps_per_second": round(statistics.median(rates), 3),
        "least_image_steps_per_second": round(min(rates), 3),
        "most_image_steps_per_second": round(max(rates), 3),
        "steps": arguments.steps,
        "repeats": arguments.repeats,
        "peak_memory_bytes": torch.cuda.max_memory_allocated() if on_cuda else None,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "features": list(features),
        "fallbacks": list(fallbacks),
    }
    if arguments.json:
        print(json.dumps(result))
    else:
        job = f"{program}, {arguments.layer}, batch {arguments.batch}, {arguments.precision}"
        print(f"{job}: {statistics.median(rates):,.1f} image-steps/s")
        print(f"  uses {', '.join(features)}")
        for reason in fallbacks:
            print(f"  without {reason}")
