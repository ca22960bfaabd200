"""Sample records: what a story made to look around in, marked, and cleared when it has served."""
