# SPDX-License-Identifier: BSL-1.0
"""Exports a classifier of examples/data/models as TorchScript: tokens (samples x length, 0 pads) to logits.

    python3 scripts/train/torchscript.py examples/data/models/sentiment-all.safetensors sentiment-all.pt
"""
import sys

import torch

import transformer


class Classifier(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, tokens):
        return self.model.classes(tokens)


def main(source, target):
    model, _, _ = transformer.load(source)
    example = torch.tensor([[5, 6, 7, 2], [8, 9, 2, 0]])
    traced = torch.jit.trace(Classifier(model).eval(), example)
    longer = torch.tensor([[5, 6, 7, 8, 9, 10, 2]])
    assert (traced(longer) - model.classes(longer)).abs().max() < 1e-5, "the length was traced as a constant"
    traced.save(target)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with torch.no_grad():
        main(sys.argv[1], sys.argv[2])
