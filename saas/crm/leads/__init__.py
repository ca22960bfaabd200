"""Leads: people and companies of whom nobody knows yet whether they will buy."""
