"""A real Timesketch for the tests: its environment, its web application, its workers."""
