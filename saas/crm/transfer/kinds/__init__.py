"""What can come in: a declaration each."""
