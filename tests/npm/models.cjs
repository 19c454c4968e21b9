// SPDX-License-Identifier: Apache-2.0
// usage: node models.cjs FILE
//
// The FIDO2 models of a metadata file, read without checking anything, as
// metadata-models prints them.
"use strict";
const fs = require("node:fs");

const payload = fs.readFileSync(process.argv[2], "utf8").split(".")[1];
const blob = JSON.parse(Buffer.from(payload, "base64url"));
const compromised = /^(REVOKED|.*_COMPROMISE|USER_VERIFICATION_BYPASS)$/;

function status(reports) {
	if (reports.some((one) => compromised.test(one.status)))
		return "compromised";
	return reports.some((one) => one.status === "UPDATE_AVAILABLE") ?
	    "update" : "good";
}

function line(entry) {
	const said = entry.metadataStatement;
	const info = said.authenticatorGetInfo;
	const options = info?.options;
	const finger = said.userVerificationDetails.flat().some(
	    (one) => one.userVerificationMethod === "fingerprint_internal");
	return [
		entry.aaguid,
		status(entry.statusReports),
		"finger=" + Number(finger),
		"pin=" + Number(!options || "clientPin" in options),
		"uv=" + Number(!!options && "uv" in options),
		"uvm=" + Number(!!info?.extensions?.includes("uvm")),
		"roots=" + said.attestationRootCertificates.length,
		said.description,
	].join(" ");
}

console.log("no=" + blob.no + " next=" + Date.parse(blob.nextUpdate) / 1000);
console.log(blob.entries.filter((one) => one.aaguid).map(line).sort()
    .join("\n"));
