"""Renting: plans, subscriptions, seats."""
