#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Rewrites a GGUF file with its matrices as F32, F16, BF16 or Q8_0, all else as it was."""
import argparse
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../examples/models"))
from gguf_writer import TYPES, U32, write_gguf  # noqa: E402

from gguf_reader import Reader  # noqa: E402


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("model")
    p.add_argument("out")
    p.add_argument("--type", choices=TYPES, required=True)
    args = p.parse_args()
    reader = Reader(args.model)
    metadata = dict(reader.metadata)
    metadata["general.file_type"] = (U32, TYPES[args.type][1])
    tensors = [(name, t.f64().astype(np.float32), args.type if len(t.shape) > 1 else "F32")
               for name, t in reader.tensors.items()]
    write_gguf(args.out, [(key, *kind_value) for key, kind_value in metadata.items()], tensors)


if __name__ == "__main__":
    main()
