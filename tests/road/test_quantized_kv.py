# SPDX-License-Identifier: MIT
"""Packages whose KV is q8_0: logits against the f64 oracle that rounds keys and values alike, whole
prompts and one token at a time, and queries too where the arithmetic is int8; and heads that are no multiple of 32
values are refused."""
import numpy as np

from road import (RoadTest, Rounded, TARGETS, evaluate, main, make_model, nmse, pack, random_sequences,
                  row_nmse, run, usable)

FAILED = 1
# A code on the edge, decided the other way by an f32 sum, moves a row by some 1e-5; few do.
# Eight bits cost about 1.2e-4 with these random weights.
ROW_BOUND, COST_BOUND = 1e-9, 3e-4


class QuantizedKv(RoadTest):
    def test_numbers(self):
        for shape, target in (("odd7", "native"), ("head96", "avx2"), ("tiny", "portable"), ("tiny", "native")):
            if target not in TARGETS or not usable(target):
                continue
            with self.subTest(shape=shape, target=target):
                model = make_model(self.path(f"{shape}.gguf"), shape, "f32")
                package = pack(model, self.path("m.hone"), kv="q8_0", target=target)
                rounded = Rounded(model, kv="q8_0")
                sequences = random_sequences(rounded.n_vocab, [1, 2, 3, 7, 17, 64, 90])
                got = evaluate(package, sequences, "-t", 2)
                rows = row_nmse(got, rounded.logits(sequences))
                cost = nmse(got, Rounded(model).logits(sequences))
                print(f"{shape} {target}: median row {np.median(rows):.2g}, {np.mean(rows > ROW_BOUND):.0%} off, "
                      f"against unrounded KV {cost:.2g}")
                self.assertLessEqual(np.quantile(rows, 0.25), ROW_BOUND)
                self.assertLessEqual(cost, COST_BOUND)
                self.assertGreater(cost, 1e-8, "nothing was rounded")

    def test_rounded_queries(self):
        """Where the arithmetic is int8 too, queries are rounded, whichever way the products are summed."""
        for shape, target in (("head96", "native"), ("tiny", "avx2")):
            if target not in TARGETS or not usable(target):
                continue
            with self.subTest(shape=shape, target=target):
                model = make_model(self.path(f"{shape}.gguf"), shape, "q8_0")
                package = pack(model, self.path("m.hone"), kv="q8_0", target=target, activations="int8")
                sequences = random_sequences(Rounded(model).n_vocab, [1, 2, 3, 7, 17, 64, 90])
                got = evaluate(package, sequences, "-t", 2)
                rows = row_nmse(got, Rounded(model, "int8", "q8_0").logits(sequences))
                print(f"{shape} {target}: first quarter {np.quantile(rows, 0.25):.2g}, "
                      f"median row {np.median(rows):.2g}")
                self.assertLessEqual(np.quantile(rows, 0.25), ROW_BOUND)
                self.assertLessEqual(np.max(rows), COST_BOUND)

    def test_heads_of_other_sizes(self):
        for shape in ("head80", "primevocab"):
            model = make_model(self.path(f"{shape}.gguf"), shape, "f32")
            done = run("hone", "pack", model, "-o", self.path("m.hone"), "--kv", "q8_0")
            self.assert_refused(done, FAILED, "ask for f16")


if __name__ == "__main__":
    main()
