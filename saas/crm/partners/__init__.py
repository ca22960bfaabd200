"""Partners: companies that bring and pursue leads for us, and their people in the partner portal."""
