"""What certificates, chains and primes are, told without clock and I/O, for the checks. Import its modules."""
