# SPDX-License-Identifier: MIT
"""Whole models: hone's packages against llama.cpp and ik_llama.cpp, run after run in turns."""
import os
import time

import programs
import stats

SHAPE, SMALL = "tinyllama-1.1b", "small-15m"
TYPES = ("f32", "f16", "bf16", "q8_0", "q4_0", "q4_k_m")
# Weights of the embedding table and its bits: a decoded token reads one row of it, not all.
EMBEDDING = {SHAPE: 32000 * 2048, SMALL: 0}
BITS = {"f32": 32, "f16": 16, "bf16": 16, "q8_0": 8.5, "q4_0": 4.5, "q4_k_m": 4.5}
PROMPT, DECODED = {SHAPE: 512, SMALL: 128}, 128  # the small model's context is 256
REPEATS = {SHAPE: 1, SMALL: 15}  # of which a round takes the median: 128 small tokens take 30 ms


def add_options(parser):
    group = parser.add_argument_group("models, batch, small, start")
    add = group.add_argument
    add("--models", default="",
        help="folder for model files and packages; made where they are missing (tens of GB for all)")
    add("--model-types", type=lambda text: tuple(text.split(",")), default=TYPES)
    add("--stores", default="", help="folder of tuned stores, SHAPE-TYPE.store: packed as hone-tuned")
    add("--keep", action="store_true", help="take packages that are there instead of making them anew")
    add("--weights", type=lambda text: tuple(text.split(",")), default=("mapped", "huge"), help="hone's: mapped,huge")
    add("--llama", default="", help="bin folder of a llama.cpp build, or its source to be built")
    add("--clang", default="", help="bin folder of a second build of llama.cpp")
    add("--llama-blas", default="", help="bin folder of a build of llama.cpp with OpenBLAS; for f32")
    add("--ik", default="", help="bin folder of an ik_llama.cpp build, or its source to be built")
    add("--build", default="", help="folder for builds of sources (BUILD/llama.cpp, BUILD/ik_llama.cpp)")
    add("--model-rounds", type=int, default=0, help="turns of whole models, if not as many as --rounds")
    add("--tests", type=lambda text: tuple(text.split(",")), default=("pp", "tg"), help="of models: pp,tg")
    add("--batches", type=lambda text: tuple(map(int, text.split(","))), default=(8, 32))


# ---- files ----

def built(path, name, targets, build):
    """The bin folder: `path` itself, or that of a native release build of the source in `path`."""
    if not path or not os.path.exists(os.path.join(path, "CMakeLists.txt")):
        return path
    if not build:
        raise programs.Failed(f"{path} is a source: say --build FOLDER")
    folder = os.path.join(build, name)
    programs.run(["cmake", "-S", path, "-B", folder, "-DCMAKE_BUILD_TYPE=Release", "-DGGML_NATIVE=ON",
                  "-DGGML_OPENMP=ON",
                  "-DBUILD_SHARED_LIBS=OFF", "-DLLAMA_CURL=OFF", "-DLLAMA_BUILD_SERVER=OFF"])
    programs.run(["cmake", "--build", folder, "-j2", "--target", *targets], seconds=7200)
    return os.path.join(folder, "bin")


def tools(asked):
    """Paths of what is there: {"llama": {"llama-bench": path, ...}, ...}."""
    wanted = {
        "llama": (asked.llama, "llama.cpp", ["llama-bench", "llama-batched-bench", "llama-simple"]),
        "clang": (asked.clang, "llama.cpp-clang", ["llama-bench"]),
        "llama-blas": (asked.llama_blas, "llama.cpp-blas", ["llama-bench"]),
        "ik": (asked.ik, "ik_llama.cpp", ["llama-bench"]),
    }
    found = {}
    for name, (path, folder, targets) in wanted.items():
        bin_folder = "" if name in asked.skip else built(path, folder, targets, asked.build)
        if not bin_folder:
            print(f"left out: {name} (no --{name})", flush=True)
            continue
        found[name] = {t: os.path.join(bin_folder, t) for t in targets if os.path.exists(os.path.join(bin_folder, t))}
    return found


def model_file(asked, shape, kind):
    if not asked.models:
        raise programs.Failed("say --models FOLDER")
    os.makedirs(asked.models, exist_ok=True)
    path = os.path.join(asked.models, f"{shape}-{kind}.gguf")
    if not os.path.exists(path):
        programs.run([os.path.join(asked.bin, "make_model"), shape, "--type", kind, path + ".new"])
        os.rename(path + ".new", path)
    return path


def packages(asked, shape, kind):
    """{"hone-default": path, "hone-tuned": path}."""
    model, found = model_file(asked, shape, kind), {}
    store = os.path.join(asked.stores, f"{shape}-{kind}.store") if asked.stores else ""
    for name, extra in (("hone-default", []), ("hone-tuned", [store])):
        if name == "hone-tuned" and not os.path.exists(store):
            continue
        found[name] = os.path.join(asked.models, f"{shape}-{kind}-{name}.hone")
        if not (asked.keep and os.path.exists(found[name])):
            programs.run([os.path.join(asked.bin, "hone"), "pack", model, *extra, "-o", found[name], "--no-final",
                          "-q"])
    return found


def token_bytes(path, shape, kind):
    """About what a decoded token reads of the weights."""
    return os.path.getsize(path) - EMBEDDING[shape] * BITS[kind] / 8


# ---- speeds ----

def contenders(asked, found, shape, kind, threads):
    """[(name, words, tests)]: one run each, of a model that each has warm."""
    sizes = ["-p", PROMPT[shape] if "pp" in asked.tests else 0, "-n", DECODED if "tg" in asked.tests else 0, "-t",
             threads,
             "-r", REPEATS[shape]]
    model, runs = model_file(asked, shape, kind), []
    for name, package in packages(asked, shape, kind).items():
        for place in asked.weights:
            words = [os.path.join(asked.bin, "hone-run"), "bench", package, *sizes, "--json", "--weights", place]
            runs.append((name if place == "mapped" else f"{name}-{place}", words))
    for name in ("llama", "clang", *(["llama-blas"] if kind == "f32" else [])):
        if "llama-bench" in found.get(name, {}):
            runs.append((name, [found[name]["llama-bench"], "-m", model, *sizes, "-fa", 1, "-o", "json"]))
    if "llama-bench" in found.get("ik", {}):
        for repack in (0, 1):
            runs.append(("ik-rtr" if repack else "ik", [found["ik"]["llama-bench"], "-m", model, *sizes, "-tgb",
                                                        f"{threads},{threads}", "-fa", 1, "-rtr", repack, "-o",
                                                        "json"]))
    return runs


def rounds(asked, runs):
    """[[(name, {test: tokens/s}, probe before, probe after)]], and who fell out. The order turns from round to
    round."""
    dropped, taken = set(), []
    for i in range(asked.model_rounds or asked.rounds):
        probe, row = programs.placement(asked.bin), []
        for name, words in runs if i % 2 == 0 else runs[::-1]:
            if name in dropped:
                continue
            try:
                text = programs.run(words, {"OPENBLAS_CORETYPE": asked.openblas_core} if asked.openblas_core else None)
                speeds = {test: stats.spread(samples)["median"] for test, samples in stats.llama_bench(text).items()}
            except (programs.Failed, ValueError, KeyError) as failure:
                print(f"left out: {name}: {failure}", flush=True)
                dropped.add(name)
                continue
            print(f"  round {i + 1}: {name}: " + ", ".join(f"{t} {v:.1f}" for t, v in speeds.items()), flush=True)
            before, probe = probe, programs.placement(asked.bin)
            row.append((name, speeds, before, probe))
        taken.append(row)
    return taken


def pairs(taken, test, ours, theirs):
    """Speeds of both, of rounds in which the processors stayed where they were around either."""
    found = []
    for row in taken:
        of = {name: (speeds, before, after) for name, speeds, before, after in row}
        if ours not in of or theirs not in of or test not in of[ours][0] or test not in of[theirs][0]:
            continue
        probes = [*of[ours][1:], *of[theirs][1:]]
        if all(stats.same_placement(probes[0], other) for other in probes[1:]):
            found.append((of[ours][0][test], of[theirs][0][test]))
    return found


def summarize(taken, test):
    rates = {}
    for row in taken:
        for name, speeds, _, _ in row:
            if test in speeds:
                rates.setdefault(name, []).append(speeds[test])
    found = {"test": test, "rates": {name: stats.spread(values) for name, values in rates.items()}, "ratios": {}}
    theirs = [name for name in rates if not name.startswith("hone")]
    if theirs:
        found["best_peer"] = best = max(theirs, key=lambda name: found["rates"][name]["median"])
        for ours in (name for name in rates if name.startswith("hone")):
            both = pairs(taken, test, ours, best)
            if both:
                found["ratios"][ours] = stats.ratios(*zip(*both))
    return found


def print_table(kind, threads, found, extra=""):
    cells = "  ".join(f"{name} {value['median']:.1f}" for name, value in found["rates"].items())
    print(f"{kind:6} {threads}T {found['test']:8} tokens/s  {cells}{extra}")
    for name, r in found["ratios"].items():
        print(f"{'':19}{name} x{r['median']:.3f} [{r['min']:.3f}, {r['max']:.3f}] of {found['best_peer']}, "
              f"{r['n']} pairs", flush=True)


def speeds(asked, shape, kind, threads, found):
    path = model_file(asked, shape, kind)
    runs = contenders(asked, found, shape, kind, threads)
    read = programs.placement(asked.bin, path)
    taken = rounds(asked, runs)
    n_bytes, rows = token_bytes(path, shape, kind), []
    for test in dict.fromkeys(t for row in taken for _, speeds_of, _, _ in row for t in speeds_of):
        row = summarize(taken, test)
        row.update(shape=shape, type=kind, threads=threads, read=read,
                   probes=[[[before, after] for _, _, before, after in r] for r in taken])
        extra = ""
        if test.startswith("tg"):
            rate = read["read_one"] if threads == 1 else read["read_all"]
            row["read_tokens"] = rate * 1e9 / n_bytes
            extra = f"  (a plain read of {n_bytes / 1e6:.0f} MB: {row['read_tokens']:.1f})"
        print_table(kind, threads, row, extra)
        rows.append(row)
    return rows


def each(asked, shape, kinds):
    rows, found = [], tools(asked)
    for kind in kinds:
        for threads in asked.threads:
            try:
                rows += speeds(asked, shape, kind, threads, found)
            except programs.Failed as failure:
                print(f"left out: {kind} {threads}T: {failure}", flush=True)
    return {"rows": rows}


def run(asked):
    return each(asked, SHAPE, asked.model_types)


def small(asked):
    return each(asked, SMALL, [kind for kind in asked.model_types if kind in ("f32", "bf16", "q8_0", "q4_0")])


# ---- batches ----

def batch(asked):
    """Decode of many sequences, 128 positions held by each: llama-batched-bench against hone bench --batch."""
    held, decoded, rows, found = 128, 32, [], tools(asked)
    for kind in asked.model_types:
        try:
            model, made = model_file(asked, SHAPE, kind), packages(asked, SHAPE, kind)
        except programs.Failed as failure:
            print(f"left out: {kind}: {failure}", flush=True)
            continue
        for threads in asked.threads:
            for n in asked.batches:
                runs = [(name, [os.path.join(asked.bin, "hone-run"), "bench", package, "-p", 0, "-n", decoded, "-d",
                                held,
                                "--batch", n, "-t", threads, "-r", 1, "--json"]) for name, package in made.items()]
                peer = found.get("llama", {}).get("llama-batched-bench")
                if peer:
                    runs.append(("llama", [peer, "-m", model, "-c", n * (held + decoded), "-b", 2048, "-ub", 512,
                                           "-npp", held,
                                           "-ntg", decoded, "-npl", n, "-t", threads, "-fa", "on", "--output-format",
                                           "jsonl"]))
                row = summarize(batch_rounds(asked, runs, n), f"batch{n}")
                row.update(type=kind, threads=threads, batch=n)
                print_table(kind, threads, row)
                rows.append(row)
    return {"rows": rows}


def batch_rounds(asked, runs, n):
    taken = []
    for i in range(asked.model_rounds or asked.rounds):
        probe, row = programs.placement(asked.bin), []
        for name, words in runs if i % 2 == 0 else runs[::-1]:
            try:
                text = programs.run(words)
            except programs.Failed as failure:
                print(f"left out: {name}: {failure}", flush=True)
                continue
            rate = stats.batched_bench(text)[n] if name == "llama" else list(stats.llama_bench(text).values())[0][-1]
            before, probe = probe, programs.placement(asked.bin)
            row.append((name, {f"batch{n}": rate}, before, probe))
        taken.append(row)
    return taken


# ---- start ----

def wall(words):
    """(milliseconds, peak MiB) of one run to its end."""
    begun = time.perf_counter()
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.execv(words[0], [str(word) for word in words])
    _, status, usage = os.wait4(child, 0)
    if status:
        raise programs.Failed(f"{os.path.basename(words[0])}: exit status {status}")
    return (time.perf_counter() - begun) * 1e3, usage.ru_maxrss / 1024


def start(asked):
    """From exec to the end of a process that writes one token; the files are in the page cache."""
    kind, found = "q4_0", tools(asked)
    model, runs = model_file(asked, SHAPE, kind), []
    for name, package in packages(asked, SHAPE, kind).items():
        for place in asked.weights:
            runs.append((f"{name}-{place}", [os.path.join(asked.bin, "hone-run"), "run", package, "-p", "a", "-n", 1,
                                             *(["--weights", place] if place != "mapped" else [])]))
    if "llama-simple" in found.get("llama", {}):
        runs.append(("llama", [found["llama"]["llama-simple"], "-m", model, "-n", 1, "a"]))
    rows = {}
    for i in range(1 + 2 * asked.rounds):
        for name, words in runs if i % 2 == 0 else runs[::-1]:
            try:
                sample = wall(words)
            except programs.Failed as failure:
                print(f"left out: {name}: {failure}", flush=True)
                continue
            if i > 0:
                rows.setdefault(name, []).append(sample)
    result = {name: {"ms": stats.spread([s[0] for s in samples]), "peak_mib": max(s[1] for s in samples)}
              for name, samples in rows.items()}
    for name, row in result.items():
        print(f"{name:20} {row['ms']['median']:8.1f} ms [{row['ms']['min']:.1f}, {row['ms']['max']:.1f}], "
              f"{row['peak_mib']:.0f} MiB at most", flush=True)
    return {"type": kind, "rows": result}
