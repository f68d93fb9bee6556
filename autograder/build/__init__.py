"""From an assignment's folder to what students and instructors get."""

from autograder.build.assembly import Built, build_assignment

__all__ = ["Built", "build_assignment"]
