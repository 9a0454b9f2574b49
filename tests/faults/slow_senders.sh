#!/usr/bin/env bash
# 500 heads and 500 bodies at ten bytes a second: prints when the last of them is closed and how others fared.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec cargo test --package gatehouse --test web -- --ignored --nocapture a_thousand_slow_senders
