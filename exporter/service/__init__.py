"""What runs behind the commands: observer, scan loop and repairs, as settings describe them."""
