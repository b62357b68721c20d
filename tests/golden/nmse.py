#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares two files of logits: normalised mean squared error, largest difference, greedy choices.

Exit status 1 when the error is above --max, when a value is not finite or when sizes differ."""
import argparse
import sys

import numpy as np

DTYPES = {"f32": "<f4", "f64": "<f8"}


def read(path, dtype, n_vocab):
    values = np.fromfile(path, dtype=DTYPES[dtype]).astype(np.float64)
    if len(values) == 0 or len(values) % n_vocab:
        sys.exit(f"nmse: {path}: {len(values)} values, not whole rows of {n_vocab}")
    finite = np.isfinite(values)
    if not finite.all():
        sys.exit(f"nmse: {path}: row {np.argmin(finite) // n_vocab} has a value that is not finite")
    return values.reshape(-1, n_vocab)


def compare(got, want):
    """Figures by name; the gap is that of the reference's top two where the choices differ."""
    error = np.sum((got - want) ** 2, axis=1)
    power = np.sum(want ** 2, axis=1)
    choice = want.argmax(axis=1)
    differ = np.flatnonzero(got.argmax(axis=1) != choice)
    top = np.sort(want[differ], axis=1)[:, -2:]
    return {
        "nmse": error.sum() / power.sum(),
        "worst_row_nmse": (error / power).max(),
        "max_abs": np.abs(got - want).max(),
        "rows": len(want),
        "greedy_equal": len(want) - len(differ),
        "largest_gap_where_unequal": (top[:, 1] - top[:, 0]).max() if len(differ) else 0.0,
    }


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("got")
    p.add_argument("want", help="the reference")
    p.add_argument("--vocab", type=int, required=True, help="values per row")
    p.add_argument("--max", type=float, help="largest allowed error")
    p.add_argument("--dtype", choices=DTYPES, default="f32", help="of the first file")
    p.add_argument("--want-dtype", choices=DTYPES, help="of the reference (default: the same)")
    args = p.parse_args()
    got = read(args.got, args.dtype, args.vocab)
    want = read(args.want, args.want_dtype or args.dtype, args.vocab)
    if got.shape != want.shape:
        sys.exit(f"nmse: {args.got} has {len(got)} rows, {args.want} has {len(want)}")
    figures = compare(got, want)
    print(" ".join(f"{k}={v:.6g}" for k, v in figures.items()))
    if args.max is not None and not figures["nmse"] <= args.max:
        sys.exit(f"nmse: {figures['nmse']:.3g} is above the bound {args.max:.3g}")


if __name__ == "__main__":
    main()
