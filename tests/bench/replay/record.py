#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a record for `hone replay` of the search trials that a store holds of one problem and one space:

    hone tune MODEL.gguf -o x.store --strategy random --budget 30m
    hone trials x.store --json | tests/bench/replay/record.py --space gemm_f32 \\
        --problem "gemm n=2048" -o gemm_f32.json.gz
"""
import argparse
import gzip
import json
import re
import sys


def value_of(text):
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def read_trials(lines, space, problem):
    """The last trial of each config, in the order of the store; a final's are no search trials. A line of
    record_space beside them has the facts of problem and target."""
    trials, problems, facts = {}, set(), None
    for line in lines:
        trial = json.loads(line)
        if "facts" in trial:
            facts = trial["facts"]
            continue
        if trial["round"] or trial["space"] != space or problem not in trial["problem"]:
            continue
        problems.add(trial["problem"])
        trials[trial["config"]] = trial
    if len(problems) > 1:
        sys.exit("record.py: '%s' fits %d problems:\n%s" % (problem, len(problems), "\n".join(sorted(problems))))
    if not trials:
        sys.exit("record.py: no search trials of space '%s' for '%s'" % (space, problem))
    return list(trials.values()), problems.pop(), facts


def config_of(text):
    return {name: value_of(value) for name, value in (pair.split("=", 1) for pair in text.split())}


def record_of(trials, space, problem, facts, samples):
    configs = [config_of(trial["config"]) for trial in trials]
    parameters = {name: sorted({c[name] for c in configs}, key=lambda v: (isinstance(v, str),
                                                                          v)) for name in configs[0]}
    points = []
    for trial, config in zip(trials, configs):
        point = [[values.index(config[name]) for name, values in parameters.items()]]
        if trial["valid"]:
            point.append(round(trial["median_ns"], 1))
            point.append([round(s, 1) for s in trial["samples_ns"]] if samples else [])
        else:
            point += [trial["reason"], []]
        if "vector_spills" in trial:
            point.append([trial["vector_spills"], trial.get("stack_bytes", 0), trial["code_bytes"]])
        points.append(point)
    facts = facts or {name: value_of(value) for name, value in re.findall(r"([A-Za-z_]\w*)=(\S+)", problem)}
    return {"hone_record": 1, "space": space, "op": problem.split()[0], "problem": problem, "facts": facts,
            "parameters": parameters, "points": points}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--space", required=True, help="its name")
    parser.add_argument("--problem", default="", help="part of the problem's key")
    parser.add_argument("--samples", action="store_true", help="keep every sample")
    parser.add_argument("-o", required=True, help="file to write, packed when it ends in .gz")
    args = parser.parse_args()
    trials, problem, facts = read_trials(sys.stdin, args.space, args.problem)
    text = json.dumps(record_of(trials, args.space, problem, facts, args.samples), separators=(",", ":")).encode()
    with open(args.o, "wb") as f:
        f.write(gzip.compress(text, mtime=0) if args.o.endswith(".gz") else text)
    failed = sum(not trial["valid"] for trial in trials)
    print("%s: %d configs, %d failed, %s" % (args.o, len(trials), failed, problem))


if __name__ == "__main__":
    main()
