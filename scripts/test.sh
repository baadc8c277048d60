#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Builds and runs the whole test suite on a fresh Debian or Ubuntu: installs what is missing, then g++, warnings
# as errors, every public header compiled alone, all tests, the API reference.
# With --sanitizers, also: clang++, warnings as errors, AddressSanitizer and UndefinedBehaviorSanitizer, all tests;
# then ThreadSanitizer on everything that has threads.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/packages.sh

sanitizers=false
case "${1:-}" in
  "") ;;
  --sanitizers) sanitizers=true ;;
  *) echo "usage: scripts/test.sh [--sanitizers]" >&2; exit 2 ;;
esac

need "${test_packages[@]}"
if $sanitizers; then need_clang_sanitizers; fi

jobs=$(nproc)
summary=()

# A real server for the tests that need one; without it they are skipped, and the summary says so.
if server=$(scripts/llama_server.sh); then
  export SHOAL_LLAMA_SERVER=$server
  summary+=("real server: $("$server" --version 2>&1 | head -n 1) in $server")
else
  unset SHOAL_LLAMA_SERVER
  summary+=("real server: NONE, its tests were skipped; why is said above")
fi
# leg NAME PRESET CTEST-ARGUMENT...: runs the tests of a build and keeps ctest's closing line.
leg() {
  local name=$1 preset=$2 log
  shift 2
  log=build/$preset/ctest.log
  ctest --preset "$preset" --output-on-failure -j "$jobs" "$@" 2>&1 | tee "$log" | grep -vE '^ *[0-9]+/[0-9]+ Test .* Passed|^ +Start ' || true
  local closing
  closing=$(grep -E 'tests passed' "$log") || { echo "$name: no closing line" >&2; exit 1; }
  summary+=("$name: $closing")
  [[ $closing == 100%* ]] || { printf '%s\n' "${summary[@]}"; exit 1; }
}

echo "== 1. g++, strict"
cmake --preset strict -DSHOAL_BUILD_DOCS=ON >/dev/null
cmake --build --preset strict --target all all_verify_interface_header_sets shoal_docs -- -j "$jobs" --quiet
leg "g++, strict" strict

if $sanitizers; then
  echo "== 2. clang++, strict, address and undefined behaviour"
  flags=$(sed -n 's/.*"CMAKE_CXX_FLAGS": "\(-Wall.*\)".*/\1/p' CMakePresets.json)
  CXX=clang++ cmake --preset asan -DCMAKE_CXX_FLAGS="$flags -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer" >/dev/null
  cmake --build --preset asan -- -j "$jobs" --quiet
  leg "clang++, address and undefined" asan --exclude-regex '^(consumer|house):'

  echo "== 3. threads"
  cmake --preset tsan >/dev/null
  cmake --build --preset tsan --target threaded_tests -- -j "$jobs" --quiet
  # A thousand hours on virtual time have one thread, and take ten times as long here.
  leg "thread sanitizer" tsan --tests-regex '^(infer|run|sim|pipeline|glpk|survive|openai):' \
    --exclude-regex 'NOT_BUILT|a thousand hours'
fi

echo
printf '%s\n' "${summary[@]}"
