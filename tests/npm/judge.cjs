// SPDX-License-Identifier: Apache-2.0
// usage: node judge.cjs MODULES ROOT.pem FORMAT <made.json
//
// @simplewebauthn/server judges what vkey_webauthn.py made: the registration
// and both logins are right, and each altered one is refused. Prints a line for
// each; the status is 1 if one was judged otherwise.
"use strict";
// Older releases of Node.js have it, but not under its global name.
globalThis.crypto ??= require("node:crypto").webcrypto;
const fs = require("node:fs");
const path = require("node:path");
const server = require(path.join(process.argv[2], "@simplewebauthn/server"));

const root = fs.readFileSync(process.argv[3], "utf8");
const format = process.argv[4];
const made = JSON.parse(fs.readFileSync(0, "utf8"));
let bad = 0;

function say(what, held) {
	console.log((held ? "ok    " : "FAIL  ") + what);
	if (!held)
		bad = 1;
}

function unb64(text) {
	return Buffer.from(text, "base64url");
}

// A copy with byte AT (from the end if negative) of MEMBER changed by BITS.
function altered(one, member, at, bits) {
	const copy = structuredClone(one);
	const bytes = unb64(copy.response.response[member]);
	bytes[at < 0 ? bytes.length + at : at] ^= bits;
	copy.response.response[member] = bytes.toString("base64url");
	return copy;
}

// The same challenge, but another origin stands in what the client says.
function rewritten(one, change) {
	const copy = structuredClone(one);
	const data = JSON.parse(unb64(copy.response.response.clientDataJSON));
	copy.response.response.clientDataJSON =
	    Buffer.from(JSON.stringify({ ...data, ...change }))
		.toString("base64url");
	return copy;
}

function register(one, change = {}) {
	return server.verifyRegistrationResponse({
		response: one.response,
		expectedChallenge: one.challenge,
		expectedOrigin: made.origin,
		expectedRPID: made.rp,
		requireUserVerification: made.verified,
		...change,
	});
}

function logIn(one, key, change = {}) {
	return server.verifyAuthenticationResponse({
		response: one.response,
		expectedChallenge: one.challenge,
		expectedOrigin: made.origin,
		expectedRPID: made.rp,
		requireUserVerification: made.verified,
		authenticator: key,
		...change,
	});
}

async function refused(what, run) {
	let why = "";
	try {
		const verdict = await run();
		if (verdict.verified) {
			say(what + " is refused", false);
			return;
		}
	} catch (e) {
		why = ": " + e.message.split("\n")[0];
	}
	say(what + " is refused" + why.slice(0, 60), true);
}

async function judgeRegistration() {
	const one = made.registration;
	const verdict = await register(one);
	const info = verdict.registrationInfo;

	say("registration", verdict.verified);
	if (!verdict.verified)
		throw new Error("stops here");
	say("format " + format, info.fmt === format);
	say("verified " + made.verified, info.userVerified === made.verified);
	// RP id hash, flags, counter, AAGUID behind the name and a head of two.
	const auth = unb64(one.response.response.attestationObject)
	    .indexOf("authData") + "authData".length + 2;
	await refused("another challenge", () =>
	    register(one, { expectedChallenge: "AAAA" }));
	await refused("another origin", () =>
	    register(rewritten(one, { origin: "https://evil.example" })));
	await refused("another RP", () =>
	    register(one, { expectedRPID: "evil.example" }));
	await refused("another type", () =>
	    register(rewritten(one, { type: "webauthn.get" })));
	if (format === "none")
		return info;
	await refused("a longer client data", () =>
	    register(rewritten(one, { more: 1 })));
	// U2F signs neither the counter nor the AAGUID.
	if (format === "fido-u2f")
		return info;
	await refused("another counter", () =>
	    register(altered(one, "attestationObject", auth + 36, 1)));
	await refused("another AAGUID", () =>
	    register(altered(one, "attestationObject", auth + 37, 1)));
	return info;
}

async function judgeLogins(info) {
	const key = {
		credentialID: info.credentialID,
		credentialPublicKey: info.credentialPublicKey,
		counter: info.counter,
	};
	const [first, second] = made.logins;
	const verdict = await logIn(first, key);

	say("login", verdict.verified);
	key.counter = verdict.authenticationInfo.newCounter;
	say("the next one", (await logIn(second, key)).verified);
	await refused("the first one again", () => logIn(first, key));
	await refused("another challenge", () =>
	    logIn(second, key, { expectedChallenge: "AAAA" }));
	await refused("another origin", () =>
	    logIn(rewritten(second, { origin: "https://evil.example" }), key));
	await refused("another RP", () =>
	    logIn(second, key, { expectedRPID: "evil.example" }));
	await refused("an altered signature", () =>
	    logIn(altered(second, "signature", -1, 1), key));
	await refused("an altered counter", () =>
	    logIn(altered(second, "authenticatorData", 33, 1), key));
	await refused("a flag that was not signed", () =>
	    logIn(altered(second, "authenticatorData", 32, 0x04), key,
		{ requireUserVerification: false }));
	await refused("presence taken away", () =>
	    logIn(altered(second, "authenticatorData", 32, 0x01), key));
	await refused("another RP id hash", () =>
	    logIn(altered(second, "authenticatorData", 0, 1), key));
	await refused("a longer client data", () =>
	    logIn(rewritten(second, { more: 1 }), key));
	if (!made.verified)
		await refused("touch where verification is asked", () =>
		    logIn(second, key, { requireUserVerification: true }));
}

(async () => {
	if (format !== "none")
		server.SettingsService.setRootCertificates({
			identifier: format, certificates: [root],
		});
	await judgeLogins(await judgeRegistration());
	process.exitCode = bad;
})().catch((e) => {
	say("the verifier: " + e.message, false);
	process.exitCode = 1;
});
