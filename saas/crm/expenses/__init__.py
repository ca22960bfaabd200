"""What members spend for customers, and get back once somebody has approved it."""
