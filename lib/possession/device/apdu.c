/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/possession/device/apdu.h"

#define CLA_CHAINED      0x10
#define INS_GET_RESPONSE 0xc0
#define HEADER_SIZE      4
#define COMMAND_SIZE_MAX (HEADER_SIZE + 1 + APDU_DATA_MAX + 1)
#define REPLY_SIZE_MAX   (APDU_LE_MAX + 2)
/* Enough for a certificate of SY_CERT_SIZE_MAX in full rounds, and to spare. */
#define ROUNDS_MAX    48
#define SW1_MORE      0x61 /* SW2 bytes are waiting (0: 256 or more) */
#define SW1_LE        0x6c /* wrong Le, SW2 is the right one */
#define SW_NO_CLASS   0x6e00
#define SW_NO_COMMAND 0x6d00
#define SW1(sw)       ((uint8_t)((sw) >> 8))
#define SW2_LEN(sw)   (((sw)&0xff) == 0 ? APDU_LE_MAX : (size_t)((sw)&0xff))

/* One reply: data is a view into bytes. */
struct reply {
	uint8_t bytes[REPLY_SIZE_MAX];
	size_t len; /* of the data */
	uint16_t sw;
};

/* Put one short command together (ISO/IEC 7816-3 section 12.1.3, 12.2). */
static size_t
command_build(const struct card_io *io, const struct apdu *apdu, uint8_t *out)
{
	size_t n = 0;

	out[n++] = apdu->cla;
	out[n++] = apdu->ins;
	out[n++] = apdu->p1;
	out[n++] = apdu->p2;
	if (apdu->len > 0) {
		out[n++] = (uint8_t)apdu->len;
		memcpy(out + n, apdu->data, apdu->len);
		n += apdu->len;
	}
	if (apdu->le > 0 && (apdu->len == 0 || !io->t0))
		out[n++] = (uint8_t)apdu->le; /* 256 is written 00 */
	else if (apdu->len == 0 && io->t0)
		out[n++] = 0; /* T=0 always has a fifth byte */
	return n;
}

/* Send one command and take its reply apart. */
static enum sy_err
transmit(const struct card_io *io, const uint8_t *command, size_t len,
    size_t data_max, struct reply *reply)
{
	size_t n = 0;
	enum sy_err err;

	if ((err = io->transmit(io->arg, command, len, reply->bytes,
		 sizeof(reply->bytes), &n)) != SY_OK)
		return err;
	if (n < 2 || n > sizeof(reply->bytes) || n - 2 > data_max)
		return SY_ERR_CARD;
	reply->len = n - 2;
	reply->sw = (uint16_t)(reply->bytes[n - 2] << 8 | reply->bytes[n - 1]);
	return SY_OK;
}

/* One short command; an Le that the card corrects is sent again once: it says
 * that it has not carried out the command. */
static enum sy_err
exchange_short(const struct card_io *io, const struct apdu *apdu,
    struct reply *reply)
{
	uint8_t command[COMMAND_SIZE_MAX];
	struct apdu again = *apdu;
	size_t len;
	enum sy_err err;

	len = command_build(io, apdu, command);
	if ((err = transmit(io, command, len, apdu->le, reply)) != SY_OK)
		return err;
	if (SW1(reply->sw) != SW1_LE || apdu->len > 0 || apdu->le == 0)
		return SY_OK;
	again.le = SW2_LEN(reply->sw);
	if (reply->len > 0 || again.le > apdu->le)
		return SY_ERR_CARD;
	len = command_build(io, &again, command);
	return transmit(io, command, len, again.le, reply);
}

static enum sy_err
add_data(struct sy_buf *out, const struct reply *reply)
{
	enum sy_err err;

	if (reply->len == 0)
		return SY_OK;
	if (out == NULL)
		return SY_ERR_CARD;
	err = sy_buf_raw(out, reply->bytes, reply->len);
	/* More than anybody needs: the card's fault. */
	return err == SY_ERR_LIMIT ? SY_ERR_CARD : err;
}

/* GET RESPONSE, in the class that the card knows. */
static enum sy_err
get_response(const struct card_io *io, struct apdu *get, struct reply *reply)
{
	enum sy_err err;

	if ((err = exchange_short(io, get, reply)) != SY_OK || get->cla == 0 ||
	    (reply->sw != SW_NO_CLASS && reply->sw != SW_NO_COMMAND))
		return err;
	get->cla = 0;
	return exchange_short(io, get, reply);
}

/* Fetch what is waiting. Each round must bring something. */
static enum sy_err
get_responses(const struct card_io *io, uint8_t cla, struct reply *reply,
    struct sy_buf *out)
{
	struct apdu get = { .cla = cla, .ins = INS_GET_RESPONSE };
	enum sy_err err;

	for (unsigned int n = 0; SW1(reply->sw) == SW1_MORE; n++) {
		if (n == ROUNDS_MAX)
			return SY_ERR_CARD;
		get.le = SW2_LEN(reply->sw);
		if ((err = get_response(io, &get, reply)) != SY_OK ||
		    (err = add_data(out, reply)) != SY_OK)
			return err;
		if (reply->len == 0 && SW1(reply->sw) == SW1_MORE)
			return SY_ERR_CARD;
	}
	return SY_OK;
}

enum sy_err
apdu_exchange(const struct card_io *io, const struct apdu *apdu,
    struct sy_buf *out, uint16_t *ret_sw)
{
	struct apdu part = *apdu;
	struct reply reply;
	enum sy_err err;

	if (apdu->le > APDU_LE_MAX || (apdu->len > 0 && apdu->data == NULL))
		return SY_ERR_ARG;
	for (; part.len > APDU_DATA_MAX; part.len -= APDU_DATA_MAX) {
		const struct apdu link = { .cla = apdu->cla | CLA_CHAINED,
			.ins = apdu->ins,
			.p1 = apdu->p1,
			.p2 = apdu->p2,
			.data = part.data,
			.len = APDU_DATA_MAX };

		if ((err = exchange_short(io, &link, &reply)) != SY_OK)
			return err;
		if (reply.sw != SW_OK) {
			*ret_sw = reply.sw;
			return SY_OK;
		}
		part.data += APDU_DATA_MAX;
	}
	if ((err = exchange_short(io, &part, &reply)) != SY_OK ||
	    (err = add_data(out, &reply)) != SY_OK)
		return err;
	if (apdu->le == 0 && SW1(reply.sw) == SW1_MORE)
		reply.sw = SW_OK; /* done; what is waiting is not wanted */
	else if ((err = get_responses(io, apdu->more_cla, &reply, out)) !=
	    SY_OK)
		return err;
	*ret_sw = reply.sw;
	return SY_OK;
}

enum sy_err
apdu_send_secret(const struct card_io *io, const struct sy_secret *command,
    uint16_t *ret_sw)
{
	struct reply reply;
	enum sy_err err;

	if ((err = transmit(io, sy_secret_bytes(command),
		 sy_secret_len(command), 0, &reply)) != SY_OK)
		return err;
	*ret_sw = reply.sw;
	return SY_OK;
}
