"""Customers nobody looks after: claim one, give one back, or see the rules take it."""
