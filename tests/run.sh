#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what the tests need, builds (release, sanitizers, threads, fuzzers), runs all of it.
#   HONE_TESTS_FAST=1 leaves out the sanitizer builds and the fuzzers.
#   tests/run.sh --slurm runs one test only, which the others leave out: hone fleet on a Slurm of its
#   own on loopback (root; installs slurmctld, slurmd and munge; some minutes).
#   tests/run.sh --cross runs those of other architectures only: builds for AArch64 and RISC-V, run by
#   qemu-user (installs two cross compilers and it, 90 MB to fetch; a quarter of an hour).
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
build=${HONE_BUILD:-$root/build-tests}
jobs=$(nproc)
export HONE_SHARED=${HONE_SHARED:-$(dirname "$root")/shared}
export CTEST_OUTPUT_ON_FAILURE=1

"$root/.ci/packages.sh" tests
mkdir -p "$build"

# configure NAME CMAKE-ARGUMENTS...
configure() {
    local name=$1; shift
    cmake -S "$root" -B "$build/$name" -G Ninja -DCMAKE_COMPILE_WARNING_AS_ERROR=ON "$@" >"$build/$name.configure.log" 2>&1 ||
        { cat "$build/$name.configure.log"; exit 1; }
}
compile() {
    echo "== building: $1"
    ninja -C "$build/$1" -j "$jobs" ${2:-} >"$build/$1.build.log" 2>&1 ||
        { tail -n 60 "$build/$1.build.log"; exit 1; }
}

# Every build is one ctest project of its own; this file joins them so that one summary closes.
joined=$build/joined
rm -rf "$joined" && mkdir -p "$joined"
join() { echo "subdirs(\"$build/$1/tests\")" >>"$joined/CTestTestfile.cmake"; }

configure release -DCMAKE_BUILD_TYPE=Release
if [ "${1:-}" = --slurm ]; then
    "$root/.ci/packages.sh" slurm
    compile release "hone hone-runner made_up_runner make_model"
    HONE_BIN=$build/release/bin HONE_SOURCE=$root exec python3 -B "$root/tests/fleet/test_slurm.py"
fi
if [ "${1:-}" = --cross ]; then
    "$root/.ci/packages.sh" cross
    compile release "hone hone-run hone-runner hone-compile-worker kernel_check link_object"
    mkdir -p "$build/cross"
    for arch in aarch64 riscv64; do
        configure "cross/$arch" -DCMAKE_BUILD_TYPE=Release -DHONE_DEVICE_ONLY=ON \
            -DCMAKE_TOOLCHAIN_FILE="$root/tests/cross/$arch.cmake"
        compile "cross/$arch" "hone-run hone-runner"
    done
    cd "$build/release/tests/cross"
    HONE_CROSS=$build/cross exec ctest --no-tests=error -j "$jobs" --output-on-failure
fi
compile release
join release
if [ -z "${HONE_TESTS_FAST:-}" ]; then
    configure sanitize -DCMAKE_BUILD_TYPE=RelWithDebInfo -DHONE_SANITIZE=ON -DHONE_TEST_PREFIX=sanitize.
    compile sanitize
    join sanitize
    configure thread -DCMAKE_BUILD_TYPE=RelWithDebInfo -DHONE_SANITIZE_THREAD=ON -DHONE_TEST_PREFIX=thread.
    compile thread
    join thread
    if command -v clang-22 >/dev/null; then
        configure fuzz -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_COMPILER=clang-22 \
            -DHONE_FUZZERS=ON -DHONE_SANITIZE=ON -DHONE_TEST_PREFIX=fuzz.
        compile fuzz fuzzers
        join fuzz
    else
        echo "== fuzzers: left out, there is no clang-22 here"
    fi
fi
echo "== AArch64 and RISC-V programs: built and run by tests/run.sh --cross only"
echo "== running"
cd "$joined"
exec ctest --no-tests=error -j "$jobs" --output-on-failure
