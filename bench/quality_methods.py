"""The methods bench/quality compares: names of sets of a render's options."""

REFERENCE = "distill"

METHODS = {
    REFERENCE: {"preset": "distill"},
    "limpid": {"preset": "limpid"},
    "fast": {"preset": "fast"},
    "best": {"preset": "best"},
}
