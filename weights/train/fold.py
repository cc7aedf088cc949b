"""Folds batch normalisation into the convolutions, and names what comes out as Caffe would."""
import torch

from network import BRANCHES, GAIN, Network


def _fold(source, target, scale=1.0):
    gain = source.norm.weight / torch.sqrt(source.norm.running_var + source.norm.eps)
    target.conv.weight.copy_(source.conv.weight * gain[:, None, None, None] * scale)
    target.conv.bias.copy_(source.norm.bias - source.norm.running_mean * gain)


@torch.no_grad()
def folded(network):
    """The same function of 255 * picture - 117, without normalisation; zero padding stays zero. For evaluation."""
    result = Network(network.classifier.out_features, folded=True)
    _fold(network.conv1, result.conv1, GAIN / 255)
    _fold(network.conv2_reduce, result.conv2_reduce)
    _fold(network.conv2, result.conv2)
    for name, module in network.mixed.items():
        for branch, convolution in module.branches.items():
            _fold(convolution, result.mixed[name].branches[branch])
    result.classifier.load_state_dict(network.classifier.state_dict())
    result.auxiliary.load_state_dict(network.auxiliary.state_dict())
    return result.eval()


def _convolutions(network):
    """{Caffe's name: Convolution}, in forward order."""
    layers = {"conv1/7x7_s2": network.conv1, "conv2/3x3_reduce": network.conv2_reduce, "conv2/3x3": network.conv2}
    for name, module in network.mixed.items():
        layers.update({f"inception_{name}/{branch}": module.branches[branch] for branch in BRANCHES})
    return layers


def arrays(network):
    """{name: array} of a folded network, in fp32, as `limpid convert` reads them."""
    layers = {name: layer.conv for name, layer in _convolutions(network).items()}
    layers["loss3/classifier"] = network.classifier
    result = {}
    for name, layer in layers.items():
        result[f"{name}_w"] = layer.weight.detach().contiguous().numpy()
        result[f"{name}_b"] = layer.bias.detach().numpy()
    return result
