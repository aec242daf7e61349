"""The rules: pure functions over facts, one module an area."""
