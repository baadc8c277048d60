#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# What including <shoal/shoal.hpp> costs beside <Eigen/Core> alone: CPU seconds of the compiler, alternating, median of 9.
# Usage: benchmarks/compile_time.sh [COMPILER...]   (default: g++ clang++)
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- g++ clang++
eigen=${EIGEN_INCLUDE:-/usr/include/eigen3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo '#include <Eigen/Core>' >"$work/eigen.cpp"
echo '#include <shoal/shoal.hpp>' >"$work/shoal.cpp"

seconds() {
  local TIMEFORMAT='%U %S'
  { time "$1" -std=c++20 -Iinclude -isystem "$eigen" -c "$work/$2.cpp" -o /dev/null; } 2>&1 | awk '{print $1 + $2}'
}
median() { sort -n "$1" | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

printf '%-10s %14s %14s %7s\n' compiler "Eigen/Core, s" "shoal.hpp, s" ratio
for compiler in "$@"; do
  : >"$work/eigen" && : >"$work/shoal"
  for _ in 1 2 3 4 5 6 7 8 9; do
    for header in eigen shoal; do seconds "$compiler" $header >>"$work/$header"; done
  done
  printf '%-10s %14.2f %14.2f %7.2f\n' "$compiler" "$(median "$work/eigen")" "$(median "$work/shoal")" \
    "$(awk -v a="$(median "$work/eigen")" -v b="$(median "$work/shoal")" 'BEGIN {print b / a}')"
done
