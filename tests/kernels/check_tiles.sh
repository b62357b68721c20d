#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks one space on matrix tiles: over the emulated vocabulary on any machine with AVX-512, and as it
# is where there are tiles. usage: check_tiles.sh KERNEL_CHECK SPACE [OPTION]...; HONE_SOURCE, HONE_BIN
# as for kernel_check.
set -eu
check=$1
space=$2
shift 2
plain=cpu:x86_64:avx2+fma+f16c+avx512
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT

# What the emulation needs of scratch, 128 + 8 tiles of 1024 bytes, stands in place of the shapes' 64.
mkdir "$data/search-spaces"
cp -r "$HONE_SOURCE/templates" "$data"
cp "$HONE_SOURCE/tests/kernels/tiles_emulated.ll.t" "$data/templates/cpu/vocab/tiles.ll.t"
for file in "$HONE_SOURCE"/search-spaces/gemm_tiles_*.json; do
    sed -e 's/has_amx[a-z0-9]* && //' -e 's/"scratch": "64 + /"scratch": "8320 + /' "$file" \
        > "$data/search-spaces/${file##*/}"
done

result=0
HONE_SOURCE=$data "$check" --space "$space" --isa "$plain" "$@" || result=$?
[ "$result" = 0 ] || exit "$result"
"$check" --space "$space" --isa "$plain+avx512vnni+avx512bf16+amxint8+amxbf16" "$@" || result=$?
[ "$result" = 77 ] || exit "$result"
