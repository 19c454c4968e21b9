/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The card office's tasks: a card is personalised, its PIN unblocked or
 * changed. Each step leaves a card that the next visit can go on with: the
 * secrets are known to the server before the card has them, the former ones are
 * tried first, and the certificate comes last.
 */
#include <string.h>

#include "lib/possession/device/operation_int.h"
#include "lib/possession/device/piv_admin.h"

/* A card may take this long to make an RSA key; all else is quick. */
#define GENERATE_MS  120000
#define FRAME_IN_MAX (SY_CERT_SIZE_MAX + 64)

static const char factory_puk[] = "12345678";

/* --- frames --- */

static enum sy_err
receive_prepare(struct operation *op, struct sy_device_prepare *ret)
{
	uint8_t buffer[512];
	struct sy_frame frame;
	enum sy_err err;

	if ((err = operation_wait(op)) != SY_OK)
		return err;
	err = op->host->receive(op->host->arg, buffer, sizeof(buffer), &frame);
	if (err == SY_OK)
		err = sy_device_get_prepare(&frame, ret);
	sy_memzero(buffer, sizeof(buffer));
	return err;
}

static enum sy_err
tell_key(struct operation *op, const struct sy_buf *spki,
    const struct sy_buf *sig)
{
	struct sy_device_key key = { .spki_len = 0 };

	if (sy_buf_len(spki) > sizeof(key.spki) ||
	    sy_buf_len(sig) > sizeof(key.signature))
		return SY_ERR_INTERNAL;
	if (sy_buf_len(spki) > 0)
		memcpy(key.spki, sy_buf_data(spki), sy_buf_len(spki));
	key.spki_len = (uint16_t)sy_buf_len(spki);
	memcpy(key.signature, sy_buf_data(sig), sy_buf_len(sig));
	key.signature_len = (uint16_t)sy_buf_len(sig);
	return operation_send(op, sy_device_put_key(op->out, &key));
}

/* --- the secrets --- */

/*
 * Open the card with the management key that it has: the new one (from a visit
 * that was broken off), the former one, or the maker's.
 */
static enum sy_err
open_admin(struct operation *op, const struct sy_device_prepare *p,
    bool *ret_new, enum piv_cipher *ret_cipher)
{
	enum sy_err err;

	*ret_new = true;
	err = piv_admin_open(op->card, p->management, ret_cipher);
	if (err != SY_ERR_DENIED)
		return err;
	*ret_new = false;
	if (sy_secret_len(p->former_management) > 0)
		err =
		    piv_admin_open(op->card, p->former_management, ret_cipher);
	if (err != SY_ERR_DENIED)
		return err;
	return piv_admin_open_factory(op->card, ret_cipher);
}

static enum sy_err
secret_of(const char *text, struct sy_secret **ret)
{
	const size_t len = strlen(text);
	enum sy_err err;

	if ((err = sy_secret_new(len, ret)) != SY_OK)
		return err;
	return sy_secret_append(*ret, text, len);
}

/*
 * Give the card its new PUK. It may have it already, so that a former one that
 * is refused is no end; but no try is sent when only one is left.
 */
static enum sy_err
set_puk(struct operation *op, const struct sy_device_prepare *p)
{
	SY_AUTO(sy_secret_free) struct sy_secret *factory = NULL;
	const struct sy_secret *former = p->former_puk;
	uint8_t tries;
	enum sy_err err;

	if (sy_secret_len(former) == 0) {
		if ((err = secret_of(factory_puk, &factory)) != SY_OK)
			return err;
		former = factory;
	}
	err = piv_change_puk(op->card, former, p->puk, &tries);
	if (err == SY_ERR_PIN_WRONG && tries > 1)
		err = piv_change_puk(op->card, p->puk, p->puk, &tries);
	/* These are nobody's typing: the card is not as we left it. */
	if (err == SY_ERR_PIN_WRONG || err == SY_ERR_PIN_BLOCKED)
		return card_failed(op->card, SY_ERR_DENIED, "PUK", 0);
	return err;
}

/* The PIN by the PUK, which the card must have by now. */
static enum sy_err
set_pin(struct operation *op, const struct sy_device_prepare *p)
{
	uint8_t tries;
	const enum sy_err err = piv_reset_pin(op->card, p->puk, p->pin, &tries);

	if (err == SY_ERR_PIN_WRONG || err == SY_ERR_PIN_BLOCKED)
		return card_failed(op->card, SY_ERR_DENIED, "PUK", 0);
	return err;
}

/* --- the proof --- */

/* From a reset on: the new key must refuse without the PIN, and sign with it.
 * This is the one VERIFY of the PIN that was typed. */
static enum sy_err
prove(struct operation *op, const struct sy_device_prepare *p,
    struct sy_buf *sig)
{
	enum sy_err err;

	if ((err = link_reset(op->link)) != SY_OK)
		return err;
	operation_guard(op, READ_MS, SY_ERR_CARD_MUTE);
	if ((err = card_select(op->card)) != SY_OK ||
	    (err = card_check_refuses(op->card)) != SY_OK ||
	    (err = card_verify(op->card, p->pin, op->start.reserve,
		 &op->tries)) != SY_OK)
		return err;
	return card_sign(op->card, p->hash, p->hash_len, sig);
}

/* --- personalisation --- */

static enum sy_err
prepare_card(struct operation *op, const struct sy_device_prepare *p,
    struct sy_buf *spki)
{
	enum piv_cipher cipher;
	bool done;
	enum sy_err err;

	operation_guard(op, READ_MS, SY_ERR_CARD_MUTE);
	if ((err = card_select(op->card)) != SY_OK ||
	    (err = open_admin(op, p, &done, &cipher)) != SY_OK ||
	    (err = piv_put_guid(op->card, p->guid)) != SY_OK)
		return err;
	/* The PUK comes before the key: who has the key has the PUK. */
	if (!done &&
	    ((err = set_puk(op, p)) != SY_OK ||
		(err = piv_admin_set_key(op->card, p->management, cipher)) !=
		    SY_OK))
		return err;
	if ((err = set_pin(op, p)) != SY_OK)
		return err;
	operation_guard(op, GENERATE_MS, SY_ERR_CARD_MUTE);
	return piv_generate(op->card, (enum sy_key_alg)p->alg, spki);
}

static enum sy_err
serve_prepare(struct operation *op, const struct sy_device_prepare *p)
{
	SY_AUTO(sy_buf_free) struct sy_buf *spki = NULL;
	SY_AUTO(sy_buf_free) struct sy_buf *sig = NULL;
	enum sy_err err;

	if ((err = sy_buf_new(SY_SPKI_SIZE_MAX, &spki)) != SY_OK ||
	    (err = sy_buf_new(SY_SIGNATURE_SIZE_MAX, &sig)) != SY_OK)
		return err;
	if ((err = card_check_pin(op->card, p->pin, true)) == SY_OK &&
	    (err = prepare_card(op, p, spki)) == SY_OK)
		err = prove(op, p, sig);
	operation_guard(op, 0, SY_OK);
	return err != SY_OK ? err : tell_key(op, spki, sig);
}

/* The certificate, after the reset of the proof. */
static enum sy_err
serve_store(struct operation *op, const struct sy_secret *management)
{
	uint8_t buffer[FRAME_IN_MAX];
	const uint8_t *cert;
	enum piv_cipher cipher;
	struct sy_frame frame;
	size_t len;
	enum sy_err err;

	if ((err = operation_wait(op)) != SY_OK ||
	    (err = op->host->receive(op->host->arg, buffer, sizeof(buffer),
		 &frame)) != SY_OK ||
	    (err = sy_device_get_store(&frame, &cert, &len)) != SY_OK)
		return err;
	operation_guard(op, READ_MS, SY_ERR_CARD_MUTE);
	if ((err = card_select(op->card)) == SY_OK &&
	    (err = piv_admin_open(op->card, management, &cipher)) == SY_OK)
		err = piv_put_cert(op->card, cert, len);
	operation_guard(op, 0, SY_OK);
	return err;
}

static enum sy_err
tell_blank(struct operation *op)
{
	struct sy_device_blank blank = { .guid_len = 0 };
	enum sy_err err;

	operation_guard(op, READ_MS, SY_ERR_CARD_MUTE);
	err = piv_read_guid(op->card, blank.guid);
	operation_guard(op, 0, SY_OK);
	if (err == SY_OK)
		blank.guid_len = sizeof(blank.guid);
	else if (err != SY_ERR_NOT_FOUND)
		return err;
	if ((err = operation_check_line(op)) != SY_OK)
		return err;
	device_copy_name(blank.reader, sizeof(blank.reader), op->reader.name);
	return operation_send(op, sy_device_put_blank(op->out, &blank));
}

enum sy_err
office_personalise(struct operation *op)
{
	SY_AUTO(sy_device_prepare_clear)
	struct sy_device_prepare p = { .alg = 0 };
	enum sy_err err;

	if ((err = tell_blank(op)) != SY_OK ||
	    (err = receive_prepare(op, &p)) != SY_OK)
		return err;
	if (p.alg == SY_KEY_NONE)
		return SY_ERR_PROTOCOL;
	if ((err = serve_prepare(op, &p)) != SY_OK ||
	    (err = serve_store(op, p.management)) != SY_OK)
		return err;
	return operation_send(op, sy_device_put_done(op->out));
}

/* --- the PIN is unblocked --- */

static enum sy_err
unblock(struct operation *op, const struct sy_device_prepare *p,
    struct sy_buf *sig)
{
	enum sy_err err;

	if ((err = card_check_pin(op->card, p->pin, true)) != SY_OK)
		return err;
	if (p->hash_len != card_hash_size(op->card))
		return card_failed(op->card, SY_ERR_PROTOCOL, "hash", 0);
	operation_guard(op, READ_MS, SY_ERR_CARD_MUTE);
	if ((err = card_select(op->card)) == SY_OK &&
	    (err = set_puk(op, p)) == SY_OK && (err = set_pin(op, p)) == SY_OK)
		err = prove(op, p, sig);
	operation_guard(op, 0, SY_OK);
	return err;
}

enum sy_err
office_unblock(struct operation *op)
{
	SY_AUTO(sy_device_prepare_clear)
	struct sy_device_prepare p = { .alg = 0 };
	SY_AUTO(sy_buf_free) struct sy_buf *none = NULL;
	SY_AUTO(sy_buf_free) struct sy_buf *sig = NULL;
	enum sy_err err;

	if ((err = sy_buf_new(1, &none)) != SY_OK ||
	    (err = sy_buf_new(SY_SIGNATURE_SIZE_MAX, &sig)) != SY_OK ||
	    (err = receive_prepare(op, &p)) != SY_OK)
		return err;
	if (p.alg != SY_KEY_NONE)
		return SY_ERR_PROTOCOL;
	if ((err = unblock(op, &p, sig)) != SY_OK)
		return err;
	return tell_key(op, none, sig);
}

/* --- the PIN is changed --- */

static enum sy_err
receive_change(struct operation *op, struct sy_secret *old,
    struct sy_secret *fresh)
{
	uint8_t buffer[64];
	struct sy_frame frame;
	enum sy_err err;

	if ((err = operation_wait(op)) != SY_OK)
		return err;
	err = op->host->receive(op->host->arg, buffer, sizeof(buffer), &frame);
	if (err == SY_OK)
		err = sy_device_get_change(&frame, old, fresh);
	sy_memzero(buffer, sizeof(buffer));
	return err;
}

/* One CHANGE: the card sees at most one PIN. */
static enum sy_err
serve_change(struct operation *op, void *arg)
{
	SY_AUTO(sy_secret_free) struct sy_secret *old = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *fresh = NULL;
	enum sy_err err;

	(void)arg;
	if ((err = sy_secret_new(SY_DEVICE_PIN_MAX, &old)) != SY_OK ||
	    (err = sy_secret_new(SY_DEVICE_PIN_MAX, &fresh)) != SY_OK ||
	    (err = receive_change(op, old, fresh)) != SY_OK ||
	    (err = card_check_pin(op->card, old, false)) != SY_OK ||
	    (err = card_check_pin(op->card, fresh, true)) != SY_OK)
		return err;
	operation_guard(op, READ_MS, SY_ERR_CARD_MUTE);
	if ((err = card_select(op->card)) == SY_OK)
		err = piv_change_pin(op->card, old, fresh, op->start.reserve,
		    &op->tries);
	operation_guard(op, 0, SY_OK);
	return operation_weigh_pin(op, err);
}

enum sy_err
office_change(struct operation *op)
{
	enum sy_err err;

	/* What other cards are asked for is their issuer's to change. */
	if (op->card->driver->id != SY_DRIVER_PIV)
		return card_failed(op->card, SY_ERR_STATE, "PIN", 0);
	if ((err = operation_serve_pins(op, serve_change, NULL)) != SY_OK)
		return err;
	return operation_send(op, sy_device_put_done(op->out));
}
