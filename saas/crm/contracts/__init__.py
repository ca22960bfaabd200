"""Contracts: what was agreed, from when until when, at which price, and what is told before it ends."""
