"""The part of DLPack's binary interface that limpid.h takes tensors by: engine/dlpack.h in ctypes."""

import ctypes

CPU, CUDA = 1, 2  # kDLCPU, kDLCUDA
DTYPES = ("int", "uint", "float", "opaque", "bfloat", "complex", "bool")  # By DLDataTypeCode.
FLOAT, BFLOAT = DTYPES.index("float"), DTYPES.index("bfloat")


class DLDevice(ctypes.Structure):
    _fields_ = [("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32)]


class DLDataType(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class DLTensor(ctypes.Structure):
    keeper: object  # Whatever has the memory, for who makes one to set.
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device", DLDevice),
        ("ndim", ctypes.c_int32),
        ("dtype", DLDataType),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


class DLManagedTensor(ctypes.Structure):
    """A tensor that is the library's own until `deleter` is called with its address."""

    _fields_ = [("dl_tensor", DLTensor), ("manager_ctx", ctypes.c_void_p), ("deleter", ctypes.CFUNCTYPE(None, ctypes.c_void_p))]


# By index, for a function of our own: the attribute is one that every library shares, with its types.
_pointer_in = ctypes.pythonapi["PyCapsule_GetPointer"]
_pointer_in.restype = ctypes.c_void_p
_pointer_in.argtypes = [ctypes.py_object, ctypes.c_char_p]


def tensor_in(capsule: object) -> DLTensor:
    """The tensor in what `__dlpack__()` returned. The capsule is not used up: the memory is its until it is gone."""
    # A DLManagedTensor begins with its DLTensor.
    return DLTensor.from_address(_pointer_in(capsule, b"dltensor"))
