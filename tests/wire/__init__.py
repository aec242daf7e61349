"""What the wire engine makes of servers, sound, odd and hostile."""
