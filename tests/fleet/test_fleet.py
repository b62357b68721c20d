#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shards, merge, export, import, fleet plans and the upgrade report, from outside.

Devices are made up (made_up_runner): the same kernel takes the same time everywhere, so that what
several processes find can be compared to the byte with what one finds. Compiles real kernels; exits
77 (skipped) where no compiler is found. Environment: HONE_BIN, HONE_SOURCE, HONE_FLEET_SHARDS (3).
Python's standard library; jsonschema where it is there.
"""
import contextlib
import copy
import glob
import json
import os
import pty
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

BIN, SOURCE = os.environ["HONE_BIN"], os.environ["HONE_SOURCE"]
HONE, RUNNER = os.path.join(BIN, "hone"), os.path.join(BIN, "made_up_runner")
SHARDS = int(os.environ.get("HONE_FLEET_SHARDS", "3"))
KINDS = ("h200", "mi300x")
TARGET = "cpu:x86_64:avx2+fma+f16c"
FOLDER = tempfile.TemporaryDirectory(prefix="hone-fleet-")


def path(*names):
    return os.path.join(FOLDER.name, *names)


MODEL = path("m.gguf")
with open(os.path.join(SOURCE, "cache", "store.schema.json")) as SCHEMA_FILE:
    SCHEMA = json.load(SCHEMA_FILE)


def call(*args, **more):
    return subprocess.run([HONE, *map(str, args)], capture_output=True, text=True, timeout=600,
                          **more)


def good(*args, **more):
    done = call(*args, **more)
    if done.returncode:
        raise AssertionError((args, done.returncode, done.stdout, done.stderr))
    return done.stdout


def tune_options(kind, milliseconds=0):
    return ["--target", TARGET, "--runner", f"{RUNNER} {kind} {TARGET} {milliseconds}",
            "--strategy", "random", "--alone", "--max-trials", "2", "--budget", "10h",
            "--max-tokens", "2", "--context", "64"]


def tune(store, kind, *more, **run):
    return good("tune", MODEL, "-o", store, *tune_options(kind), "--quiet", *more, **run)


def comparable(store):
    return good("export", store, "--comparable")


def setUpModule():
    done = call("probe", "--no-ceilings", "--json")
    if not json.loads(done.stdout)["compiler"]["found"]:
        print("skipped: no compiler")
        sys.exit(77)
    subprocess.run([os.path.join(BIN, "make_model"), "tiny", "--type", "q4_0", MODEL], check=True,
                   capture_output=True)
    for kind in KINDS:
        tune(path(f"{kind}.store"), kind)
    good("merge", *(path(f"{kind}.store") for kind in KINDS), "-o", path("one.store"))


def read(name):
    with open(name) as file:
        return file.read()


def write(name, text):
    with open(name, "w") as file:
        file.write(text)
    return name


def sql(store, *statements):
    with sqlite3.connect(store) as db:
        for statement in statements:
            rows = db.execute(statement).fetchall()
    db.close()
    return rows


class Fleet(unittest.TestCase):
    """One process per shard, some of them killed or run twice, against one process for all."""

    def shards(self):
        return [(kind, shard) for kind in KINDS for shard in range(1, SHARDS + 1)]

    def test_shards_merge_to_what_one_process_finds(self):
        stores = []
        dice = random.Random(1)
        for kind, shard in self.shards():
            store = path(f"{kind}-{shard}.store")
            stores.append(store)
            tune(store, kind, "--shard", f"{shard}/{SHARDS}")
        n_single = sql(path("one.store"), "SELECT count(*) FROM trials")[0][0]
        self.assertEqual(n_single, sum(sql(s, "SELECT count(*) FROM trials")[0][0]
                                       for s in stores))
        expected = comparable(path("one.store"))
        for i in range(3):
            dice.shuffle(stores)
            merged = path(f"merged{i}.store")
            half = dice.randrange(1, len(stores))
            good("merge", *stores[:half], "-o", merged)
            good("merge", *stores[half:], stores[0], "-o", merged)
            self.assertEqual(comparable(merged), expected)
        # the same shard, run twice from the beginning
        again = path("again.store")
        tune(again, KINDS[0], "--shard", f"1/{SHARDS}")
        report = json.loads(good("merge", again, *stores, "-o", path("twice.store"), "--json"))
        self.assertEqual(comparable(path("twice.store")), expected)
        self.assertGreater(report["twice"] + report["conflicts"], 0)
        self.assertEqual(report["trials"], n_single)

    def test_a_killed_shard_resumes(self):
        store = path("killed.store")
        command = [HONE, "tune", MODEL, "-o", store, *tune_options(KINDS[1], 5), "--shard",
                   f"2/{SHARDS}"]
        n_killed = 0
        for seconds in (0.3, 0.6, 1.0):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, start_new_session=True)
            time.sleep(seconds)
            if process.poll() is None:
                n_killed += 1
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.assertGreater(n_killed, 0)
        tune(store, KINDS[1], "--shard", f"2/{SHARDS}")
        whole = path("whole.store")
        tune(whole, KINDS[1], "--shard", f"2/{SHARDS}")
        self.assertEqual(comparable(store), comparable(whole))

    def test_bad_shards(self):
        for text in ("0/3", "4/3", "x"):
            done = call("tune", MODEL, "-o", path("no.store"), "--shard", text)
            self.assertEqual(done.returncode, 2, text)
            self.assertIn("not a shard", done.stderr)
        self.assertFalse(os.path.exists(path("no.store")))


class Keys(unittest.TestCase):
    def test_what_changes_nothing_is_a_hit(self):
        """Another user, folder, host name of the path, language and time zone."""
        store = path("elsewhere", "renamed.store")
        os.mkdir(path("elsewhere"))
        shutil.copy(path(f"{KINDS[0]}.store"), store)
        before = sql(store, "SELECT count(*) FROM trials")
        out = good("tune", MODEL, "-o", "renamed.store", *tune_options(KINDS[0]), "--json",
                   cwd=path("elsewhere"),
                   env=dict(os.environ, HOME="/nowhere", USER="other", LOGNAME="other", TZ="Asia/Tokyo",
                            LANG="C", SLURMD_NODENAME="other-host"))
        self.assertEqual(json.loads(out.splitlines()[-1])["n_new_trials"], 0)
        self.assertEqual(sql(store, "SELECT count(*) FROM trials"), before)

    def test_what_changes_timing_is_used_and_told(self):
        store = path("upgraded.store")
        shutil.copy(path(f"{KINDS[0]}.store"), store)
        self.assertNotIn("another stack", tune(store, KINDS[0]))
        sql(store, "UPDATE stacks SET key = replace(key, 'kernel=0', 'kernel=5.10')")
        out = tune(store, KINDS[0])
        n = sql(store, "SELECT count(*) FROM winners")[0][0]
        self.assertIn(f"{n} winners were timed under another stack (kernel 5.10 -> 0)", out)
        self.assertIn("(0 new", out) # as good as they were

    def test_what_changes_code_is_a_miss(self):
        """A trial counts for a text, compiler, target and contract; all are in its code key."""
        store = path("miss.store")
        shutil.copy(path(f"{KINDS[0]}.store"), store)
        problem = sql(store, "SELECT min(problem) FROM variants")[0][0]
        n = sql(store, f"SELECT count(*) FROM trials t JOIN variants v ON t.variant = v.id WHERE "
                       f"round = 0 AND problem = {problem}")[0][0]
        sql(store, f"UPDATE variants SET code_key = 'x' || code_key WHERE problem = {problem}")
        out = good("tune", MODEL, "-o", store, *tune_options(KINDS[0]), "--json")
        self.assertEqual(json.loads(out.splitlines()[-1])["n_new_trials"], n)


def resolve(schema):
    return SCHEMA["$defs"][schema["$ref"].split("/")[-1]] if "$ref" in schema else schema


def check(value, schema, place=""):
    """As much of JSON Schema as the published one uses."""
    import re
    schema = resolve(schema)
    if "const" in schema and value != schema["const"]:
        raise AssertionError(f"{place}: not {schema['const']}")
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
             "boolean": bool}
    kind = schema.get("type")
    if kind and (not isinstance(value, kinds[kind]) or
                 (kind != "boolean" and isinstance(value, bool))):
        raise AssertionError(f"{place}: no {kind}")
    if kind == "object":
        properties = schema.get("properties", {})
        more = schema.get("additionalProperties", True)
        missing = set(schema.get("required", ())) - set(value)
        if missing:
            raise AssertionError(f"{place}: lacks {missing}")
        for name, member in value.items():
            if name in properties:
                check(member, properties[name], f"{place}.{name}")
            elif more is False:
                raise AssertionError(f"{place}.{name}: not in the schema")
            else:
                check(member, more, f"{place}.{name}")
    if kind == "array":
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 1 << 62):
            raise AssertionError(f"{place}: {len(value)} items")
        for i, item in enumerate(value):
            check(item, schema["items"], f"{place}[{i}]")
    if kind == "string" and (len(value) > schema.get("maxLength", 1 << 62) or
                             not re.search(schema.get("pattern", ""), value)):
        raise AssertionError(f"{place}: text")
    if kind in ("integer", "number"):
        if value < schema.get("minimum", value) or value > schema.get("maximum", value) or \
                value <= schema.get("exclusiveMinimum", value - 1):
            raise AssertionError(f"{place}: bounds")


class Exchange(unittest.TestCase):
    def test_the_schema_holds(self):
        root = json.loads(good("export", path("one.store")))
        check(root, SCHEMA)
        self.assertGreater(len(root["variants"]), 10)
        self.assertGreater(len(root["winners"]), 10)
        for change in ("median_ns", "stack", "round"):
            bad = copy.deepcopy(root)
            del bad["variants"][0]["trials"][0][change]
            with self.assertRaises(AssertionError):
                check(bad, SCHEMA)
        try:
            import jsonschema
        except ImportError:
            return
        jsonschema.Draft202012Validator.check_schema(SCHEMA)
        jsonschema.Draft202012Validator(SCHEMA).validate(root)

    def test_there_and_back(self):
        text, back = path("one.json"), path("back.store")
        good("export", path("one.store"), "-o", text)
        self.assertIn("hone verify", good("import", text, "-o", back))
        self.assertEqual(good("export", back), read(text))
        again = good("import", text, "-o", back) # once more changes nothing
        n = sql(back, "SELECT count(*) FROM trials")[0][0]
        self.assertIn(f"{n} trials ({n} were there, 0 of them with another outcome)", again)
        self.assertEqual(good("export", back), read(text))
        self.assertEqual(glob.glob(path("*.part")), [])
        # an exported store can be merged as it is
        good("merge", text, path(f"{KINDS[0]}.store"), "-o", path("mixed.store"))
        self.assertEqual(comparable(path("mixed.store")), comparable(path("one.store")))

    def test_hostile_files(self):
        root = json.loads(good("export", path("one.store")))
        bad = path("bad.json")
        for text, words in (("", "line 1"), ("{", "line 1"), ("[]", "object expected"),
                            ("{\"format\": \"x\"}", "format: 'hone store' expected"),
                            ("[" * 100000, "line 1")):
            write(bad, text)
            done = call("import", bad, "-o", path("none.store"))
            self.assertEqual(done.returncode, 1, text[:20])
            if text: # an empty file is a store that was not begun yet
                self.assertIn(words, done.stderr)
            self.assertIn(bad, done.stderr)
        for change, words in ((("median_ns", -1), "median_ns: a number of at least 0"),
                              (("round", 1 << 40), "round: an integer of 0 to 4294967295"),
                              (("proof", "\x1b[2J"), "proof: a text without control")):
            broken = copy.deepcopy(root)
            broken["variants"][3]["trials"][0].update([change])
            write(bad, json.dumps(broken))
            done = call("import", bad, "-o", path("none.store"))
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"{bad}: variants[3].trials[0].{words}", done.stderr)
        self.assertFalse(os.path.exists(path("none.store")))

    def test_outliers_are_named(self):
        root = json.loads(good("export", path(f"{KINDS[0]}.store")))
        files = []
        for node, factor in (("node1", 1), ("node2", 1.02), ("node3", 1.3), ("node4", 0.99)):
            part = copy.deepcopy(root)
            for variant in part["variants"]:
                for trial in variant["trials"]:
                    trial["stack"] = trial["stack"].replace("host=here", f"host={node}")
                    trial["median_ns"] *= factor
            files.append(path(f"{node}.json"))
            write(files[-1], json.dumps(part))
        out = good("merge", *files, "-o", path("nodes.store"))
        self.assertRegex(out, r"outlier: node3 of \"model=made-up h200.*\" is (2[5-9]|3\d)\.\d % "
                              r"slower than its like over \d+ kernels \(bound 10\.0 %\)")
        self.assertEqual(out.count("outlier"), 1)
        units = json.loads(good("merge", *files, "-o", path("nodes.store"), "--json"))["units"]
        self.assertEqual([u["unit"] for u in units if u["outlier"]], ["node3"])


PLAN = {"version": 1, "name": "t", "output": "out", "models": ["m.gguf"], "budget": "10h",
        "time": "10:00",
        "options": ["--strategy", "random", "--alone", "--max-trials", "2", "--max-tokens", "2",
                    "--context", "64"],
        "devices": [{"name": kind, "shards": SHARDS, "gres": f"gpu:{kind}:1", "partition": "tune",
                     "max_running": 2, "target": TARGET,
                     "runner": f"{RUNNER} {kind} {TARGET}"} for kind in KINDS]}


def write_plan(name="plan.json", **change):
    plan = copy.deepcopy(PLAN)
    plan.update(change)
    return write(path(name), json.dumps(plan))


class Plans(unittest.TestCase):
    def test_shell(self):
        script = good("fleet", "shell", write_plan(output="by-shell"))
        subprocess.run(["sh"], input=script, text=True, check=True, capture_output=True, timeout=600)
        self.assertEqual(comparable(path("by-shell", "merged.store")), comparable(path("one.store")))

    def test_slurm_scripts(self):
        out = good("fleet", "slurm", write_plan(), "--dry-run")
        for line in (f"#SBATCH --array=1-{SHARDS}%2", "#SBATCH --gres=gpu:h200:1",
                     "#SBATCH --gres=gpu:mi300x:1", "#SBATCH --partition=tune", "#SBATCH --requeue",
                     "#SBATCH --time=10:00", "#SBATCH --job-name=t-h200",
                     f"#SBATCH --output={path('out')}/h200/%a.log"):
            self.assertIn(line + "\n", out)
        self.assertEqual(out.count(f"--shard \"$shard/{SHARDS}\""), 2)
        for kind in KINDS:
            self.assertIn(f"{path('out')}/{kind}/{SHARDS:04}.store", out)
        for script in out.split("### ")[1:-1]:
            subprocess.run(["bash", "-n"], input=script.split("\n", 1)[1], text=True, check=True)
        self.assertFalse(os.path.exists(path("out")))

    def test_submission(self):
        """sbatch is a script of ours that notes what it was given."""
        os.makedirs(path("bin"), exist_ok=True)
        write(path("bin", "sbatch"), f"#!/bin/sh\necho \"$@\" >>{path('submitted')}\n"
                                     f"echo $((100 + $(wc -l <{path('submitted')})))\n")
        os.chmod(path("bin", "sbatch"), 0o755)
        env = dict(os.environ, PATH=path("bin") + ":" + os.environ["PATH"])
        plan = write_plan(output="submitted-out")
        out = good("fleet", "slurm", plan, "--submit", env=env)
        folder = path("submitted-out")
        self.assertEqual(read(path("submitted")).splitlines(), [
            f"--parsable {folder}/h200.sbatch", f"--parsable {folder}/mi300x.sbatch",
            f"--parsable --dependency=afterok:101:102 {folder}/merge.sbatch"])
        self.assertIn("merge: job 103", out)
        for name in ("h200", "mi300x"): # logs are written by slurmd, which makes no folder
            self.assertTrue(os.path.isdir(os.path.join(folder, name)))
        write(path("bin", "sbatch"), "#!/bin/sh\nexit 1\n")
        done = call("fleet", "slurm", plan, "--submit", env=env)
        self.assertEqual(done.returncode, 74)
        self.assertIn("sbatch failed", done.stderr)

    def test_bad_plans(self):
        device = PLAN["devices"][0]
        for change, words in (
                ({"version": 2}, "version: 1 expected"),
                ({"models": []}, "models: a list of 1 to 64"),
                ({"colour": 1}, "colour: no such member"),
                ({"output": "a b"}, "output: a path without blanks"),
                ({"output": "$(id)"}, "output: a path without blanks"),
                ({"devices": []}, "devices: a list of 1 to 64"),
                ({"devices": [dict(device, shards=0)]}, "devices[0].shards: an integer"),
                ({"devices": [dict(device, gres="a\n#SBATCH --uid=0")]}, "devices[0].gres: a word"),
                ({"devices": [dict(device, name="../x")]}, "devices[0].name: a plain name"),
                ({"devices": [device, device]}, "devices[1].name: a name of its own"),
                ({"devices": [dict(device, speed=1)]}, "devices[0].speed: no such member")):
            done = call("fleet", "slurm", write_plan("bad-plan.json", **change))
            self.assertEqual(done.returncode, 1, change)
            self.assertIn(words, done.stderr)
        self.assertEqual(call("fleet", "pbs", write_plan()).returncode, 2)
        self.assertEqual(call("fleet", "slurm", path("no-plan.json")).returncode, 1)

    def test_quotes_stay_quotes(self):
        plan = write_plan("quotes.json", options=["--strategy", "a'b; touch $HOME `id`"])
        script = good("fleet", "shell", plan)
        self.assertIn("'a'\\''b; touch $HOME `id`'", script)


class Verify(unittest.TestCase):
    """The upgrade report, over a store that another stack seems to have made."""

    def setUp(self):
        self.store = path("old.store")
        shutil.copy(path(f"{KINDS[0]}.store"), self.store)

    def verify(self, *more):
        done = call("verify", self.store, "--json", "--runner", f"{RUNNER} {KINDS[0]} {TARGET}",
                    *more)
        if not done.stdout:
            raise AssertionError(done.stderr)
        return done.returncode, json.loads(done.stdout), done.stderr

    def winners(self):
        return sql(self.store, "SELECT variant, v.problem FROM winners w JOIN variants v ON "
                               "w.variant = v.id ORDER BY v.problem, variant")

    def test_nothing_changed(self):
        code, report, _ = self.verify()
        self.assertEqual(code, 0)
        self.assertEqual(report["changed"], [])
        self.assertEqual(report["n_winners"], len(self.winners()))
        self.assertEqual(report["winners"]["same"], report["n_winners"])
        self.assertEqual(report["n_to_fix"], 0)
        self.assertAlmostEqual(report["median_ratio"], 1, delta=1e-3)
        for problem in report["problems"]:
            self.assertLessEqual(len(problem["entries"]), 3)
            for entry in problem["entries"]:
                self.assertEqual((entry["key"], entry["verdict"]), ("match", "same"))
                self.assertEqual(entry["was"], entry["now"])
                self.assertLessEqual(entry["ratio_low"], entry["ratio"])
                self.assertGreaterEqual(entry["ratio_high"], entry["ratio"])
        self.assertTrue(any(not e["winner"] for p in report["problems"] for e in p["entries"]))

    def test_times_are_free_of_drift(self):
        """As stored ones are: intervals of logarithms."""
        for problem in self.verify()[1]["problems"]:
            for entry in problem["entries"]:
                self.assertLess(entry["now_low_ns"], entry["now_ns"])
                self.assertAlmostEqual(entry["now_low_ns"] * entry["now_high_ns"] / entry["now_ns"] ** 2, 1, delta=1e-8)

    def test_another_processor_is_not_compared(self):
        """Of the same target: kernels are proven, times say nothing."""
        done = call("verify", self.store, "--json", "--runner", f"{RUNNER} {KINDS[1]} {TARGET}")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(report["n_other_processors"], len(self.winners()))
        self.assertEqual((report["winners"]["same"], report["n_to_fix"]), (report["n_winners"], 0))
        self.assertEqual(report["median_ratio"], 0)
        for problem in report["problems"]:
            self.assertIsNone(problem["overtaken_by"])
            self.assertTrue(all(e["ratio"] == 0 and e["valid"] for e in problem["entries"]))
        text = good("verify", self.store, "--runner", f"{RUNNER} {KINDS[1]} {TARGET}")
        self.assertIn("were timed on another processor: proven here", text)

    def test_progress_on_a_terminal(self):
        ours, theirs = pty.openpty()
        child = subprocess.Popen([HONE, "verify", self.store, "--json", "--runner", f"{RUNNER} {KINDS[0]} {TARGET} 5"],
                                 stdout=subprocess.PIPE, stderr=theirs, env=dict(os.environ, TERM="xterm"))
        os.close(theirs)
        text = child.communicate(timeout=600)[0]
        said = b""
        with contextlib.suppress(OSError):  # the terminal is gone with its last user
            while chunk := os.read(ours, 4096):
                said += chunk
        os.close(ours)
        n = len(json.loads(text)["problems"])
        self.assertIn(f"\r\x1b[K0 of {n} problems".encode(), said)
        self.assertRegex(said.decode(), rf"\d+ of {n} problems, \d+ s left")
        self.assertTrue(said.endswith(b"\r\x1b[K"), said[-40:])
        self.assertEqual(self.verify()[2], "")  # and nothing elsewhere

    def test_an_upgrade(self):
        winners = self.winners()
        slow, fast, gone = (w[0] for w in winners[:3])
        sql(self.store,
            "UPDATE variants SET compiler = 'llvm 21.0', code_key = 'x' || code_key, "
            "n_instructions = n_instructions + 7",
            "UPDATE stacks SET key = 'kernel=5.10; microcode=0; driver=h200-0; host=a; hone=0' "
            "WHERE id > 1",
            f"UPDATE trials SET median_ns = median_ns / 2, low_ns = low_ns / 2, "
            f"high_ns = high_ns / 2 WHERE variant = {slow}",
            f"UPDATE trials SET median_ns = median_ns * 2, low_ns = low_ns * 2, "
            f"high_ns = high_ns * 2 WHERE variant = {fast}",
            f"UPDATE variants SET config = 'NO=1' WHERE id = {gone}")
        code, report, error = self.verify()
        self.assertEqual(code, 4, error)
        self.assertIn("1 winners are not right", error)
        changes = " | ".join(c["change"] for c in report["changed"])
        self.assertIn("compiler llvm 21.0 -> llvm", changes)
        self.assertIn("driver h200-0 -> h200-1; kernel 5.10 -> 0", changes)
        self.assertEqual({k: v for k, v in report["winners"].items() if k != "same"},
                         {"faster": 1, "regressed": 1, "refused": 0, "gone": 1})
        by_verdict = {e["verdict"]: e for p in report["problems"] for e in p["entries"]
                      if e["winner"]}
        self.assertAlmostEqual(by_verdict["regressed"]["ratio"], 2, delta=0.01)
        self.assertLess(by_verdict["regressed"]["ratio_low"], 2)
        self.assertAlmostEqual(by_verdict["faster"]["ratio"], 0.5, delta=0.01)
        self.assertEqual(by_verdict["gone"]["reason"], "gone")
        same = by_verdict["same"]
        self.assertEqual((same["key"], same["differs"]), ("miss", "code.compiler"))
        self.assertEqual(same["was"]["instructions"], same["now"]["instructions"] + 7)
        text = call("verify", self.store, "--runner", f"{RUNNER} {KINDS[0]} {TARGET}").stdout
        self.assertIn("changed: compiler llvm 21.0 -> llvm", text)
        self.assertRegex(text, r"winner +regressed .* x2\.00\d \(1\.99\d to 2\.00\d\)")
        self.assertRegex(text, r"\d+ -> \d+") # static facts side by side
        self.assertIn("to be tuned again (--fix)", text)

    def test_tolerance(self):
        slow = self.winners()[0][0]
        sql(self.store, f"UPDATE trials SET median_ns = median_ns / 1.2, low_ns = low_ns / 1.2, "
                        f"high_ns = high_ns / 1.2 WHERE variant = {slow}")
        self.assertEqual(self.verify()[1]["winners"]["regressed"], 1)
        self.assertEqual(self.verify("--tolerance", "30")[1]["winners"]["regressed"], 0)

    def test_fix_tunes_only_what_needs_it(self):
        winners = self.winners()
        problems = sorted({w[1] for w in winners})
        slow, gone = problems[0], problems[-1]
        first = [w[0] for w in winners if w[1] == slow][0]
        last = [w[0] for w in winners if w[1] == gone][0]
        sql(self.store, "UPDATE variants SET code_key = 'x' || code_key",
            f"UPDATE trials SET median_ns = median_ns / 2, low_ns = low_ns / 2, "
            f"high_ns = high_ns / 2 WHERE variant = {first}",
            f"UPDATE variants SET config = 'NO=1' WHERE id = {last}")
        untouched = ("SELECT p.key, space, config, code_key, t.round, median_ns FROM trials t JOIN "
                     "variants v ON t.variant = v.id JOIN problems p ON v.problem = p.id WHERE "
                     f"v.problem NOT IN ({slow}, {gone}) ORDER BY 1, 2, 3, 4, 5")
        before = sql(self.store, untouched)
        code, report, error = self.verify("--fix", "--budget", "2s")
        self.assertEqual(code, 0, error)
        self.assertEqual((report["n_to_fix"], report["n_fixed"]), (2, 2))
        self.assertEqual(sql(self.store, untouched), before)
        # What the repair found is as well known as what a search finds.
        lacking = sql(self.store, "SELECT count(*) FROM trials t JOIN variants v ON t.variant = v.id WHERE t.valid AND "
                                  f"v.problem IN ({slow}, {gone}) AND (t.seconds = 0 OR t.state = '')")
        self.assertEqual(lacking[0][0], 0)
        code, report, error = self.verify()
        self.assertEqual((code, report["n_to_fix"]), (0, 0), error)
        fixed = sql(self.store, "SELECT count(*) FROM winners w JOIN variants v ON w.variant = v.id "
                                f"WHERE v.problem IN ({slow}, {gone}) AND code_key LIKE 'x%'")
        self.assertEqual(fixed[0][0], 0)

    def test_a_package_is_timed_again(self):
        """As its kernels were timed when they were tuned; the same device takes the same time."""
        package = path("m.hone")
        good("pack", MODEL, self.store, "-o", package, "--target", TARGET, "--no-final",
             "--max-tokens", "2", "--context", "64")
        runner = ("--runner", f"{RUNNER} {KINDS[0]} {TARGET}")
        text = good("verify", package, *runner)
        n = text.count("x1.000 (")
        self.assertGreater(n, 5)
        self.assertIn(f"{n} kernels timed again: 0 faster, 0 slower by more than 5 %; changed: "
                      "nothing below the kernels", text)
        sql(self.store, "UPDATE trials SET median_ns = median_ns / 2, low_ns = low_ns / 2, "
                        "high_ns = high_ns / 2",
            "UPDATE stacks SET key = replace(key, 'driver=h200-1', 'driver=h200-0')")
        good("pack", MODEL, self.store, "-o", package, "--target", TARGET, "--no-final",
             "--max-tokens", "2", "--context", "64")
        text = good("verify", package, *runner)
        self.assertEqual(text.count("x2.00"), n)
        self.assertIn(f"{n} kernels timed again: 0 faster, {n} slower by more than 5 %; changed: "
                      "driver h200-0 -> h200-1", text)
        self.assertNotIn("x2.00", good("verify", package, "-t", "3", "--runner",
                                       f"{RUNNER} {KINDS[0]} {TARGET} 0 3"))

    def test_other_targets_are_left_alone(self):
        sql(self.store, "UPDATE variants SET target = 'cpu:aarch64:neon'")
        code, report, _ = self.verify()
        self.assertEqual((code, report["n_winners"]), (0, 0))
        self.assertGreater(report["n_other_targets"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
