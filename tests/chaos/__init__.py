"""A Timesketch under random mishaps, and a judge who knows the truth: `make chaos`."""
