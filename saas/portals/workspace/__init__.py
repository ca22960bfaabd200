"""Staff pages that belong to no capability: today, profile, members, roles, settings, the bell."""
