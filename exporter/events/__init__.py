"""What is kept of events: tasks' and workers' own, verdicts as they changed, and their story."""
