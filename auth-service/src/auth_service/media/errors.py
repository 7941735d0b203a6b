"""What can be wrong with an asset that somebody points to."""

from servicekit.problems import Conflict, NotFound


class AssetNotFound(NotFound):
    """You have no such asset."""

    title = "You have no such asset"


class AssetUnfit(Conflict):
    """This asset was uploaded for another purpose, or it could not be used."""

    title = "The asset cannot be used for this"
