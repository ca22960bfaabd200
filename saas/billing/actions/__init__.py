"""The verbs of renting: `asking` (what must happen once at Stripe), `following` (what Stripe holds), `buying`, and
`reconciling`, which looks at everything.
"""
