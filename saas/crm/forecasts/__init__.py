"""What will be won: by month, team and person; what people say of it, and what came of that."""
