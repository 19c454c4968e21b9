#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""usage: vkey_webauthn.py hid|pcsc PIN ALGORITHM

Register and log in with python-fido2's WebAuthn client and print both as a
browser would hand them to a server, as JSON. No PIN ("") means touch only.
"""

import base64
import json
import os
import sys

from fido2.client import Fido2Client

RP = {"id": "office.example", "name": "Office"}
ORIGIN = "https://office.example"


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def device(kind):
    if kind == "hid":
        from fido2.hid import CtapHidDevice
        return next(CtapHidDevice.list_devices())
    from fido2.pcsc import CtapPcscDevice
    return next(CtapPcscDevice.list_devices())


def credential(name, response):
    return {"id": name, "rawId": name, "type": "public-key",
            "clientExtensionResults": {}, "response": response}


def register(client, pin, verify, algorithm):
    challenge = os.urandom(32)
    made = client.make_credential({
        "rp": RP, "challenge": challenge,
        "user": {"id": b"taro", "name": "taro", "displayName": "Taro"},
        "pubKeyCredParams": [{"type": "public-key", "alg": algorithm}],
        "authenticatorSelection": {"userVerification": verify},
    }, pin=pin)
    object_ = made.attestation_object
    name = object_.auth_data.credential_data.credential_id
    return name, {
        "challenge": b64(challenge),
        "response": credential(b64(name), {
            "clientDataJSON": b64(made.client_data),
            "attestationObject": b64(object_.with_string_keys()),
            "transports": ["usb"]})}


def log_in(client, pin, verify, name):
    challenge = os.urandom(32)
    got = client.get_assertion({
        "rpId": RP["id"], "challenge": challenge,
        "allowCredentials": [{"type": "public-key", "id": name}],
        "userVerification": verify,
    }, pin=pin).get_response(0)
    return {
        "challenge": b64(challenge),
        "response": credential(b64(name), {
            "clientDataJSON": b64(got.client_data),
            "authenticatorData": b64(got.authenticator_data),
            "signature": b64(got.signature)})}


def main():
    client = Fido2Client(device(sys.argv[1]), ORIGIN)
    pin = sys.argv[2] or None
    verify = "required" if pin else "discouraged"
    name, registration = register(client, pin, verify, int(sys.argv[3]))
    logins = [log_in(client, pin, verify, name) for _ in range(2)]
    json.dump({"rp": RP["id"], "origin": ORIGIN, "verified": pin is not None,
               "registration": registration, "logins": logins}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
