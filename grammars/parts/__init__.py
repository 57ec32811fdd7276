"""Parts by name: the user's own, and those of installed packages."""
