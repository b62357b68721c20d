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
        self.assertTrue(stats.same_placement(NEAR, {**NEAR, "read_all": 56.0, "ping_pong_ns": 90.0}))
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

    def test_backend_ops(self):
        text = ("  FLASH_ATTN_EXT(hsk=64,nr23=[4,1],permute=[0,1,2,3],kv_view=1): \x1b[1;32m  1234 runs\x1b[0m -   "
                "810.50 us/run\n"
                "  FLASH_ATTN_EXT(name=c7,type=f32,ne=[64,32,1,1],op_params=[1,0],sources=f16[64,9,4,1]):    10 runs -  "
                "12.25 us/run - 3 kB/run\n")
        found = stats.backend_ops(text)
        self.assertEqual([us for _, us in found], [810.5, 12.25])
        self.assertEqual(found[0][0]["nr23"], "[4,1]")
        self.assertEqual(found[1][0]["name"], "c7")


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
        self.assertEqual(attention.operations(heads, 1, 10, True), attention.operations(heads, 1, 10, False))
        self.assertEqual(attention.operations(heads, 3, 3, True), 4 * 32 * 64 * (1 + 2 + 3))
        self.assertEqual(attention.operations(heads, 3, 5, False), 4 * 32 * 64 * 15)
        self.assertEqual(attention.kv_bytes(heads, "q8_0", 32), 2 * 4 * 64 * 34)

    def test_attention_case_of_the_peer(self):
        line = attention.test_line(73, (32, 4, 64), "q8_0", 1, 1024, "c0").split()
        self.assertEqual(line[:9], ["73", "0", "64", "32", "1", "1", "3", "1040187392", "0"])
        self.assertEqual(line[10], "4")
        self.assertEqual(line[20:29], ["8", "64", "1024", "4", "1", "34", "68", "69632", "278528"])


if __name__ == "__main__":
    unittest.main()
