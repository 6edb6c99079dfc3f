"""What each page says, decided by pure functions and only laid out by the templates."""
