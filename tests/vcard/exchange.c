/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/rand.h>
#include <string.h>

#include "card.h"
#include "fido.h"

#define INS_SELECT       0xa4
#define INS_GET_RESPONSE 0xc0
#define INS_GET_UID      0xca
#define CLA_READER       0xff
#define P1_BY_AID        0x04

/*
 * The other applications of a My Number card: there, but not for us. A SELECT
 * of one of them is counted as a stranger's touch.
 */
static const uint8_t aid_face[] = { 0xd3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01,
	0x01, 0x04, 0x08 };
static const uint8_t aid_residents[] = { 0xd3, 0x92, 0x10, 0x00, 0x31, 0x00,
	0x01, 0x01, 0x01, 0x00 };
/* The card manager of a PIV card: what another program may select. */
static const uint8_t aid_manager[] = { 0xa0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00,
	0x00 };

static uint16_t
stranger_select(struct vc_card *card, bool again, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	(void)again;
	(void)apdu;
	(void)out;
	card->counts.strangers++;
	card->dirty = true;
	return SW_OK;
}

static const struct vc_applet strangers_jpki[] = {
	{ "face", aid_face, sizeof(aid_face), sizeof(aid_face), NULL, 0,
	    stranger_select, NULL },
	{ "residents", aid_residents, sizeof(aid_residents),
	    sizeof(aid_residents), NULL, 0, stranger_select, NULL },
};
static const struct vc_applet strangers_piv[] = {
	{ "manager", aid_manager, sizeof(aid_manager), 5, NULL, 0,
	    stranger_select, NULL },
};

/* Commands to the reader: the virtual one leaves them to the card. */
static uint16_t
reader_command(struct vc_card *card, const uint8_t *p, size_t len,
    struct vc_bytes *out)
{
	uint8_t pupi[VC_PUPI_BYTES];

	if (len < 4 || p[1] != INS_GET_UID || p[2] != 0 || p[3] != 0 ||
	    card->uidlen == 0)
		return SW_NO_FUNCTION;
	if (card->type == VC_JPKI) {
		/* Type B: another pseudo identifier each time. */
		if (RAND_bytes(pupi, sizeof(pupi)) != 1)
			return SW_FAILED;
		vc_bytes_raw(out, pupi, sizeof(pupi));
	} else {
		vc_bytes_raw(out, card->uid, card->uidlen);
	}
	return SW_OK;
}

static bool
aid_fits(const struct vc_applet *applet, const struct vc_apdu *apdu)
{
	return apdu->lc >= applet->aidmin && apdu->lc <= applet->aidlen &&
	    memcmp(apdu->data, applet->aid, apdu->lc) == 0;
}

static const struct vc_applet *
find_applet(const struct vc_card *card, const struct vc_apdu *apdu)
{
	static const struct {
		const struct vc_applet *own, *others;
		size_t n;
	} sets[] = {
		[VC_JPKI] = { &vc_applet_jpki, strangers_jpki,
		    SY_COUNT(strangers_jpki) },
		[VC_PIV] = { &vc_applet_piv, strangers_piv,
		    SY_COUNT(strangers_piv) },
		[VC_FIDO] = { NULL, NULL, 0 },
	};

	if (card->fido != NULL && aid_fits(&vc_applet_fido, apdu))
		return &vc_applet_fido;
	if (sets[card->type].own != NULL &&
	    aid_fits(sets[card->type].own, apdu))
		return sets[card->type].own;
	for (size_t i = 0; i < sets[card->type].n; i++)
		if (aid_fits(&sets[card->type].others[i], apdu))
			return &sets[card->type].others[i];
	return NULL;
}

/* An AID that nobody has leaves the current application as it is. */
static uint16_t
select_applet(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	const struct vc_applet *next = find_applet(card, apdu);
	const bool again = next == card->applet;

	if (next == NULL)
		return SW_NOT_FOUND;
	if (!again)
		vc_card_leave(card);
	card->applet = next;
	return next->select(card, again, apdu, out);
}

static const struct vc_command command_select = { 0x00, INS_SELECT, VC_IN,
	false, select_applet };

static uint16_t
get_response(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	(void)apdu;
	if (card->waiting.len == card->waiting_from)
		return SW_CONDITIONS;
	vc_bytes_raw(out, card->waiting.b + card->waiting_from,
	    card->waiting.len - card->waiting_from);
	return SW_OK;
}

static const struct vc_command command_get_response = { 0x00, INS_GET_RESPONSE,
	VC_OUT, false, get_response };

/* Plain cards know class 00 only. */
static bool
response_class(const struct vc_card *card, uint8_t cla)
{
	if (card->applet == &vc_applet_fido)
		return vc_fido_takes(card->fido, cla);
	return cla == 0x00;
}

static uint16_t
find_command(const struct vc_card *card, const struct vc_apdu *apdu,
    const struct vc_command **ret)
{
	const uint8_t cla = apdu->cla & (uint8_t)~VC_CLA_CHAIN;
	const struct vc_applet *applet = card->applet;
	bool ins_known = false;

	if (apdu->ins == INS_GET_RESPONSE && response_class(card, cla)) {
		*ret = &command_get_response;
		return SW_OK;
	}
	if (cla == 0x00 && apdu->ins == INS_SELECT && apdu->p1 == P1_BY_AID) {
		*ret = &command_select;
		return SW_OK;
	}
	for (size_t i = 0; applet != NULL && i < applet->ncommands; i++) {
		if (applet->commands[i].ins != apdu->ins)
			continue;
		ins_known = true;
		if (applet->commands[i].cla == cla) {
			*ret = &applet->commands[i];
			return SW_OK;
		}
	}
	return ins_known || (cla != 0x00 && cla != 0x80) ? SW_WRONG_CLA
							 : SW_WRONG_INS;
}

/*
 * ISO/IEC 7816-4, 5.3.3. SW_OK with ${apdu} showing the whole data when the
 * chain is complete; ${ret_goes_on} when the card waits for the next part.
 */
static uint16_t
chain(struct vc_card *card, const struct vc_command *command,
    struct vc_apdu *apdu, bool *ret_goes_on)
{
	const bool open = card->chained.len > 0;
	const bool last = (apdu->cla & VC_CLA_CHAIN) == 0;

	*ret_goes_on = false;
	if (!last && !command->chains)
		return SW_NO_CHAINING;
	if (open &&
	    (card->chain.ins != apdu->ins || card->chain.p1 != apdu->p1 ||
		card->chain.p2 != apdu->p2)) {
		vc_bytes_reset(&card->chained);
		return SW_LAST_OF_CHAIN;
	}
	if (last && !open)
		return SW_OK;
	vc_bytes_raw(&card->chained, apdu->data, apdu->lc);
	if (card->chained.bad || apdu->lc == 0) {
		vc_bytes_reset(&card->chained);
		return SW_WRONG_LENGTH;
	}
	card->chain = *apdu;
	if (!last) {
		*ret_goes_on = true;
		return SW_OK;
	}
	apdu->data = card->chained.b;
	apdu->lc = card->chained.len;
	return SW_OK;
}

static uint16_t
more_word(size_t left)
{
	return (uint16_t)(SW_MORE | (left > 255 ? 0 : left));
}

/* Keep ${out} for GET RESPONSE, from byte ${from}. */
static uint16_t
wait_from(struct vc_card *card, const struct vc_bytes *out, size_t from)
{
	card->waiting = *out;
	card->waiting_from = from;
	return more_word(out->len - from);
}

static uint16_t
answer_t0(struct vc_card *card, enum vc_way way, bool continued,
    const struct vc_apdu *apdu, struct vc_bytes *out)
{
	size_t n;

	if (way == VC_IN) {
		const uint16_t sw = wait_from(card, out, 0);

		vc_bytes_reset(out);
		return sw;
	}
	if (out->len < apdu->ne || (out->len > apdu->ne && !continued)) {
		/* Offer it again: the host repeats with the right Le. */
		n = out->len;
		if (continued)
			(void)wait_from(card, out, 0);
		vc_bytes_reset(out);
		return (uint16_t)(SW_EXACT_LE | (n > 255 ? 0 : n));
	}
	if (out->len == apdu->ne)
		return SW_OK;
	n = apdu->ne;
	(void)wait_from(card, out, n);
	n = out->len - n;
	out->len = apdu->ne;
	return more_word(n);
}

static uint16_t
answer_t1(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out, uint16_t sw)
{
	size_t n = apdu->ne;

	if (n == 0 && card->no_le == VC_NO_LE_STRICT) {
		card->counts.breaches++;
		vc_bytes_reset(out);
		return SW_WRONG_LENGTH;
	}
	if (n == 0)
		n = card->no_le == VC_NO_LE_DATA ? 256 : 0;
	if (apdu->ins == INS_SELECT && card->applet == &vc_applet_fido &&
	    card->fido->scene.key->model.select_more)
		n = 0;
	if (out->len <= n)
		return sw;
	sw = wait_from(card, out, n);
	out->len = n;
	return sw;
}

/* Run a command that is known; chaining and the way back are done here. */
static uint16_t
run_command(struct vc_card *card, const struct vc_command *command,
    struct vc_apdu *apdu, struct vc_bytes *out)
{
	const bool continued = command == &command_get_response;
	bool goes_on;
	uint16_t sw;

	if (vc_apdu_direct(card->proto, command->way, apdu) != SY_OK) {
		card->counts.breaches++;
		return SW_WRONG_LENGTH;
	}
	if ((sw = chain(card, command, apdu, &goes_on)) != SW_OK || goes_on)
		return sw;
	if (!continued && card->applet != NULL && card->applet->before != NULL)
		card->applet->before(card, apdu);
	sw = command->run(card, apdu, out);
	vc_bytes_reset(&card->chained);
	vc_bytes_reset(&card->waiting);
	card->waiting_from = 0;
	if (out->bad) {
		vc_bytes_reset(out);
		return SW_FAILED;
	}
	if (out->len == 0)
		return sw;
	if (card->proto == VC_T0)
		return answer_t0(card, command->way, continued, apdu, out);
	return answer_t1(card, apdu, out, sw);
}

static uint16_t
run(struct vc_card *card, const uint8_t *p, size_t len, struct vc_bytes *out)
{
	const struct vc_command *command;
	struct vc_apdu apdu;
	uint16_t sw;

	if (len > 0 && p[0] == CLA_READER)
		return reader_command(card, p, len, out);
	if (vc_apdu_parse(card->proto, card->extended, p, len, &apdu) !=
	    SY_OK) {
		card->counts.breaches++;
		return SW_WRONG_LENGTH;
	}
	if ((sw = find_command(card, &apdu, &command)) != SW_OK)
		return sw;
	return run_command(card, command, &apdu, out);
}

void
vc_card_arrived(struct vc_card *card, const uint8_t *p, size_t len)
{
	vc_record_arrival(card, p, len);
	/* There is nobody left to tell that saving failed but the log. */
	(void)vc_record_end(card, p, len, 0);
}

void
vc_card_transmit(struct vc_card *card, const uint8_t *p, size_t len,
    struct vc_bytes *ret_reply)
{
	uint16_t sw;

	vc_bytes_reset(ret_reply);
	vc_record_arrival(card, p, len);
	sw = vc_record_end(card, p, len, run(card, p, len, ret_reply));
	if (sw == SW_NOT_SAVED)
		vc_bytes_reset(ret_reply);
	vc_bytes_u8(ret_reply, sw >> 8);
	vc_bytes_u8(ret_reply, sw & 0xff);
}
