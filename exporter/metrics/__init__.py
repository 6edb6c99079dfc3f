"""The metrics: what is published, declared once, and how the latest judgement becomes series."""
