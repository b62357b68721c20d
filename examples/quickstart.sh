#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# From a bare Debian 12 to text: installs what is missing, builds, probes this machine, tunes the
# shipped model within a budget, packs it against the untuned default, and runs a prompt.
#   HONE_BUDGET   time for tuning (2m)
#   HONE_PROMPT   what to begin with
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
build=${HONE_BUILD:-$root/build}
model=$root/examples/models/shakespeare.gguf
budget=${HONE_BUDGET:-2m}
prompt=${HONE_PROMPT:-$'ROMEO:\nWhat light is this'}

say() { printf '\n== %s\n' "$*"; }

say "packages"
"$root/.ci/packages.sh" build

say "build"
if [ ! -f "$build/build.ninja" ]; then
    cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DHONE_TESTS=OFF >/dev/null
fi
ninja -C "$build" hone hone-run hone-runner | tail -n 1
hone=$build/bin/hone

say "this machine"
"$hone" probe

# A second run finds the store complete and tunes nothing anew.
say "tuning for this machine (at most $budget; interrupt it at any time, nothing is lost)"
"$hone" tune "$model" --budget "$budget" -o "$build/shakespeare.store"

say "packing (the tuned package must beat the untuned default, or the default is kept)"
"$hone" pack "$model" "$build/shakespeare.store" -o "$build/shakespeare.hone"

say "running"
"$hone" run "$build/shakespeare.hone" -p "$prompt" --echo -n 120 --temp 0.7 --seed 3
