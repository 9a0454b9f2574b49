#!/usr/bin/env bash
# A mail server that is away for an hour while 1 000 messages wait: prints how soon after its return all are sent.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec cargo test --package gatehouse --test web -- --ignored --nocapture a_thousand_messages
