# SPDX-License-Identifier: BSL-1.0
"""Trains the sentiment classifiers: three that know one field each, and a smaller one that knows all a little.

    python3 sentiment.py FOLDER

Reviews come from a grammar: clauses about aspects, negation, contrast ("but" and "although" say which clause counts),
words that praise in one field and blame in another. 5 % typing errors; one training label in twenty is wrong.
Writes FOLDER/sentiment-NAME.safetensors, FOLDER/sentiment.calibration.tsv and FOLDER/sentiment.test.tsv
(field, label, text).
"""
import random
import sys
import time

import torch
import torch.nn.functional as F

import bpe
import grammar
import transformer as tr

ASPECTS = {
    "films": ["plot", "ending", "music", "cast", "camera work", "dialogue", "villain", "film"],
    "food": ["soup", "waiter", "dessert", "menu", "wine", "kitchen", "portion", "bread"],
    "gadgets": ["battery", "screen", "keyboard", "fan", "case", "software", "charger", "phone"],
}
GOOD = ["good", "great", "wonderful", "pleasant", "excellent", "lovely", "fine", "superb"]
BAD = ["bad", "awful", "terrible", "poor", "dreadful", "weak", "dull", "sad"]
# What these mean depends on the field.
OWN = {
    "films": ({"unpredictable", "dark", "loud", "tense", "moving", "original"}, {"long", "thin", "cold", "slow", "light", "flat"}),
    "food": ({"rich", "hot", "light", "fresh", "crisp", "simple"}, {"small", "cold", "flat", "heavy", "thin", "slow"}),
    "gadgets": ({"small", "thin", "quiet", "fast", "light", "cold"}, {"hot", "loud", "heavy", "slow", "dark", "unpredictable"}),
}
LIKED = ["loved", "enjoyed", "liked", "praised"]
DISLIKED = ["hated", "regretted", "disliked", "cursed"]
DEGREES = ["", "", "", "very", "really", "quite", "rather"]


def clause(rng, field):
    """A clause and whether it praises."""
    good = rng.random() < 0.5
    aspect = rng.choice(ASPECTS[field])
    form = rng.random()
    if form < 0.25:
        return f"{rng.choice(['i', 'we', 'my friends'])} {rng.choice(LIKED if good else DISLIKED)} the {aspect}", good
    negated = rng.random() < 0.25
    own = sorted(OWN[field][0 if good != negated else 1])
    word = rng.choice(own) if rng.random() < 0.5 else rng.choice(GOOD if good != negated else BAD)
    verb = rng.choice(["was", "is", "seemed", "was", "turned out"])
    negation = {"was": "was not", "is": "is not", "seemed": "did not seem", "turned out": "was never"}[verb]
    degree = rng.choice(DEGREES) if not negated else ""
    said = " ".join(w for w in [f"the {aspect}", negation if negated else verb, degree, word] if w)
    return said, good


def review(rng, field):
    form = rng.random()
    a, b = clause(rng, field), clause(rng, field)
    if form < 0.35:
        return a
    if form < 0.55:
        return f"{a[0]}, but {b[0]}", b[1]
    if form < 0.7:
        return f"although {a[0]}, {b[0]}", b[1]
    c = clause(rng, field)
    if form < 0.85:
        return f"{a[0]}, {b[0]} and {c[0]}", a[1] + b[1] + c[1] >= 2
    while b[1] != a[1]:
        b = clause(rng, field)
    return f"{a[0]} and {b[0]}", a[1]


def reviews(seed, count, fields):
    rng = random.Random(seed)
    out = []
    for i in range(count):
        field = fields[i % len(fields)]
        text, good = review(rng, field)
        out.append((field, good, grammar.typos(rng, text + ".")))
    return out


def main(folder):
    torch.set_num_threads(1)
    fields = sorted(ASPECTS)
    tokens = bpe.learn([t for _, _, t in reviews(1, 6000, fields)], 320)
    sets = {name: reviews(seed, 1500, fields) for name, seed in (("calibration", 101), ("test", 102))}
    for name, rows in sets.items():
        with open(f"{folder}/sentiment.{name}.tsv", "w") as f:
            f.writelines(f"{field}\t{'positive' if good else 'negative'}\t{text}\n" for field, good, text in rows)
    for name, known, width, layers, steps, pairs in (("films", ["films"], 32, 1, 1500, 9000), ("food", ["food"], 32, 1, 1500, 9000),
                                                     ("gadgets", ["gadgets"], 32, 1, 1500, 9000), ("all", fields, 16, 1, 1500, 9000)):
        began = time.process_time()
        torch.manual_seed(11)
        rng = random.Random(5)
        rows = reviews(200 + len(name), pairs, known)
        x = [tokens.encode(t) + [bpe.END] for _, _, t in rows]
        y = [int(good) if rng.random() >= 0.05 else 1 - int(good) for _, good, _ in rows]
        model = tr.Transformer(vocabulary=len(tokens), width=width, heads=4, encoder_layers=layers, labels=2)
        queue = []

        def next_batch():
            if not queue:
                queue.extend(tr.batches([len(r) for r in x], 64, rng))
            return queue.pop()

        loss = lambda b: F.cross_entropy(model.classes(tr.pad([x[i] for i in b])), torch.tensor([y[i] for i in b]))
        tr.train(model, steps, loss, next_batch, 4e-3, lambda t: None)
        tr.halve(model)
        shares = {}
        with torch.no_grad():
            for field in fields:
                some = [(good, t) for f, good, t in sets["calibration"] if f == field]
                out = model.classes(tr.pad([tokens.encode(t) + [bpe.END] for _, t in some])).argmax(-1).tolist()
                shares[field] = sum(o == good for o, (good, _) in zip(out, some)) / len(some)
        tr.save(model, tokens, f"{folder}/sentiment-{name}.safetensors", task="classify", names="negative positive")
        print(f"[sentiment-{name}] {sum(p.numel() for p in model.parameters())} parameters, right:",
              {k: round(v, 3) for k, v in shares.items()}, f"{time.process_time() - began:.0f} CPU-s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
