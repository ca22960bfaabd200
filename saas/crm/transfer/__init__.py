"""Data comes in from sheets, and goes out again: import, its undo, export."""
