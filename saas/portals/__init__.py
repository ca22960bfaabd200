"""The doors through which people come in: each with its layout, its menu and its rule of who may enter."""
