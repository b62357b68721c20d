# SPDX-License-Identifier: MIT
"""What the tests of the road share: running the built programs, making models and packages, and
the oracle with the roundings that a package was asked for."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

SOURCE = os.path.abspath(os.environ.get("HONE_SOURCE", os.path.join(os.path.dirname(__file__), "../..")))
BIN = os.path.abspath(os.environ.get("HONE_BIN", os.path.join(SOURCE, "build/bin")))
SANITIZED = os.environ.get("HONE_SANITIZED", "") not in ("", "0")
SEED = int(os.environ.get("HONE_SEED", "1"))
SHIPPED = os.path.join(SOURCE, "examples/models/shakespeare.gguf")
SHIPPED_VOCAB = 1024
GOLDEN = os.path.join(SOURCE, "tests/golden")

sys.path.insert(0, GOLDEN)
import oracle  # noqa: E402  (the independent evaluation in f64)

# Exit codes, as `hone --help` lists them; a sanitizer's report ends with one of its own.
OK, FAILED, USAGE, NO_DEVICE, REFUSED, IO = 0, 1, 2, 5, 6, 74
SANITIZER_EXIT = 99
SANITIZER = f"exitcode={SANITIZER_EXIT}:abort_on_error=0"

# Instruction sets as targets, and what /proc/cpuinfo must list for them.
TARGETS = {
    "native": ("native", ()),
    "avx2": ("cpu:x86_64:avx2+fma+f16c", ("avx2", "fma", "f16c")),
    "portable": ("cpu:x86_64", ("lm",)),
}


def cpu_flags():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as f:
        line = next((line for line in f if line.startswith("flags")), "")
    return set(line.split())


def usable(target):
    """Whether this machine runs the target; says so where it does not."""
    missing = set(TARGETS[target][1]) - cpu_flags()
    if missing:
        print(f"left out: target {target}, this machine has no {' '.join(sorted(missing))}")
    return not missing


# ---- programs ----

def environment(**changes):
    env = dict(os.environ, ASAN_OPTIONS=SANITIZER, UBSAN_OPTIONS=SANITIZER + ":halt_on_error=1",
               LSAN_OPTIONS=f"exitcode={SANITIZER_EXIT}")
    for name in [n for n in changes if changes[n] is None]:
        env.pop(name, None)
        del changes[name]
    return dict(env, **changes)


def program(name):
    return os.path.join(BIN, name)


def run(name, *arguments, timeout=300, env=None, **options):
    """Runs one of the built programs to its end; stdout and stderr are bytes."""
    return subprocess.run([program(name), *map(str, arguments)], stdin=subprocess.DEVNULL,
                          stdout=options.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE,
                          timeout=timeout, env=env or environment(), check=False, **options)


def must(name, *arguments, **options):
    done = run(name, *arguments, **options)
    if done.returncode != 0:
        raise AssertionError(f"{name} {' '.join(map(str, arguments))}: exit code {done.returncode}: "
                             f"{done.stderr.decode(errors='replace')}")
    return done


def has_verb(verb):
    return run("hone", verb, "--help").returncode == 0


def make_model(path, shape, kind, seed=SEED):
    must("make_model", shape, "--type", kind, "--seed", seed, path)
    return path


def pack(model, out, *options, activations="f32", kv="f32", target="native"):
    must("hone", "pack", model, "-o", out, "--activations", activations, "--kv", kv,
         "--target", TARGETS[target][0], *options)
    return out


def write_tokens(path, sequences):
    with open(path, "w", encoding="ascii") as f:
        f.writelines(" ".join(map(str, s)) + "\n" for s in sequences)


def evaluate(package, sequences, *options):
    """Rows of logits from `hone eval`, the sequences one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        tokens, logits = os.path.join(folder, "tokens"), os.path.join(folder, "logits")
        write_tokens(tokens, sequences)
        must("hone", "eval", package, "--tokens", tokens, "--logits", logits, *options)
        return np.fromfile(logits, "<f4").reshape(sum(map(len, sequences)), -1)


class Driver:
    """Builds a script for batch_driver: forwards, cuts and greedy runs in the order called."""

    def __init__(self):
        self.lines, self.n_rows = [], 0

    def forward(self, *entries, fails=None):
        """entries: (sequence, tokens, 'none' | 'last' | 'all')."""
        words = [f"{seq}:{mode}:{','.join(map(str, tokens))}" for seq, tokens, mode in entries]
        self.lines.append(" ".join(["forward" if fails is None else f"fail {fails}", *words]))
        if fails is None:
            self.n_rows += sum({"none": 0, "last": 1, "all": len(t)}[m] for _, t, m in entries)

    def truncate(self, seq, n_positions):
        self.lines.append(f"truncate {seq} {n_positions}")

    def greedy(self, seq, n):
        self.lines.append(f"greedy {seq} {n}")
        self.n_rows += n

    def run(self, package, threads=2, seqs=1, pages=0):
        """(rows of logits, tokens that greedy runs chose)"""
        with tempfile.TemporaryDirectory() as folder:
            script, logits = os.path.join(folder, "script"), os.path.join(folder, "logits")
            with open(script, "w", encoding="ascii") as f:
                f.write("\n".join(self.lines) + "\n")
            done = must("batch_driver", package, script, logits, threads, seqs, pages)
            rows = np.fromfile(logits, "<f4").reshape(self.n_rows, -1)
            return rows, [int(t) for t in done.stdout.split()]


# ---- numbers ----

def row_nmse(got, want):
    """Normalised mean squared error of each row."""
    got, want = got.astype(np.float64), want.astype(np.float64)
    if got.shape != want.shape:
        raise AssertionError(f"{got.shape} values instead of {want.shape}")
    if not np.isfinite(got).all():
        raise AssertionError("a value that is not finite")
    return np.sum((got - want) ** 2, axis=1) / np.sum(want ** 2, axis=1)


def nmse(got, want):
    """Of all rows at once."""
    return float(np.average(row_nmse(got, want), weights=np.sum(want.astype(np.float64) ** 2, axis=1)))


def round_f16(x):
    return x.astype(np.float32).astype(np.float16).astype(np.float64)


def round_q8_0(x):
    """Blocks of 32 along the last axis: an f16 scale, integers rounded against the scale as stored."""
    blocks = x.astype(np.float32).reshape(*x.shape[:-1], -1, 32)
    d = (np.max(np.abs(blocks), axis=-1, keepdims=True) / np.float32(127)).astype(np.float16).astype(np.float32)
    inverse = np.divide(np.float32(1), d, out=np.zeros_like(d), where=d > 0)
    return (d * np.clip(np.rint(blocks * inverse), -127, 127)).astype(np.float64).reshape(x.shape)


class Rounded(oracle.Oracle):
    """The oracle with the input of each matrix rounded as --activations allows for its type, and
    keys and values as --kv says; queries too where both are of 8 bits."""

    def __init__(self, path, activations="f32", kv="f32"):
        super().__init__(path)
        self.activations = activations
        self.round_kv = {"f32": oracle.keep, "f16": round_f16, "bf16": oracle.round_bf16,
                         "q8_0": round_q8_0}[kv]

    def precision(self, type_name):
        if self.activations == "int8" and type_name not in ("F32", "F16", "BF16"):
            return "int8"
        if self.activations != "f32" and type_name == "BF16":
            return "bf16"
        return "f32"

    def matmul(self, x, name):
        tensor = self.tensors[name]
        return oracle.ROUNDINGS[self.precision(tensor.type_name)](x) @ tensor.f64().T

    def attend(self, q, k, v):
        if self.round_kv is round_q8_0 and self.precision(self.tensors["blk.0.attn_output.weight"].type_name) == "int8":
            q = oracle.ROUNDINGS["int8"](q.reshape(len(q), -1)).reshape(q.shape)
        return super().attend(q, self.round_kv(k), self.round_kv(v))

    def precisions(self):
        """Of all matrices: a subset of f32, bf16, int8."""
        return {self.precision(t.type_name) for t in self.tensors.values() if len(t.shape) == 2}


def random_sequences(n_vocab, lengths, seed=SEED):
    generator = np.random.default_rng(seed)
    return [generator.integers(0, n_vocab, n).tolist() for n in lengths]


def golden():
    """PyTorch's answers on the shipped model: sequences of tokens, and a row of logits for each token."""
    logits = np.fromfile(os.path.join(GOLDEN, "shakespeare.logits.f32"), "<f4").reshape(-1, SHIPPED_VOCAB)
    return [s.tolist() for s in oracle.read_tokens(os.path.join(GOLDEN, "shakespeare.tokens"), SHIPPED_VOCAB)], logits


def bytes_of_tokens(reader):
    """Of each token of a byte-level vocabulary: each character stands for one byte."""
    plain = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or b >= 174]
    others = [b for b in range(256) if b not in plain]
    byte_of = {chr(b): b for b in plain} | {chr(256 + i): b for i, b in enumerate(others)}
    return [bytes(byte_of[c] for c in text) if all(c in byte_of for c in text) else b""
            for text in reader.get("tokenizer.ggml.tokens")[1]]


# ---- tests ----

class RoadTest(unittest.TestCase):
    """A test with a folder of its own, removed at the end."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="hone-road-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def assert_refused(self, done, code, *words):
        """One line on stderr that holds all words, nothing on stdout, and the exit code."""
        text = done.stderr.decode(errors="replace")
        self.assertNotEqual(done.returncode, SANITIZER_EXIT, text)
        self.assertGreaterEqual(done.returncode, 0, f"killed by a signal: {text}")
        self.assertEqual(text.count("\n"), 1, f"not one line: {text!r}")
        self.assertTrue(text.endswith("\n"), text)
        self.assertTrue(text.isprintable() or text[:-1].isprintable(), repr(text))
        self.assertEqual(done.returncode, code, text)
        for word in words:
            self.assertIn(word, text)
        self.assertFalse(done.stdout, "something on stdout")


def main():
    """Like unittest.main; exit code 77 where everything was skipped."""
    test = unittest.main(exit=False, verbosity=2)
    result = test.result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.testsRun and len(result.skipped) == result.testsRun else 0)
