"""Points: a score account of each customer, given and taken with a reason."""
