"""What the workspace offers a customer, and what he says to it."""
