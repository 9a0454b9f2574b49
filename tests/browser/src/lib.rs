//! Journeys through Gatehouse in a real browser; see `tests/`.
