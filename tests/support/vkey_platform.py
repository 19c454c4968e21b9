#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""usage: vkey_platform.py hid|pcsc PIN [WORD...]

python-fido2 as a platform, the second one beside libfido2: everything that the
virtual key can do, in both PIN protocols, each answer verified. Prints a line
for each thing that held; the exit status is 1 if one did not.
The words: finger (there is a sensor with a learned finger).
"""

import hashlib
import os
import sys

from fido2.attestation import PackedAttestation
from fido2.ctap import CtapError
from fido2.ctap2 import (ClientPin, Config, CredentialManagement, Ctap2,
                         FPBioEnrollment, PinProtocolV1, PinProtocolV2)

RP = {"id": "office.example", "name": "Office"}
MAY = ClientPin.PERMISSION
ES256 = [{"type": "public-key", "alg": -7}]
PASSCODE, FINGER, PRESENCE = 0x800, 0x002, 0x001


def device(kind):
    if kind == "hid":
        from fido2.hid import CtapHidDevice
        return next(CtapHidDevice.list_devices())
    from fido2.pcsc import CtapPcscDevice
    return next(CtapPcscDevice.list_devices())


def check(what, held):
    if not held:
        print("FAIL  " + what)
        sys.exit(1)
    print("ok    " + what)


def status(call, *args, **words):
    try:
        call(*args, **words)
    except CtapError as e:
        return int(e.code)
    return 0


class Platform:
    def __init__(self, ctap, protocol, pin):
        self.ctap = ctap
        self.protocol = protocol
        self.client = ClientPin(ctap, protocol)
        self.pin = pin
        self.name = "protocol %d" % protocol.VERSION

    def token(self, permissions):
        return self.client.get_pin_token(self.pin, permissions, RP["id"])

    def make(self, token, user, **words):
        client_hash = os.urandom(32)
        made = self.ctap.make_credential(
            client_hash, RP, {"id": user, "name": "n-" + user.decode()}, ES256,
            pin_uv_param=token and self.protocol.authenticate(
                token, client_hash),
            pin_uv_protocol=token and self.protocol.VERSION, **words)
        PackedAttestation().verify(made.att_statement, made.auth_data,
                                   client_hash)
        return made.auth_data

    def get(self, token, public_keys, allow=None, **words):
        client_hash = os.urandom(32)
        answers = self.ctap.get_assertions(
            RP["id"], client_hash, allow, {"uvm": True},
            pin_uv_param=token and self.protocol.authenticate(
                token, client_hash),
            pin_uv_protocol=token and self.protocol.VERSION, **words)
        for answer, key in zip(answers, public_keys):
            answer.verify(client_hash, key)
        return answers


def descriptor(auth_data):
    return {"type": "public-key",
            "id": auth_data.credential_data.credential_id}


def methods(auth_data):
    return [entry[0] for entry in auth_data.extensions["uvm"]]


def check_pin(p):
    check(p.name + ": wrong PIN is 31",
          status(ClientPin(p.ctap, p.protocol).get_pin_token, "999999",
                 MAY.GET_ASSERTION, RP["id"]) == 0x31)
    check(p.name + ": 7 tries", p.client.get_pin_retries()[0] == 7)
    p.token(MAY.GET_ASSERTION)
    check(p.name + ": 8 after the right one",
          p.client.get_pin_retries()[0] == 8)
    check(p.name + ": a token for assertions makes nothing",
          status(p.make, p.token(MAY.GET_ASSERTION), b"x") == 0x33)


def check_credentials(p):
    made = p.make(p.token(MAY.MAKE_CREDENTIAL), b"one",
                  extensions={"uvm": True, "credProtect": 2})
    check(p.name + ": registered, packed attestation verifies",
          made.flags & 0x45 == 0x45)
    check(p.name + ": uvm says passcode", methods(made) == [PASSCODE])
    check(p.name + ": credProtect as asked",
          made.extensions["credProtect"] == 2)
    check(p.name + ": excluded the second time", status(
        p.make, p.token(MAY.MAKE_CREDENTIAL), b"one",
        exclude_list=[descriptor(made)]) == 0x19)
    key = made.credential_data.public_key
    answer = p.get(p.token(MAY.GET_ASSERTION), [key], [descriptor(made)])[0]
    check(p.name + ": assertion by PIN verifies",
          answer.auth_data.flags & 0x05 == 0x05)
    check(p.name + ": its uvm says passcode",
          methods(answer.auth_data) == [PASSCODE])
    check(p.name + ": one allowed, no id in the reply",
          not answer.credential)
    touch = p.get(None, [key], [descriptor(made)])[0]
    check(p.name + ": by touch, no UV", touch.auth_data.flags & 0x05 == 0x01)
    check(p.name + ": uvm says presence",
          methods(touch.auth_data) == [PRESENCE])
    check(p.name + ": the counter goes up",
          touch.auth_data.counter > answer.auth_data.counter)
    check(p.name + ": another RP's list finds nothing", status(
        p.ctap.get_assertion, "other.example", os.urandom(32),
        [descriptor(made)]) == 0x2e)


def check_residents(p):
    made = [p.make(p.token(MAY.MAKE_CREDENTIAL), user, options={"rk": True})
            for user in (b"first", b"second")]
    keys = [m.credential_data.public_key for m in reversed(made)]
    answers = p.get(p.token(MAY.GET_ASSERTION), keys)
    check(p.name + ": two residents answer, the newest first",
          [a.user["id"] for a in answers] == [b"second", b"first"])
    manager = CredentialManagement(p.ctap, p.protocol,
                                   p.token(MAY.CREDENTIAL_MGMT))
    check(p.name + ": two are counted", manager.get_metadata()[1] == 2)
    rps = manager.enumerate_rps()
    check(p.name + ": of one RP", len(rps) == 1)
    found = manager.enumerate_creds(hashlib.sha256(
        RP["id"].encode()).digest())
    check(p.name + ": two are listed", len(found) == 2)
    for one in found:
        manager.delete_cred(one[CredentialManagement.RESULT.CREDENTIAL_ID])
    check(p.name + ": none is left", manager.get_metadata()[1] == 0)


def check_config(p):
    config = Config(p.ctap, p.protocol, p.client.get_pin_token(
        p.pin, MAY.AUTHENTICATOR_CFG))
    config.set_min_pin_length(rp_ids=[RP["id"]])
    made = p.make(p.token(MAY.MAKE_CREDENTIAL), b"min",
                  extensions={"minPinLength": True})
    check(p.name + ": minPinLength is attested",
          made.extensions["minPinLength"] == 4)


def check_finger(p):
    token = p.client.get_uv_token(MAY.MAKE_CREDENTIAL, RP["id"])
    made = p.make(token, b"bio", extensions={"uvm": True})
    check(p.name + ": uvm says finger", methods(made) == [FINGER])
    token = p.client.get_uv_token(MAY.GET_ASSERTION, RP["id"])
    answer = p.get(token, [made.credential_data.public_key],
                   [descriptor(made)])[0]
    check(p.name + ": assertion by finger",
          methods(answer.auth_data) == [FINGER])
    check(p.name + ": a finger enrols no finger", status(
        p.client.get_uv_token, MAY.BIO_ENROLL) == 0x40)
    bio = FPBioEnrollment(p.ctap, p.protocol, p.client.get_pin_token(
        p.pin, MAY.BIO_ENROLL))
    before = len(bio.enumerate_enrollments())
    enroller = bio.enroll()
    template = None
    while template is None:
        template = enroller.capture()
    bio.set_name(template, "thumb")
    check(p.name + ": a finger is enrolled and named",
          bio.enumerate_enrollments()[template] == "thumb")
    bio.remove_enrollment(template)
    check(p.name + ": and removed",
          len(bio.enumerate_enrollments()) == before)


def check_frames(key):
    for length in (1, 57, 58, 1024, 4096, 7608, 7609):
        data = os.urandom(length)
        check("%d bytes come back" % length, key.ping(data) == data)


def main():
    key = device(sys.argv[1])
    if sys.argv[1] == "hid":
        check_frames(key)
    ctap = Ctap2(key)
    check("getInfo says 2.1", "FIDO_2_1" in ctap.info.versions)
    for protocol in (PinProtocolV1(), PinProtocolV2()):
        p = Platform(ctap, protocol, sys.argv[2])
        check_pin(p)
        check_credentials(p)
        check_residents(p)
        check_config(p)
        if "finger" in sys.argv[3:]:
            check_finger(p)
    ctap.selection()
    check("selection by touch", True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
