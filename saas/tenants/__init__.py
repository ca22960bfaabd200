"""Who works here, where, what they may, and what they did."""
