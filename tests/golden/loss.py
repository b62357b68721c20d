#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Loss of a GGUF file on the last tenth of a text, in nats per byte, evaluated by oracle.py.

Windows of the context's length keep a quarter of the window before; every byte is counted once."""
import argparse
import os
import sys

import numpy as np

from oracle import ROUNDINGS, Oracle

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../examples/models"))
from bpe import Tokenizer  # noqa: E402


def windows(n_tokens, n_ctx):
    """(start of the window, first token it predicts, end) over a stream with one token before it."""
    done = 0
    while done < n_tokens:
        start = max(0, done - n_ctx // 4)
        end = min(start + n_ctx, n_tokens)
        yield start, done, end
        done = end


def nats(logits, targets):
    top = logits.max(axis=1)
    total = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return (total - logits[np.arange(len(targets)), targets]).sum()


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("model")
    p.add_argument("text")
    p.add_argument("--activations", choices=ROUNDINGS, default="f32")
    p.add_argument("--max", type=float, help="exit 1 above this many nats per byte")
    args = p.parse_args()
    oracle = Oracle(args.model, args.activations)
    with open(args.text, encoding="ascii") as f:
        text = f.read()
    text = text[len(text) * 9 // 10:]
    merges = oracle.reader.get("tokenizer.ggml.merges")[1]
    tokenizer = Tokenizer([m.split(" ") for m in merges])
    stream = np.array([tokenizer.end] + tokenizer.encode(text))
    total = 0.0
    for start, first, end in windows(len(stream) - 1, oracle.reader.get("llama.context_length")):
        logits = oracle.logits([stream[start:end]])
        total += nats(logits[first - start:], stream[first + 1:end + 1])
    print(f"{total / len(text):.4f} nats per byte, {len(text)} bytes, {len(stream) - 1} tokens")
    if args.max is not None and not total / len(text) <= args.max:
        sys.exit(f"loss: above {args.max}")


if __name__ == "__main__":
    main()
