/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <sanyoso/err.h>

static const struct entry {
	enum sy_err err;
	const char *name;
	const char *text;
} entries[] = {
	{ SY_OK, "ok", "no error" },
	{ SY_ERR_ARG, "arg", "invalid argument" },
	{ SY_ERR_NOMEM, "no-memory", "out of memory" },
	{ SY_ERR_IO, "io", "input or output failed" },
	{ SY_ERR_INTERNAL, "internal", "internal error" },
	{ SY_ERR_FORMAT, "format", "malformed input" },
	{ SY_ERR_LIMIT, "limit", "input exceeds a limit" },
	{ SY_ERR_TIMEOUT, "timeout", "deadline passed" },
	{ SY_ERR_CANCELLED, "cancelled", "cancelled" },
	{ SY_ERR_NOT_FOUND, "not-found", "not found" },
	{ SY_ERR_READER, "reader", "no usable card reader" },
	{ SY_ERR_CARD, "card", "incoherent answer from the card" },
	{ SY_ERR_CARD_GONE, "card-gone", "card was removed" },
	{ SY_ERR_CARD_UNKNOWN, "card-unknown", "unknown kind of card" },
	{ SY_ERR_CARD_BUSY, "card-busy", "card is used by another program" },
	{ SY_ERR_CARD_MUTE, "card-mute", "card does not answer" },
	{ SY_ERR_PIN_WRONG, "pin-wrong", "wrong PIN" },
	{ SY_ERR_PIN_BLOCKED, "pin-blocked", "PIN is blocked" },
	{ SY_ERR_PIN_RESERVE, "pin-reserve",
	    "too few PIN tries remain; the PIN was not sent" },
	{ SY_ERR_PIN_FORMAT, "pin-format", "not a PIN for this card" },
	{ SY_ERR_PIN_FACTORY, "pin-factory", "PIN is the maker's default" },
	{ SY_ERR_KEY_OPEN, "key-open", "card key works without its PIN" },
	{ SY_ERR_KEY_MISSING, "key-missing",
	    "card has no such key or certificate" },
	{ SY_ERR_PCSC, "pcsc", "smart card service is not available" },
	{ SY_ERR_UV_WRONG, "uv-wrong", "finger was not recognised" },
	{ SY_ERR_UV_BLOCKED, "uv-blocked",
	    "fingerprint sensor is blocked until the right PIN is given" },
	{ SY_ERR_KEY_REPLUG, "key-replug",
	    "key takes no PIN until it is plugged in again" },
	{ SY_ERR_KEY_BARE, "key-bare", "key has no PIN or no finger set" },
	{ SY_ERR_KEY_OTHER, "key-other", "key is not one of this person" },
	{ SY_ERR_KEY_UNFIT, "key-unfit", "key can't do what is asked" },
	{ SY_ERR_SIGNATURE, "signature", "signature does not verify" },
	{ SY_ERR_ALGORITHM, "algorithm",
	    "algorithm or key size is not allowed" },
	{ SY_ERR_CERT, "cert", "unusable certificate" },
	{ SY_ERR_CERT_PATH, "cert-path",
	    "certificate has no path to a configured issuer" },
	{ SY_ERR_CERT_DATE, "cert-date",
	    "certificate is not valid at this time" },
	{ SY_ERR_CERT_REVOKED, "cert-revoked", "certificate is revoked" },
	{ SY_ERR_CRYPTO, "crypto", "cryptographic library failed" },
	{ SY_ERR_ATTESTATION, "attestation", "attestation does not hold" },
	{ SY_ERR_MODEL, "model", "model of key is unknown or not allowed" },
	{ SY_ERR_COUNTER, "counter", "signature counter did not advance" },
	{ SY_ERR_POLICY, "policy", "policy is refused" },
	{ SY_ERR_STATE, "state", "not possible in the present state" },
	{ SY_ERR_DENIED, "denied", "denied" },
	{ SY_ERR_OWNER, "owner", "belongs to somebody else" },
	{ SY_ERR_EXISTS, "exists", "exists already" },
	{ SY_ERR_CODE, "code", "one-time code is wrong, used or expired" },
	{ SY_ERR_PERM, "perm", "not permitted" },
	{ SY_ERR_EXPIRED, "expired", "expired" },
	{ SY_ERR_NET, "net", "no connection" },
	{ SY_ERR_TLS, "tls", "no trusted connection" },
	{ SY_ERR_PROTOCOL, "protocol", "protocol violation by the peer" },
	{ SY_ERR_VERSION, "version", "version is not supported" },
	{ SY_ERR_CLOSED, "closed", "connection was closed" },
	{ SY_ERR_BUSY, "busy", "busy, try again" },
	{ SY_ERR_HTTP, "http", "unclean HTTP" },
	{ SY_ERR_STORE, "store", "database failed" },
	{ SY_ERR_STORE_FULL, "store-full", "no room left for the database" },
	{ SY_ERR_STORE_LOCKED, "store-locked",
	    "database is held by another process" },
	{ SY_ERR_STORE_READONLY, "store-readonly", "database is read-only" },
	{ SY_ERR_STORE_DAMAGED, "store-damaged", "database is damaged" },
	{ SY_ERR_ROW_ALTERED, "row-altered",
	    "stored row was altered behind the server" },
	{ SY_ERR_ROW_STALE, "row-stale",
	    "stored row was rolled back or is missing" },
	{ SY_ERR_KEEPER, "keeper", "keeper is away or refused" },
	{ SY_ERR_LOG, "log", "audit log does not verify" },
	{ SY_ERR_HISTORY, "history",
	    "audit log is not the one that the keeper knows" },
};

static const struct entry *
find(enum sy_err err)
{
	for (size_t i = 0; i < SY_COUNT(entries); i++) {
		if (entries[i].err == err)
			return &entries[i];
	}
	return NULL;
}

const char *
sy_err_text(enum sy_err err)
{
	const struct entry *e = find(err);

	return e != NULL ? e->text : "unknown error";
}

const char *
sy_err_name(enum sy_err err)
{
	const struct entry *e = find(err);

	return e != NULL ? e->name : "unknown";
}

bool
sy_err_by_name(const char *name, enum sy_err *ret)
{
	for (size_t i = 0; i < SY_COUNT(entries); i++) {
		if (entries[i].err != SY_OK &&
		    strcmp(entries[i].name, name) == 0) {
			*ret = entries[i].err;
			return true;
		}
	}
	return false;
}

enum sy_err
sy_error_set(struct sy_error *error, enum sy_err code, const char *place,
    const char *fmt, ...)
{
	va_list ap;

	if (error == NULL)
		return code;
	error->code = code;
	(void)snprintf(error->place, sizeof(error->place), "%s",
	    place != NULL ? place : "");
	va_start(ap, fmt);
	(void)vsnprintf(error->text, sizeof(error->text), fmt, ap);
	va_end(ap);
	return code;
}
