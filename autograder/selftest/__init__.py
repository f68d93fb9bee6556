"""Grading the grader: what the checks must say of right answers, of nothing at all, and of every mistake."""
