"""What lives on the student's side of the wall. It imports nothing of ours but this folder."""
