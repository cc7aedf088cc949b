"""What a check writes down: gpu-check.json, and summary.txt for people."""

import json

RATE_KEYS = ("layer", "size", "batch", "precision", "image_steps_per_second")


def write_atomically(path, text):
    """Readers see the old file or the new one."""
    temporary = path.with_name(path.name + ".partial")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def write_report(folder, report):
    write_atomically(folder / "gpu-check.json", json.dumps(report, indent=1, allow_nan=True) + "\n")
    write_atomically(folder / "summary.txt", summary(report) + "\n")


def summary(report):
    """A short table: the machine, every phase, the speeds."""
    entries = {entry["phase"]: entry for entry in report["phases"]}
    lines = [_headline(report, entries.get("environment", {}).get("details", {})), ""]
    rows = [("phase", "verdict", "seconds", "")]
    for entry in report["phases"]:
        problems = entry["problems"]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        rows.append((entry["phase"], entry["verdict"], f"{entry['seconds']:.1f}", (problems or [""])[0] + more))
    lines += table(rows)
    for name in ("bench", "peers"):
        lines += _speeds(name, entries.get(name, {}).get("details", {}))
    lines += _other_results(entries)
    passed = sum(entry["verdict"] == "passed" for entry in report["phases"])
    lines += ["", f"{passed} of {len(report['selected'])} phases passed in {report['seconds']:.0f} s"]
    return "\n".join(lines)


def table(rows):
    """Columns aligned to the left, numbers to the right; the first row is the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    numeric = [all(_is_number(row[column]) for row in rows[1:]) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width) for cell, width, right in zip(row, widths, numeric)
        ).rstrip()
        for row in rows
    ]


def _is_number(text):
    return text.replace(".", "", 1).replace(",", "").isdigit()


def _headline(report, environment):
    gpus = environment.get("gpus", [])
    parts = [f"{gpu['name']}, driver {gpu['driver_version']}" for gpu in gpus[:1]]
    if "cudnn" in environment:
        parts.append(f"cuDNN {environment['cudnn']}")
    commit = report["bundle"].get("commit", "")
    parts.append(f"limpid {commit[:12]}{commit[40:]}" if commit else "limpid of a build folder")
    return "gpu-check: " + ", ".join(parts)


def _speeds(name, details):
    results = [result for result in details.get("results", []) if all(key in result for key in RATE_KEYS)]
    if not results:
        return []
    rows = [("program", "layer", "batch", "precision", "image-steps/s")]
    for result in results:
        rate = f"{result['image_steps_per_second']:,.0f}"
        program = result.get("program", "limpid")
        rows.append((program, result["layer"], str(result["batch"]), result["precision"], rate))
    return ["", f"{name}, {results[0]['size']} px"] + table(rows)


def _other_results(entries):
    lines = []
    precision = entries.get("precision", {}).get("details", {})
    for name in ("fp16", "bf16"):
        if name in precision:
            found = precision[name]
            lines.append(
                f"{name} reaches {found['mean_ratio']:.4f} of fp32's objective (least {found['least_ratio']:.4f}, "
                f"{found['least_channel']})"
            )
    grid = entries.get("grid", {}).get("details", {})
    if "image_steps_per_second" in grid:
        lines.append(
            f"grid: {grid['image_steps_per_second']:,} image-steps/s; every channel would take "
            f"{grid['projected_seconds_of_every_channel']:.0f} s"
        )
    return [""] + lines if lines else []
