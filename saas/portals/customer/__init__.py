"""The portal of customers: what they ask of us, and how far we are."""
