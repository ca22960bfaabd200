"""The operators' part: how all workspaces are doing, and nothing that belongs to their customers."""
