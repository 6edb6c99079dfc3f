"""A stand-in for Plaso, which a worker imports: as much of it as Timesketch's task asks for."""

__version__ = "20991231"
