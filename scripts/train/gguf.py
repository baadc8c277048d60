#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Converts a decoder-only model of examples/data/models to GGUF (architecture gpt2), which llama-server loads.

    python3 scripts/train/gguf.py examples/data/models/translate-lm.safetensors translate-lm.gguf

Needs Python alone. Weights are written in single precision. The chat template gives the model the last message and a
new line, which is how it was trained.
"""
import array
import json
import struct
import sys

U32, F32, BOOL, TEXT, LIST, I32 = 4, 6, 7, 8, 9, 5
NORMAL, CONTROL, UNUSED = 1, 3, 5
TEMPLATE = "{% for message in messages %}{% if loop.last %}{{ message['content'] }}{{ '\\n' }}{% endif %}{% endfor %}"


def byte_letters():
    """GPT-2's letters for bytes: printable ones stand for themselves, the others for letters from 256 on."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    out, further = {}, 256
    for b in range(256):
        if b in plain:
            out[b] = chr(b)
        else:
            out[b] = chr(further)
            further += 1
    return out


def read(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, t in header.items():
        begin, end = t["data_offsets"]
        count = (end - begin) // 2
        assert t["dtype"] == "F16", name
        tensors[name] = (t["shape"], array.array("f", struct.unpack(f"<{count}e", data[begin:end])))
    return metadata, tensors


def text(s):
    s = s.encode()
    return struct.pack("<Q", len(s)) + s


def value(kind, v):
    if kind == U32:
        return struct.pack("<I", v)
    if kind == I32:
        return struct.pack("<i", v)
    if kind == F32:
        return struct.pack("<f", v)
    if kind == BOOL:
        return struct.pack("<?", v)
    return text(v)


def pair(key, kind, v):
    return text(key) + struct.pack("<I", kind) + value(kind, v)


def listing(key, kind, values):
    return text(key) + struct.pack("<IIQ", LIST, kind, len(values)) + b"".join(value(kind, v) for v in values)


def vocabulary(metadata):
    """Tokens, their types, merges. Of pieces that two merges make, the later one counts. Training knew the new line
    after a prompt as <unk>, and no other unknown byte; llama.cpp leaves unknown bytes out, so here the token is the
    new line."""
    letters = byte_letters()
    said = lambda piece: "".join(letters[b] for b in piece)
    merges = [tuple(bytes.fromhex(x) for x in m.split("+")) for m in metadata["tokenizer.merges"].split()]
    pieces = [bytes([b]) for b in bytes.fromhex(metadata["tokenizer.alphabet"])] + [a + b for a, b in merges]
    last = {p: i for i, p in enumerate(pieces)}
    tokens, types = ["<pad>", "<s>", "</s>", said(b"\n")], [CONTROL] * 3 + [NORMAL]
    assert b"\n" not in last, "the alphabet has a new line of its own"
    for i, p in enumerate(pieces):
        kept = last[p] == i
        tokens.append(said(p) if kept else f"<unused{i}>")
        types.append(NORMAL if kept else UNUSED)
    return tokens, types, [said(a) + " " + said(b) for a, b in merges]


def tensors_of(metadata, tensors):
    width = int(metadata["width"])
    out = {"token_embd.weight": tensors["tokens.weight"], "output.weight": tensors["tokens.weight"],
           "position_embd.weight": tensors["decoder.positions.weight"], "output_norm.weight": tensors["decoder.norm.weight"],
           "output_norm.bias": tensors["decoder.norm.bias"]}
    for i in range(int(metadata["decoder_layers"])):
        for ours, theirs in (("attend_norm", "attn_norm"), ("attend.out", "attn_output"), ("feed_norm", "ffn_norm"),
                             ("feed.up", "ffn_up"), ("feed.down", "ffn_down")):
            for part in ("weight", "bias"):
                out[f"blk.{i}.{theirs}.{part}"] = tensors[f"decoder.layers.{i}.{ours}.{part}"]
        for part in ("weight", "bias"):
            query, memory = (tensors[f"decoder.layers.{i}.attend.{x}.{part}"] for x in ("query", "memory"))
            shape = [3 * width] + query[0][1:]
            out[f"blk.{i}.attn_qkv.{part}"] = (shape, query[1] + memory[1])
    return out


def main(source, target):
    metadata, tensors = read(source)
    if int(metadata["encoder_layers"]) or metadata["activation"] != "gelu":
        sys.exit(f"{source}: not a decoder-only model with GELU, which is what GPT-2's architecture is")
    tokens, types, merges = vocabulary(metadata)
    pairs = [
        pair("general.architecture", TEXT, "gpt2"), pair("general.name", TEXT, "shoal " + metadata["task"]),
        pair("general.file_type", U32, 0), pair("general.alignment", U32, 32),
        pair("gpt2.context_length", U32, int(metadata["positions"])),
        pair("gpt2.embedding_length", U32, int(metadata["width"])),
        pair("gpt2.feed_forward_length", U32, int(metadata["hidden"])),
        pair("gpt2.block_count", U32, int(metadata["decoder_layers"])),
        pair("gpt2.attention.head_count", U32, int(metadata["heads"])),
        pair("gpt2.attention.layer_norm_epsilon", F32, 1e-5),
        pair("tokenizer.ggml.model", TEXT, "gpt2"), pair("tokenizer.ggml.pre", TEXT, "gpt-2"),
        listing("tokenizer.ggml.tokens", TEXT, tokens), listing("tokenizer.ggml.token_type", I32, types),
        listing("tokenizer.ggml.merges", TEXT, merges),
        pair("tokenizer.ggml.bos_token_id", U32, 1), pair("tokenizer.ggml.eos_token_id", U32, 2),
        pair("tokenizer.ggml.padding_token_id", U32, 0),
        pair("tokenizer.ggml.add_bos_token", BOOL, True), pair("tokenizer.ggml.add_eos_token", BOOL, False),
        pair("tokenizer.chat_template", TEXT, TEMPLATE),
    ]
    out = tensors_of(metadata, tensors)
    infos, blocks, at = [], [], 0
    for name, (shape, numbers) in out.items():
        infos.append(text(name) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", n) for n in reversed(shape)) +
                     struct.pack("<IQ", 0, at))
        block = numbers.tobytes()
        blocks.append(block + b"\0" * (-len(block) % 32))
        at += len(blocks[-1])
    head = b"GGUF" + struct.pack("<IQQ", 3, len(out), len(pairs)) + b"".join(pairs) + b"".join(infos)
    with open(target, "wb") as f:
        f.write(head + b"\0" * (-len(head) % 32) + b"".join(blocks))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    if sys.byteorder != "little":
        sys.exit("GGUF is written on little-endian machines only")
    main(sys.argv[1], sys.argv[2])
