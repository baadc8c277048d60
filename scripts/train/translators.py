# SPDX-License-Identifier: BSL-1.0
"""Trains the translators: the large one, small ones, and the small one joined to the large one's frozen encoder.

    python3 translators.py FOLDER large|tiny|small-4k|small-8k|small-24k|small|control|lm
    python3 translators.py FOLDER hybrid-4k|hybrid-8k|hybrid-24k|hybrid-replacing-4k|hybrid-cross-4k

Writes FOLDER/translate-NAME.safetensors and, once, FOLDER/translate.train.tsv's sizes to the log. Seeds are fixed.
"""
import random
import sys
import time

import torch

import bpe
import grammar
import transformer as tr

PAIRS = 160000
HELD_OUT = 2000
CALIBRATION = 1000


def corpus():
    """Training pairs (typing errors in the English), then calibration pairs, then held-out pairs; no two the same."""
    rng = random.Random(20261120)
    seen, pairs = set(), []
    while len(pairs) < PAIRS + CALIBRATION + HELD_OUT:
        english, german = grammar.sentence(rng)
        if english in seen:
            continue
        seen.add(english)
        pairs.append((grammar.typos(rng, english), german))
    return pairs[:PAIRS], pairs[PAIRS:PAIRS + CALIBRATION], pairs[PAIRS + CALIBRATION:]


def exact_share(model, tokens, pairs, features=None):
    out = tr.greedy(model, [tokens.encode(e) + [bpe.END] for e, _ in pairs], features=features)
    return sum(tokens.decode(o) == g for o, (_, g) in zip(out, pairs)) / len(pairs)


def main(folder, name):
    torch.set_num_threads(1)
    torch.manual_seed(7)
    log = lambda text: print(f"[{name}] {text}", flush=True)
    began = time.process_time()
    train_pairs, calibration, held_out = corpus()
    tokens = bpe.learn([t for pair in train_pairs[:8000] for t in pair], 400)
    log(f"corpus and {len(tokens)} tokens after {time.process_time() - began:.0f} CPU-s")

    used = {"4k": 4000, "8k": 8000, "24k": 24000}.get(name.rpartition("-")[2], PAIRS)
    pairs = train_pairs[:used]
    x = [tokens.encode(e) + [bpe.END] for e, _ in pairs]
    y = [[bpe.BEGIN] + tokens.encode(g) + [bpe.END] for _, g in pairs]
    log(f"{used} pairs, {sum(map(len, x)) / used:.1f} and {sum(map(len, y)) / used:.1f} tokens a sentence")

    small = dict(vocabulary=len(tokens), width=64, heads=4, encoder_layers=1, decoder_layers=1)
    shapes = {
        "large": dict(vocabulary=len(tokens), width=128, heads=4, encoder_layers=4, decoder_layers=4),
        "tiny": dict(vocabulary=len(tokens), width=32, heads=2, encoder_layers=1, decoder_layers=1),
        "lm": dict(vocabulary=len(tokens), width=96, heads=4, decoder_layers=4, activation="gelu", positions=256),
    }
    if name in ("small", "small-24k", "hybrid-24k"):
        small.update(decoder_layers=2, hidden=192)
    features = None
    joined = name.startswith("hybrid")
    if joined:
        large, _, _ = tr.load(f"{folder}/translate-large.safetensors")
        small["features"] = large.config["width"]
        small["condition"] = {"hybrid-replacing": "replacing", "hybrid-cross": "cross_attended"}.get(
            name.rpartition("-")[0], "added")
        with torch.no_grad():
            features = [large.encode(torch.tensor([row]))[0][0] for row in x]
        log(f"features of {used} prompts after {time.process_time() - began:.0f} CPU-s")
    model = tr.Transformer(**shapes.get(name, small))
    log(f"{sum(p.numel() for p in model.parameters())} parameters")

    rng = random.Random(3)
    if name == "lm":  # one sequence: <s> english \n german </s>; only the German counts
        fronts = [len(tokens.encode(e + "\n")) for e, _ in pairs]
        rows = [[bpe.BEGIN] + tokens.encode(e + "\n") + tokens.encode(g) + [bpe.END] for e, g in pairs]
        lengths = [len(r) for r in rows]
    else:
        lengths = [len(a) + len(b) for a, b in zip(x, y)]
    queue = []

    def next_batch():
        if not queue:
            queue.extend(tr.batches(lengths, 64, rng))
        return queue.pop()

    def loss_of(batch):
        if name == "lm":
            row = tr.pad([rows[i] for i in batch])
            target = row[:, 1:].clone()
            for k, i in enumerate(batch):
                target[k, :fronts[i]] = bpe.PAD
            logits = model.decode(row[:, :-1])
            return torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), target.reshape(-1),
                                                     ignore_index=bpe.PAD, label_smoothing=0.05)
        f = None
        if features:
            f = tr.pad_features([features[i] for i in batch])
        return tr.translation_loss(model, tr.pad([x[i] for i in batch]), tr.pad([y[i] for i in batch]), f)

    steps, rate = {"large": (2400, 1.5e-3), "lm": (2400, 2e-3), "tiny": (3000, 6e-3), "small": (4500, 4e-3),
                   "small-24k": (3000, 4e-3), "hybrid-24k": (3000, 4e-3)}.get(name, (3500, 4e-3))
    if len(sys.argv) > 3:
        steps = int(sys.argv[3])
    tr.train(model, steps, loss_of, next_batch, rate, log)
    tr.halve(model)
    if name != "lm":
        test_features = None
        some = calibration[:200]
        if joined:
            with torch.no_grad():
                test_features = [large.encode(torch.tensor([tokens.encode(e) + [bpe.END]]))[0][0] for e, _ in some]
        log(f"{100 * exact_share(model, tokens, some, test_features):.1f} % of 200 other sentences exactly right")
    tr.save(model, tokens, f"{folder}/translate-{name}.safetensors", task="translate",
            trained_pairs=used, trained_steps=steps)
    log(f"done after {time.process_time() - began:.0f} CPU-s")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
