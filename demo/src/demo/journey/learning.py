"""Step 4: watching, reading, being examined."""

import asyncio
import re
import time
from typing import Any
from urllib.parse import urljoin

from demo.checking import hold, same
from demo.client import Refusal
from demo.journey.teaching import CHAPTERS, QUESTIONS, TEXT
from demo.media import probe
from demo.people import Person
from demo.story import Story
from demo.uploads import download
from demo.waiting import eventually

RATE = 2.0


async def learner_plays(story: Story) -> str:
    """Master playlist, variants, every segment by its signed address; ffprobe decodes them all."""
    learner = story.learner

    async def playable() -> dict[str, Any] | None:
        content: dict[str, Any] = await learner.api.get(_content(story.course.video))
        return content if content["hls_manifest_url"] else None

    content = await eventually(playable, what="the video can be played")
    await story.anybody.get(_content(story.course.video), expect=401)
    master = await playlist(learner, content["hls_manifest_url"])
    variants = addresses(master, content["hls_manifest_url"])
    hold(variants, "the master playlist names no variant")
    told, parts = [], [""]
    for number, variant in enumerate(variants):
        media = await playlist(learner, variant)
        hold("#EXT-X-ENDLIST" in media, "the playlist has no end")
        parts = initialisation(media, variant) + addresses(media, variant)
        hold(all("signature=" in part for part in parts), "a segment is not signed")
        film = story.folder / f"played-{number}.ts"
        film.write_bytes(b"".join([await download(learner, part) for part in parts]))
        seen = await probe(film)
        frames = int(seen["nb_read_frames"])
        hold(frames > story.video_secs * 10, f"only {frames} frames decode")
        told.append(f"{seen['height']}p {len(parts)} parts {frames} frames")
    await _refuses_forgery(learner, parts[-1])
    return "; ".join(told)


def _content(lesson_id: str) -> str:
    return f"/player/lessons/{lesson_id}/content"


async def playlist(person: Person, url: str) -> str:
    """The text of an HLS playlist (RFC 8216)."""
    text = await person.api.get(url)
    decoded = text.decode() if isinstance(text, bytes) else str(text)
    hold(decoded.startswith("#EXTM3U"), f"no playlist: {decoded[:100]}")
    return decoded


def addresses(text: str, base: str) -> list[str]:
    """The addresses that a playlist lists, made absolute."""
    lines = (line.strip() for line in text.splitlines())
    return [urljoin(base, line) for line in lines if line and not line.startswith("#")]


def initialisation(text: str, base: str) -> list[str]:
    """The initialisation section of fragmented MP4, if there is one."""
    found = re.search(r'#EXT-X-MAP:.*?URI="([^"]+)"', text)
    return [urljoin(base, found.group(1))] if found else []


async def _refuses_forgery(learner: Person, url: str) -> None:
    forged = re.sub(r"signature=[^&]{4}", "signature=AAAA", url)
    answer = await learner.wire.send("GET", forged)
    same(answer.status_code, 403, "a segment with a forged signature")


async def learner_watches(story: Story) -> str:
    """Heartbeats at double speed; a claim to have seen everything at once is not believed."""
    learner, lesson = story.learner, story.course.video
    await learner.api.get(_content(lesson))
    began = time.monotonic()
    state = await beat(learner, lesson, end=story.video_secs)
    hold(not state["is_completed"], "the whole video was believed to be watched at once")
    beats = 1
    while not state["is_completed"]:
        hold(time.monotonic() - began < 120, f"the video never completes: {state}")
        await asyncio.sleep(2)
        seen = min(story.video_secs, (time.monotonic() - began) * RATE)
        state = await beat(learner, lesson, end=seen)
        beats += 1
    return (
        f"{state['watched_pct']} % of {story.video_secs} s at {RATE:.0f}x after {beats} beats"
        f" in {time.monotonic() - began:.0f} s"
    )


async def beat(person: Person, lesson_id: str, *, end: float) -> dict[str, Any]:
    """One heartbeat that claims everything from the beginning to `end`."""
    end = round(end, 1)
    wish = {"position_secs": end, "watched_intervals": [[0, end]], "playback_rate": RATE}
    state: dict[str, Any] = await person.api.post(f"/player/lessons/{lesson_id}/heartbeat", wish)
    return state


async def learner_reads_the_pdf(story: Story) -> str:
    """The document itself by its signed address, and its pages one after the other."""
    learner, lesson = story.learner, story.course.pdf
    content = await learner.api.get(_content(lesson))
    paper = await download(learner, content["signed_content_url"])
    hold(paper.startswith(b"%PDF"), "the document is no PDF")
    same(content["page_count"], len(CHAPTERS), "page_count")
    state: dict[str, Any] = {}
    for page in range(1, len(CHAPTERS) + 1):
        wish = {"current_page": page, "pages_viewed": list(range(1, page + 1))}
        state = await learner.api.post(f"/player/lessons/{lesson}/heartbeat/document", wish)
    hold(state["is_completed"], f"not completed: {state}")
    return f"{len(CHAPTERS)} pages, {len(paper) // 1024} KiB"


async def learner_reads_the_text(story: Story) -> str:
    """A text is done when the reader says so."""
    learner, lesson = story.learner, story.course.text
    content = await learner.api.get(_content(lesson))
    hold(TEXT[:40] in content["content_body"], "the text is another one")
    await learner.api.post(f"/lms/lessons/{lesson}/progress", {"completed": True})
    return f"{len(TEXT.split())} words"


async def learner_passes(story: Story) -> str:
    """The key is never shown before; a first try fails, the second passes, the clock is theirs."""
    learner, quiz = story.learner, story.course.quiz
    shown = await learner.api.get(f"/assessment/lessons/{story.course.quiz_lesson}/quiz")
    hold(_hides_the_key(shown), "the quiz shows its key")
    failed = await sit(learner, quiz, right=False)
    same(failed["passed"], False, "passed with wrong answers")  # noqa: FBT003
    passed = await sit(learner, quiz, right=True)
    hold(passed["passed"], f"not passed: {passed}")
    return f"{failed['score_pct']} % then {passed['score_pct']} %, in two attempts of three"


async def sit(person: Person, quiz_id: str, *, right: bool) -> dict[str, Any]:
    """One attempt at the quiz, submitted; it is looked for first when an answer was lost."""

    async def begun() -> dict[str, Any] | None:
        mine = await person.api.collect(f"/assessment/quizzes/{quiz_id}/attempts")
        running = [one for one in mine if one["submitted_at"] is None]
        if not running:
            return None
        attempt: dict[str, Any] = await person.api.get(f"/assessment/attempts/{running[0]['id']}")
        return attempt

    paper = await person.api.post(f"/assessment/quizzes/{quiz_id}/start", happened=begun)
    hold(_hides_the_key(paper), "the attempt shows the key")
    path = f"/assessment/attempts/{paper['id']}"
    answers = [answer_to(question, right=right) for question in paper["questions"]]
    for number, answer in enumerate(answers):
        await person.api.put(f"{path}/answers/{number}", {"answer": answer})
    try:
        await person.api.post(f"{path}/submit")
    except Refusal as refused:
        # Submitted already: the answer to the first request was lost.
        if refused.status != 409:
            raise
    result: dict[str, Any] = await person.api.get(path)
    hold(result["submitted_at"], "the attempt is not submitted")
    return result


def answer_to(question: dict[str, Any], *, right: bool) -> int | list[int]:
    """The answer in the order shown, found by the texts of the options."""
    known = next(one for one in QUESTIONS if one["question"] == question["question"])
    good = known.get("correct_indices") or [known["correct_index"]]
    wanted = {known["options"][index]["text"] for index in good}
    shown = [option["text"] for option in question["options"]]
    chosen = [index for index, text in enumerate(shown) if (text in wanted) is right]
    return chosen if known["question_type"] == "MSQ" else chosen[0]


def _hides_the_key(shown: dict[str, Any]) -> bool:
    keys = ("correct_index", "correct_indices", "correct_text", "explanation")
    questions = shown.get("questions") or []
    return all(question.get(key) is None for question in questions for key in keys)
