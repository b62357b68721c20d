# SPDX-License-Identifier: MIT
"""Programs that answer one line with one line, and programs that run once."""
import json
import os
import subprocess
import time

REST_SECONDS = 0.06  # threads of OpenMP and OpenBLAS spin a while after a call; the next one's must not meet them


class Failed(Exception):
    pass


class Asked:
    """A GEMM driver or bench_problem."""

    def __init__(self, name, words, env=None):
        self.name, self.contenders = name, {}
        self.child = subprocess.Popen(list(map(str, words)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                      env={**os.environ, **(env or {})})
        line = self.child.stdout.readline()
        if not line.startswith("ready"):
            self.close()
            raise Failed(f"{name}: did not start")
        self.label = line[len("ready "):].strip()

    def ask(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()
        answer = self.child.stdout.readline()
        if not answer:
            raise Failed(f"{self.name}: ended at '{line}'")
        word, _, rest = answer.strip().partition(" ")
        if word == "no":
            raise Failed(f"{self.name}: {rest}")
        return rest

    def time(self, seconds):
        """{contender: median ns}"""
        time.sleep(REST_SECONDS)
        words = self.ask(f"time {seconds}").split()
        if len(words) == 4:
            return {self.name: float(words[0])}
        return {f"{self.name}-{words[i]}": float(words[i + 1]) for i in range(0, len(words), 5)}

    def close(self):
        self.child.stdin.close()
        self.child.wait()
        self.child.stdout.close()


def run(words, env=None, seconds=900):
    """stdout; Failed with the last line of stderr."""
    done = subprocess.run(list(map(str, words)), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          env={**os.environ, **(env or {})}, timeout=seconds)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Failed(f"{os.path.basename(str(words[0]))}: exit code {done.returncode}: {last}")
    return done.stdout


def placement(folder, path=None):
    return json.loads(run([os.path.join(folder, "bench_placement"), *([path] if path else [])]))
