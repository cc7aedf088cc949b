"""Tensors on a GPU, an emulated one: taken where they lie, on their library's stream where that is known. Its folder is the fourth argument."""
import pathlib
import sys
import tempfile

from support import LIBRARY, Case, main, python

EMULATED = pathlib.Path(sys.argv[4])

# Two libraries of arrays that lie on the emulated device, with what limpid asks of one: of the array API's standard, with a
# stream of its own that it does not tell of; and one with what CuPy has.
ARRAYS = """
import atexit, ctypes, math, os, sys, types, weakref
import numpy as np
import limpid
from limpid import _dlpack

cuda = ctypes.CDLL(os.environ["EMULATED"])
TYPES = {np.dtype(np.float32): (_dlpack.FLOAT, 32), np.dtype(np.float16): (_dlpack.FLOAT, 16), np.dtype(np.float64): (_dlpack.FLOAT, 64)}
pythonapi = ctypes.pythonapi
pythonapi.PyCapsule_New.restype = ctypes.py_object
pythonapi.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
streams = []  # That limpid asked for.

def does(name, *arguments):
    assert getattr(cuda, name)(*arguments) == 0, name

def new_stream():
    handle = ctypes.c_void_p()
    does("cudaStreamCreateWithFlags", ctypes.byref(handle), 1)
    atexit.register(does, "cudaStreamDestroy", handle)
    return handle

class Base:
    def __init__(self, shape, dtype):
        self.shape, self.dtype = tuple(shape), np.dtype(dtype)
        self.data = ctypes.c_void_p()
        does("cudaMalloc", ctypes.byref(self.data), self.bytes)
        weakref.finalize(self, does, "cudaFree", self.data)

    @property
    def bytes(self):
        return ctypes.c_size_t(math.prod(self.shape) * self.dtype.itemsize)

    @classmethod
    def of(cls, array):
        made = cls(array.shape, array.dtype)
        array = np.ascontiguousarray(array)
        does("cudaMemcpyAsync", made.data, ctypes.c_void_p(array.ctypes.data), made.bytes, 1, cls.works_on)
        return made

    def numpy(self):
        made = np.empty(self.shape, self.dtype)
        does("cudaMemcpyAsync", ctypes.c_void_p(made.ctypes.data), self.data, self.bytes, 2, self.works_on)
        does("cudaStreamSynchronize", self.works_on)
        return made

    def __dlpack_device__(self):
        return 2, 0

    def __dlpack__(self, *, stream=None):
        streams.append(stream)
        event = ctypes.c_void_p()
        does("cudaEventCreateWithFlags", ctypes.byref(event), 2)
        does("cudaEventRecord", event, self.works_on)
        does("cudaStreamWaitEvent", ctypes.c_void_p(stream), event, 0)
        does("cudaEventDestroy", event)
        self.extents = (ctypes.c_int64 * len(self.shape))(*self.shape)
        code, bits = TYPES[self.dtype]
        self.struct = _dlpack.DLManagedTensor()
        self.struct.dl_tensor = _dlpack.DLTensor(self.data, _dlpack.DLDevice(2, 0), len(self.shape),
                                                 _dlpack.DLDataType(code, bits, 1), self.extents, None, 0)
        return pythonapi.PyCapsule_New(ctypes.addressof(self.struct), b"dltensor", None)

class Array(Base):
    float32 = np.float32
    device = "emulated"
    works_on = new_stream()

    @classmethod
    def empty(cls, shape, *, dtype=None, device=None):
        assert device == "emulated"
        made = cls(shape, dtype)
        does("cudaMemsetAsync", made.data, 255, made.bytes, cls.works_on)
        return made

    def __array_namespace__(self):
        return Array

class CuPyArray(Base):
    works_on = new_stream()
    entered = 0

    class device:
        @staticmethod
        def __enter__():
            CuPyArray.entered += 1
        @staticmethod
        def __exit__(*_):
            CuPyArray.entered -= 1
    device = device()

cupy = sys.modules["cupy"] = types.ModuleType("cupy")
cupy.ndarray = CuPyArray

def of_current_device(make):
    def made(*arguments, **named):
        assert CuPyArray.entered == 1
        return make(*arguments, **named)
    return made

cupy.empty = of_current_device(lambda shape, dtype=float, order="C": CuPyArray(shape, dtype))
cupy.asarray = of_current_device(lambda a, dtype=None, order=None, *, blocking=False: CuPyArray.of(np.asarray(a, dtype)))
cupy.cuda = types.SimpleNamespace(
    get_current_stream=of_current_device(lambda device_id=-1: types.SimpleNamespace(ptr=CuPyArray.works_on.value)))

def expect(condition, what=""):
    if not condition:
        sys.exit(f"does not hold: {what}")
"""

PASSES = ARRAYS + """
net = limpid.Network(device="cuda", precision="fp32")
random = np.random.default_rng(1)
x, tangent = (random.random((1, 3, 24, 20), dtype=np.float32) for _ in range(2))
host, session = (limpid.Session(net, ["mixed3a", "conv2d0"], push=True) for _ in range(2))
expected = host.forward(x)
for library, stream in ((Array, 1), (CuPyArray, CuPyArray.works_on.value)):
    streams.clear()
    given = library.of(x)
    made = session.forward(given)
    for name, values in expected.items():
        expect(isinstance(made[name], library))
        expect(np.array_equal(made[name].numpy(), values), name)
    back = session.backward({"mixed3a": made["mixed3a"]})
    expect(np.array_equal(back.numpy(), host.backward({"mixed3a": expected["mixed3a"]})), "backward")
    pushed, along = session.push(library.of(tangent)), host.push(tangent)
    expect(np.array_equal(pushed["mixed3a"].numpy(), along["mixed3a"]), "push")
    value, gradient = session.gradient(given, "mixed3a:11")
    there, by_host = host.gradient(x, "mixed3a:11")
    expect(isinstance(value, CuPyArray if library is CuPyArray else np.ndarray), type(value))
    value = value.numpy() if library is CuPyArray else value
    expect(np.array_equal(value, there) and np.array_equal(gradient.numpy(), by_host), "gradient")
    expect(set(streams) == {stream}, streams)
given = Array.of(x)
made = session.forward(given)
# Host memory in between, and half precision.
expect(np.array_equal(session.forward(x)["conv2d0"], expected["conv2d0"]), "host")
half = x.astype(np.float16)
expect(np.array_equal(session.forward(Array.of(half))["conv2d0"].numpy(), host.forward(half.astype(np.float32))["conv2d0"]), "fp16")
for wrong, part in ((lambda: session.backward([given, made["conv2d0"]]), "mixed3a is 1x256"),
                    (lambda: session.backward([made["mixed3a"], expected["conv2d0"]]), "a cotangent is not on the device"),
                    (lambda: session.forward(Array.of(x.astype(np.float64))), "x has values of float64: numbers of fp32, fp16 or bf16")):
    try:
        wrong()
        expect(False, part)
    except limpid.UsageError as error:
        expect(part in str(error), error)
del host, session  # At the exit nobody releases them.
print("holds")
"""


class OnAGpu(Case):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        # The library finds its CUDA part beside itself.
        for place in (pathlib.Path(LIBRARY).parent, EMULATED):
            for file in place.glob("lib*.so*"):
                target = self.folder / file.name
                target.unlink(missing_ok=True)
                target.symlink_to(file)

    def run_there(self, code):
        return python(code, LIMPID_LIBRARY=str(self.folder / "liblimpid.so.1"), LD_LIBRARY_PATH=str(self.folder),
                      LIMPID_CACHE=str(self.folder / "cache"), EMULATED=str(self.folder / "libemulated_device.so"))

    def test_passes(self):
        done = self.run_there(PASSES)
        self.assertEqual((done.stdout, done.stderr), ("holds\n", ""))


if __name__ == "__main__":
    main()
