# SPDX-License-Identifier: BSL-1.0
"""The transformer that all models here are made of (normalisation first, learnt positions, tied output), its training
loop, and its file: safetensors, half precision, configuration and tokenizer in the metadata."""
import json
import math
import struct
import time

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as F

from bpe import BEGIN, END, PAD


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.memory = nn.Linear(width, 2 * width)  # keys, then values
        self.out = nn.Linear(width, width)

    def forward(self, x, memory, mask):
        b, n, d = x.shape
        h = self.heads
        q = self.query(x).view(b, n, h, d // h).transpose(1, 2)
        k, v = self.memory(memory).view(b, memory.shape[1], 2, h, d // h).permute(2, 0, 3, 1, 4)
        score = q @ k.transpose(-1, -2) / math.sqrt(d // h) + mask
        return self.out((score.softmax(-1) @ v).transpose(1, 2).reshape(b, n, d))


class Feed(nn.Module):
    def __init__(self, width, hidden, activation):
        super().__init__()
        self.up = nn.Linear(width, hidden)
        self.down = nn.Linear(hidden, width)
        self.activation = activation

    def forward(self, x):
        x = self.up(x)
        if self.activation == "relu":
            x = F.relu(x)
        else:  # the tanh form of GELU, which torch 1.13 computes slowly by itself
            x = 0.5 * x * (1 + torch.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))
        return self.down(x)


class Layer(nn.Module):
    def __init__(self, c, cross):
        super().__init__()
        d = c["width"]
        self.attend_norm = nn.LayerNorm(d)
        self.attend = Attention(d, c["heads"])
        if cross:
            self.cross_norm = nn.LayerNorm(d)
            self.cross = Attention(d, c["heads"])
        self.feed_norm = nn.LayerNorm(d)
        self.feed = Feed(d, c["hidden"], c["activation"])

    def forward(self, x, mask, memory=None, memory_mask=None):
        y = self.attend_norm(x)
        x = x + self.attend(y, y, mask)
        if memory is not None:
            x = x + self.cross(self.cross_norm(x), memory, memory_mask)
        return x + self.feed(self.feed_norm(x))


class Stack(nn.Module):
    def __init__(self, c, layers, cross):
        super().__init__()
        self.positions = nn.Embedding(c["positions"], c["width"])
        self.layers = nn.ModuleList(Layer(c, cross) for _ in range(layers))
        self.norm = nn.LayerNorm(c["width"])

    def forward(self, x, mask, memory=None, memory_mask=None):
        x = x + self.positions.weight[:x.shape[1]]
        for layer in self.layers:
            x = layer(x, mask, memory, memory_mask)
        return self.norm(x)


class Transformer(nn.Module):
    """`encoder_layers` and `decoder_layers` may be 0; `labels` > 0 makes a classifier of the encoder's mean;
    `features` > 0 adds a projector from a larger encoder's width to this one's (linear, ReLU, linear), and `condition`
    says how its result enters: added to the prompt's embeddings, replacing them, or cross_attended by the decoder in
    place of what the encoder makes of the prompt."""

    def __init__(self, **config):
        super().__init__()
        c = dict(vocabulary=0, width=64, heads=4, hidden=0, encoder_layers=0, decoder_layers=0, positions=128,
                 activation="relu", labels=0, features=0, projected=0, condition="added")
        c.update(config)
        c["hidden"] = c["hidden"] or 4 * c["width"]
        c["projected"] = (c["projected"] or 2 * c["width"]) if c["features"] else 0
        self.config = c
        self.tokens = nn.Embedding(c["vocabulary"], c["width"])
        if c["encoder_layers"]:
            self.encoder = Stack(c, c["encoder_layers"], False)
        if c["decoder_layers"]:
            self.decoder = Stack(c, c["decoder_layers"], c["encoder_layers"] > 0)
        if c["labels"]:
            self.classify = nn.Linear(c["width"], c["labels"])
        if c["features"]:
            self.project_up = nn.Linear(c["features"], c["projected"])
            self.project_down = nn.Linear(c["projected"], c["width"])
        for name, p in self.named_parameters():
            if p.dim() == 2:
                nn.init.normal_(p, std=0.02 if "positions" in name else (1 / math.sqrt(p.shape[1])) * 0.7)
            elif name.endswith("bias"):
                nn.init.zeros_(p)
        nn.init.normal_(self.tokens.weight, std=1 / math.sqrt(c["width"]))

    def encode(self, x, features=None):
        mask = (x == PAD)[:, None, None, :].float() * -1e9
        z = self.tokens(x)
        if features is not None:
            condition = self.project_down(F.relu(self.project_up(features)))
            if self.config["condition"] == "cross_attended":
                return condition, mask
            z = condition if self.config["condition"] == "replacing" else z + condition
        return self.encoder(z, mask), mask

    def decode(self, y, memory=None, memory_mask=None):
        n = y.shape[1]
        causal = torch.full((n, n), -1e9).triu(1)[None, None]
        return self.decoder(self.tokens(y), causal, memory, memory_mask) @ self.tokens.weight.T

    def classes(self, x):
        out, _ = self.encode(x)
        kept = (x != PAD).float()[:, :, None]
        return self.classify((out * kept).sum(1) / kept.sum(1))


def pad(rows):
    out = torch.full((len(rows), max(map(len, rows))), PAD, dtype=torch.long)
    for i, row in enumerate(rows):
        out[i, :len(row)] = torch.tensor(row)
    return out


def batches(lengths, size, rng):
    """Batches of numbers of similar length, in random order: little padding."""
    order = list(range(len(lengths)))
    rng.shuffle(order)
    out = []
    for at in range(0, len(order), size * 50):
        block = sorted(order[at:at + size * 50], key=lambda i: lengths[i])
        out += [block[i:i + size] for i in range(0, len(block), size)]
    rng.shuffle(out)
    return out


def train(model, steps, loss_of, next_batch, rate, log, warm=100, smallest=0.02):
    """AdamW, warm-up, then a cosine down to `smallest` of the rate."""
    decayed = [p for p in model.parameters() if p.dim() == 2]
    rest = [p for p in model.parameters() if p.dim() != 2]
    optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.01}, {"params": rest, "weight_decay": 0.0}],
                                  lr=rate, betas=(0.9, 0.98))
    began, total = time.process_time(), 0.0
    model.train()
    for step in range(steps):
        share = min(1.0, (step + 1) / warm) * (smallest + (1 - smallest) * 0.5 * (1 + math.cos(math.pi * step / steps)))
        for group in optimiser.param_groups:
            group["lr"] = rate * share
        loss = loss_of(next_batch())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        total += loss.item()
        if (step + 1) % 200 == 0:
            log(f"step {step + 1:5d}  loss {total / 200:.4f}  {time.process_time() - began:.0f} CPU-s")
            total = 0.0
    model.eval()


def translation_loss(model, x, y, features=None):
    """Cross-entropy of the next token, labels smoothed a little; y begins with <s> and ends with </s>."""
    memory, mask = model.encode(x, features)
    logits = model.decode(y[:, :-1], memory, mask)
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), y[:, 1:].reshape(-1), ignore_index=PAD,
                           label_smoothing=0.05)


def greedy(model, rows, longest=100, features=None):
    """Token lists for token lists; the whole prefix is computed again for each token, which is slow and simple."""
    out = []
    with torch.no_grad():
        for at in range(0, len(rows), 100):
            x = pad(rows[at:at + 100])
            f = None if features is None else pad_features(features[at:at + 100])
            memory, mask = model.encode(x, f)
            y = torch.full((x.shape[0], 1), BEGIN, dtype=torch.long)
            ended = torch.zeros(x.shape[0], dtype=torch.bool)
            for _ in range(longest):
                token = model.decode(y, memory, mask)[:, -1].argmax(-1)
                token[ended] = PAD
                ended |= token == END
                y = torch.cat([y, token[:, None]], 1)
                if ended.all():
                    break
            for row in y[:, 1:].tolist():
                out.append(row[:row.index(END)] if END in row else [t for t in row if t != PAD])
    return out


def pad_features(rows):
    out = torch.zeros(len(rows), max(r.shape[0] for r in rows), rows[0].shape[1])
    for i, r in enumerate(rows):
        out[i, :r.shape[0]] = r
    return out


def halve(model):
    """Rounds the weights to half precision, as the file keeps them, so that what is measured is what is shipped."""
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(p.half().float())
    return model


def save(model, bpe, path, **more):
    """Safetensors: length of the header, header (JSON), tensors."""
    metadata = {k: str(v) for k, v in model.config.items()}
    metadata.update(bpe.metadata())
    metadata.update({k: str(v) for k, v in more.items()})
    header, blocks, at = {"__metadata__": metadata}, [], 0
    for name, p in sorted(model.state_dict().items()):
        block = p.numpy().astype("<f2").tobytes()
        header[name] = {"dtype": "F16", "shape": list(p.shape), "data_offsets": [at, at + len(block)]}
        blocks.append(block)
        at += len(block)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blocks))


def load(path):
    """The model and its metadata, back from its file."""
    from bpe import Bpe
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    metadata = header.pop("__metadata__")
    words = {"activation"}
    known = ("vocabulary width heads hidden encoder_layers decoder_layers positions activation labels features "
             "projected").split()
    model = Transformer(condition=metadata.get("condition", "added"),
                        **{k: metadata[k] if k in words else int(metadata[k]) for k in known})
    state = {}
    for name, t in header.items():
        a, b = t["data_offsets"]
        state[name] = torch.from_numpy(numpy.frombuffer(data[a:b], "<f2").astype("f4").reshape(t["shape"]))
    model.load_state_dict(state)
    model.eval()
    merges = [tuple(bytes.fromhex(x) for x in m.split("+")) for m in metadata["tokenizer.merges"].split()]
    return model, Bpe(merges, bytes.fromhex(metadata["tokenizer.alphabet"])), metadata
