"""What Alertmanager posts: read, understood, stored as requests for repairs, and answered."""
