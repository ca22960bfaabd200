"""What lies where: warehouses, movements, what is reserved and on its way, counts and warnings."""
