# SPDX-License-Identifier: MIT
"""What the tables are made of: medians and ratios of pairs, and the outputs of other programs as they look."""
import json
import unittest

import attention
import gemm
import models
import stats

NEAR = {"threads": 2, "ping_pong_ns": 60.0, "read_all": 50.0}


def row(**changes):
    return {"n_prompt": 512, "n_gen": 0, "samples_ns": [512e9 / 100, 512e9 / 200], **changes}


class Stats(unittest.TestCase):
    def test_ratios_are_of_pairs(self):
        found = stats.ratios([10, 30, 22], [10, 10, 20])
        self.assertEqual((found["median"], found["min"], found["max"], found["n"]), (1.1, 1, 3, 3))
        with self.assertRaises(ValueError):
            stats.ratios([1, 2], [1])

    def test_geometric_mean(self):
        self.assertAlmostEqual(stats.geometric_mean([0.5, 2, 8]), 2)
        self.assertIsNone(stats.geometric_mean([]))

    def test_placement(self):
        self.assertTrue(stats.same_placement(NEAR, {**NEAR, "read_all": 62.0, "ping_pong_ns": 115.0}))
        self.assertFalse(stats.same_placement(NEAR, {**NEAR, "read_all": 80.0}))
        self.assertFalse(stats.same_placement({**NEAR, "ping_pong_ns": 190.0}, NEAR))
        one = {"threads": 1, "ping_pong_ns": 0.0, "read_all": 40.0}
        self.assertTrue(stats.same_placement(one, one))


class Outputs(unittest.TestCase):
    def test_llama_bench(self):
        text = json.dumps([row(), row(n_prompt=0, n_gen=128, samples_ns=[128e9 / 40]),
                           row(n_prompt=0, n_gen=32, n_seqs=8, samples_ns=[1e9])])
        found = stats.llama_bench(text)
        self.assertEqual([round(v, 6) for v in found["pp512"]], [100, 200])
        self.assertAlmostEqual(found["tg128"][0], 40)
        self.assertAlmostEqual(found["tg32"][0], 256)

    def test_batched_bench(self):
        text = 'warming up\n{"n_kv": 9, "pl": 8, "speed_tg": 61.5, "t": 1}\n{"pl": 32, "speed_tg": 70}\n'
        self.assertEqual(stats.batched_bench(text), {8: 61.5, 32: 70})


class Tables(unittest.TestCase):
    def test_gemm_row_takes_the_best_peer(self):
        samples = {"hone-default": [10.0, 10.0], "onednn": [20.0, 15.0], "openblas": [40.0, 40.0]}
        found = gemm.row("f32", 1, 1, 2, 5, samples, {})
        self.assertEqual(found["best_peer"], "onednn")
        self.assertEqual(found["ratios"]["hone-default"]["median"], 1.75)
        self.assertEqual(found["rates"]["openblas"]["median"], 0.5)

    def test_pairs_leave_out_rounds_that_moved(self):
        far = {**NEAR, "ping_pong_ns": 200.0}
        taken = [[("hone-default", {"tg128": 30.0}, NEAR, NEAR), ("llama", {"tg128": 20.0}, NEAR, NEAR)],
                 [("llama", {"tg128": 10.0}, NEAR, far), ("hone-default", {"tg128": 30.0}, far, far)]]
        self.assertEqual(models.pairs(taken, "tg128", "hone-default", "llama"), [(30.0, 20.0)])
        found = models.summarize(taken, "tg128")
        self.assertEqual((found["best_peer"], found["ratios"]["hone-default"]["median"]), ("llama", 1.5))
        self.assertEqual(models.summarize(taken, "pp512")["rates"], {})

    def test_attention_work(self):
        heads = (32, 4, 64)
        self.assertEqual(attention.operations(heads, 3, 3), 4 * 32 * 64 * (1 + 2 + 3))
        self.assertEqual(attention.operations(heads, 1, 10), 4 * 32 * 64 * 10)
        self.assertEqual(attention.kv_bytes(heads, "q8_0", 32), 2 * 4 * 64 * 34)
        found = attention.row((heads, "f16", 1, 10), 2, {"hone-default": [2.0, 4.0]}, [8.0, 8.0])
        self.assertEqual((found["ratios"]["hone-default"]["median"], found["peer_gflops"]), (3, 81920 / 8e3))


if __name__ == "__main__":
    unittest.main()
