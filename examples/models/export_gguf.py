#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns train.py's checkpoint into a GGUF file: matrices in one type, norms in F32. numpy only."""
import argparse
import json
import os

import numpy as np

from bpe import Tokenizer
from gguf_writer import ARRAY, BOOL, F32, I32, STRING, TYPES, U32, write_gguf

NORMAL, CONTROL = 1, 3


def model_keys(shape):
    d_head = shape["n_embd"] // shape["n_head"]
    return [
        ("llama.context_length", U32, shape["n_ctx"]),
        ("llama.embedding_length", U32, shape["n_embd"]),
        ("llama.block_count", U32, shape["n_layer"]),
        ("llama.feed_forward_length", U32, shape["n_ff"]),
        ("llama.attention.head_count", U32, shape["n_head"]),
        ("llama.attention.head_count_kv", U32, shape["n_head_kv"]),
        ("llama.attention.layer_norm_rms_epsilon", F32, shape["rms_eps"]),
        ("llama.rope.dimension_count", U32, d_head),
        ("llama.rope.freq_base", F32, shape["rope_base"]),
        ("llama.vocab_size", U32, shape["n_vocab"]),
    ]


def tokenizer_keys(tokenizer):
    kinds = [NORMAL] * len(tokenizer.tokens)
    kinds[tokenizer.end] = CONTROL
    return [
        ("tokenizer.ggml.model", STRING, "gpt2"),
        ("tokenizer.ggml.pre", STRING, "gpt-2"),
        ("tokenizer.ggml.tokens", ARRAY, (STRING, tokenizer.tokens)),
        ("tokenizer.ggml.token_type", ARRAY, (I32, kinds)),
        ("tokenizer.ggml.merges", ARRAY, (STRING, [f"{a} {b}" for a, b in tokenizer.merges])),
        ("tokenizer.ggml.bos_token_id", U32, tokenizer.end),
        ("tokenizer.ggml.eos_token_id", U32, tokenizer.end),
        ("tokenizer.ggml.add_bos_token", BOOL, True),
        ("tokenizer.ggml.add_eos_token", BOOL, False),
    ]


def general_keys(kind):
    return [
        ("general.architecture", STRING, "llama"),
        ("general.type", STRING, "model"),
        ("general.name", STRING, "Shakespeare"),
        ("general.description", STRING, "Small decoder trained on plays of William Shakespeare"),
        ("general.license", STRING, "mit"),
        ("general.file_type", U32, TYPES[kind][1]),
        ("general.quantization_version", U32, 2),
    ]


def tensor_rows(weights, n_layer, kind):
    """In the order a forward pass meets them."""
    parts = ("attn_norm", "attn_q", "attn_k", "attn_v", "attn_output",
             "ffn_norm", "ffn_gate", "ffn_up", "ffn_down")
    blocks = [f"blk.{i}.{p}" for i in range(n_layer) for p in parts]
    names = ["token_embd", *blocks, "output_norm"]
    rows = [(f"{n}.weight", weights[f"{n}.weight"]) for n in names]
    if len(rows) != len(weights.files):
        raise SystemExit("the checkpoint holds tensors this script does not know")
    return [(name, w, kind if w.ndim > 1 else "F32") for name, w in rows]


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("checkpoint", help="folder that train.py wrote")
    p.add_argument("out")
    p.add_argument("--type", choices=TYPES, default="Q8_0")
    args = p.parse_args()
    with open(os.path.join(args.checkpoint, "config.json"), encoding="utf-8") as f:
        shape = json.load(f)["shape"]
    tokenizer = Tokenizer.load(os.path.join(args.checkpoint, "tokenizer.json"))
    weights = np.load(os.path.join(args.checkpoint, "weights.npz"))
    metadata = general_keys(args.type) + model_keys(shape) + tokenizer_keys(tokenizer)
    write_gguf(args.out, metadata, tensor_rows(weights, shape["n_layer"], args.type))


if __name__ == "__main__":
    main()
