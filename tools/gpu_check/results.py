"""Same seed, same bytes; and what lower precision costs in the objective reached."""

import hashlib
import json
import statistics

PRECISIONS = ("fp16", "bf16", "tf32", "fp32")
LEAST_RATIO = 0.99
CHECKED_LAYERS = ("mixed3b", "mixed4a", "mixed4d", "mixed5a")
CHECKED_CHANNELS = range(8)
GRID_LAYERS = ("mixed3b", "mixed4a", "mixed4e", "mixed5b")
GRID_CHANNELS = 64
NETWORK_CHANNELS = 5808  # What `limpid grid all` makes, of BVLC's widths.
STEPS = 512


def check_determinism(phase):
    """A render, made twice, per precision; then jobs that move from slot to slot."""
    for precision in PRECISIONS:
        sums = set()
        for attempt in range(2):
            picture = phase.folder / f"{precision}-{attempt}.png"
            job = ["render", "mixed4a:11", "--seed", "7", "--steps", "48", "--precision", precision]
            if phase.limpid(*job, "--quiet", "-o", picture) is None:
                break
            sums.add(hashlib.sha256(picture.read_bytes()).hexdigest())
        else:
            phase.details[precision] = sorted(sums)
            phase.expect(len(sums) == 1, f"mixed4a:11, {precision}: two renders of one seed differ")
    check_slots(phase)


def check_slots(phase):
    """The same pictures made at once and in two halves, which leave other jobs to each and put them into other slots: one sheet."""
    sheets = set()
    for name, shards in (("whole", ("1/1",)), ("halves", ("1/2", "2/2"))):
        folder = phase.folder / name
        folder.mkdir()
        for shard in shards:
            job = ["grid", "mixed4a:0-9", "--steps", "48", "--batch", "8", "--shard", shard]
            if phase.limpid(*job, "--quiet", "-o", folder / "tiles") is None:
                return
        sheets.add(hashlib.sha256((folder / "tiles.png").read_bytes()).hexdigest())
    phase.details["sheets"] = sorted(sheets)
    phase.expect(len(sheets) == 1, "ten channels of mixed4a differ when they are made in other slots")


def check_precision(phase):
    """The objective reached by fp16 and bf16 against fp32's: same jobs, seeds and random views."""
    targets = [f"{layer}:{CHECKED_CHANNELS[0]}-{CHECKED_CHANNELS[-1]}" for layer in CHECKED_LAYERS]
    reached = {}
    for precision in ("fp32", "fp16", "bf16"):
        reached[precision] = grid_values(phase, targets, precision, steps=256)
    expected = len(CHECKED_LAYERS) * len(CHECKED_CHANNELS)
    phase.expect(len(reached["fp32"]) == expected, f"fp32: {len(reached['fp32'])} of {expected} channels came back")
    for precision in ("fp16", "bf16"):
        pairs = {name: (value, reached["fp32"].get(name)) for name, value in reached[precision].items()}
        ratios = {name: value / base for name, (value, base) in pairs.items() if base}
        if not phase.expect(len(ratios) == expected, f"{precision}: {len(ratios)} of {expected} channels compared"):
            continue
        mean = statistics.fmean(ratios.values())
        least = min(ratios, key=ratios.get)
        phase.details[precision] = {
            "mean_ratio": round(mean, 5),
            "median_ratio": round(statistics.median(ratios.values()), 5),
            "least_ratio": round(ratios[least], 5),
            "least_channel": least,
        }
        # Written so that a NaN does not pass.
        phase.expect(mean >= LEAST_RATIO, f"{precision} reaches {mean:.4f} of fp32's objective, not {LEAST_RATIO}")
    phase.details["objectives"] = reached


def project_grid(phase):
    """Some channels of layers at four depths, in full; from their time, that of every channel of the network."""
    targets = [f"{layer}:0-{GRID_CHANNELS - 1}" for layer in GRID_LAYERS]
    store = phase.folder / "projected"
    arguments = ["grid", *targets, "--steps", STEPS, "--no-sheet", "--quiet", "--json", "-o", store]
    finished = phase.run([phase.tree.program("limpid"), *arguments, "--device", "cuda"])
    if not phase.expect(finished.code == 0, f"limpid grid: {finished.verdict()}"):
        return
    done = json.loads(finished.output.strip().splitlines()[-1])
    channels = len(GRID_LAYERS) * GRID_CHANNELS
    start_up = finished.seconds - done["seconds"]
    phase.details.update(
        channels=channels,
        devices=done["devices"],
        seconds=round(done["seconds"], 2),
        start_up_seconds=round(start_up, 2),
        image_steps_per_second=round(channels * STEPS / done["seconds"]),
        projected_seconds_of_every_channel=round(start_up + done["seconds"] * NETWORK_CHANNELS / channels, 1),
    )


def grid_values(phase, targets, precision, steps):
    """{objective: final value} of a grid's channels, as its JSON events tell."""
    store = phase.folder / f"values-{precision}"
    arguments = ["grid", *targets, "--steps", steps, "--precision", precision, "--no-sheet", "--json", "-o", store]
    finished = phase.run([phase.tree.program("limpid"), *arguments, "--device", "cuda"])
    phase.expect(finished.code == 0, f"limpid grid, {precision}: {finished.verdict()}")
    values = {}
    for line in finished.output.splitlines():
        event = json.loads(line) if line.startswith("{") else {}
        if isinstance(event.get("objective"), str) and isinstance(event.get("value"), (int, float)):
            values[event["objective"]] = event["value"]
    return values
