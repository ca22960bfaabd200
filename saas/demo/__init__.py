"""Two workspaces to look around in, `harbor` in English and `lagoon` in Chinese, made by code at the first start."""
