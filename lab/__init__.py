"""The lab: a fleet of real servers in namespaces of this machine, to try the audit on and to test it with."""
