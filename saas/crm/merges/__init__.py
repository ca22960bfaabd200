"""The same customer or person twice, made one: pairs to look at, what moves, and the way back."""
