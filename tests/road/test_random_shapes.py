# SPDX-License-Identifier: MIT
"""Models of random shapes: heads of any multiple of 8, groups of 1 to 8, widths that divide by nothing,
part of a head rotated, RoPE factors and scaling, tied and separate heads, against the f64 oracle."""
import os
import random
import sys

import numpy as np

from road import (RoadTest, Rounded, SEED, SOURCE, TARGETS, evaluate, main, make_model, nmse, pack,
                  random_sequences, row_nmse, usable)

sys.path.insert(0, os.path.join(SOURCE, "examples/models"))
from gguf_reader import Reader  # noqa: E402  (road.py and the line above tell where these lie)
from gguf_writer import ARRAY, BOOL, F32, STRING, U32, write_gguf  # noqa: E402

N_MODELS = 10
# Against the oracle that rounds alike: f32 sums, and codes of KV on the edge.
BOUND = {"f32": 1e-9, "f16": 1e-8, "bf16": 3e-7}


class Shape:
    def __init__(self, rng):
        self.n_layers = rng.randint(1, 3)
        self.head_dim = 8 * rng.choice((1, 2, 3, 5, 7, 8, 9, 13, 16, 17, 24, 32))
        self.n_kv_heads, self.group = rng.randint(1, 3), rng.randint(1, 8)
        self.n_heads = self.n_kv_heads * self.group
        self.quantized = rng.random() < 0.4  # Q8_0 wants rows of whole blocks
        unit = 32 if self.quantized else 1
        self.dim, self.ffn = unit * (rng.randint(33, 300) // unit), unit * (rng.randint(40, 400) // unit)
        self.n_vocab, self.context = rng.randint(262, 700), rng.choice((16, 33, 64, 100, 257))
        self.rope_dim = rng.choice((self.head_dim, self.head_dim, max(4, self.head_dim // 2 // 4 * 4)))
        self.rope_base = rng.choice((10000.0, 500000.0, 1234.5))
        self.rope_scale = rng.choice((1.0, 1.0, 4.0))
        self.factors, self.tied = rng.random() < 0.4, rng.random() < 0.5
        self.types = ["Q8_0"] if self.quantized else rng.choice((["F32"], ["F16"], ["BF16"], ["F32", "F16", "BF16"]))

    def __str__(self):
        return " ".join(f"{k}={v}" for k, v in vars(self).items())

    def keys(self, vocabulary):
        def part(name):
            kind, (item, values) = vocabulary.metadata["tokenizer.ggml." + name]
            return "tokenizer.ggml." + name, kind, (item, values[:self.n_vocab])
        numbers = {"block_count": self.n_layers, "context_length": self.context,
                   "embedding_length": self.dim, "feed_forward_length": self.ffn,
                   "attention.head_count": self.n_heads, "attention.head_count_kv": self.n_kv_heads,
                   "attention.key_length": self.head_dim, "attention.value_length": self.head_dim,
                   "rope.dimension_count": self.rope_dim}
        yield "general.architecture", STRING, "llama"
        yield from (("llama." + k, U32, v) for k, v in numbers.items())
        yield "llama.attention.layer_norm_rms_epsilon", F32, 1e-5
        yield "llama.rope.freq_base", F32, self.rope_base
        if self.rope_scale != 1:
            yield "llama.rope.scaling.type", STRING, "linear"
            yield "llama.rope.scaling.factor", F32, self.rope_scale
        yield "tokenizer.ggml.model", STRING, "llama"
        yield from (part(name) for name in ("tokens", "scores", "token_type"))
        yield "tokenizer.ggml.add_bos_token", BOOL, True
        yield "tokenizer.ggml.bos_token_id", U32, 1

    def tensors(self, rng, numbers):
        def matrix(name, rows, cols):
            values = numbers.standard_normal((rows, cols)) / np.sqrt(cols)
            return name, values.astype(np.float32), rng.choice(self.types)

        def norm(name):
            return name, (1 + 0.1 * numbers.standard_normal(self.dim)).astype(np.float32), "F32"
        q, kv = self.n_heads * self.head_dim, self.n_kv_heads * self.head_dim
        yield matrix("token_embd.weight", self.n_vocab, self.dim)
        if self.factors:
            yield "rope_freqs.weight", numbers.uniform(1, 8, self.rope_dim // 2).astype(np.float32), "F32"
        for i in range(self.n_layers):
            name = f"blk.{i}.{{}}.weight".format
            yield norm(name("attn_norm"))
            yield matrix(name("attn_q"), q, self.dim)
            yield matrix(name("attn_k"), kv, self.dim)
            yield matrix(name("attn_v"), kv, self.dim)
            yield matrix(name("attn_output"), self.dim, q)
            yield norm(name("ffn_norm"))
            yield matrix(name("ffn_gate"), self.ffn, self.dim)
            yield matrix(name("ffn_up"), self.ffn, self.dim)
            yield matrix(name("ffn_down"), self.dim, self.ffn)
        yield norm("output_norm.weight")
        if not self.tied:
            yield matrix("output.weight", self.n_vocab, self.dim)


class RandomShapes(RoadTest):
    def case(self, number, vocabulary):
        rng = random.Random(SEED * 1000 + number)
        shape = Shape(rng)
        if shape.quantized and shape.n_heads * shape.head_dim % 32:
            shape.types = ["F16"]
        model, kv = self.path("m.gguf"), rng.choice(list(BOUND))
        target = rng.choice([t for t in TARGETS if usable(t)])
        write_gguf(model, list(shape.keys(vocabulary)),
                   list(shape.tensors(rng, np.random.default_rng(SEED * 1000 + number))))
        options = {"kv": kv, "activations": rng.choice(("f32", "f32", "bf16")), "target": target}
        print(f"{number}: {shape} {options}", flush=True)
        package = pack(model, self.path("m.hone"), *rng.choice(((), ("--page-tokens", 16))), **options)
        oracle = Rounded(model, options["activations"], kv)
        sequences = random_sequences(shape.n_vocab, [1, 2, 3, 4, min(9, shape.context), shape.context])
        got, want = evaluate(package, sequences, "-t", 2), oracle.logits(sequences)
        rows = row_nmse(got, want)[:10]
        print(f"   nmse {nmse(got, want):.2g}, median row {np.median(rows):.2g}", flush=True)
        self.assertLessEqual(np.quantile(rows, 0.25), BOUND[kv])
        self.assertLessEqual(nmse(got, want), BOUND[kv] if oracle.precisions() == {"f32"} else 6e-5)

    def test_random_shapes(self):
        vocabulary = Reader(make_model(self.path("v.gguf"), "primevocab", "q8_0"))
        for number in range(N_MODELS):
            with self.subTest(number=number, seed=SEED):
                self.case(number, vocabulary)


if __name__ == "__main__":
    main()
