"""Cases for every check, one module an area."""
