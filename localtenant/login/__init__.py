"""Sign-in: the token endpoint of the Microsoft identity platform and the tokens it issues."""
