"""Benchmarks: how fast and how small the exporter is, on installations made for the purpose."""
