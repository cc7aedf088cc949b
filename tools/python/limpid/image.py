"""Pictures as files: PNG by zlib alone."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Mapping

import numpy as np

from limpid._errors import UsageError


def quantise(image: np.ndarray) -> np.ndarray:
    """From [0, 1] to the eight bits that a file holds, rounded as the program does: round(255 v), clipped."""
    return np.clip(np.float32(255) * image + np.float32(0.5), 0, 255).astype(np.uint8)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(image: np.ndarray, notes: Mapping[str, str] | None = None) -> bytes:
    """A PNG file of a picture, height x width x 3, RGB in [0, 1]; `notes` become its text chunks."""
    if image.ndim != 3 or image.shape[2] != 3:
        raise UsageError(f"a picture is height x width x 3, and not {' x '.join(map(str, image.shape))}")
    height, width, _ = image.shape
    pixels = quantise(image)
    # Each pixel less the one to the left of it (filter 1), which compresses better than the pixels do.
    rows = np.ones((height, 1 + 3 * width), np.uint8)
    rows[:, 1:4] = pixels[:, 0]
    rows[:, 4:] = (pixels[:, 1:] - pixels[:, :-1]).reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    texts = [_chunk(b"iTXt", key.encode("latin-1") + bytes(5) + text.encode()) for key, text in (notes or {}).items()]
    chunks = [_chunk(b"IHDR", header), *texts, _chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def save(path: str | os.PathLike[str], image: np.ndarray, notes: Mapping[str, str] | None = None) -> None:
    """Writes a picture as .png (eight bits) or .npy (fp32). Raises UsageError for another ending, OSError where the file
    cannot be written."""
    name = os.fspath(path)
    ending = os.path.splitext(name)[1].lower()
    if ending == ".npy":
        np.save(name, image)
    elif ending == ".png":
        with open(name, "wb") as file:
            file.write(png_of(image, notes))
    else:
        raise UsageError(f"'{name}' ends in neither .png nor .npy")
