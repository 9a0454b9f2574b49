#!/usr/bin/env bash
# The program killed twenty times while it sends 500 messages: prints how many were lost and how many came twice.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec cargo test --package gatehouse --test web -- --ignored --nocapture programs_killed_twenty_times
