"""Confidential details of customers and contacts: kept sealed, shown masked, each look written down."""
