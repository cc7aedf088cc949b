#!/usr/bin/env python3
"""What the channels of a layer make of a picture, by Python's own ctypes: nothing is compiled, nothing is installed for it.

  activations.py LIBRARY PICTURE.png LAYER      the ten strongest channels, by their greatest value
"""
import ctypes
import os
import sys


class Device(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int32), ("id", ctypes.c_int32)]


class DataType(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class Tensor(ctypes.Structure):
    """DLPack's DLTensor, of fp32 in host memory."""

    _fields_ = [("data", ctypes.c_void_p), ("device", Device), ("dimensions", ctypes.c_int32), ("dtype", DataType),
                ("shape", ctypes.POINTER(ctypes.c_int64)), ("strides", ctypes.POINTER(ctypes.c_int64)),
                ("byte_offset", ctypes.c_uint64)]

    def __init__(self, values, shape, strides=None):
        extents = ctypes.c_int64 * len(shape)
        self.kept = values, extents(*shape), strides and extents(*strides)
        super().__init__(ctypes.cast(values, ctypes.c_void_p), Device(1, 0), len(shape), DataType(2, 32, 1), *self.kept[1:],
                         0)


class Picture(ctypes.Structure):
    """DLPack's DLManagedTensor."""


Picture._fields_ = [("tensor", Tensor), ("maker", ctypes.c_void_p),
                    ("deleter", ctypes.CFUNCTYPE(None, ctypes.POINTER(Picture)))]


class Limpid:
    """The functions of the library; what they report as a failure is raised."""

    def __init__(self, path):
        self.calls = ctypes.CDLL(path)
        self.calls.limpid_last_error.restype = ctypes.c_char_p

    def __getattr__(self, name):
        function = getattr(self.calls, "limpid_" + name)

        def call(*arguments):
            if function(*arguments) != 0:
                raise RuntimeError(self.calls.limpid_last_error().decode())

        return call


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    limpid = Limpid(sys.argv[1])
    network, session, shape = ctypes.c_void_p(), ctypes.c_void_p(), (ctypes.c_int64 * 4)()
    picture = ctypes.POINTER(Picture)()
    limpid.read_picture(os.fsencode(sys.argv[2]), ctypes.byref(picture))
    height, width = picture.contents.tensor.shape[:2]
    limpid.network_load(None, ctypes.byref(network))
    options = '{"targets": ["%s"], "backward": false}' % sys.argv[3]
    limpid.session_create(network, options.encode(), ctypes.byref(session))
    limpid.session_target_shape(session, 0, 1, height, width, shape)
    _, channels, rows, columns = shape
    values = (ctypes.c_float * (channels * rows * columns))()
    # Rows of pixels, as the file has them, seen as planes.
    given = Tensor(picture.contents.tensor.data, (1, 3, height, width), (0, 1, 3 * width, 3))
    result = Tensor(values, tuple(shape))
    outputs = (ctypes.POINTER(Tensor) * 1)(ctypes.pointer(result))
    limpid.session_forward(session, ctypes.byref(given), outputs, ctypes.c_size_t(1))
    picture.contents.deleter(picture)
    pixels = rows * columns
    greatest = [max(values[i * pixels:(i + 1) * pixels]) for i in range(channels)]
    for channel in sorted(range(channels), key=greatest.__getitem__, reverse=True)[:10]:
        print(f"{sys.argv[3]}:{channel}  {greatest[channel]:.6g}")
    limpid.calls.limpid_session_release(session)
    limpid.calls.limpid_network_release(network)


if __name__ == "__main__":
    main()
