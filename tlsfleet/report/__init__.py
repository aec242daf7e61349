"""What a run leaves: its folder, results, facts for people and programs, the HTML report, pytest's outcomes."""
