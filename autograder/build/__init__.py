"""From an assignment's folder to what students and instructors get; it starts in assembly.py."""
