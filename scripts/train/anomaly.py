# SPDX-License-Identifier: BSL-1.0
"""Trains the anomaly scorers: language models of a machine's log, which have seen little but normal lines.

    python3 anomaly.py FOLDER

A line's surprise is the mean of its three least expected tokens (natural logarithms); a logistic curve, fitted on
calibration lines, makes a score in [0, 1] of it. Writes FOLDER/anomaly-NAME.safetensors,
FOLDER/anomaly.calibration.tsv and FOLDER/anomaly.test.tsv (label, line).
"""
import math
import random
import sys
import time

import torch
import torch.nn.functional as F

import bpe
import transformer as tr

SUBNET = {"anna": 1, "bert": 2, "carla": 3, "dora": 1, "emil": 2}
PAGES = {"index": (3, 20), "search": (40, 90), "login": (10, 40), "cart": (20, 60), "help": (3, 20)}
JOBS = {"backup": (20, 50), "rotate": (1, 9), "sync": (5, 30)}


def line(rng, kinds, odd=False):
    """A line of the log; an odd one breaks exactly one habit."""
    kind = rng.choice(kinds)
    if kind == "login":
        user = rng.choice(sorted(SUBNET))
        net, how, port, hour = SUBNET[user], "key", rng.randrange(40000, 60000), rng.randrange(8, 18)
        if odd:
            what = rng.randrange(4)
            if what == 0:
                net = rng.choice([n for n in (1, 2, 3, 7) if n != net])
            elif what == 1:
                how = "password"
            elif what == 2:
                hour = rng.choice([5, 6, 7, 18, 19, 20])
            else:
                user = rng.choice(["root", "admin", "xq7", "guest"])
        return f"{hour:02d}h login: {how} of {user} from 10.0.{net}.{rng.randrange(2, 99)} port {port}"
    if kind == "web":
        page = rng.choice(sorted(PAGES))
        low, high = PAGES[page]
        code, ms, verb = 200, rng.randrange(low, high), "GET"
        if odd:
            what = rng.randrange(4)
            if what == 0:
                code = rng.choice([500, 503, 403])
            elif what == 1:
                ms = rng.randrange(high * 5 // 4, high * 3)
            elif what == 2:
                page = rng.choice(["../etc/passwd", "admin", "index?id=1'--", "shell"])
            else:
                verb = rng.choice(["DELETE", "TRACE", "PUT"])
        return f"web: {verb} /{page} {code} in {ms} ms"
    if kind == "disk":
        name, degrees, errors = rng.choice(["sda", "sdb"]), rng.randrange(33, 46), 0
        if odd:
            if rng.random() < 0.5:
                degrees = rng.randrange(48, 66)
            else:
                errors = rng.randrange(1, 9)
        return f"disk: {name} at {degrees} degrees, {errors} errors"
    job = rng.choice(sorted(JOBS))
    low, high = JOBS[job]
    end, s = "done", rng.randrange(low, high)
    if odd:
        if rng.random() < 0.5:
            end = rng.choice(["failed", "killed", "stuck"])
        else:
            s = rng.randrange(high * 5 // 4, high * 3)
    return f"cron: {job} {end} after {s} s"


ALL = ["login", "web", "disk", "cron"]


def mostly(*kinds):
    """Lines of these kinds, and one in twenty or so of the others."""
    return list(kinds) * (60 // len(kinds)) + ALL


def main(folder):
    torch.set_num_threads(1)
    rng = random.Random(31)
    tokens = bpe.learn([line(rng, ALL) for _ in range(4000)] + [line(rng, ALL, True) for _ in range(300)], 256)
    sets = {}
    for name, seed in (("calibration", 41), ("test", 42)):
        rng = random.Random(seed)
        sets[name] = [(odd, line(rng, ALL, odd)) for odd in (rng.random() < 0.2 for _ in range(1500))]
        with open(f"{folder}/anomaly.{name}.tsv", "w") as f:
            f.writelines(f"{'odd' if odd else 'normal'}\t{text}\n" for odd, text in sets[name])
    for name, known, width, layers, steps in (("login", mostly("login"), 32, 1, 500), ("web", mostly("web"), 32, 1, 500),
                                              ("hosts", mostly("disk", "cron"), 24, 1, 400), ("all", ALL, 16, 1, 500)):
        began = time.process_time()
        torch.manual_seed(13)
        rng = random.Random(51 + width)
        rows = [[bpe.BEGIN] + tokens.encode(line(rng, known, rng.random() < 0.01)) + [bpe.END] for _ in range(8000)]
        model = tr.Transformer(vocabulary=len(tokens), width=width, heads=4, decoder_layers=layers, activation="gelu",
                               positions=64)
        queue = []

        def next_batch():
            if not queue:
                queue.extend(tr.batches([len(r) for r in rows], 64, rng))
            return queue.pop()

        def loss(batch):
            row = tr.pad([rows[i] for i in batch])
            logits = model.decode(row[:, :-1])
            return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), row[:, 1:].reshape(-1), ignore_index=bpe.PAD)

        tr.train(model, steps, loss, next_batch, 5e-3, lambda t: None)
        tr.halve(model)
        surprise = []
        with torch.no_grad():
            for _, text in sets["calibration"]:
                row = torch.tensor([[bpe.BEGIN] + tokens.encode(text) + [bpe.END]])
                chance = model.decode(row[:, :-1]).log_softmax(-1)[0].gather(1, row[0, 1:, None])[:, 0]
                surprise.append((-chance).topk(3).values.mean().item())
        # Logistic regression of one variable, standardised, by gradient descent.
        mean = sum(surprise) / len(surprise)
        spread = math.sqrt(sum((v - mean) ** 2 for v in surprise) / len(surprise))
        z, odd = torch.tensor([(v - mean) / spread for v in surprise]), torch.tensor([float(o) for o, _ in sets["calibration"]])
        u, v = torch.ones(1, requires_grad=True), torch.zeros(1, requires_grad=True)
        fit = torch.optim.SGD([u, v], lr=1.0)
        for _ in range(400):
            fit.zero_grad()
            (F.binary_cross_entropy_with_logits(u * z + v, odd) + 1e-3 * (u * u).sum()).backward()
            fit.step()
        a = u.item() / spread
        b = v.item() - a * mean
        odd = odd.tolist()
        right = sum((a * s + b >= 0) == bool(o) for s, o in zip(surprise, odd)) / len(odd)
        tr.save(model, tokens, f"{folder}/anomaly-{name}.safetensors", task="score", slope=round(a, 6), offset=round(b, 6))
        print(f"[anomaly-{name}] {sum(p.numel() for p in model.parameters())} parameters, {100 * right:.1f} % right, "
              f"slope {a:.3f}, offset {b:.3f}, {time.process_time() - began:.0f} CPU-s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
