"""A service account for the FCM sandbox, whose key signs the real client's token requests."""

import json
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from groundwork.envfiles import write_private


def make_service_account(path: Path, *, fcm_url: str) -> None:
    """Write the file once, in the form that Google's console hands out."""
    token_uri = f"{fcm_url}/token"
    if path.exists() and json.loads(path.read_text())["token_uri"] == token_uri:
        return
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {
        "type": "service_account",
        "project_id": "docfliq-sandbox",
        "private_key_id": "sandbox",
        "private_key": pem.decode(),
        "client_email": "push@docfliq-sandbox.iam.gserviceaccount.com",
        "client_id": "100000000000000000000",
        "token_uri": token_uri,
    }
    write_private(path, json.dumps(account, indent=2))
