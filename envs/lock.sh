#!/usr/bin/env bash
# Remake the locks from pyproject.toml: `make lock`. UPGRADE=1 takes newer versions where there are any.
set -euo pipefail
cd "$(dirname "$0")/.."

# One version of each package for every Python and platform, so that all machines compute with the same code.
options=(--quiet --universal --python-version 3.11 --fork-strategy fewest --no-header --no-annotate)
if [ "${UPGRADE:-}" ]; then options+=(--upgrade); fi

header() {
    echo "# $1"
    echo "# Made by \`make lock\` from pyproject.toml: change that file, not this one. How to install it: envs/README.md."
}

# The present locks are where the resolver starts, so that nothing moves without UPGRADE=1.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp envs/cpu.lock "$folder/cpu" 2>/dev/null || true
cp envs/cuda.lock "$folder/cuda" 2>/dev/null || true

echo "Resolving envs/cuda.lock ..."
uv pip compile "${options[@]}" pyproject.toml --extra dev --extra cuda -o "$folder/cuda" >/dev/null

# PyTorch's CPU builds need none of the NVIDIA packages that the metadata of its CUDA build names.
echo "Resolving envs/cpu.lock ..."
grep -v -E '^(#|cupy|cuda-|nvidia-|triton)' "$folder/cuda" >"$folder/versions"
uv pip compile "${options[@]}" pyproject.toml --extra dev -c "$folder/versions" -o "$folder/cpu" >/dev/null
uv pip compile "${options[@]}" pyproject.toml -c "$folder/versions" -o "$folder/run" >/dev/null
without_cuda() { grep -v -E '^(#|cuda-|nvidia-|triton)' "$1"; }

{
    header "Everything that runs and tests Rootline on CPUs."
    without_cuda "$folder/cpu"
} >envs/cpu.lock
{
    header "Everything that runs and tests Rootline on NVIDIA GPUs (CUDA 13)."
    grep -v '^#' "$folder/cuda"
} >envs/cuda.lock
{
    header "The conda environment of the rules, for \`snakemake --sdm conda\`: the run-time part of cpu.lock."
    echo "name: rootline"
    echo "channels: [conda-forge, nodefaults]"
    echo "dependencies:"
    echo "  - python=3.12"
    echo "  - pip"
    echo "  - pip:"
    without_cuda "$folder/run" | sed 's/.*/      - "&"/'
} >envs/rootline.yaml
wc -l envs/cpu.lock envs/cuda.lock envs/rootline.yaml
