"""What the workspace buys: purchases from suppliers, and what comes of them."""
