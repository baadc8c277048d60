#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The runner of lexicon.cpp in Python: one request as JSON on standard input, one answer as JSON on standard output.

Whatever can be called from Python becomes a model of shoal's so: load it where `known` is read, ask it where `judge`
is called.
"""
import json
import os
import re
import sys
import time


def read_lexicon(path):
    with open(path, encoding="utf-8") as file:
        pairs = (line.split() for line in file if not line.startswith("#"))
        return {word: float(score) for word, score in pairs}


def judge(words, known):
    good = bad = 0.0
    turned, factor = 0, 1
    for word in words:
        if word in ("not", "never", "no") or word.endswith("n't"):
            turned = 3
        elif word in ("very", "really", "so"):
            factor = 2
        else:
            score = factor * known.get(word, 0.0) * (-1 if turned else 1)
            good += max(score, 0.0)
            bad += max(-score, 0.0)
            factor, turned = 1, max(turned - 1, 0)
    return good, bad


def main():
    request = json.load(sys.stdin)
    known = read_lexicon(os.path.join(os.path.dirname(os.path.abspath(__file__)), "lexicon.txt"))
    words = re.findall(r"[a-z']+", request["input"].lower())
    good, bad = judge(words, known)
    answer = {"usage": {"input_tokens": len(words), "time_s": time.process_time()}}
    if good == bad:
        answer["abstains"] = True
    else:
        answer["value"] = "positive" if good > bad else "negative"
        answer["confidence"] = max(good, bad) / (good + bad)
    json.dump(answer, sys.stdout)


main()
