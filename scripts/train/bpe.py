# SPDX-License-Identifier: BSL-1.0
"""Byte-pair encoding: learnt here, used here and by the C++ runner.

Text is cut into words (a space belongs to the word that follows; letters, digits, other marks and white space do not
mix), words into bytes, and bytes are merged by the learnt pairs, best first. A byte that the training text never had
is <unk>.
"""
import collections
import re

SPECIAL = ["<pad>", "<s>", "</s>", "<unk>"]
PAD, BEGIN, END, UNKNOWN = range(4)
# Bytes from 0x80 on are parts of letters here.
WORD = re.compile(rb" ?[A-Za-z\x80-\xff]+| ?[0-9]+| ?[^\sA-Za-z0-9\x80-\xff]+|\s+")


class Bpe:
    def __init__(self, merges, alphabet):
        self.alphabet = bytes(sorted(alphabet))
        self.merges = [tuple(m) for m in merges]
        self.pieces = [bytes([b]) for b in self.alphabet] + [a + b for a, b in self.merges]
        self.number = {p: i + len(SPECIAL) for i, p in enumerate(self.pieces)}
        self.rank = {m: i for i, m in enumerate(self.merges)}
        self.seen = {}

    def __len__(self):
        return len(SPECIAL) + len(self.pieces)

    def word(self, word):
        if word in self.seen:
            return self.seen[word]
        parts = [bytes([b]) for b in word]
        while len(parts) > 1:
            best = min(range(len(parts) - 1), key=lambda i: (self.rank.get((parts[i], parts[i + 1]), 1 << 30), i))
            if (parts[best], parts[best + 1]) not in self.rank:
                break
            parts[best:best + 2] = [parts[best] + parts[best + 1]]
        out = [self.number.get(p, UNKNOWN) for p in parts]
        if len(self.seen) < 200000:
            self.seen[word] = out
        return out

    def encode(self, text):
        return [t for w in WORD.findall(text.encode()) for t in self.word(w)]

    def decode(self, tokens):
        return b"".join(self.pieces[t - len(SPECIAL)] for t in tokens if t >= len(SPECIAL)).decode(errors="replace")

    def metadata(self):
        """What stands in a model's file: hexadecimal, since pieces are bytes."""
        return {"tokenizer.alphabet": self.alphabet.hex(),
                "tokenizer.merges": " ".join(a.hex() + "+" + b.hex() for a, b in self.merges)}


def learn(texts, size):
    """Merges the most frequent pair (ties: the smaller bytes) until there are `size` tokens."""
    words = collections.Counter()
    for text in texts:
        words.update(WORD.findall(text.encode()))
    alphabet = {b for w in words for b in w}
    parts = {w: [bytes([b]) for b in w] for w in words}
    merges = []
    while len(SPECIAL) + len(alphabet) + len(merges) < size:
        pairs = collections.Counter()
        for w, n in words.items():
            p = parts[w]
            for pair in zip(p, p[1:]):
                pairs[pair] += n
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        for w, p in parts.items():
            i = 0
            while i + 1 < len(p):
                if (p[i], p[i + 1]) == best:
                    p[i:i + 2] = [p[i] + p[i + 1]]
                i += 1
    return Bpe(merges, alphabet)
