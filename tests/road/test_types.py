# SPDX-License-Identifier: MIT
"""A model whose matrices have every type of blocks of scales and mins, as llama.cpp's quantizer writes
them: decoded as its own reader does, and computed as the oracle does."""
import hashlib
import os

import numpy as np

from road import (GOLDEN, RoadTest, Rounded, TARGETS, evaluate, main, nmse, pack, random_sequences, row_nmse,
                  usable)

FIXTURE = os.path.join(GOLDEN, "all-types.gguf")
# Type, and the start of the SHA-256 of the values in f32 as llama.cpp's Python reader decodes them.
DECODED = {
    "output.weight": ("Q6_K", "e42399ab38972bdecba371cf9d986679"),
    "token_embd.weight": ("Q4_K", "73d5252135f64745c174318941aaa712"),
    "blk.0.attn_k.weight": ("Q5_0", "647424fdafa5adfed466c4acaba5222d"),
    "blk.0.attn_output.weight": ("IQ4_NL", "6f90b4f30000adcff2667022fca2c304"),
    "blk.0.attn_q.weight": ("Q4_1", "fd7e1a44a0a411446f7062af3dadf2f2"),
    "blk.0.attn_v.weight": ("Q5_1", "c41d95a0199937f115f9b3946aff153d"),
    "blk.0.ffn_down.weight": ("MXFP4", "65bb771c16d7f6efb616661af5a325ac"),
    "blk.0.ffn_gate.weight": ("Q4_K", "55aafd4abc5757b81c3fbb0c1949aa2a"),
    "blk.0.ffn_up.weight": ("Q5_K", "e9d9a70b7a63bc30f30333bdcff9c7fa"),
}
BOUNDS = {"f32": 1e-9, "int8": 5e-4}
ROW_BOUND = 1e-9


class Types(RoadTest):
    def test_decoded_alike(self):
        tensors = Rounded(FIXTURE).tensors
        for name, (kind, digest) in DECODED.items():
            values = tensors[name].f64().astype("<f4")
            self.assertEqual(tensors[name].type_name, kind)
            self.assertEqual(hashlib.sha256(values.tobytes()).hexdigest()[:32], digest, name)

    def test_computed_alike(self):
        plain = Rounded(FIXTURE)
        sequences = random_sequences(plain.n_vocab, (1, 2, 3, 4) * 4 + (10, 33))
        want = plain.logits(sequences)
        for activations, bound in BOUNDS.items():
            alike = Rounded(FIXTURE, activations).logits(sequences)
            for target in filter(usable, TARGETS):
                with self.subTest(activations=activations, target=target):
                    package = pack(FIXTURE, self.path("m.hone"), activations=activations, kv="f32", target=target)
                    got = evaluate(package, sequences, "-t", 2)
                    rows = row_nmse(got, alike)[:40]
                    print(f"activations={activations} {target}: nmse {nmse(got, want):.2g}; rounding alike, "
                          f"median row {np.median(rows):.2g}")
                    self.assertLessEqual(nmse(got, want), bound)
                    # A code decided the other way moves a row for good, see test_numbers.py.
                    self.assertLessEqual(np.quantile(rows, 0.25), ROW_BOUND)


if __name__ == "__main__":
    main()
