"""What customers owe the workspace: invoices, and what came in for them."""
