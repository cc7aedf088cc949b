"""The phases of tools/gpu-check, and what they stand on."""
