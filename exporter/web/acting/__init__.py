"""What an operator may do in the console and through its API: the same, by the same engine."""
