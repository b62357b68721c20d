#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hone beside its peers on this machine: tables with ratios and spreads, and one dated JSON file.

Everything runs in turns within one sitting; nothing is judged. Peers are taken as they are found or named; what is not
there is left out and said so. See ../README.md."""
import argparse
import datetime
import json
import os
import platform
import sys

import attention
import gemm
import models

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "../../.."))
PARTS = {"gemm": gemm.run, "models": models.run, "batch": models.batch, "attention": attention.run,
         "small": models.small, "start": models.start}
LIBRARIES = "/usr/lib/x86_64-linux-gnu"


def numbers(text):
    return tuple(int(word) for word in text.split(","))


def words(text):
    return tuple(text.split(","))


def pairs(text):
    return tuple(tuple(int(word) for word in pair.split("x")) for pair in text.split(","))


def existing(path):
    return path if os.path.exists(path) else ""


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--only", type=words, default=tuple(PARTS), help="parts: " + ",".join(PARTS))
    add("--bin", default=os.environ.get("HONE_BIN", os.path.join(ROOT, "build/bin")), help="where hone was built")
    add("--threads", type=numbers, default=(1, os.cpu_count()) if os.cpu_count() > 1 else (1,))
    add("--rounds", type=int, default=5, help="turns of every contender (5)")
    add("--note", default="", help="text for the JSON")
    add("--out", default="", help="JSON file; tests/bench/results/DATE-peers-PARTS.json")
    add("--skip", type=words, default=(), help="peers to leave out: onednn,openblas,blis,xsmm,llama,clang,ik")
    group = parser.add_argument_group("gemm")
    group.add_argument("--types", type=words, default=tuple(gemm.TYPES))
    group.add_argument("--shapes", type=pairs, default=gemm.SHAPES, help="NxK,..")
    group.add_argument("--rows", type=numbers, default=gemm.ROWS, help="M,..")
    group.add_argument("--seconds", type=float, default=0.06, help="least time of one turn (0.06)")
    group.add_argument("--huge", action="store_true",
                       help="peers' buffers in huge pages; hone's are as its runner has them")
    group.add_argument("--gemm-store", default="", help="winners of single problems; .1t, .2t are added")
    group.add_argument("--tune-seconds", type=float, default=0,
                       help="tune each case for so long first, into --gemm-store")
    group.add_argument("--openblas", default=existing(f"{LIBRARIES}/openblas-pthread/libopenblas.so.0"))
    group.add_argument("--openblas-core", default="SkylakeX",
                       help="what OpenBLAS is told the processor is; '' for nothing")
    group.add_argument("--blis", default=existing(f"{LIBRARIES}/blis-pthread/libblis.so.4"))
    group.add_argument("--blis-arch", default="0", help="the number of BLIS's configuration; 0 is skx in 0.9")
    group = parser.add_argument_group("attention")
    group.add_argument("--kvs", type=words, default=attention.KVS, help="types of KV")
    group.add_argument("--most-context", type=int, default=max(attention.DECODE))
    models.add_options(parser)
    asked = parser.parse_args()
    for name, known in (("only", PARTS), ("types", gemm.TYPES), ("rows", gemm.RANGES)):
        wrong = [word for word in getattr(asked, name) if word not in known]
        if wrong:
            parser.error(f"--{name}: {wrong[0]} is none of {', '.join(map(str, known))}")
    return asked


def processor():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as f:
        return next((line.split(":", 1)[1].strip() for line in f if line.startswith("model name")), "not known")


def main():
    asked = parse()
    started = datetime.datetime.now(datetime.timezone.utc)
    report = {"schema": 1, "date": started.strftime("%Y-%m-%d"), "started": started.strftime("%Y-%m-%dT%H:%M:%SZ"),
              "machine": {"cpu": processor(), "processors": os.cpu_count(), "system": platform.platform()},
              "options": {k: v for k, v in vars(asked).items() if not str(v).startswith("/")}, "note": asked.note,
              "parts": {}}
    path = asked.out or os.path.join(HERE, "../results", f"{report['date']}-peers-{'-'.join(asked.only)}.json")
    for part in asked.only:
        print(f"== {part}", flush=True)
        report["parts"][part] = PARTS[part](asked)
        with open(path, "w", encoding="ascii") as f:
            json.dump(report, f, indent=1)
            f.write("\n")
    print(os.path.normpath(path))


if __name__ == "__main__":
    sys.exit(main())
