"""What can be wrong with an upload."""

from servicekit.problems import Conflict, NotFound, Unprocessable


class AssetNotFound(NotFound):
    """There is no such asset, or it is not yours."""

    title = "There is no such asset"


class UploadDamaged(Unprocessable):
    """The checksum of what arrived differs from the one you sent. Upload it again."""

    title = "The file arrived damaged"


class UploadMissing(Conflict):
    """Nothing was uploaded yet: send the file to the address first, then confirm."""

    title = "The file has not been uploaded yet"


class AssetNotReady(Conflict):
    """The asset is still being worked on, or cannot be used: look at its status."""

    title = "The asset is not ready"
