"""The verbs of identity, by noun: `signing`, `users`, `workspaces`, …; import the one you need by its name."""
