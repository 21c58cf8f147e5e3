#!/usr/bin/env bash
# Ask the Open Source Vulnerabilities database about every package of the locks: part of `make lint`. Where osv.dev cannot
# be reached it says so and passes. AUDIT_URL names another server that answers as osv.dev does.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# uv audits its own kind of lock, so the pins become one; nothing is resolved or downloaded for that.
sed -nE 's/^([A-Za-z0-9._-]+)==([^ ;]+).*/\1 \2/p' envs/cpu.lock envs/cuda.lock | sort -u >"$folder/pins"
awk 'BEGIN {print "[project]\nname = \"locked\"\nversion = \"0\"\nrequires-python = \">=3.11\"\ndependencies = ["}
    {printf "\"%s==%s\",\n", $1, $2} END {print "]"}' "$folder/pins" >"$folder/pyproject.toml"
{
    awk 'BEGIN {print "version = 1\nrequires-python = \">=3.11\"\n\n[[package]]\nname = \"locked\"\nversion = \"0\""
        print "source = { virtual = \".\" }\ndependencies = ["} {printf "{ name = \"%s\" },\n", $1} END {print "]"}' "$folder/pins"
    awk '{printf "\n[[package]]\nname = \"%s\"\nversion = \"%s\"\n", $1, $2
        print "source = { registry = \"https://pypi.org/simple\" }"}' "$folder/pins"
} >"$folder/uv.lock"

outcome=0
UV_HTTP_TIMEOUT=5 UV_HTTP_RETRIES=0 uv audit --preview-features audit-command --frozen --project "$folder" \
    ${AUDIT_URL:+--service-url "$AUDIT_URL"} >"$folder/found" 2>"$folder/said" || outcome=$?
count=$(wc -l <"$folder/pins" | tr -d ' ')
if [ "$outcome" = 0 ]; then
    echo "No vulnerability is known of the $count packages in envs/*.lock."
elif [ "$outcome" = 1 ]; then
    cat "$folder/found"
    echo "Known vulnerabilities in envs/*.lock: raise the bounds in pyproject.toml to a fixed version and run \`make lock\`." >&2
    exit 1
elif grep -q -E 'error sending request|HTTP status' "$folder/said"; then
    echo "The $count packages in envs/*.lock were not looked up: ${AUDIT_URL:-osv.dev} cannot be reached from here."
else
    cat "$folder/said" >&2
    exit "$outcome"
fi
