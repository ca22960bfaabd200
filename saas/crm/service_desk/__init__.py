"""Cases: what customers ask of us, from the first word to the rating."""
