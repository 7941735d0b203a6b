"""`python -m demo`: seed the platform, play the main journey, say what happened."""

import argparse
import asyncio
import sys

from demo.journey import play
from demo.people import PASSWORD
from demo.seed import seed
from demo.settings import Addresses, find_addresses
from demo.stage import new_story
from demo.transcript import Transcript

ACCOUNTS = ("admin", "moderator", "instructor", "doctor", "learner")


async def run(at: Addresses, transcript: Transcript, *, seed_only: bool) -> None:
    """Everything; what does not hold is raised."""
    async with new_story(at, transcript) as story:
        transcript.part("The platform is inhabited")
        with transcript.step("people, posts, courses, coupons") as told:
            told.fact = await seed(story)
        if not seed_only:
            await play(story)
        tally = story.wire.tally
        transcript.say(
            f"\n{len(transcript.steps)} steps in {transcript.secs:.0f} s;"
            f" {tally.requests} requests, {tally.repeats} repeated for want of an answer."
        )
        transcript.say(closing(at))
        if story.certificate:
            transcript.say(f"  certificate      {story.certificate['verification_url']}")


def closing(at: Addresses) -> str:
    """Where to look now, and as whom."""
    places = {
        "gateway": at.gateway,
        "API reference": f"{at.gateway}/docs",
        "mail sink": at.mail,
        "Razorpay sandbox": at.razorpay,
        "FCM sandbox": at.fcm,
    }
    logins = ", ".join(f"{name}@demo.docfliq.test" for name in ACCOUNTS)
    lines = [f"  {name:<16} {place}" for name, place in places.items()]
    return "\n".join(["", *lines, f"  logins           {logins}", f"  password         {PASSWORD}"])


def main() -> int:
    """0 only if every step held."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--base-url", help="the gateway, if not the platform's own address")
    parser.add_argument("--seed-only", action="store_true", help="fill the platform, play nothing")
    wishes = parser.parse_args()
    transcript = Transcript()
    try:
        asyncio.run(run(find_addresses(wishes.base_url), transcript, seed_only=wishes.seed_only))
    except KeyboardInterrupt:
        return 130
    # Whatever went wrong ends the run; the step has told what.
    except Exception as failure:  # noqa: BLE001  (told and exit 1)
        print(f"\nThe journey ended here: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
