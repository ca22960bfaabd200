"""Calls, visits, demos, mails, tasks and notes: what is planned with customers, and what was."""
