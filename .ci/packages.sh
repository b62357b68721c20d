#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what is missing of the Debian packages a job needs: packages.sh build|tests|slurm|cross
set -euo pipefail

build=(gcc libc6-dev cmake ninja-build pkg-config libjansson-dev libpcre2-dev libsqlite3-dev
       libsodium-dev zlib1g-dev)
tests=(libcmocka-dev python3 python3-numpy strace binutils)
slurm=(slurmctld slurmd slurm-client munge)
cross=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-riscv64-linux-gnu libc6-dev-riscv64-cross
       qemu-user)
fuzzers=(clang-22 libclang-rt-22-dev)

installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }
missing_of() { for p in "$@"; do installed "$p" || echo "$p"; done; }
known() { apt-cache show "$1" >/dev/null 2>&1; }

root=()
[ "$(id -u)" -eq 0 ] || root=(sudo)
updated=
apt_install() {
    [ $# -gt 0 ] || return 0
    if [ -z "$updated" ]; then "${root[@]}" apt-get update -qq; updated=1; fi
    echo "installing: $*"
    DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "$@" \
        >/dev/null
}

# The newest LLVM there is, 22 being the reference and 19 the oldest supported. Only its shared
# library is needed: hone opens it late and builds without its headers.
install_llvm() {
    for v in 22 21 20 19; do installed "libllvm$v" && return 0; done
    "${root[@]}" apt-get update -qq; updated=1
    for v in 22 21 20 19; do
        if known "libllvm$v"; then apt_install "libllvm$v"; return 0; fi
    done
    echo "no libllvm22..19 in this machine's package lists: kernels cannot be compiled" >&2
    return 1
}

want=("${build[@]}")
case "${1:-build}" in
build) ;;
tests) want+=("${tests[@]}") ;;
slurm) want+=("${tests[@]}" "${slurm[@]}") ;;
cross) want+=("${tests[@]}" "${cross[@]}") ;;
*) echo "usage: $0 build|tests|slurm|cross" >&2; exit 2 ;;
esac
mapfile -t missing < <(missing_of "${want[@]}")
apt_install "${missing[@]}"
install_llvm
if [ "${1:-build}" = tests ]; then
    mapfile -t missing < <(missing_of "${fuzzers[@]}")
    if [ ${#missing[@]} -gt 0 ]; then
        apt_install "${missing[@]}" || echo "no clang with libFuzzer: the fuzzers are left out" >&2
    fi
fi
