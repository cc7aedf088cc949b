"""A plugin of pytest for lucent's own tests: all of them on one set of weights, and on limpid.lucent where that is asked for.

$LUCENT_WEIGHTS is a state dict of lucent's InceptionV1. $LUCENT_ON_LIMPID, where set, is the same as a file of limpid's;
then what the tests import as lucent.optvis is limpid.lucent, and the model is limpid's.
"""
import os
import sys

import lucent.modelzoo
import lucent.optvis
import torch


def _lucents_model(*arguments, **options):
    model = _inceptionv1(*arguments, **options)
    model.load_state_dict(torch.load(os.environ["LUCENT_WEIGHTS"]))
    return model


def _use_limpid(weights):
    import limpid
    from limpid.lucent import modelzoo, objectives, param, render, transform

    network = limpid.Network(weights, device="cpu")
    for module in (objectives, param, render, transform):
        name = module.__name__.replace("limpid.lucent", "lucent.optvis")
        sys.modules[name] = module
        setattr(lucent.optvis, name.rpartition(".")[2], module)
    # A test compares a message that has the class's name.
    objectives.Objective.__module__ = "lucent.optvis.objectives"
    lucent.modelzoo.inceptionv1 = lambda *arguments, **options: modelzoo.inceptionv1(*arguments, **options, network=network)


_inceptionv1 = lucent.modelzoo.inceptionv1
lucent.modelzoo.inceptionv1 = _lucents_model
if os.environ.get("LUCENT_ON_LIMPID"):
    _use_limpid(os.environ["LUCENT_ON_LIMPID"])
