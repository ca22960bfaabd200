"""Pages for those who are not in a workspace: the public site, signing up and in, choosing a workspace, health."""
