#!/usr/bin/env bash
# Compiles input/fsh to package/; with --check compares instead and fails on a difference. Needs Node 20; asks no FHIR registry.
set -euo pipefail
cd "$(dirname "$0")/../tests/conformance"
[ -d node_modules/fsh-sushi ] || npm ci --no-audit --no-fund
node profiles.mjs "$@"
