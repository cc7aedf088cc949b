"""What can go wrong, as exceptions: one for each status of limpid.h, with the library's own line as its text."""


class Error(Exception):
    """Anything limpid could not do. Its text is one line: what, where, and what to do."""


class UsageError(Error, ValueError):
    """An argument that cannot be honoured: an unknown layer, a tensor of a wrong shape, a device that is not there."""


class InputError(Error, ValueError):
    """A file, or an option of a render, that is wrong."""


class MachineError(Error, RuntimeError):
    """The machine failed: a disk, a device, or numbers that are not finite."""


class OutOfMemory(Error, MemoryError):
    """Memory is short; asking for less may do."""


class Cancelled(Error):
    """A render was ended before it had its steps."""


# By the numbers of limpid_status.
_KINDS = {1: UsageError, 2: InputError, 3: MachineError, 4: OutOfMemory, 5: Cancelled}


def error_of(status: int, line: str) -> Error:
    """The exception for a status other than 0."""
    return _KINDS.get(status, Error)(line)
