"""The portal of partners: their leads, new ones, and whether a name is free."""
