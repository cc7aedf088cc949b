"""What bench/quality makes of its runs: a summary of each method, a table, a plot."""

import html
import statistics

COLOURS = ("#444444", "#d62728", "#1f77b4", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b", "#e377c2", "#17becf", "#bcbd22")
PLOT_WIDTH, PLOT_HEIGHT, MARGIN = 720, 420, 56


def passed_at(curve, value):
    """The first step looked at after which the picture's objective is at least `value`; None where none is."""
    return next((step for step, objective in curve if objective >= value), None)


def paired(runs, reference):
    """(run, the reference's run of the same weights, unit and seed), for each that has one with a positive objective."""
    of_reference = {(r["weights"], r["unit"], r["seed"]): r for r in runs if r["method"] == reference}
    for run in runs:
        other = of_reference.get((run["weights"], run["unit"], run["seed"]))
        if other is not None and other["plain"] > 0:
            yield run, other


def step_cost(run, other):
    """Of a step, in the reference's steps."""
    return run["processor_seconds"] / run["steps"] / (other["processor_seconds"] / other["steps"])


def median_of(runs, key):
    values = [run[key] for run in runs if run.get(key) is not None]
    return statistics.median(values) if values else None


def summary(pairs):
    """Of one method. Ratios are to the reference's end; "time" is of that which the reference takes in all: that of a run which
    did not reach the reference's objective counts as more than any other, so the median is None where most did not."""
    ratios = [run["plain"] / other["plain"] for run, other in pairs]
    cost = statistics.median(step_cost(run, other) for run, other in pairs)
    times = []
    for run, other in pairs:
        step = passed_at(run["curve"], other["plain"])
        times.append(float("inf") if step is None else step * cost / other["steps"])
    time_to = statistics.median(times)
    worst = min(zip(ratios, pairs), key=lambda entry: entry[0])
    runs = [run for run, _ in pairs]
    return {
        "runs": len(runs),
        "steps": runs[0]["steps"],
        "step_cost": cost,
        "time_of_all": runs[0]["steps"] * cost / pairs[0][1]["steps"],
        "plain": statistics.median(ratios),
        "plain_least": worst[0],
        "plain_least_unit": f"{worst[1][0]['weights']} {worst[1][0]['unit']} seed {worst[1][0]['seed']}",
        "views": statistics.median(run["views"] / other["views"] for run, other in pairs if other["views"] > 0),
        "reached": sum(time != float("inf") for time in times),
        "time_to_reference": None if time_to == float("inf") else time_to,
        **{key: median_of(runs, key) for key in ("others", "slope", "saturation", "colour")},
    }


def summaries(runs, reference):
    """{weights: {method: summary}}, and of all weights together under "all" where there are several."""
    pairs = list(paired(runs, reference))
    found = {}
    names = list(dict.fromkeys(run["weights"] for run, _ in pairs))
    for weights in [*names, *(["all"] if len(names) > 1 else [])]:
        chosen = [pair for pair in pairs if weights in (pair[0]["weights"], "all")]
        methods = dict.fromkeys(run["method"] for run, _ in chosen)
        found[weights] = {m: summary([pair for pair in chosen if pair[0]["method"] == m]) for m in methods}
    return found


def cell(value, form):
    return "" if value is None else format(value, form)


def print_table(found):
    head = ("weights", "method", "runs", "steps", "cost", "plain", "least", "views", "reached", "time", "others", "slope",
            "saturation", "colour")  # fmt: skip
    rows = [head]
    for weights, methods in found.items():
        for method, s in methods.items():
            rows.append(
                (weights, method, str(s["runs"]), str(s["steps"]), cell(s["step_cost"], ".2f"), cell(s["plain"], ".3f"),
                 cell(s["plain_least"], ".3f"), cell(s["views"], ".3f"), f"{s['reached']}/{s['runs']}",
                 cell(s["time_to_reference"], ".3f"), cell(s["others"], ".1f"), cell(s["slope"], ".2f"),
                 cell(s["saturation"], ".3f"), cell(s["colour"], ".3f"))
            )  # fmt: skip
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    for row in rows:
        cells = [text.ljust(width) if i < 2 else text.rjust(width) for i, (text, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())


def median_curve(pairs):
    """[(time in the reference's whole, median over the runs of the objective in the reference's end)]."""
    cost = statistics.median(step_cost(run, other) for run, other in pairs)
    by_step = {}
    for run, other in pairs:
        for step, objective in run["curve"]:
            by_step.setdefault(step, []).append(objective / other["plain"])
    whole = pairs[0][1]["steps"]
    return [
        (step * cost / whole, statistics.median(values))
        for step, values in sorted(by_step.items())
        if len(values) == len(pairs)
    ]


def plot(runs, reference):
    """An SVG: the objective of the picture as it is, against time, a line a method."""
    pairs = list(paired(runs, reference))
    methods = list(dict.fromkeys(run["method"] for run, _ in pairs))
    lines = {m: median_curve([pair for pair in pairs if pair[0]["method"] == m]) for m in methods}
    points = [point for line in lines.values() for point in line]
    most_x = max([1.0, *(x for x, _ in points)])
    most_y = max([1.0, *(y for _, y in points)]) * 1.05

    def at(x, y):
        return (
            MARGIN + x / most_x * (PLOT_WIDTH - 2 * MARGIN),
            PLOT_HEIGHT - MARGIN - max(y, 0) / most_y * (PLOT_HEIGHT - 2 * MARGIN),
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{PLOT_WIDTH + 140}" height="{PLOT_HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for tick in (0, 1 / 3, 0.5, 1):
        (x, bottom), (_, top) = at(tick, 0), at(tick, most_y)
        parts.append(f'<path d="M{x:.1f} {bottom:.1f}V{top:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 16:.1f}" text-anchor="middle">{tick:.2g}</text>')
    for tick in (0, 0.5, 1):
        (left, y), (right, _) = at(0, tick), at(most_x, tick)
        parts.append(f'<path d="M{left:.1f} {y:.1f}H{right:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{tick:.2g}</text>')
    named = html.escape(reference)
    parts.append(f'<text x="{MARGIN}" y="{PLOT_HEIGHT - 8}">time, of all that {named} takes</text>')
    parts.append(f'<text x="8" y="20">objective of the picture, of that which {named} ends with; median over runs</text>')
    for i, (method, line) in enumerate(lines.items()):
        colour = COLOURS[i % len(COLOURS)]
        where = " ".join("{:.1f},{:.1f}".format(*at(x, y)) for x, y in line)
        parts.append(f'<polyline points="{where}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(
            f'<text x="{PLOT_WIDTH - MARGIN + 10}" y="{MARGIN + 16 * i}" fill="{colour}">{html.escape(method)}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])
