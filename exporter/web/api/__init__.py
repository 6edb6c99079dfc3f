"""The JSON API under /api/v1: what the pages show and what can be done there, for programs."""
