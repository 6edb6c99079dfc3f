"""Storage files."""
