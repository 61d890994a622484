"""The exception tree of Prompt Lab.

Every message says what happened, with which value, and what to do next; it is shown as it is,
in the page or on standard error.

    PromptLabError
    ├── InvalidInput          a parameter, file or prompt that cannot be used
    │   ├── PromptTooLong     prompt and answer do not fit into the context window
    │   ├── NotSupported      the loaded model cannot do what was asked of it
    │   └── NotFound          a conversation, persona, run or model of that name is not there
    ├── CheckpointError       a model folder that is missing, damaged or of an unsupported kind
    ├── FetchError            a model could not be downloaded
    ├── NotEnoughMemory       a model that would not fit into the free memory of a device
    ├── EngineError           the generation engine failed or was shut down; try again
    ├── InterpreterError      the code interpreter cannot be had here, or was ended
    └── StorageError          the database cannot be opened, read or written
"""


class PromptLabError(Exception):
    """Base of all errors that are explained to the user."""


class InvalidInput(PromptLabError, ValueError):
    """Something the user gave cannot be used as it is."""


class PromptTooLong(InvalidInput):
    """The prompt leaves no room for the answer in the context window."""


class NotSupported(InvalidInput):
    """The loaded model cannot do what was asked of it."""


class NotFound(InvalidInput):
    """What was asked for by name or id does not exist."""


class CheckpointError(PromptLabError):
    """A model folder is missing, incomplete, damaged or unsupported."""


class FetchError(PromptLabError):
    """A model could not be downloaded."""


class NotEnoughMemory(PromptLabError):
    """A model needs more memory than a device has free."""


class EngineError(PromptLabError):
    """The engine could not finish a request."""


class InterpreterError(PromptLabError):
    """The code interpreter cannot be had, cannot be started, or was ended."""


class StorageError(PromptLabError):
    """The database could not be opened, read or written."""
