"""The tests: unit (pure, fast), integration (real servers), acceptance (a real Timesketch)."""
