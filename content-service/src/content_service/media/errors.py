"""What can be wrong with an upload."""

from servicekit.problems import Conflict, Forbidden, NotFound, Unprocessable


class AssetNotFound(NotFound):
    """There is no such asset, or it is not yours."""

    title = "There is no such asset"


class UploadTypeRefused(Unprocessable):
    """The file is of a type that its purpose does not take. `allowed` lists those it takes."""

    title = "This type of file is not taken for that purpose"


class UploadSizeRefused(Unprocessable):
    """The file is larger than its purpose takes, empty, or not of the announced size."""

    title = "The size of the file is wrong"


class UploadDamaged(Unprocessable):
    """The checksum of what arrived differs from the one you sent. Upload it again."""

    title = "The file arrived damaged"


class UploadMissing(Conflict):
    """Nothing was uploaded yet: send the file to the address first, then confirm."""

    title = "The file has not been uploaded yet"


class UploadClosed(Conflict):
    """This asset takes no upload any more. Ask for a new one."""

    title = "This asset takes no upload any more"


class UploadNotSigned(Forbidden):
    """The upload address was changed, or its time is over. Ask for a new one."""

    title = "The upload address is not valid, or no longer"


class AssetNotReady(Conflict):
    """The asset is still being worked on, or cannot be used: look at its status."""

    title = "The asset is not ready"
