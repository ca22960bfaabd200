"""`make bench`: how fast Seaport is, as a ratio to the same SQL behind a bare page, measured in the same run."""
