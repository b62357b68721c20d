# SPDX-License-Identifier: MIT
"""Logits of random models of odd shapes, all weights of one type, against the f64 oracle.

usage: test_numbers.py TYPE    one of make_model's types

Each pair of activations and instruction set is packed once, with the shape and the type of KV going
round, so that a type meets every shape, every pair and every KV type. HONE_FULL=1 packs all of them.

Two oracles judge. The plain one rounds no activations: the distance is what the precision asked for
costs. The other rounds as the kernels are to round: there all that may differ is a code on the edge,
decided the other way by an f32 sum. One such code moves every later code of its row, so rows are
either equal to f32 noise or some 1e-5 off; of short sequences a quarter of the rows must be equal."""
import itertools
import os
import sys

import numpy as np

from road import (RoadTest, Rounded, SEED, TARGETS, evaluate, main, make_model, nmse, pack,
                  random_sequences, row_nmse, usable)

TYPES = ("f32", "f16", "bf16", "q8_0", "q4_0", "q6_k", "mixed", "q4_1", "q5_0", "q5_1", "q4_k", "q5_k", "iq4_nl",
         "mxfp4", "q4_k_m")
SHAPES = ("odd7", "head80", "head96", "primevocab", "tiny")
OF_256 = ("blocks256", "tiny", "odd7")  # the last one's rows are too short for blocks of 256
KVS = ("f32", "f16", "bf16")
FULL = os.environ.get("HONE_FULL", "") not in ("", "0")
SHORT, TEN, LONG = (1, 2, 3, 4) * 4, (10,) * 32, (7, 13, 90)

# By the coarsest rounding of activations. The bounds for sequences of ten tokens are what llama.cpp
# comes to on the same files. Longer ones cost more, for llama.cpp too: with these random weights the
# rounding by itself, in f64, costs up to 2.8e-5 and 3.2e-4 over many sequences of ten tokens and up to
# 4.6e-5 and 5.3e-4 in one of 90 (llama.cpp: 4.5e-5 and 5.4e-4), since each position adds the errors
# of the keys and values before it. One sequence of ten may lie 1.7 times above its mean, so 32 are
# taken together. Those bounds are of KV in f16 or f32: two roundings to bf16 of keys and values that
# differ a little are a step of bf16 apart. test_shipped.py holds a trained model to 3e-5 and 4e-4.
TEN_BOUND = {"f32": 1e-9, "bf16": 3e-5, "int8": 4e-4}
TEN_KV_BOUND = {"f32": 0, "f16": 1e-8, "bf16": 1e-5}
ACTIVATIONS_BOUND = {"f32": 1e-9, "bf16": 6e-5, "int8": 5e-4}
KV_BOUND = {"f32": 0, "f16": 1e-8, "bf16": 3e-7}
ROW_BOUND = 1e-9

kind = "f32"


def cases():
    pairs = list(itertools.product(("f32", "bf16", "int8"), TARGETS))
    shapes = OF_256 if "_k" in kind else SHAPES
    if FULL:
        return [(shape, pair, kv) for shape in shapes for pair in pairs for kv in KVS]
    shift = TYPES.index(kind)
    return [(shapes[(i + shift) % len(shapes)], pair, KVS[(i + i // 3 + shift) % len(KVS)])
            for i, pair in enumerate(pairs)]


class Numbers(RoadTest):
    def case(self, shape, activations, target, kv):
        model = make_model(self.path(f"{shape}.gguf"), shape, kind)
        package = pack(model, self.path("m.hone"), activations=activations, kv=kv, target=target)
        rounded, plain = Rounded(model, activations, kv), Rounded(model, "f32", kv)
        context = rounded.reader.get("llama.context_length")
        lengths = [min(n, context) for n in SHORT + TEN + LONG]
        sequences = random_sequences(rounded.n_vocab, lengths)
        got = evaluate(package, sequences, "-t", 2)
        want = plain.logits(sequences)
        of_ten = np.repeat(np.array(lengths) == 10, lengths)
        ten, cost = nmse(got[of_ten], want[of_ten]), nmse(got[~of_ten], want[~of_ten])
        rows = row_nmse(got, rounded.logits(sequences))[:sum(SHORT)]
        print(f"{kind} {shape} activations={activations} kv={kv} {target}: nmse {cost:.2g}, "
              f"of ten tokens {ten:.2g}; rounding alike, median row {np.median(rows):.2g}, "
              f"{np.mean(rows > ROW_BOUND):.0%} off")
        self.assertLessEqual(np.quantile(rows, 0.25), ROW_BOUND)
        precisions = rounded.precisions()
        self.assertLessEqual(cost, max(KV_BOUND[kv], *(ACTIVATIONS_BOUND[p] for p in precisions)))
        self.assertLessEqual(ten, TEN_KV_BOUND[kv] + max(TEN_BOUND[p] for p in precisions))

    def test_against_the_oracle(self):
        print(f"seed {SEED}")
        targets = {t for t in TARGETS if usable(t)}
        for shape, (activations, target), kv in cases():
            if target not in targets:
                continue
            with self.subTest(shape=shape, activations=activations, target=target, kv=kv):
                self.case(shape, activations, target, kv)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in TYPES:
        kind = sys.argv.pop(1)
    main()
