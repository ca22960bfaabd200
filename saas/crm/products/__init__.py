"""What the workspace sells."""
