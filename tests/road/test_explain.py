# SPDX-License-Identifier: MIT
"""hone explain: shares, work and ceilings of a package's forwards and of a store's winners, held
against sums of its own and against what the shipped model must compute."""
import json
import subprocess

from road import FAILED, SHIPPED, USAGE, RoadTest, environment, main, must, pack, program, run

LAYERS, DIM, FFN, VOCAB, ROWS = 6, 256, 768, 1024, 16
KEYS = {"gemm_i8": "gemm n=1024 k=256 types=q8a,q8_0,f32 acts=q8a m=1-1@1 rows=out",
        "gemm_i8_add": "gemm_add n=256 k=768 types=q8a,q8_0,f32,f32 acts=q8a m=65-512@512"}


class Explain(RoadTest):
    def explain(self, *arguments):
        return json.loads(must("hone", "explain", *arguments, "--json").stdout)

    def near(self, value, expected):
        self.assertAlmostEqual(value / expected, 1)

    def assert_sums(self, part, n_steps):
        rows = part["rows"]
        self.assertEqual(sum(row["n_steps"] for row in rows), n_steps)
        self.assertAlmostEqual(sum(row["share"] for row in rows), 1)
        self.assertAlmostEqual(sum(row["seconds"] for row in rows), part["seconds"])
        self.assertEqual([row["seconds"] for row in rows], sorted((row["seconds"] for row in rows), reverse=True))
        for row in rows:
            self.assertGreater(row["seconds"], 0)
            self.near(row["reached"], row["floor_seconds"] / row["seconds"])

    def assert_bounds(self, report, part):
        """No ceiling alone may take longer than what is said; one of them takes as long."""
        c = report["ceilings"]
        for row in part["rows"]:
            fastest = max(c["dot_int8"], c["fma_f32"])
            least = max(c["launch_seconds"] * row["n_steps"], row["operations"] / fastest)
            self.assertGreaterEqual(row["floor_seconds"] * 1.000001, least, row)
            if row["bound"] == "launch":
                self.near(row["floor_seconds"], c["launch_seconds"] * row["n_steps"])
            elif row["bound"] == "int8 dot":
                self.near(row["floor_seconds"], row["operations"] / c["dot_int8"])
            elif row["bound"] == "f32 fma":
                self.near(row["floor_seconds"], row["operations"] / c["fma_f32"])
            else:
                n_bytes = row["resident_bytes"] + row["activation_bytes"]
                self.assertIn(row["bound"], ("read L1", "read L2", "read L3", "read memory"))
                self.assertGreaterEqual(row["floor_seconds"] * 1.000001, n_bytes / c["read_l1"])

    def test_package(self):
        package = pack(SHIPPED, self.path("m.hone"), activations="int8", kv="f16")
        report = self.explain(package, "-p", ROWS, "-n", 8, "-r", 3)
        lists = json.loads(must("hone", "inspect", package, "--json").stdout)["lists"]
        prompt, decode = report["parts"]
        self.assertEqual((prompt["weight"], decode["weight"]), (1, 8))
        self.assertAlmostEqual(prompt["share"] + decode["share"], 1)
        steps = {(row["m_min"], row["m_max"]): row["n_steps"] for row in lists}
        self.assert_sums(prompt, steps[(9, 16)])
        self.assert_sums(decode, steps[(1, 1)])
        for part, rows, positions in ((prompt, ROWS, ROWS), (decode, 1, ROWS + 4 + 1)):
            self.assert_bounds(report, part)
            by_name = {row["what"].split()[0]: row for row in part["rows"]}
            down, head, attn = by_name["ffn_down"], by_name["output"], by_name["attn"]
            self.assertEqual(down["n_steps"], LAYERS)
            self.assertEqual(down["operations"], LAYERS * 2 * rows * DIM * FFN)
            weights = LAYERS * DIM * FFN * 34 / 32
            self.assertTrue(weights <= down["resident_bytes"] <= weights * 1.01, down)
            # The head sees one row; its problem says so.
            self.assertEqual(head["operations"], 2 * DIM * VOCAB)
            self.assertTrue(head["problem"].endswith("@1 rows=out") or rows == 1, head)
            seen = positions - (rows - 1) / 2
            self.assertAlmostEqual(attn["operations"] / (LAYERS * 4 * rows * seen * DIM), 1)

    def test_text(self):
        package = pack(SHIPPED, self.path("m.hone"), activations="int8", kv="f16")
        lines = must("hone", "explain", package, "-n", 4, "-r", 1, "-t", 1, "--configs").stdout.decode().splitlines()
        self.assertTrue(lines[0].startswith("ceilings of 1 thread: f32 "), lines[0])
        self.assertIn("decode of 1 row after 2 positions", lines[2])
        self.assertEqual(lines[3].split()[:3], ["share", "time", "steps"])
        self.assertIn("R=", lines[4])

    def test_refusals(self):
        package = pack(SHIPPED, self.path("m.hone"), activations="int8", kv="f16")
        for arguments in (("-p", 513), ("-p", 512, "-n", 1), ("-r", 0, "-p", 1), ("-r", 100, "-p", 1),
                          ("-n", 4294967295, "-p", 1)):
            self.assert_refused(run("hone", "explain", package, *arguments), USAGE)
        self.assert_refused(run("hone", "explain", package, SHIPPED), USAGE, "no other file")
        self.assert_refused(run("hone", "explain", self.path("none")), FAILED)
        self.assert_refused(run("hone", "explain", SHIPPED), FAILED)


class Stores(RoadTest):
    def store(self, name, *processor):
        target = json.loads(must("hone", "probe", "--no-ceilings", "--json").stdout)["target"]
        lines = []
        for ns, (space, key) in zip((4000, 300000), KEYS.items()):
            text = must("hone", "show", space, "--problem", key, "--launch").stdout.decode()
            config = next(line for line in text.splitlines() if line.startswith("config")).split(None, 1)[1]
            lines.append(f"{key}|{space}|{config}|{ns}")
        subprocess.run([program("store_writer"), self.path(name), target, "1", *processor],
                       input="\n".join(lines).encode() + b"\n", check=True, env=environment())
        return self.path(name)

    def test_winners(self):
        report = json.loads(must("hone", "explain", self.store("a.store"), "--json").stdout)
        self.assertEqual(report["ceilings"]["n_threads"], 1)
        part, = report["parts"]
        self.assertEqual([row["problem"] for row in part["rows"]], [KEYS["gemm_i8_add"], KEYS["gemm_i8"]])
        prompt, decode = part["rows"]
        self.assertAlmostEqual(prompt["seconds"], 3e-4)
        self.assertAlmostEqual(decode["seconds"], 4e-6)
        self.assertNotIn("share", prompt)
        # Weights come from memory, whatever would hold them.
        at_least = VOCAB * DIM * 34 / 32 / report["ceilings"]["read_memory"]
        self.assertGreaterEqual(decode["floor_seconds"] * 1.000001, at_least)
        self.assertEqual(decode["bound"], "read memory")

    def test_with_the_model(self):
        report = json.loads(must("hone", "explain", self.store("a.store"), SHIPPED, "--json").stdout)
        prompt, decode = sorted(report["parts"], key=lambda part: part["weight"])
        self.assertEqual((prompt["weight"], decode["weight"]), (1, 128))
        measured = {row["problem"]: row for part in (prompt, decode) for row in part["rows"] if row["measured"]}
        self.assertEqual(set(measured), set(KEYS.values()))
        self.assertEqual(measured[KEYS["gemm_i8_add"]]["n_steps"], LAYERS)
        self.assertAlmostEqual(measured[KEYS["gemm_i8_add"]]["seconds"], LAYERS * 3e-4)
        for part in (prompt, decode):
            self.assertAlmostEqual(sum(row["share"] for row in part["rows"]), 1)
            for row in part["rows"]:
                self.assertEqual("reached" in row, row["measured"])

    def test_another_machine(self):
        done = run("hone", "explain", self.store("b.store", "Another processor"))
        self.assert_refused(done, FAILED, "Another processor", "ceilings")


if __name__ == "__main__":
    main()
