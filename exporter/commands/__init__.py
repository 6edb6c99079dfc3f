"""The commands: each module's `run(settings, arguments)` returns an exit code."""
