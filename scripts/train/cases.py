# SPDX-License-Identifier: BSL-1.0
"""What the C++ runner is held to: held-out sentences, and logits that torch computes with the shipped weights.

    python3 cases.py FOLDER

Writes FOLDER/translate.test.tsv and FOLDER/translate.calibration.tsv (English, German), and
FOLDER/cases/NAME.txt: for each case a line with its tokens in, a line with its tokens out, and a line for each
column of numbers.
"""
import glob
import os
import sys

import torch

import bpe
import transformer as tr
import translators


def numbers(values):
    return " ".join(f"{v:.6f}" for v in values)


def main(folder):
    torch.set_num_threads(1)
    if not os.path.exists(f"{folder}/translate.test.tsv"):
        _, calibration, test = translators.corpus()
        for name, pairs in (("calibration", calibration), ("test", test)):
            with open(f"{folder}/translate.{name}.tsv", "w") as f:
                f.writelines(f"{e}\t{g}\n" for e, g in pairs)
    os.makedirs(f"{folder}/cases", exist_ok=True)
    for path in sorted(glob.glob(f"{folder}/*.safetensors")):
        name = os.path.basename(path)[:-len(".safetensors")]
        model, tokens, metadata = tr.load(path)
        family = name.split("-")[0]
        lines = [l.rstrip("\n").split("\t") for l in open(f"{folder}/{family}.test.tsv")][:3]
        large = tr.load(f"{folder}/translate-large.safetensors")[0] if int(metadata["features"]) else None
        with open(f"{folder}/cases/{name}.txt", "w") as f, torch.no_grad():
            for fields in lines:
                if family == "sentiment":
                    x = tokens.encode(fields[2]) + [bpe.END]
                    y, out = [], model.classes(torch.tensor([x]))
                elif family == "anomaly" or name == "translate-lm":
                    text = fields[1] if family == "anomaly" else fields[0] + "\n" + fields[1]
                    x, y = [], [bpe.BEGIN] + tokens.encode(text)
                    out = model.decode(torch.tensor([y]))[0]
                else:
                    x, y = tokens.encode(fields[0]) + [bpe.END], [bpe.BEGIN] + tokens.encode(fields[1])
                    features = large.encode(torch.tensor([x]))[0] if large else None
                    memory, mask = model.encode(torch.tensor([x]), features)
                    out = model.decode(torch.tensor([y]), memory, mask)[0]
                # The first columns and the last are enough.
                rows = out if out.shape[0] < 4 else torch.cat([out[:2], out[-1:]])
                f.write(" ".join(map(str, x)) + "\n" + " ".join(map(str, y)) + "\n")
                f.writelines(numbers(row.tolist()) + "\n" for row in rows)


if __name__ == "__main__":
    main(sys.argv[1])
