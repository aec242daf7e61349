"""What is known of the world, as pure data: cipher suites, package versions, fixes, releases, directives. No I/O."""
