"""Tensors on their way: read where they lie, copied once where they must be, given back to the library they came from."""
import pathlib
import tempfile

from support import Case, limpid, main, np, pictures

from limpid import _dlpack, _tensor


class Foreign:
    """A library of arrays that has DLPack and nothing else."""

    def __init__(self, array):
        self.array, self.asked = array, 0

    def __dlpack__(self, stream=None):
        self.asked += 1
        return self.array.__dlpack__()

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()

    def __array_namespace__(self):
        return Foreign

    @staticmethod
    def from_dlpack(array):
        return Foreign(np.from_dlpack(array))


class BrainFloats(Foreign):
    """An array of a kind that numpy does not know."""

    def __dlpack__(self, stream=None):
        capsule = self.array.astype(np.float16).__dlpack__()
        _dlpack.tensor_in(capsule).dtype.code = _dlpack.DTYPES.index("bfloat")
        return capsule


class OnADevice(Foreign):
    def __dlpack_device__(self):
        return 2, 0


def address(array):
    return array.__array_interface__["data"][0]


def layouts(x):
    """The same values, differently laid out in memory."""
    wide = np.zeros((*x.shape[:3], 2 * x.shape[3]), np.float32)
    wide[..., ::2] = x
    return {
        "dense": x,
        "channels last": np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2),
        "every second": wide[..., ::2],
        "backwards": np.ascontiguousarray(x[:, ::-1, ::-1])[:, ::-1, ::-1],
        "read only": np.frombuffer(x.tobytes(), np.float32).reshape(x.shape),
    }


class Tensors(Case):
    def test_numpy_is_read_where_it_lies(self):
        x = pictures(2)
        expected = self.net.activations(x, "mixed3a")["mixed3a"]
        for name, laid_out in layouts(x).items():
            with self.subTest(name):
                tensor = _tensor.taken(laid_out, "x")
                self.assertEqual((tensor.address, tensor.copied), (address(laid_out), False))
                np.testing.assert_array_equal(self.net.activations(laid_out, "mixed3a")["mixed3a"], expected)

    def test_dlpack_is_read_where_it_lies(self):
        x = pictures(2)
        foreign = Foreign(x[:, :, ::-1])
        tensor = _tensor.taken(foreign, "x")
        self.assertEqual((tensor.address, tensor.copied, foreign.asked), (address(x[:, :, ::-1]), False, 1))
        result = self.net.activations(foreign, "mixed3a")["mixed3a"]
        self.assertIsInstance(result, Foreign)
        np.testing.assert_array_equal(result.array, self.net.activations(x[:, :, ::-1], "mixed3a")["mixed3a"])

    def test_what_is_not_fp32_is_copied_once(self):
        x = pictures()
        expected = self.net.activations(x, "mixed3a")["mixed3a"]
        record = np.zeros(x.shape, [("a", "u1"), ("value", "f4")])  # 5 bytes from value to value.
        record["value"] = x
        for other in (x.astype(np.float64), x.astype(">f4"), record["value"], x.tolist(), Foreign(x.astype(np.float64))):
            self.assertTrue(_tensor.taken(other, "x").copied or isinstance(other, list))
            result = self.net.activations(other, "mixed3a")["mixed3a"]
            np.testing.assert_array_equal(getattr(result, "array", result), expected)

    def test_results_are_shared_by_dlpack(self):
        result = self.net.activations(pictures(), "mixed3a")["mixed3a"]
        self.assertTrue(np.shares_memory(np.from_dlpack(result), result))
        self.assertEqual(result.dtype, np.float32)

    def test_pictures_of_any_kind_are_written(self):
        whole = np.random.default_rng(1).integers(0, 256, (300, 300, 3)) / 255
        single = whole.astype(np.float32)
        with tempfile.TemporaryDirectory() as folder:
            name = pathlib.Path(folder) / "a.png"
            for picture in (whole, whole.astype(np.float16), Foreign(whole), Foreign(single), whole.tolist(), single):
                limpid.write_picture(name, picture)
                np.testing.assert_allclose(limpid.read_picture(name), whole, rtol=0, atol=1e-6)

    def test_what_cannot_be_taken(self):
        x = pictures()
        self.assert_error(limpid.UsageError, "x has values of uint8", self.net.activations, (255 * x).astype(np.uint8),
                          "mixed3a")
        self.assert_error(limpid.UsageError, "x has values of uint8", self.net.activations, Foreign((255 * x).astype(np.uint8)),
                          "mixed3a")
        self.assert_error(limpid.UsageError, "x has values of bfloat16", self.net.activations, BrainFloats(x), "mixed3a")
        self.assert_error(limpid.UsageError, "x has 3 dimensions", self.net.activations, x[0], "mixed3a")
        self.assert_error(limpid.UsageError, "x is on a device", self.net.activations, OnADevice(x), "mixed3a")
        self.assert_error(limpid.UsageError, "x has values of object", self.net.activations, None, "mixed3a")


if __name__ == "__main__":
    main()
