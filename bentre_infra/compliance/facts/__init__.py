"""What was read of a host, a project and a site, as the checks ask for it; pure, no I/O."""
