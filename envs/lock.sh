#!/usr/bin/env bash
# Remake the locks from pyproject.toml: `make lock`. UPGRADE=1 takes newer versions where there are any.
set -euo pipefail
cd "$(dirname "$0")/.."

# One version of each package for every Python and platform, so that all machines compute with the same code.
options=(--quiet --universal --python-version 3.11 --fork-strategy fewest --no-header --no-annotate --generate-hashes)
if [ "${UPGRADE:-}" ]; then options+=(--upgrade); fi

# An entry is a line with name and version and, indented below it, the hashes of all files that it may be installed from.
without() { awk -v names="^($1)" '/^[^ #]/ {kept = $0 !~ names} kept' "$2"; }
versions() { sed -n 's/ \\$//; /^[^ #]/p' "$1"; }

# PyTorch has another file of the same version on each index and for each kind of GPU. It comes last, without hashes.
torch_last() {
    awk '/^[^ #]/ {is_torch = /^torch==/} !is_torch'
    echo "# Without hashes, as its files differ between CPUs, GPUs and package indexes:"
    grep '^torch==' "$folder/versions"
}

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
without 'cupy|cuda-|nvidia-|triton' "$folder/cuda" >"$folder/hashed"
versions "$folder/hashed" >"$folder/versions"
uv pip compile "${options[@]}" pyproject.toml --extra dev -c "$folder/versions" -o "$folder/cpu" >/dev/null
uv pip compile "${options[@]}" pyproject.toml -c "$folder/versions" -o "$folder/run" >/dev/null

{
    header "Everything that runs and tests Rootline on CPUs."
    without 'cuda-|nvidia-|triton' "$folder/cpu" | torch_last
} >envs/cpu.lock
{
    header "Everything that runs and tests Rootline on NVIDIA GPUs (CUDA 13)."
    torch_last <"$folder/cuda"
} >envs/cuda.lock
{
    header "The conda environment of the rules, for \`snakemake --sdm conda\`: the run-time part of cpu.lock."
    echo "name: rootline"
    echo "channels: [conda-forge, nodefaults]"
    echo "dependencies:"
    echo "  - python=3.12"
    echo "  - pip"
    echo "  - pip:"
    versions <(without 'cuda-|nvidia-|triton' "$folder/run") | sed 's/.*/      - "&"/'
} >envs/rootline.yaml
grep -c '==' envs/cpu.lock envs/cuda.lock envs/rootline.yaml
