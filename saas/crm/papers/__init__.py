"""What quotes, contracts, orders and invoices share: lines, sums, rates of exchange, the look on paper."""
