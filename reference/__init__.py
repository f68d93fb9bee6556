"""The course's models, each in one file to be read beside its paper."""
