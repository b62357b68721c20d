#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two busy neighbours during a real tune: does it say so, and how good are its choices?

    tests/bench/neighbours.py HONE MODEL.gguf [seconds]

Tunes the model twice with the same seed, alone and beside two processes that only spin, then looks up what the
configs chosen beside them take in the finals and trials of the quiet run. Exits with 1 when a choice is more than 3 %
slower and the busy run did not call itself noisy."""
import multiprocessing
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile

WINNERS = """SELECT p.key, v.formats, v.space, v.config, w.ratio FROM winners w JOIN variants v ON w.variant = v.id
JOIN problems p ON v.problem = p.id"""
TIMES = """SELECT p.key, v.space, v.config, t.round, t.median_ns, t.state FROM trials t
JOIN variants v ON t.variant = v.id JOIN problems p ON v.problem = p.id WHERE t.valid"""


def spin():
    while True:
        pass


def tune(hone, model, store, seconds):
    command = [hone, "tune", model, "-o", store, "--budget", f"{seconds}s", "--max-tokens", "1", "--context", "128",
               "--strategy", "random", "--seed", "3", "--max-trials", "8", "-q"]
    done = subprocess.run(command, capture_output=True, text=True)
    print(done.stdout.strip() or done.stderr.strip())
    return done.returncode, sqlite3.connect(store)


def times_of(db):
    """Of each (problem, space, config): the last final's time, else the search's."""
    times, noisy, n = {}, 0, 0
    for key, space, config, _, ns, state in db.execute(TIMES + " ORDER BY t.round"):
        times[(key, space, config)] = ns
        noisy += "noisy" in (state or "")
        n += 1
    return times, noisy, n


def main():
    hone, model = sys.argv[1:3]
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 24
    with tempfile.TemporaryDirectory() as folder:
        code, quiet = tune(hone, model, os.path.join(folder, "quiet.store"), seconds)
        neighbours = [multiprocessing.Process(target=spin, daemon=True) for _ in range(2)]
        for n in neighbours:
            n.start()
        busy_code, busy = tune(hone, model, os.path.join(folder, "busy.store"), seconds)
        for n in neighbours:
            n.kill()
        times, quiet_noisy, n_quiet = times_of(quiet)
        _, busy_noisy, n_busy = times_of(busy)
        best = {}
        for key, formats, space, config, _ in quiet.execute(WINNERS):
            best[(key, formats)] = times.get((key, space, config))
        losses = []
        for key, formats, space, config, _ in busy.execute(WINNERS):
            mine, theirs = times.get((key, space, config)), best.get((key, formats))
            if mine and theirs:
                losses.append(mine / theirs - 1)
        slower = sum(loss > 0.03 for loss in losses)
        print(f"noisy timings: {quiet_noisy} of {n_quiet} alone, {busy_noisy} of {n_busy} beside two neighbours")
        if losses:
            print(f"{len(losses)} choices of both runs: median {100 * statistics.median(losses):.1f} %, worst "
                  f"{100 * max(losses):.1f} % slower than the quiet choice; {slower} by more than 3 %")
        said = busy_noisy > 0
        return 0 if code == 0 and busy_code == 0 and (said or slower == 0) else 1


if __name__ == "__main__":
    sys.exit(main())
