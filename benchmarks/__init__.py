"""Speed, measured by hand and by `make bench`: figures for the README, side by side with what others take."""
