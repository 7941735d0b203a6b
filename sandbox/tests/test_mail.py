"""The mail sink, through smtplib."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from uuid import uuid4

import httpx2
import pytest

from sandbox.testing import SandboxProcess


@pytest.fixture
def smtp(running: SandboxProcess) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", running.smtp_port, timeout=5) as smtp:
        yield smtp


@pytest.fixture
def sink(running: SandboxProcess) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=running.mail_url, trust_env=False) as sink:
        yield sink


@pytest.fixture
def address() -> str:
    return f"{uuid4().hex}@docfliq.test"


HTML = "<p>नमस्ते <a href='http://x/'>here</a></p>"


def _mail(to: str, subject: str = "Bestätigen Sie Ihre Adresse", html: str = HTML) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Docfliq <no-reply@docfliq.test>", to, subject
    mail.set_content("Open http://localhost:8000/verify?token=a&b=c, please.\n")
    mail.add_alternative(html, subtype="html")
    return mail


def test_a_mail_arrives_with_its_text_and_html(
    smtp: smtplib.SMTP, sink: httpx2.Client, address: str
) -> None:
    smtp.send_message(_mail(address))

    [item] = sink.get("/messages", params={"to": address}).json()["items"]
    assert set(item) == {"id", "to", "subject", "text", "html", "at"}
    assert (item["to"], item["subject"]) == (address, "Bestätigen Sie Ihre Adresse")
    assert item["text"] == "Open http://localhost:8000/verify?token=a&b=c, please.\n"
    assert "नमस्ते" in item["html"]


def test_mails_are_newest_first_and_limited(
    smtp: smtplib.SMTP, sink: httpx2.Client, address: str
) -> None:
    for subject in ("one", "two", "three"):
        smtp.send_message(_mail(address, subject))

    items = sink.get("/messages", params={"to": address.upper(), "limit": 2}).json()["items"]
    assert [item["subject"] for item in items] == ["three", "two"]


def test_a_mail_to_two_arrives_at_both(
    smtp: smtplib.SMTP, sink: httpx2.Client, address: str
) -> None:
    smtp.send_message(_mail(address), to_addrs=[address, f"other-{address}"])

    for recipient in (address, f"other-{address}"):
        assert len(sink.get("/messages", params={"to": recipient}).json()["items"]) == 1


@pytest.mark.parametrize(("prefix", "code"), [("bounce-", 550), ("later-", 451)])
def test_an_address_may_refuse(
    smtp: smtplib.SMTP, sink: httpx2.Client, address: str, prefix: str, code: int
) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        smtp.send_message(_mail(prefix + address))

    assert refused.value.recipients[prefix + address][0] == code
    assert sink.get("/messages", params={"to": prefix + address}).json()["items"] == []


def test_one_mail_can_be_read_with_headers_and_attachments(
    smtp: smtplib.SMTP, sink: httpx2.Client, address: str
) -> None:
    mail = _mail(address)
    mail["List-Unsubscribe"] = "<http://localhost:8000/unsubscribe>"
    mail.add_attachment(b"BEGIN:VCALENDAR", "text", "calendar", filename="webinar.ics")
    smtp.send_message(mail)
    [item] = sink.get("/messages", params={"to": address}).json()["items"]

    whole = sink.get(f"/messages/{item['id']}").json()

    assert dict(whole["headers"])["List-Unsubscribe"] == "<http://localhost:8000/unsubscribe>"
    assert [(part["filename"], part["size"]) for part in whole["attachments"]] == [
        ("webinar.ics", 15)
    ]
    assert whole["text"] == item["text"]


def test_a_person_can_read_a_mail_whose_html_can_do_no_harm(
    smtp: smtplib.SMTP, sink: httpx2.Client, address: str
) -> None:
    mail = _mail(address, "<script>alert(1)</script>", html="<script>alert(2)</script>")
    smtp.send_message(mail)
    [item] = sink.get("/messages", params={"to": address}).json()["items"]

    shown = sink.get(f"/mails/{item['id']}").text

    assert "<script>" not in shown
    assert "<iframe sandbox=" in shown
    assert 'href="http://localhost:8000/verify?token=a&amp;b=c"' in shown
    assert address in sink.get("/").text


@pytest.mark.parametrize(
    "raw",
    [
        b"no headers at all",
        b"Subject: \xff\xfe\r\n\r\n\xff\x00",
        b"Content-Type: text/plain; charset=klingon\r\n\r\nqapla",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n--x--",
        b"Subject: =?utf-8?b?////?=\r\nTo: \xed\xa0\x80\r\n\r\nhi",
        b"",
    ],
)
def test_a_strange_mail_is_kept_nevertheless(
    smtp: smtplib.SMTP, sink: httpx2.Client, address: str, raw: bytes
) -> None:
    smtp.sendmail("a@docfliq.test", [address], raw)

    [item] = sink.get("/messages", params={"to": address}).json()["items"]
    assert sink.get(f"/mails/{item['id']}").status_code == 200


def test_an_unknown_mail_is_a_404(sink: httpx2.Client) -> None:
    assert sink.get("/messages/999999").status_code == 404
