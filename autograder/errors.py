"""Everything that can go wrong in a way a person can mend.

GradmarkError
├── UsageError            the command was asked for something that is not there
├── AssignmentError       an assignment folder does not say what it must
├── SubmissionError       a file that was handed in cannot be read
├── PluginError           a plugin is missing, misspelt or not the one that it claims to be
├── GradebookError        the gradebook is locked, foreign or from another version
└── SandboxError          the wall could not be built, or a child broke its rules
    ├── TierError         this machine offers less protection than was asked for
    └── WireError         what came through the wall is not in the closed list of values
"""


class GradmarkError(Exception):
    """Anything that is told to a person in a sentence, without a traceback."""


class UsageError(GradmarkError):
    """The command was asked for something that is not there."""


class AssignmentError(GradmarkError):
    """An assignment folder does not say what it must."""


class SubmissionError(GradmarkError):
    """A file that was handed in cannot be read."""


class PluginError(GradmarkError):
    """A plugin is missing, misspelt, or not the one that it claims to be."""


class GradebookError(GradmarkError):
    """The gradebook is locked, foreign, or from another version."""


class SandboxError(GradmarkError):
    """The wall could not be built, or a child broke its rules."""


class TierError(SandboxError):
    """This machine offers less protection than was asked for."""
