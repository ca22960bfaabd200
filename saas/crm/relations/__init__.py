"""Relations: who stands between companies, and what is done together with a customer or a partner."""
