"""What is done in which order, and for how long at most.

The order is that of value: what tells most comes first, for a box that is used up ends, and what does not fit into the whole time
is not reached. The boxes of a plan together are longer than it, since most things end before their box does.
"""

from gpu_check import environment, first_steps, profile, results, speed, tests
from gpu_check.phase import Phase

OWN_OPERATIONS = "OpsParity*:*/OpsParity*:ImageParity*:*/ImageParity*"
CONVOLUTIONS = (
    "ConvParity.WholeNumbersFp16:ConvParity.ProductsWholeNumbersFp16:ConvParity.StemDgradByHand:ConvParity.CapturedRuns*"
)
MORE_CONVOLUTIONS = "ConvParity.*:-" + CONVOLUTIONS
FULL_SIZE = "*FullSizeParity*"
SLOTS = "*SameJobSameBytes*/fp16:*StepsAllocate*/fp16"

NINE_MINUTES = (
    Phase("environment", 15, environment.describe, "card, driver, libraries"),
    Phase("first-steps", 75, first_steps.take_first_steps, "one gradient, one step by operations, one as a graph"),
    Phase("operations", 40, tests.cases(("gpu_test", OWN_OPERATIONS)), "our own kernels against the processor"),
    Phase("convolutions", 70, tests.cases(("gpu_test", CONVOLUTIONS)), "the libraries' convolutions, exact, captured"),
    Phase("gradients", 45, tests.cases(("gpu_engine_test", "*GradientsOnGpu*")), "input gradients along the GPU's choices"),
    Phase("memcheck", 25, tests.sanitize("memcheck"), "accesses out of bounds in two steps"),
    Phase("bench-untuned", 55, speed.bench("untuned"), "image-steps/s before tuning"),
    Phase("timeline", 25, profile.trace_graph, "where the time goes inside the graph"),
    Phase("ceilings", 15, profile.measure_ceilings, "what the card can do"),
    Phase("tune", 110, speed.run_tune, "the fastest algorithm of each convolution that the next phase runs"),
    Phase("bench-tuned", 45, speed.bench("tuned"), "image-steps/s after it"),
    Phase("render-time", 15, first_steps.time_render, "from exec to PNG"),
    Phase("determinism", 30, results.check_determinism, "same seed, same bytes, whatever the slot"),
    Phase("slots", 20, tests.cases(("gpu_engine_test", SLOTS)), "no byte depends on the slot, no step allocates"),
    Phase("grid", 25, results.project_grid, "some channels in full; the time of all"),
    Phase("precision", 25, results.check_precision, "objective reached in 16 bits against fp32"),
    Phase("layers", 60, tests.cases(("gpu_engine_test", "*EngineOnGpu*")), "activations of every layer, other precisions"),
    Phase("full-size", 30, tests.cases(("gpu_test", FULL_SIZE)), "our own kernels on maps of full size"),
    Phase("peers", 60, speed.run_peers, "the same job in PyTorch"),
    Phase("more-convolutions", 120, tests.cases(("gpu_test", MORE_CONVOLUTIONS)), "the convolutions' other precisions"),
    Phase("racecheck", 40, tests.sanitize("racecheck", OWN_OPERATIONS), "races in shared memory"),
    Phase("initcheck", 40, tests.sanitize("initcheck", OWN_OPERATIONS), "reads of memory nothing wrote"),
)

FOUR_MINUTES = (
    NINE_MINUTES[0],
    Phase("ceilings", 15, profile.measure_ceilings, "what the card can do"),
    Phase("ncu-own", 60, profile.profile_kernels("own", profile.OWN_KERNELS, 16), "our own kernels in Nsight Compute"),
    Phase("ncu-libraries", 45, profile.profile_kernels("libraries", profile.LIBRARY_KERNELS, 40), "the libraries' kernels"),
    Phase("sweep", 56, speed.sweep, "image-steps/s at batches of 32 to 512"),
    Phase("timeline", 25, profile.trace_graph, "where the time goes inside the graph"),
    Phase("tune-128", 40, speed.tune_one("mixed5b", 128), "the fastest algorithms at batch 128"),
    Phase("bench-128", 20, speed.bench("tuned", ("mixed5b:7",), (128,)), "image-steps/s with them"),
)

NINE, FOUR = 9, 4  # Minutes that the boxes are for.
LONGER_FROM = 6  # Minutes from which on the longer plan is taken.


def every_phase():
    """By name, in the longer plan's order, then the other's; of two plans' phases of a name, the longer plan's."""
    found = {}
    for phase in NINE_MINUTES + FOUR_MINUTES:
        found.setdefault(phase.name, phase)
    return found


def choose(minutes, names):
    """The phases for so many minutes, and the seconds of each: of a plan, or those named, which then share all of the time."""
    if names is not None:
        known = every_phase()
        selected = [phase for phase in known.values() if phase.name in names]
        scale = minutes * 60 / sum(phase.seconds for phase in selected)
    else:
        longer = minutes >= LONGER_FROM
        selected = list(NINE_MINUTES if longer else FOUR_MINUTES)
        scale = minutes / (NINE if longer else FOUR)
    return [(phase, phase.seconds * scale) for phase in selected]
