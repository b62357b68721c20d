#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Evaluates a Llama-architecture GGUF file in f64 and writes the logits of every token.

Shares no code with hone. --activations int8 and bf16 round the input of every weight matrix the way
the kernels of that name do; all else stays f64."""
import argparse
import sys

import numpy as np

from gguf_reader import Reader


def keep(x):
    return x


def round_bf16(x):
    bits = x.astype(np.float32).view(np.uint32)
    bits = (bits + np.uint32(0x7FFF) + ((bits >> 16) & np.uint32(1))) & np.uint32(0xFFFF0000)
    return bits.view(np.float32).astype(np.float64)


def round_int8(x):
    """Per 32 values: scale amax/127 and signed bytes, computed in f32, ties to even."""
    width = x.shape[-1]
    padded = np.zeros((x.shape[0], -(-width // 32) * 32), np.float32)
    padded[:, :width] = x
    blocks = padded.reshape(-1, 32)
    largest = np.abs(blocks).max(axis=1, keepdims=True)
    used = largest > 0
    inverse = np.divide(np.float32(127), largest, out=np.zeros_like(largest), where=used)
    codes = np.rint(blocks * inverse).astype(np.float64)
    scale = (largest / np.float32(127)).astype(np.float64)
    return (codes * scale).reshape(padded.shape)[:, :width]


ROUNDINGS = {"f32": keep, "bf16": round_bf16, "int8": round_int8}


class Hyper:
    """The model's numbers, from metadata."""

    def __init__(self, reader):
        def key(name, default=None):
            return reader.get("llama." + name, default)
        if reader.get("general.architecture") != "llama":
            raise ValueError("general.architecture is not llama")
        if key("expert_count", 0) != 0:
            raise ValueError("mixture-of-experts files are not handled")
        self.n_embd, self.n_layer = key("embedding_length"), key("block_count")
        self.n_head = key("attention.head_count")
        self.n_head_kv = key("attention.head_count_kv", self.n_head)
        self.d_key = key("attention.key_length", self.n_embd // self.n_head)
        self.d_value = key("attention.value_length", self.n_embd // self.n_head)
        self.eps = key("attention.layer_norm_rms_epsilon")
        self.n_rot = key("rope.dimension_count", self.d_key)
        self.rope_base = key("rope.freq_base", 10000.0)
        kind = key("rope.scaling.type", "none")
        if kind not in ("none", "linear"):
            raise ValueError(f"rope scaling {kind} is not handled")
        factor = "rope.scaling.factor" if kind == "linear" else "rope.scale_linear"
        self.rope_scale = key(factor, 1.0)


class Oracle:
    def __init__(self, path, activations="f32"):
        self.reader = Reader(path)
        self.hyper = Hyper(self.reader)
        self.rounded = ROUNDINGS[activations]
        self.tensors = self.reader.tensors
        self.n_vocab = self.tensors["token_embd.weight"].shape[0]
        self.refuse_unknown()

    def refuse_unknown(self):
        parts = {"attn_norm", "attn_q", "attn_k", "attn_v", "attn_output",
                 "ffn_norm", "ffn_gate", "ffn_up", "ffn_down"}
        known = {f"blk.{i}.{p}.weight" for i in range(self.hyper.n_layer) for p in parts}
        known |= {"token_embd.weight", "output_norm.weight"}
        missing = known - set(self.tensors)
        extra = set(self.tensors) - known - {"output.weight", "rope_freqs.weight"}
        if missing or extra:
            raise ValueError(f"tensors missing: {sorted(missing)}, not understood: {sorted(extra)}")

    def norm(self, x, name):
        scale = 1 / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + self.hyper.eps)
        return x * scale * self.tensors[name].f64()

    def matmul(self, x, name):
        return self.rounded(x) @ self.tensors[name].f64().T

    def rope_angles(self, positions):
        h = self.hyper
        freq = h.rope_base ** (-np.arange(0, h.n_rot, 2) / h.n_rot)
        if "rope_freqs.weight" in self.tensors:
            freq = freq / self.tensors["rope_freqs.weight"].f64()
        return np.outer(positions / h.rope_scale, freq)[:, None, :]

    def rope(self, x, angles):
        """x: [token, head, d]; turns the pairs (0,1), (2,3), ... of the first n_rot values."""
        n_rot = self.hyper.n_rot
        a, b = x[..., 0:n_rot:2], x[..., 1:n_rot:2]
        out = x.copy()
        out[..., 0:n_rot:2] = a * np.cos(angles) - b * np.sin(angles)
        out[..., 1:n_rot:2] = a * np.sin(angles) + b * np.cos(angles)
        return out

    def attend(self, q, k, v):
        """One sequence, causal; head h of q reads head h / group of k and v."""
        group = self.hyper.n_head // self.hyper.n_head_kv
        length = len(q)
        hidden = np.triu(np.ones((length, length), bool), 1)
        out = np.empty((length, self.hyper.n_head, self.hyper.d_value))
        for head in range(self.hyper.n_head):
            scores = q[:, head] @ k[:, head // group].T / np.sqrt(self.hyper.d_key)
            scores[hidden] = -np.inf
            weights = np.exp(scores - scores.max(axis=1, keepdims=True))
            out[:, head] = weights / weights.sum(axis=1, keepdims=True) @ v[:, head // group]
        return out.reshape(length, -1)

    def layer(self, x, i, spans, angles):
        h, name = self.hyper, f"blk.{i}.".__add__
        y = self.norm(x, name("attn_norm.weight"))
        q = self.matmul(y, name("attn_q.weight")).reshape(-1, h.n_head, h.d_key)
        k = self.matmul(y, name("attn_k.weight")).reshape(-1, h.n_head_kv, h.d_key)
        v = self.matmul(y, name("attn_v.weight")).reshape(-1, h.n_head_kv, h.d_value)
        q, k = self.rope(q, angles), self.rope(k, angles)
        y = np.concatenate([self.attend(q[s], k[s], v[s]) for s in spans])
        x = x + self.matmul(y, name("attn_output.weight"))
        y = self.norm(x, name("ffn_norm.weight"))
        gate, up = self.matmul(y, name("ffn_gate.weight")), self.matmul(y, name("ffn_up.weight"))
        return x + self.matmul(gate / (1 + np.exp(-gate)) * up, name("ffn_down.weight"))

    def hidden(self, sequences):
        """The final normed state of every token of every sequence, one after the other."""
        ends = np.cumsum([len(s) for s in sequences])
        spans = [slice(end - len(s), end) for end, s in zip(ends, sequences)]
        angles = self.rope_angles(np.concatenate([np.arange(len(s)) for s in sequences]))
        x = self.tensors["token_embd.weight"].f64(np.concatenate(sequences))
        for i in range(self.hyper.n_layer):
            x = self.layer(x, i, spans, angles)
        return self.norm(x, "output_norm.weight")

    def logits(self, sequences):
        head = "output.weight" if "output.weight" in self.tensors else "token_embd.weight"
        return self.matmul(self.hidden(sequences), head)


def read_tokens(path, n_vocab):
    with open(path, encoding="ascii") as f:
        sequences = [np.array(line.split(), dtype=np.int64) for line in f if line.strip()]
    if not sequences:
        raise ValueError(f"{path}: no tokens")
    for number, tokens in enumerate(sequences, 1):
        if tokens.min() < 0 or tokens.max() >= n_vocab:
            raise ValueError(f"{path}: sequence {number} has a token outside 0..{n_vocab - 1}")
    return sequences


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("model")
    p.add_argument("--tokens", required=True, help="token ids as text, one sequence a line")
    p.add_argument("--logits", required=True, help="little-endian rows of n_vocab, one per token")
    p.add_argument("--activations", choices=ROUNDINGS, default="f32")
    p.add_argument("--dtype", choices=("f32", "f64"), default="f32")
    args = p.parse_args()
    try:
        oracle = Oracle(args.model, args.activations)
        logits = oracle.logits(read_tokens(args.tokens, oracle.n_vocab))
    except (ValueError, OSError) as error:
        sys.exit(f"oracle: {error}")
    logits.astype({"f32": "<f4", "f64": "<f8"}[args.dtype]).tofile(args.logits)


if __name__ == "__main__":
    main()
