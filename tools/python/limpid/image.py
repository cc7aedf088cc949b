"""Pictures as files: the library's readers and writers, and PNG with text chunks, by zlib alone."""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from limpid import _tensor
from limpid._dlpack import DLManagedTensor
from limpid._library import library


def quantise(image: np.ndarray) -> np.ndarray:
    """From [0, 1] to the eight bits that a file holds, rounded as the program does: round(255 v), clipped."""
    bytes_: np.ndarray = np.clip(np.float32(255) * image + np.float32(0.5), 0, 255).astype(np.uint8)
    return bytes_


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(image: np.ndarray, notes: Mapping[str, str] | None = None) -> bytes:
    """A PNG file of a picture, height x width x 3, RGB in [0, 1], or x 4, with alpha; `notes` become its text chunks."""
    height, width, channels = image.shape
    pixels = quantise(image)
    # Each pixel less the one to the left of it (filter 1), which compresses better than the pixels do.
    rows = np.ones((height, 1 + channels * width), np.uint8)
    rows[:, 1 : 1 + channels] = pixels[:, 0]
    rows[:, 1 + channels :] = (pixels[:, 1:] - pixels[:, :-1]).reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[channels], 0, 0, 0)
    texts = [_chunk(b"iTXt", key.encode("latin-1") + bytes(5) + text.encode()) for key, text in (notes or {}).items()]
    chunks = [_chunk(b"IHDR", header), *texts, _chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def read_picture(path: str | os.PathLike[str]) -> np.ndarray:
    """A picture in a file, as `limpid` reads photos: height x width x 3, fp32, RGB in [0, 1].

    PNG, JPEG, WebP, BMP, GIF (its first picture) or PSD, told by its content; upright as EXIF says, on white where it is
    transparent, in sRGB where it has a colour profile. Raises InputError for a file that is missing, damaged, no picture or too
    large.

    >>> import limpid, numpy as np, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     limpid.write_picture(f"{folder}/a.png", np.full((2, 5, 3), 0.2, np.float32))
    ...     limpid.read_picture(f"{folder}/a.png").shape
    (2, 5, 3)
    """
    read = ctypes.POINTER(DLManagedTensor)()
    library().read_picture(os.fsencode(path), ctypes.byref(read))
    return _tensor.given(read)


def write_picture(path: str | os.PathLike[str], picture: Any) -> None:
    """Writes a picture: height x width x 3, or with alpha x 4, of fp32 in [0, 1], to which it is clipped; of any library.

    The name's ending says how: .png, .jpg (over white) and .webp, of eight bits a value. What had the name is replaced by the
    whole file, or left. Raises UsageError for another ending, and where the file cannot be written.
    """
    library().write_picture(os.fsencode(path), _tensor.taken(picture, "picture").struct)


def save(path: str | os.PathLike[str], image: np.ndarray, notes: Mapping[str, str]) -> None:
    """Writes a picture as `write_picture` does, or as .npy; a .png holds the notes. Raises OSError, too."""
    name = os.fspath(path)
    ending = os.path.splitext(name)[1].lower()
    if ending not in (".png", ".npy"):
        write_picture(name, image)
        return
    part = f"{name}.{os.getpid()}.part"
    try:
        with open(part, "wb") as file:
            if ending == ".png":
                file.write(png_of(image, notes))
            else:
                np.save(file, image)
        os.replace(part, name)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise
