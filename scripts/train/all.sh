#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Trains every model of examples/data/models from scratch: scripts/train/all.sh FOLDER
# Needs python3-torch and libopenblas0-pthread; takes about an hour of one core. Seeds are fixed.
set -eu
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
python=${PYTHON:-/usr/bin/python3}
# The large one first: the joined ones read its features.
for model in large small-24k hybrid-24k small-8k hybrid-8k small-4k hybrid-4k hybrid-replacing-4k hybrid-cross-4k control small lm tiny; do
  $python translators.py "$folder" $model
done
$python sentiment.py "$folder"
$python anomaly.py "$folder"
$python cases.py "$folder"
