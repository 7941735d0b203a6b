"""Why a file may not come in."""

from servicekit.problems import Conflict, Forbidden, Unprocessable


class UploadTypeRefused(Unprocessable):
    """The file is of a type that its purpose does not take. `allowed` lists those it takes."""

    title = "This type of file is not taken for that purpose"


class UploadSizeRefused(Unprocessable):
    """The file is larger than its purpose takes, empty, or not of the announced size."""

    title = "The size of the file is wrong"


class UploadClosed(Conflict):
    """This asset takes no upload any more. Ask for a new one."""

    title = "This asset takes no upload any more"


class UploadNotSigned(Forbidden):
    """The upload address was changed, or its time is over. Ask for a new one."""

    title = "The upload address is not valid, or no longer"
