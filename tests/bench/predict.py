#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Packs a model with its store and prints what the store's times promise beside what the package takes: one decode step
at the mix's context, one prompt of the longest step list. Exit code 1 when one is off by more than --max."""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
CHAT_CONTEXT, STEPS, MOST_ESTIMATED = 576, 32, 0.05


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("store")
    parser.add_argument("--max", type=float, default=0.10, help="part that a prediction may be off by (0.10)")
    parser.add_argument("-r", "--rounds", type=int, default=5, help="of decode and prompt in turns (5)")
    parser.add_argument("-t", "--threads", type=int, default=0, help="those the store was tuned with (all processors)")
    parser.add_argument("--bin", default=os.environ.get("HONE_BIN", os.path.join(ROOT, "build/bin")))
    parser.add_argument("pack", nargs="*", help="options of hone pack, after --: what tune was called with")
    return parser.parse_args()


class Bench:
    def __init__(self, asked, package):
        self.asked, self.package = asked, package

    def hone(self, *words):
        done = subprocess.run([os.path.join(self.asked.bin, "hone"), *map(str, words)], stdout=subprocess.PIPE,
                              check=False)
        if done.returncode:
            sys.exit(2)
        return json.loads(done.stdout)

    def pack(self):
        return self.hone("pack", self.asked.model, self.asked.store, "-o", self.package, "--no-final", "--json",
                         *self.asked.pack)

    def seconds(self, n_prompt, n_gen, depth):
        """Of one run after one to warm up."""
        row, = self.hone("bench", self.package, "-p", n_prompt, "-n", n_gen, "-d", depth, "-r", 1, "--json",
                         *(["-t", self.asked.threads] if self.asked.threads else []))
        return row["samples_ns"][0] * 1e-9


def measure(bench, context, prompt, rounds):
    """Medians; decode in the middle of whose steps the context is what the mix says."""
    center = min(CHAT_CONTEXT, context - STEPS // 2)
    steps, decode, whole = min(STEPS, 2 * center), [], []
    for _ in range(rounds):
        decode.append(bench.seconds(0, steps, center - steps // 2) / steps)
        whole.append(bench.seconds(prompt, 0, 0))
    return center, decode, whole


def print_row(name, predicted, samples):
    measured = statistics.median(samples)
    print(f"{name:24} predicted {predicted * 1e3:9.3f} ms, measured {measured * 1e3:9.3f} ms "
          f"[{min(samples) * 1e3:.3f}, {max(samples) * 1e3:.3f}], measured/predicted {measured / predicted:.3f}",
          flush=True)
    return abs(measured / predicted - 1)


def main():
    asked = parse()
    with tempfile.TemporaryDirectory(prefix="hone-predict-",
                                     dir=os.path.dirname(os.path.abspath(asked.store))) as folder:
        bench = Bench(asked, os.path.join(folder, "m.hone"))
        report = bench.pack()
        context = bench.hone("inspect", bench.package, "--json")["envelope"]["max_context"]
        first, last = report["lists"][0], report["lists"][-1]
        for step_list in (first, last):
            if step_list["estimated_seconds"] > MOST_ESTIMATED * step_list["predicted_seconds"]:
                sys.exit(f"M={step_list['m']}: the store lacks times of steps that matter, so it predicts nothing: "
                         "tune longer, with the same options")
        center, decode, whole = measure(bench, context, last["m"], asked.rounds)
        off = [print_row(f"M=1 near {center}", first["predicted_seconds"], decode),
               print_row(f"M={last['m']}", last["predicted_seconds"], whole)]
    sys.exit(1 if max(off) > asked.max else 0)


if __name__ == "__main__":
    main()
