"""Reports: a month in figures, on screen and as PDF; cases on paper; the figures on Today."""
