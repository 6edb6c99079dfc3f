"""Hours of work in little time: does anything grow? `python -m tests.soak` (`make soak`)."""
