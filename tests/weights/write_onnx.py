"""Writes the tests' narrow model (narrow_model in support.cpp) of BVLC's family with ONNX's own package.

usage: write_onnx.py FILE    (exit status 77 where the package is not installed)
"""

import sys

try:
    import numpy
    from onnx import TensorProto, checker, helper, numpy_helper, save
except ImportError:
    sys.exit(77)

MODULES = ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")


class Writer:
    def __init__(self):
        self.nodes, self.initialisers, self.state = [], [], 0

    def values(self, *shape):
        """The next multiples of 1/8, as narrow_model takes them."""
        result = []
        for _ in range(numpy.prod(shape)):
            self.state = (self.state * 37 + 11) % 64
            result.append((self.state - 32) / 8)
        return numpy.array(result, numpy.float32).reshape(shape)

    def node(self, op, inputs, **attributes):
        output = f"value_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def parameters(self, *shape):
        names = []
        for array in (self.values(*shape), self.values(shape[0])):
            names.append(f"tensor_{len(self.initialisers)}")
            self.initialisers.append(numpy_helper.from_array(array, names[-1]))
        return names

    def convolution(self, value, c, size, stride=1):
        pads = [size // 2] * 4
        made = self.node("Conv", [value, *self.parameters(2, c, size, size)], kernel_shape=[size, size],
                         strides=[stride, stride], pads=pads)
        return self.node("Relu", [made])

    def pool(self, value, stride):
        pads = [stride % 2] * 4
        return self.node("MaxPool", [value], kernel_shape=[3, 3], strides=[stride, stride], pads=pads,
                         ceil_mode=stride - 1)

    def normalisation(self, value):
        return self.node("LRN", [value], size=5, alpha=1e-4, beta=0.75, bias=1.0)

    def module(self, value, c):
        one = self.convolution(value, c, 1)
        three = self.convolution(self.convolution(value, c, 1), 2, 3)
        five = self.convolution(self.convolution(value, c, 1), 2, 5)
        pooled = self.convolution(self.pool(value, 1), c, 1)
        return self.node("Concat", [one, three, five, pooled], axis=1)


def main():
    writer = Writer()
    value = writer.normalisation(writer.pool(writer.convolution("picture", 3, 7, 2), 2))
    value = writer.convolution(writer.convolution(value, 2, 1), 2, 3)
    value = writer.pool(writer.normalisation(value), 2)
    c = 2
    for name in MODULES:
        value = writer.module(value, c)
        c = 8
        if name in ("3b", "4e"):
            value = writer.pool(value, 2)
    value = writer.node("Flatten", [writer.node("GlobalAveragePool", [value])])
    value = writer.node("Gemm", [value, *writer.parameters(3, c)], transB=1)

    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, 224, 224])
    logits = helper.make_tensor_value_info(value, TensorProto.FLOAT, [1, 3])
    graph = helper.make_graph(writer.nodes, "narrow", [picture], [logits], writer.initialisers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    checker.check_model(model)
    save(model, sys.argv[1])


main()
