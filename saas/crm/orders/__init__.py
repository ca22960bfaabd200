"""Orders: what was promised to a customer, what of it was delivered, and what came back."""
