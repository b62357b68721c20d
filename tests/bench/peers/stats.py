# SPDX-License-Identifier: MIT
"""Medians, ratios of pairs, and what llama-bench and its kin print. No figure is judged here."""
import json
import math
import statistics

# Two-thread figures of one machine move with where its processors are; a pair counts when neither moved more.
SAME_PING_PONG, SAME_READ = 2.0, 1.25


def spread(samples):
    """{median, min, max, n} of a list that is not empty."""
    return {"median": statistics.median(samples), "min": min(samples), "max": max(samples), "n": len(samples)}


def ratios(ours, theirs):
    """Of what is per second, sample i of both from one round."""
    return spread([a / b for a, b in zip(ours, theirs, strict=True)])


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values))) if values else None


def same_placement(a, b):
    """Two answers of bench_placement from before and after a pair."""
    def near(key, most):
        low, high = sorted((a[key], b[key]))
        return low > 0 and high / low <= most
    return near("read_all", SAME_READ) and (a["threads"] == 1 or near("ping_pong_ns", SAME_PING_PONG))


def llama_bench(text):
    """{"pp512": [tokens/s, ...], "tg128": [...]}: one figure per timed run, of `-o json` of either llama-bench."""
    found = {}
    for row in json.loads(text):
        name = f"tg{row['n_gen']}" if row["n_gen"] else f"pp{row['n_prompt']}"
        tokens = row["n_gen"] or row["n_prompt"]
        found.setdefault(name, []).extend(tokens * row.get("n_seqs", 1) / (ns * 1e-9) for ns in row["samples_ns"])
    return found


def batched_bench(text):
    """{sequences: tokens/s of decode}, of llama-batched-bench --output-format jsonl."""
    rows = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return {row["pl"]: row["speed_tg"] for row in rows}
