#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# The main job, end to end, on a fresh Debian or Ubuntu: installs what is missing, builds the demo, runs it on recorded
# answers of 26 real models, then live on small models that lie here, and leaves a page with the figures. No network
# but the packages, no GPU, no model download.
#
#   scripts/demo.sh [--server] [--page FILE] [--figures FOLDER]
#
# With --server also over HTTP: three llama-servers (SHOAL_LLAMA_SERVER, or what scripts/llama_server.sh gets), of which
# one is killed.
set -euo pipefail
start=$SECONDS
from=$PWD
cd "$(dirname "$0")/.."
source scripts/packages.sh

options=()
server=false
while [ $# -gt 0 ]; do
  case "$1" in
    --page | --figures)
      [ $# -ge 2 ] || { echo "$1 needs a path" >&2; exit 2; }
      case "$2" in /*) options+=("$1" "$2") ;; *) options+=("$1" "$from/$2") ;; esac
      shift 2
      ;;
    --server)
      server=true
      shift
      ;;
    *)
      echo "usage: scripts/demo.sh [--server] [--page FILE] [--figures FOLDER]" >&2
      exit 2
      ;;
  esac
done

need "${demo_packages[@]}"
folder=build/demo-release
with_servers=OFF
if $server; then
  need "${server_packages[@]}"
  program=${SHOAL_LLAMA_SERVER:-$(scripts/llama_server.sh)} || { echo "No llama-server: leave out --server" >&2; exit 1; }
  mkdir -p build/demo
  python3 scripts/train/gguf.py examples/data/models/translate-lm.safetensors build/demo/translate-lm.gguf
  options+=(--server "$program" --gguf "$PWD/build/demo/translate-lm.gguf")
  folder=build/demo-servers
  with_servers=ON
fi

log=$folder/build.log
mkdir -p "$folder"
echo "Building the demo in $folder ..."
if ! { cmake --preset release -B "$folder" -DSHOAL_WITH_JSON=$with_servers -DSHOAL_WITH_OPENAI=$with_servers -DSHOAL_WITH_ASIO=OFF -DSHOAL_WITH_YAML=OFF -DSHOAL_BUILD_TOOLS=OFF -DSHOAL_BUILD_TESTS=OFF \
         -DSHOAL_BUILD_BENCHMARKS=OFF && cmake --build "$folder" --target shoal_demo; } >"$log" 2>&1; then
  cat "$log" >&2
  echo "The build failed; the above is $log" >&2
  exit 1
fi
echo "Built after $((SECONDS - start)) s."
echo

"$folder/examples/demo/shoal_demo" --page "$PWD/build/demo/shoal-demo.html" "${options[@]}"
