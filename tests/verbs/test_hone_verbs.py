#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hone probe, inspect, verify and show from outside.

Packs the shipped model with the untuned defaults first; exits 77 (skipped) where no compiler is
found. Environment: HONE_BIN, HONE_SOURCE. Python's standard library only.
"""
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest

import package_edit as edit

BIN, SOURCE = os.environ["HONE_BIN"], os.environ["HONE_SOURCE"]
HONE = os.path.join(BIN, "hone")
FOLDER = tempfile.TemporaryDirectory(prefix="hone-verbs-")
PACKAGE = os.path.join(FOLDER.name, "m.hone")
OTHER = os.path.join(FOLDER.name, "other.hone")
GOLDEN_TARGETS = ("cpu:x86_64", "cpu:x86_64:avx2+fma+f16c")


def call(*args, **more):
    return subprocess.run([HONE, *map(str, args)], capture_output=True, timeout=300, **more)


def good(*args):
    done = call(*args)
    if done.returncode or done.stderr:
        raise AssertionError((args, done.returncode, done.stderr))
    return done.stdout.decode()


class Probe(unittest.TestCase):
    def test_ceilings_are_plausible(self):
        report = json.loads(good("probe", "--json", "-t", 2))
        items = {item["name"]: item for item in report["ceilings"]}
        self.assertEqual(list(items)[:3], ["fma_f32", "dot_bf16", "dot_int8"])
        self.assertEqual(report["n_threads"], 2)
        for name, item in items.items():
            for rate in (item["one_thread"], item["all_threads"]):
                self.assertTrue(0 < rate["value"] < 1e6, name)
                self.assertGreaterEqual(rate["spread"], 0)
        one = {name: item["one_thread"]["value"] for name, item in items.items()}
        # Nobody's core computes less than a multiply-add in ten cycles, or reads less than 100 MB/s.
        self.assertGreater(one["fma_f32"], 0.2)
        self.assertGreater(one["dot_int8"], one["fma_f32"] / 4)
        self.assertGreater(one["read_memory"], 0.1)
        if "read_l1" in one:
            self.assertGreater(one["read_l1"], one["read_memory"])
        self.assertEqual(items["fma_f32"]["unit"], "GFLOP/s")
        self.assertLess(one["dispatch"], 1000)
        self.assertEqual(report["noisy"], report["worst_spread"] > 0.1)

    def test_text(self):
        text = good("probe", "--no-ceilings")
        report = json.loads(good("probe", "--no-ceilings", "--json"))
        self.assertIsNone(report["ceilings"])
        self.assertIn(f"target       {report['target']}\n", text)
        self.assertTrue(report["target"].startswith("cpu:"))
        self.assertEqual("+".join(report["features"]),
                         report["target"].split(":", 2)[2] if report["features"] else "")
        self.assertIn(report["compiler"]["version"], text)
        for name in ("libcuda", "nvrtc", "libamdhip64", "hiprtc"):
            self.assertIn(name, report["libraries"])
            self.assertRegex(text, rf"(?m)^{name} ")

    def test_without_a_compiler(self):
        done = call("probe", "--json", env=dict(os.environ, HONE_LLVM="/nowhere/libLLVM.so"))
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertFalse(report["compiler"]["found"])
        self.assertIn("/nowhere/libLLVM.so", report["compiler"]["message"])
        self.assertIsNone(report["ceilings"])


class Inspect(unittest.TestCase):
    def test_it_agrees_with_the_second_reader(self):
        script = os.path.join(SOURCE, "tests", "golden", "package_dump.py")
        dump = subprocess.run([sys.executable, script, PACKAGE], capture_output=True, check=True)
        lines = dump.stdout.decode().split("\n")
        report = json.loads(good("inspect", PACKAGE, "--json"))
        self.assertIn(f"manifest {report['manifest']}", lines)
        self.assertIn(f"target {report['target']}", lines)
        self.assertEqual([line for line in lines if line.startswith("section ")],
                         [f"section {s['name'].upper().replace(' ', '_')} {s['bytes']}"
                          for s in report["sections"]])
        for key, value in report["info"].items():
            self.assertIn(f"{key}={value}", lines)
        e, m = report["envelope"], report["memory"]
        self.assertIn(f"envelope tokens={e['max_tokens']} seqs={e['max_seqs']} out={e['max_out']} "
                      f"context={e['max_context']} page={e['page_tokens']} vocab={e['n_vocab']}",
                      lines)
        self.assertIn(f"memory activations={m['activation_bytes']} "
                      f"scratch={m['scratch_bytes_per_thread']}", lines)
        pages = [int(line.split("=")[1]) for line in lines if line.startswith("region ")]
        self.assertEqual(sum(pages), m["kv_bytes_per_page"])
        self.assertEqual([line for line in lines if line.startswith("kernel ")],
                         [f"kernel {i} '{k['name']}' blob={k['blob_offset']}+{k['code_bytes']} "
                          f"entry={k['code_offset']}" for i, k in enumerate(report["kernels"])])
        self.assert_lists(lines, report)

    def assert_lists(self, lines, report):
        places = [i for i, line in enumerate(lines) if line.startswith("list ")]
        self.assertEqual(len(places), len(report["lists"]))
        for place, row in zip(places, report["lists"]):
            self.assertEqual(lines[place], f"list {row['m_min']}-{row['m_max']}")
            steps = json.loads(good("inspect", PACKAGE, "--json", "--steps", row["m_max"]))["steps"]
            rules = {"const": 0, "tokens": 1, "out": 2}
            for line, step in zip(lines[place + 1:place + 1 + row["n_steps"]], steps):
                self.assertTrue(line.startswith(
                    f"  '{step['name']}' kernel={step['kernel']} "
                    f"grid={rules[step['grid_rule']]}:{step['grid_p0']},{step['grid_p1']} "), line)
                schedule = ["static", "dynamic"].index(step["schedule"])
                self.assertTrue(line.endswith(
                    f" schedule={schedule} bindings={step['n_bindings']}"), line)
                # As the spaces' defaults say: later rows of a prompt read more keys than earlier.
                self.assertEqual(schedule, int(row["m_max"] > 1 and "attention" in step["name"]))
            self.assertEqual(len(steps), row["n_steps"])
            self.assertEqual(len({step["kernel"] for step in steps}), row["n_kernels"])

    def test_shares_and_uses(self):
        report = json.loads(good("inspect", PACKAGE, "--json"))
        code = next(s["bytes"] for s in report["sections"] if s["name"] == "code")
        for kernel in report["kernels"]:
            self.assertAlmostEqual(kernel["share"], kernel["code_bytes"] / code)
            self.assertGreater(kernel["n_steps"], 0)
        self.assertEqual(sum(k["n_steps"] for k in report["kernels"]),
                         sum(row["n_steps"] for row in report["lists"]))
        self.assertTrue(report["runs_here"])
        memory, pages = report["memory"], report["envelope"]
        kv = memory["kv_bytes_per_page"] * -(-pages["max_context"] // pages["page_tokens"])
        self.assertGreaterEqual(memory["session_bytes"], kv + memory["activation_bytes"])

    def test_weights(self):
        """Every byte of the section belongs to one of the tensors listed, but for gaps below 64."""
        report = json.loads(good("inspect", PACKAGE, "--json"))
        section = next(s["bytes"] for s in report["sections"] if s["name"] == "weights")
        groups = report["weights"]
        n_tensors = sum(g["n_tensors"] for g in groups)
        total = sum(g["bytes"] for g in groups)
        self.assertTrue(section - 64 * n_tensors <= total <= section, (section, total, n_tensors))
        for group in groups:
            self.assertEqual(group["lists"], list(range(len(report["lists"]))))
        self.assertEqual(report["info"]["second_layouts"], "0")
        text = good("inspect", PACKAGE)
        for group in groups:
            self.assertRegex(text, rf"(?m)^{group['format']} +{group['rows']} x {group['cols']} +"
                                   rf"{group['n_tensors']} +{group['bytes']} ")
        sections = edit.read(PACKAGE)
        del sections[edit.PROOFS]
        edit.write(OTHER, sections)
        self.assertIsNone(json.loads(good("inspect", OTHER, "--json"))["weights"])
        sections[edit.PROOFS] = b"{}"
        edit.write(OTHER, sections)
        self.assertIsNone(json.loads(good("inspect", OTHER, "--json"))["weights"])
        self.assertIn("weights    cannot be listed", good("inspect", OTHER))

    def test_text(self):
        text = good("inspect", PACKAGE, "--steps", 1)
        self.assertIn("Shakespeare", text)
        self.assertRegex(text, r"(?m)^ *0  embed embed +embed [0-9a-f]{8} +tokens \d+ \d+ +1$")
        self.assertEqual(call("inspect", PACKAGE, "--steps", 513).returncode, 2)
        self.assertEqual(call("inspect", PACKAGE, "--json", "--steps", 513).returncode, 2)

    def test_damage(self):
        sections = edit.read(PACKAGE)
        sections[edit.INFO] = b"name=a\x1b[31m\tb\nname=c\ncaf\xe9=\xff\n"
        edit.write(OTHER, sections)
        self.assertEqual(json.loads(good("inspect", OTHER, "--json"))["info"]["name"], "a\x1b[31m\tb")
        self.assertNotIn("\x1b", call("inspect", OTHER).stdout.decode("latin-1"))
        with open(PACKAGE, "rb") as file:
            data = bytearray(file.read())
        data[65536 * 3] ^= 1
        with open(OTHER, "wb") as file:
            file.write(data)
        self.assertEqual(call("inspect", OTHER).returncode, 6)
        self.assertEqual(call("inspect", OTHER + "-none").returncode, 1)


class Verify(unittest.TestCase):
    def check(self, code, *messages, path=OTHER, options=()):
        done = call("verify", path, *options)
        self.assertEqual(done.returncode, code, (done.stdout, done.stderr))
        self.assertEqual(len(done.stderr.decode().splitlines()), 1, done.stderr)
        for message in messages:
            self.assertIn(message.encode(), done.stderr)
        return done

    def test_a_clean_package(self):
        text = good("verify", PACKAGE)
        kernels = edit.kernels(edit.read(PACKAGE)[edit.PLAN])
        self.assertEqual(len(re.findall(r"(?m)  right$", text)), len(kernels))
        for name, *_ in kernels:
            self.assertRegex(text, rf"(?m)^{re.escape(name)}  .* [1-9]\d* ")
        self.assertNotIn("kernels are right", good("verify", PACKAGE, "--only-hashes"))
        for option in ("--json", "--fix"):  # are for stores
            self.check(2, PACKAGE, option, path=PACKAGE, options=(option,))

    def test_a_flipped_weight(self):
        with open(PACKAGE, "rb") as file:
            data = bytearray(file.read())
        row = next(64 + 56 * i for i in range(16)
                   if struct.unpack_from("<I", data, 64 + 56 * i)[0] == edit.WEIGHTS)
        offset, n_bytes = struct.unpack_from("<QQ", data, row + 8)
        for at in (offset, offset + n_bytes - 1, offset + n_bytes // 2):
            changed = bytearray(data)
            changed[at] ^= 1
            with open(OTHER, "wb") as file:
                file.write(changed)
            self.check(6, OTHER, "weights")
            self.check(6, OTHER, "weights", options=("--only-hashes",))

    def with_code(self, wanted, code):
        """The package with the entry of each kernel of an op's space replaced."""
        sections = edit.read(PACKAGE)
        names = []
        for name, entry, *_ in edit.kernels(sections[edit.PLAN]):
            if name.split()[0] == wanted:
                sections[edit.CODE][entry:entry + len(code)] = code
                names.append(name)
        edit.write(OTHER, sections)
        return names

    def test_kernels_that_lie(self):
        ret, trap, spin = b"\xc3", b"\x0f\x0b", b"\xeb\xfe"
        null = b"\x31\xc0\x88\x00\xc3"  # stores to address 0
        for wanted, code in (("rmsnorm", ret), ("gather_rows", trap), ("embed", null),
                             ("quantize", ret), ("attention", ret)):
            names = self.with_code(wanted, code)
            self.assertTrue(names)
            done = self.check(4, names[0], "not right")
            self.assertEqual(len(re.findall(r"(?m)  right$", done.stdout.decode())),
                             len(edit.kernels(edit.read(OTHER)[edit.PLAN])) - len(names))
            self.assertEqual(call("verify", OTHER, "--only-hashes").returncode, 0)
        self.with_code("add", ret)  # the model has none: nothing changed
        good("verify", OTHER)
        self.with_code("gather_rows", spin)
        self.check(4, "gather_rows")

    def test_one_instruction_changed(self):
        """Bytes all over a kernel changed, one at a time: found, or never run."""
        sections = edit.read(PACKAGE)
        number, (name, entry, n_bytes, blob) = next(
            (i, k) for i, k in enumerate(edit.kernels(sections[edit.PLAN]))
            if k[0].startswith("rope_append "))
        found = 0
        for at in range(entry, blob + n_bytes, max(1, n_bytes // 8)):
            changed = {kind: bytearray(content) for kind, content in sections.items()}
            changed[edit.CODE][at] ^= 0x11
            edit.write(OTHER, changed)
            done = call("verify", OTHER)
            self.assertIn(done.returncode, (0, 4), done.stderr)
            found += done.returncode == 4
        self.assertGreaterEqual(found, 4, number)

    def test_a_plan_that_lies(self):
        sections = edit.read(PACKAGE)
        plan, kernels = sections[edit.PLAN], edit.kernels(sections[edit.PLAN])
        gemm = next(i for i, k in enumerate(kernels) if k[0].startswith("gemm_i8 "))
        step = edit.steps_of(plan, gemm)[0]
        header = edit.plan_header(plan)
        args = header["args"] + struct.unpack_from("<Q", plan, step + 16)[0]

        def changed(at, layout, value):
            copy = dict(sections)
            copy[edit.PLAN] = bytearray(plan)
            struct.pack_into(layout, copy[edit.PLAN], at, value)
            edit.write(OTHER, copy)

        p0 = struct.unpack_from("<I", plan, step + 8)[0]
        changed(step + 8, "<I", p0 - 1)  # a block fewer: the last columns stay unwritten
        self.check(4, kernels[gemm][0])
        changed(args + 8 * 5, "<Q", 1 << 40)
        self.check(1, "no dimension")
        k = struct.unpack_from("<Q", plan, args + 8 * 5)[0]
        changed(args + 8 * 5, "<Q", k * 1024)
        self.check(1, "reaches beyond the weights")
        first_binding = struct.unpack_from("<I", plan, step + 28)[0]
        binding = header["bindings"] + 16 * first_binding
        kind = struct.unpack_from("<I", plan, binding + 4)[0]
        self.assertEqual(kind, 0)
        changed(binding + 4, "<I", 1)
        self.check(1, "another kind of memory")

    def test_proofs_that_prove_nothing(self):
        sections = edit.read(PACKAGE)
        proofs = json.loads(sections[edit.PROOFS])

        def changed(**members):
            copy, root = dict(sections), json.loads(json.dumps(proofs))
            root["kernels"][0].update(members)
            copy[edit.PROOFS] = json.dumps(root).encode()
            edit.write(OTHER, copy)

        line = proofs["kernels"][0]["calls"][0]
        for members in ({"calls": []}, {"calls": [line] * 65}, {"calls": [""]}, {"calls": [7]},
                        {"calls": [line + " x=1"]}, {"calls": [line.replace("m=", "m=9999")]},
                        {"calls": [re.sub("grid=\\d+", "grid=7", line)]},
                        {"calls": [re.sub("n=\\d+", "n=999999999", line)]},
                        {"problem": "gemm"}, {"formats": "x=f32"}, {"kernel": "another"}):
            changed(**members)
            self.check(1, "proofs")
        copy = dict(sections)
        copy[edit.PROOFS] = b'{"kernels": [}'
        edit.write(OTHER, copy)
        self.check(1, "proofs: line 1")
        copy[edit.PROOFS] = json.dumps({"kernels": proofs["kernels"][1:]}).encode()
        edit.write(OTHER, copy)
        self.check(1, "the plan has")
        del copy[edit.PROOFS]
        edit.write(OTHER, copy)
        self.check(1, "no proofs")
        good("verify", OTHER, "--only-hashes")

    def test_another_machine(self):
        sections = edit.read(PACKAGE)
        sections[edit.TARGET] = b"cpu:riscv64"
        edit.write(OTHER, sections)
        self.check(5, "riscv64")
        self.assertFalse(json.loads(good("inspect", OTHER, "--json"))["runs_here"])

    def test_what_is_no_package(self):
        with open(OTHER, "wb") as file:
            file.write(b"text")
        self.check(1, OTHER)
        self.assertIn(call("verify", OTHER + "-none").returncode, (1, 74))
        self.assertEqual(call("verify").returncode, 2)


class Show(unittest.TestCase):
    def test_every_space_is_listed(self):
        lines = good("show").splitlines()
        names = sorted(name[:-5] for name in os.listdir(os.path.join(SOURCE, "search-spaces"))
                       if name.endswith(".json"))
        of_gpus = [name for name in names if name.startswith("gpu_")]
        self.assertEqual([line.split()[0] for line in lines[1:]], [n for n in names if n not in of_gpus])
        listed = good("show", "--target", "cuda:sm_90a").splitlines()[1:]
        self.assertEqual([line.split()[0] for line in listed], of_gpus)
        for line in lines[1:]:
            name, points = line.split()[0], line.split()[2]
            # Tiles of AMX; int8 rows, which no file has; parts of keys and of k, for more CPUs than work.
            if points == "-":
                self.assertTrue(name.startswith("gemm_tiles_") or "_split" in name or "_combine" in name, line)
                self.assertTrue(line.endswith("none on this target"), line)
            else:
                self.assertGreater(int(points), 0, line)

    def test_the_text_is_the_golden_one(self):
        for target in GOLDEN_TARGETS:
            name = target.replace(":", "-")
            with open(os.path.join(SOURCE, "tests", "verbs", f"add-{name}.ll")) as file:
                golden = file.read()
            text = good("show", "add", "--set", "k=64,m=1", "--target", target, "--ir")
            self.assertEqual(text, golden, f"{name}: hone show add --set k=64,m=1 --target {target} --ir")

    def test_a_variant(self):
        text = good("show", "gemm_i8", "--set", "n=2048,k=2048,m=1,w_type=q4_0", "--target",
                    "cpu:x86_64:avx2+fma+f16c")
        self.assertIn("problem    gemm n=2048 k=2048 types=q8a,q4_0,f32 acts=q8a m=1-1@1\n", text)
        config = re.search(r"(?m)^config     (.*)$", text).group(1)
        grid = re.search(r"(?m)^grid       const, p0 (\d+), p1 (\d+)", text)
        values = dict(part.split("=") for part in config.split())
        per_block = int(values["NB"]) * int(values["NV"]) * int(values["R"])
        self.assertEqual(int(grid.group(1)), -(-2048 // per_block))
        self.assertRegex(text, r"(?m)^facts      [1-9]\d* instructions")
        again = good("show", "gemm_i8", "--set", "w_type=q4_0 m=1 n=2048 k=2048", "--config", config,
                     "--target", "cpu:x86_64:avx2+fma+f16c")
        self.assertEqual(again, text)
        launch = good("show", "gemm_i8", "--set", "w_type=q4_0", "--launch")
        self.assertNotIn("facts", launch)
        assembly = good("show", "gemm_i8", "--set", "w_type=q4_0", "--asm", "--target",
                        "cpu:x86_64:avx2+fma+f16c")
        self.assertIn("vpmaddubsw", assembly)
        self.assertNotIn("zmm", assembly)
        self.assertNotIn("problem ", assembly)

    def test_bad_requests(self):
        for args, code in ((("nothing",), 1), (("gemm_i8", "--set", "w_type=f32"), 2),
                           (("gemm_i8", "--set", "n"), 2), (("gemm_i8", "--set", "n=0"), 2),
                           (("gemm_i8", "--set", "zebra=1"), 2), (("gemm_i8", "more"), 2),
                           (("gemm_i8", "--config", "MR=1"), 2),
                           (("gemm_i8", "--problem", "gemm n=1"), 1),
                           (("add", "--target", "cpu:pdp11", "--ir"), 1)):
            done = call("show", *args)
            self.assertEqual(done.returncode, code, (args, done.stderr))
            self.assertEqual(len(done.stderr.decode().splitlines()), 1, done.stderr)


class Output(unittest.TestCase):
    def test_that_cannot_be_written(self):
        for args in (("show",), ("inspect", PACKAGE), ("inspect", PACKAGE, "--json"),
                     ("probe", "--no-ceilings"), ("verify", PACKAGE, "--only-hashes")):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([HONE, *args], stdout=full, stderr=subprocess.PIPE)
                self.assertEqual(done.returncode, 74, args)


if __name__ == "__main__":
    model = os.path.join(SOURCE, "examples", "models", "shakespeare.gguf")
    packed = call("pack", model, "-o", PACKAGE)
    if packed.returncode != 0:
        print("skipped: hone pack:", packed.stderr.decode())
        sys.exit(77)
    unittest.main()
