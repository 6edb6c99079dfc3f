"""Repair: plan and guards decide (pure), apply writes (alone), the journal remembers."""
