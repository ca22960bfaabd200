"""What answers events and the clock; never called by a view."""
