"""The public page behind a certificate's QR code."""

from html import escape

from course_service.verification.schemas import Verdict, VerificationOut

WORDS = {
    Verdict.VALID: ("This certificate is valid", "#0b7a75"),
    Verdict.REVOKED: ("This certificate was revoked", "#b3261e"),
    Verdict.WITHDRAWN: ("This certificate was withdrawn", "#b3261e"),
    Verdict.UNKNOWN: ("This certificate is not known", "#b3261e"),
}

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{title}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f3f6f8;color:#17324d}}
main{{max-width:34rem;margin:10vh auto;padding:2rem;background:#fff;border-top:6px solid {color}}}
h1{{font-size:1.4rem;margin:0 0 1rem;color:{color}}}dt{{color:#5b6b7a;font-size:.85rem}}
dd{{margin:0 0 .8rem}}</style></head>
<body><main><h1>{title}</h1><dl>{facts}</dl></main></body></html>
"""


def render_page(check: VerificationOut) -> str:
    """The page for one check, every word of it escaped."""
    title, color = WORDS[check.status]
    facts = {
        "Name": check.recipient_name,
        "Course": check.course_title,
        "Taught by": check.instructor_name,
        "Completed": check.completed_at and f"{check.completed_at:%d %B %Y}",
        "Number": check.certificate_number,
        "Issued by": check.issuer,
    }
    rows = "".join(
        f"<dt>{label}</dt><dd>{escape(str(said))}</dd>" for label, said in facts.items() if said
    )
    return PAGE.format(title=title, color=color, facts=rows)
