/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/inherence/device/ctapnfc.h"

#define INS_SELECT      0xa4
#define P1_BY_NAME      0x04
#define CLA_CTAP        0x80
#define INS_MESSAGE     0x10 /* NFCCTAP_MSG */
#define INS_GET_REPLY   0x11 /* NFCCTAP_GETRESPONSE */
#define SW_STILL_AT_IT  0x9100
#define REPLY_MAX       4096
#define ALONE_MS        10000 /* for what needs nobody */
#define STILL_PAUSE_MS  100
#define VERSION_CTAP    2 /* protocol version, as CTAPHID_INIT has it */
#define PROTOCOL_AT     (CHANNEL_NONCE_SIZE + 4)
#define CAPABILITIES_AT (CHANNEL_INIT_SIZE - 1)

struct ctapnfc {
	struct channel base;
	const struct card_io *io;
	uint8_t command;
	size_t len;
	uint8_t message[CHANNEL_MESSAGE_MAX];
	struct sy_buf *reply;
};

/* Until when the card has to have answered. */
static enum sy_err
guard(const struct ctapnfc *nfc)
{
	const struct device_host *host = nfc->base.host;
	const uint64_t now = host->now_ms(host->arg);
	uint64_t left;

	if (now >= nfc->base.due)
		return SY_ERR_CARD_MUTE;
	left = nfc->base.due - now;
	if (!nfc->base.by_person && left > ALONE_MS)
		left = ALONE_MS;
	host->guard(host->arg, (unsigned int)left, SY_ERR_CARD_MUTE);
	return SY_OK;
}

static enum sy_err
exchange(struct ctapnfc *nfc, const struct apdu *apdu, uint16_t *ret_sw)
{
	const struct device_host *host = nfc->base.host;
	enum sy_err err;

	sy_buf_reset(nfc->reply);
	if ((err = guard(nfc)) != SY_OK)
		return err;
	err = apdu_exchange(nfc->io, apdu, nfc->reply, ret_sw);
	host->guard(host->arg, 0, SY_OK);
	return err;
}

static enum sy_err
nfc_send(struct channel *channel, uint8_t command, const uint8_t *message,
    size_t len)
{
	struct ctapnfc *nfc = (struct ctapnfc *)channel;

	if (len > sizeof(nfc->message))
		return SY_ERR_LIMIT;
	if (command == CHANNEL_CANCEL)
		return SY_OK; /* nothing goes on between two commands */
	nfc->command = command;
	nfc->len = len;
	if (len > 0)
		memcpy(nfc->message, message, len);
	return SY_OK;
}

/* SELECT stands for INIT: what it says is put as INIT says it. */
static enum sy_err
select_fido(struct ctapnfc *nfc, uint8_t *out, size_t cap, size_t *ret_len)
{
	static const uint8_t aid[] = { 0xa0, 0x00, 0x00, 0x06, 0x47, 0x2f, 0x00,
		0x01 };
	const struct apdu apdu = { .ins = INS_SELECT,
		.p1 = P1_BY_NAME,
		.data = aid,
		.len = sizeof(aid),
		.le = APDU_LE_MAX };
	uint16_t sw = 0;
	enum sy_err err;

	if (cap < CHANNEL_INIT_SIZE || nfc->len != CHANNEL_NONCE_SIZE)
		return SY_ERR_ARG;
	if ((err = exchange(nfc, &apdu, &sw)) != SY_OK)
		return err;
	if (sw != SW_OK)
		return SY_ERR_NOT_FOUND;
	memset(out, 0, CHANNEL_INIT_SIZE);
	memcpy(out, nfc->message, CHANNEL_NONCE_SIZE);
	out[PROTOCOL_AT] = VERSION_CTAP;
	/* "U2F_V2" may speak CTAP2 too: getInfo will tell. */
	out[CAPABILITIES_AT] = CHANNEL_CAP_CBOR | CHANNEL_CAP_NMSG;
	*ret_len = CHANNEL_INIT_SIZE;
	return SY_OK;
}

/* A card that has asked for patience: until it is done or time is up. */
static enum sy_err
hear_out(struct ctapnfc *nfc, uint16_t *sw)
{
	const struct apdu apdu = { .cla = CLA_CTAP,
		.ins = INS_GET_REPLY,
		.le = APDU_LE_MAX,
		.more_cla = CLA_CTAP };
	const struct device_host *host = nfc->base.host;
	enum sy_err err = SY_OK;

	while (err == SY_OK && *sw == SW_STILL_AT_IT) {
		channel_tell_touch(&nfc->base);
		host->sleep_ms(host->arg, STILL_PAUSE_MS);
		if ((err = channel_check_line(&nfc->base)) == SY_OK)
			err = exchange(nfc, &apdu, sw);
	}
	return err;
}

static enum sy_err
exchange_message(struct ctapnfc *nfc, uint8_t *out, size_t cap, size_t *ret_len)
{
	const struct apdu apdu = { .cla = CLA_CTAP,
		.ins = INS_MESSAGE,
		.data = nfc->message,
		.len = nfc->len,
		.le = APDU_LE_MAX,
		.more_cla = CLA_CTAP };
	uint16_t sw = 0;
	enum sy_err err;

	if ((err = exchange(nfc, &apdu, &sw)) != SY_OK ||
	    (err = hear_out(nfc, &sw)) != SY_OK)
		return err;
	if (sw != SW_OK || sy_buf_len(nfc->reply) == 0 ||
	    sy_buf_len(nfc->reply) > cap)
		return SY_ERR_CARD;
	*ret_len = sy_buf_len(nfc->reply);
	memcpy(out, sy_buf_data(nfc->reply), *ret_len);
	return SY_OK;
}

static enum sy_err
nfc_receive(struct channel *channel, uint8_t command, uint8_t *out, size_t cap,
    int ms, size_t *ret_len)
{
	struct ctapnfc *nfc = (struct ctapnfc *)channel;
	enum sy_err err;

	(void)ms; /* a card has the deadline alone */
	if (command != nfc->command)
		return SY_ERR_ARG;
	if ((err = channel_check_line(channel)) != SY_OK)
		return err;
	if (command == CHANNEL_INIT)
		return select_fido(nfc, out, cap, ret_len);
	return command == CHANNEL_CBOR
	    ? exchange_message(nfc, out, cap, ret_len)
	    : SY_ERR_ARG;
}

/* The readers know. */
static enum sy_err
nfc_check(struct channel *channel)
{
	(void)channel;
	return SY_OK;
}

static void
nfc_free(struct channel *channel)
{
	struct ctapnfc *nfc = (struct ctapnfc *)channel;

	sy_buf_free(&nfc->reply);
	sy_memzero(nfc, sizeof(*nfc));
	free(nfc);
}

static const struct channel_kind kind = { .send = nfc_send,
	.receive = nfc_receive,
	.check = nfc_check,
	.free = nfc_free };

enum sy_err
ctapnfc_new(const struct device_host *host, const struct card_io *io,
    struct channel **ret_channel)
{
	struct ctapnfc *nfc;
	enum sy_err err;

	if ((nfc = calloc(1, sizeof(*nfc))) == NULL)
		return SY_ERR_NOMEM;
	nfc->base.kind = &kind;
	nfc->base.host = host;
	nfc->io = io;
	if ((err = sy_buf_new(REPLY_MAX, &nfc->reply)) != SY_OK) {
		free(nfc);
		return err;
	}
	*ret_channel = &nfc->base;
	return SY_OK;
}
