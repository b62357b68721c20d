# SPDX-License-Identifier: MIT
"""GEMM: hone's kernels against BLAS, oneDNN and llama.cpp's op, case by case in turns."""
import os

import programs
import stats

SHAPES = ((512, 2048), (2048, 2048), (8192, 2048), (2048, 8192), (5632, 2048), (2048, 5632), (32000, 2048))
ROWS = (1, 4, 16, 64, 512)
RANGES = {1: "1-1@1", 4: "2-4@4", 16: "9-16@16", 64: "17-64@64", 512: "65-512@512"}
TYPES = {"f32": ("f32,f32,f32", "f32"), "bf16": ("bf16,bf16,f32", "bf16"), "int8": ("q8r,i8,f32", "q8a"),
         "q8_0": ("q8a,q8_0,f32", "q8a")}
# What the drivers are asked for. oneDNN's int8 has a scale for each row, as int8 here; ggml's one for each 32
# values, as q8_0.
ASKED = {"q8_0": "int8"}
SKIP = {"int8": ("ggml",)}
REUSED_ROWS, REUSED_BYTES = 64, 64 << 20  # as the tuner has it: many rows use a weight often enough
MOST_SECONDS = 0.6


def peers(asked, threads):
    """Drivers that start here, by name."""
    threads_env = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS")}
    threads_env.update(OMP_PROC_BIND="true" if threads > 1 else "false")
    wanted = {
        "onednn": ("bench_gemm_onednn", "", {}),
        "openblas": ("bench_gemm_blas", asked.openblas, {"OPENBLAS_CORETYPE": asked.openblas_core}),
        "blis": ("bench_gemm_blas", asked.blis, {"BLIS_ARCH_TYPE": asked.blis_arch}),
        "xsmm": ("bench_gemm_xsmm", "", {}),
        "ggml": ("bench_gemm_ggml", "", {}),
    }
    found = {}
    for name, (program, library, env) in wanted.items():
        path = os.path.join(asked.bin, program)
        if name in asked.skip or not os.path.exists(path) or (program == "bench_gemm_blas" and not library):
            continue
        try:
            found[name] = programs.Asked(name, [path, threads, library, *(["huge"] if asked.huge else [])],
                                         {**threads_env, **{k: v for k, v in env.items() if v}})
        except programs.Failed as failure:
            print(failure)
    return found


def problem(kind, m, n, k):
    types, acts = TYPES[kind]
    rows = " rows=out" if n > 16384 else ""
    return f"gemm n={n} k={k} types={types} acts={acts} m={RANGES[m]}{rows}"


def prepare(drivers, hone, kind, m, n, k, cold, tune_seconds):
    """Those that have the case, and what they say they run."""
    ready, labels = [], {}
    bytes_asked = min(cold, REUSED_BYTES) if m > REUSED_ROWS else cold
    for driver in (driver for name, driver in drivers.items() if name not in SKIP.get(kind, ())):
        try:
            labels[driver.name] = driver.ask(f"case {ASKED.get(kind, kind)} {m} {n} {k} {bytes_asked}")
            ready.append(driver)
        except programs.Failed:
            continue
    key = problem(kind, m, n, k)
    if tune_seconds:
        hone.ask(f"case {key}")
        hone.ask(f"tune {tune_seconds}")
    labels["hone"] = hone.ask(f"case {key}")
    return [hone, *ready], labels


def measure(contenders, rounds, seconds):
    """{name: [ns of each round]}; the order turns from round to round."""
    for contender in contenders:
        contender.time(0.02)
    samples = {}
    for i in range(rounds):
        for contender in contenders if i % 2 == 0 else contenders[::-1]:
            for name, ns in contender.time(seconds).items():
                samples.setdefault(name, []).append(ns)
    return samples


def row(kind, threads, m, n, k, samples, labels):
    rates = {name: [2e0 * m * n * k / value for value in ns] for name, ns in samples.items()}
    found = {"type": kind, "threads": threads, "m": m, "n": n, "k": k, "labels": labels,
             "rates": {name: stats.spread(values) for name, values in rates.items()}, "ratios": {}}
    theirs = {name: values for name, values in rates.items() if not name.startswith("hone")}
    if theirs:
        found["best_peer"] = best = max(theirs, key=lambda name: found["rates"][name]["median"])
        if "ggml" in rates:
            found["of_ggml"] = {name: stats.ratios(rates[name],
                                                   rates["ggml"]) for name in rates if name.startswith("hone")}
        found["ratios"] = {name: stats.ratios(rates[name], rates[best]) for name in rates if name.startswith("hone")}
    return found


def print_row(found):
    cells = "  ".join(f"{name} {value['median']:7.1f}" for name, value in found["rates"].items())
    against = "  ".join(f"{name[5:]} x{r['median']:.2f} [{r['min']:.2f}, {r['max']:.2f}]"
                        for name, r in found["ratios"].items())
    moved = "" if found["same_placement"] else "  (placement moved)"
    print(f"{found['type']:4} {found['threads']}T M={found['m']:<3} {found['n']:5} x {found['k']:<5} G(FL)OP/s  {cells}"
          f"  of {found.get('best_peer', 'no peer')}: {against}{moved}", flush=True)


def summary(rows):
    """Geometric means over the shapes, of pairs under one placement."""
    means = []
    for key in dict.fromkeys((r["type"], r["threads"], r["m"]) for r in rows):
        of = [r for r in rows if (r["type"], r["threads"], r["m"]) == key and r["same_placement"]]
        for name in ("hone-default", "hone-tuned"):
            values = [r["ratios"][name]["median"] for r in of if name in r["ratios"]]
            if values:
                means.append({"type": key[0], "threads": key[1], "m": key[2], "hone": name, "n": len(values),
                              "geometric_mean": stats.geometric_mean(values), "least": min(values)})
    for mean in means:
        print(f"{mean['type']:4} {mean['threads']}T M={mean['m']:<3} {mean['hone']:12} against the best peer per case: "
              f"geometric mean x{mean['geometric_mean']:.3f}, least x{mean['least']:.3f} of {mean['n']}")
    return means


def tables(asked, threads):
    rows = []
    drivers = peers(asked, threads)
    store = f"{asked.gemm_store}.{threads}t" if asked.gemm_store else "-"
    hone = programs.Asked("hone", [os.path.join(asked.bin, "bench_problem"), threads, store])
    cold = int(hone.label.split()[1])
    for kind in asked.types:
        for n, k in asked.shapes:
            for m in asked.rows:
                try:
                    contenders, labels = prepare(drivers, hone, kind, m, n, k, cold, asked.tune_seconds)
                    before = programs.placement(asked.bin) if threads > 1 else None
                    seconds = min(MOST_SECONDS, max(asked.seconds, 2e-11 * m * n * k / threads))
                    samples = measure(contenders, asked.rounds, seconds)
                except programs.Failed as failure:
                    print(failure, flush=True)
                    continue
                found = row(kind, threads, m, n, k, samples, labels)
                found["placement"] = [before, programs.placement(asked.bin)] if before else None
                found["same_placement"] = not before or stats.same_placement(*found["placement"])
                print_row(found)
                rows.append(found)
    for program in (hone, *drivers.values()):
        program.close()
    return rows


def run(asked):
    rows = [r for threads in asked.threads for r in tables(asked, threads)]
    return {"rows": rows, "means": summary(rows)}
