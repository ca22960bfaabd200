"""Mails: what we and our customers write to each other, filed under whom it is with."""
