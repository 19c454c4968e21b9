/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "card.h"
#include "store.h"

#define INS_VERIFY      0x20
#define INS_CHANGE      0x24
#define INS_RESET_RETRY 0x2c
#define INS_SELECT      0xa4
#define SELECT_BY_NAME  0x04
#define CLA_READER      0xff

/* What the log may show of the data: never what a PIN command carries. */
static void
log_command(const struct vc_card *card, const uint8_t *p, size_t len,
    uint16_t sw)
{
	if (card->log == NULL)
		return;
	fprintf(card->log, "%06lu ", card->counts.apdus);
	for (size_t i = 0; i < 4; i++) {
		if (i < len)
			fprintf(card->log, "%02x ", p[i]);
		else
			fputs("-- ", card->log);
	}
	fprintf(card->log, "len=%zu sw=%04x", len, sw);
	if (len > 5 && p[1] == INS_SELECT) {
		fputs(" select=", card->log);
		for (size_t i = 5; i < len && i < 5 + (size_t)p[4]; i++)
			fprintf(card->log, "%02x", p[i]);
	}
	fputc('\n', card->log);
	fflush(card->log);
}

/* A card that cannot keep its counters must not answer as if it had. */
static enum sy_err
save(struct vc_card *card)
{
	enum sy_err err;

	if (!card->dirty || card->dirfd < 0)
		return SY_OK;
	if ((err = vc_store_save(card, card->dirfd)) == SY_OK)
		card->dirty = false;
	return err;
}

static long long
now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void
vc_record_arrival(struct vc_card *card, const uint8_t *p, size_t len)
{
	card->counts.apdus++;
	/* Without data VERIFY reads the counter and CHANGE does nothing. */
	if (len <= 5 || p[0] == CLA_READER)
		return;
	if (p[1] == INS_SELECT && p[2] == SELECT_BY_NAME)
		card->counts.engaged_since = now_us();
	if (p[1] == INS_VERIFY) {
		card->counts.verifies++;
		card->counts.waits_since = now_us();
		card->counts.waits_for = card->counts.signatures + 1;
		card->dirty = true;
	}
	if (p[1] == INS_CHANGE || p[1] == INS_RESET_RETRY) {
		card->counts.changes++;
		card->dirty = true;
	}
}

/* Nothing was selected by name before: the card was engaged by the VERIFY. */
static void
add_wait(struct vc_counts *c, long long now)
{
	const long long engaged =
	    c->engaged_since != 0 ? c->engaged_since : c->waits_since;

	c->waits++;
	c->waited_us += (unsigned long)(now - c->waits_since);
	c->engaged_us += (unsigned long)(now - engaged);
	c->waits_since = 0;
	c->engaged_since = 0;
}

uint16_t
vc_record_end(struct vc_card *card, const uint8_t *p, size_t len, uint16_t sw)
{
	struct vc_counts *c = &card->counts;

	if (save(card) != SY_OK)
		sw = SW_NOT_SAVED;
	if (c->waits_since != 0 && c->signatures == c->waits_for) {
		add_wait(c, now_us());
	}
	log_command(card, p, len, sw);
	return sw;
}
