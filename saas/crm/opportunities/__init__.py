"""Deals: possible sales on their way through the stages of the workspace."""
