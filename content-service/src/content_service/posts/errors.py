"""What can be wrong with a post."""

from servicekit.problems import Conflict, NotFound, Unprocessable


class PostNotFound(NotFound):
    """There is no such post, or you may not read it."""

    title = "There is no such post"


class PostEmpty(Unprocessable):
    """A post needs a text, a picture or a link; IMAGE and VIDEO need `media_urls`."""

    title = "The post says nothing"


class PublishTimePassed(Unprocessable):
    """`publish_at` must lie in the future."""

    title = "The time of publication has passed"


class PostNotEditable(Conflict):
    """Course and webinar cards follow their course or webinar: change that instead."""

    title = "This post is not written by hand"


class PostAlreadyPublished(Conflict):
    """A published post has no time of publication to change."""

    title = "The post is published already"
