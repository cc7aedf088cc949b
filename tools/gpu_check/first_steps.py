"""Whether one step runs at all: a gradient, a step operation by operation, then as a graph."""

import re
import time

STEP_SECONDS = 20  # For one short command; a device that hangs costs no more.
# Of the value of an objective at a picture, in another precision.
VALUE_TOLERANCE = {"fp32": 1e-4, "fp16": 1e-2}
STEPS = 512


def take_first_steps(phase):
    """A picture and its objective's value by the processor, then the same on the GPU; a render without and with a graph."""
    picture = phase.folder / "picture.png"
    render = ["render", "mixed4a:11", "--size", "224", "--steps", "4", "--quiet"]
    made = phase.run([phase.tree.program("limpid"), *render, "--device", "cpu", "-o", picture], STEP_SECONDS)
    if not phase.expect(made.code == 0, f"limpid render on the processor: {made.verdict()}"):
        return
    gradient = ["gradient", picture, "mixed4a:11", "-o", phase.folder / "gradient.h5"]
    expected = value_of(phase.run([phase.tree.program("limpid"), *gradient, "--device", "cpu"], STEP_SECONDS).output)
    if not phase.expect(expected is not None, "limpid gradient on the processor says no value"):
        return
    phase.details["value"] = {"cpu": expected}
    for precision, tolerance in VALUE_TOLERANCE.items():
        value = value_of(phase.limpid(*gradient, "--precision", precision, seconds=STEP_SECONDS) or "")
        phase.details["value"][precision] = value
        if value is not None:
            near = abs(value - expected) <= tolerance * abs(expected)
            phase.expect(near, f"mixed4a:11 at one picture is {value:.6g} in {precision}, {expected:.6g} by the processor")
    compare_graph(phase, render)


def compare_graph(phase, render):
    """The graph runs the same operations: the same bytes."""
    pictures = {}
    for name, variables in (("eager", {"LIMPID_GRAPH": "0"}), ("graph", {})):
        path = phase.folder / f"{name}.png"
        if phase.limpid(*render, "-o", path, seconds=STEP_SECONDS, **variables) is not None:
            pictures[name] = path.read_bytes()
    if len(pictures) == 2:
        same = pictures["eager"] == pictures["graph"]
        phase.details["graph_is_eager"] = same
        phase.expect(same, "a step as a graph and operation by operation gives other bytes")


def value_of(output):
    """The number in "mixed4a:11 = 12.5; gradient ..."."""
    found = re.search(r" = ([-+.\deE]+)", output)
    return float(found.group(1)) if found else None


def time_render(phase):
    """From exec to PNG of 512 steps, three times: the first may build what the others find kept."""
    phase.details["seconds"] = []
    for attempt in range(3):
        job = ["render", "mixed4a:11", "--size", "224", "--steps", STEPS, "--quiet", "-o", phase.folder / f"{attempt}.png"]
        begin = time.monotonic()
        if phase.limpid(*job, seconds=STEP_SECONDS) is None:
            return
        phase.details["seconds"].append(round(time.monotonic() - begin, 3))
