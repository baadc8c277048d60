#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# The main job, end to end, on a fresh Debian or Ubuntu: installs what is missing, builds the demo, runs it on recorded
# answers of 26 real models, and leaves a page with the figures. No network but the packages, no GPU, no model download.
#
#   scripts/demo.sh [--page FILE] [--figures FOLDER]
set -euo pipefail
start=$SECONDS
from=$PWD
cd "$(dirname "$0")/.."
source scripts/packages.sh

options=()
while [ $# -gt 0 ]; do
  case "$1" in
    --page | --figures)
      [ $# -ge 2 ] || { echo "$1 needs a path" >&2; exit 2; }
      case "$2" in /*) options+=("$1" "$2") ;; *) options+=("$1" "$from/$2") ;; esac
      shift 2
      ;;
    *)
      echo "usage: scripts/demo.sh [--page FILE] [--figures FOLDER]" >&2
      exit 2
      ;;
  esac
done

need "${demo_packages[@]}"

folder=build/demo-release
log=$folder/build.log
mkdir -p "$folder"
echo "Building the demo in $folder ..."
if ! { cmake --preset release -B "$folder" -DSHOAL_WITH_JSON=OFF -DSHOAL_WITH_OPENAI=OFF -DSHOAL_BUILD_TOOLS=OFF -DSHOAL_BUILD_TESTS=OFF \
         -DSHOAL_BUILD_BENCHMARKS=OFF && cmake --build "$folder" --target shoal_demo; } >"$log" 2>&1; then
  cat "$log" >&2
  echo "The build failed; the above is $log" >&2
  exit 1
fi
echo "Built after $((SECONDS - start)) s."
echo

"$folder/examples/demo/shoal_demo" --page "$PWD/build/demo/shoal-demo.html" "${options[@]}"
