/* SPDX-License-Identifier: Apache-2.0 */
/* Commands to the virtual card: one setting byte, then length and command. */
#include <stdlib.h>

#include "tests/vcard/create.h"
#include "tests/vcard/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len);

static struct vc_card *cards[2];

static void
make_cards(void)
{
	const struct vc_cert_spec spec = { "/CN=Fuzz", -1, 10, true, NULL };
	struct vc_issuer ca = { NULL, NULL };

	if (vc_key_generate(VC_P256, &ca.key) != SY_OK ||
	    vc_cert_issue(NULL, &spec, ca.key, &ca.cert) != SY_OK)
		abort();
	for (int i = 0; i < 2; i++) {
		struct vc_recipe r = { .alg =
					   i == VC_JPKI ? VC_RSA1024 : VC_P256,
			.subject = "/CN=Fuzz",
			.pin = "1234",
			.puk = "1234",
			.sign_pin = "ABC123",
			.tries = 3,
			.mgmt = "3des",
			.to_days = 1 };

		if (vc_card_new((enum vc_type)i, &cards[i]) != SY_OK)
			abort();
		r.card = cards[i];
		if (vc_create(&r, &ca, -1) != SY_OK)
			abort();
	}
	vc_issuer_clear(&ca);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct vc_in in = { p, len }, part;
	struct vc_bytes reply;
	struct vc_card *card;
	uint8_t set, n;

	if (cards[0] == NULL)
		make_cards();
	if (vc_in_u8(&in, &set) != SY_OK)
		return 0;
	card = cards[set & 1];
	card->proto = set & 2 ? VC_T0 : VC_T1;
	card->extended = set & 4;
	card->no_le = (enum vc_no_le)((set >> 4) % 3);
	card->yubico = set & 8;
	vc_card_power(card);
	for (size_t i = 0; i < VC_PINS_MAX; i++)
		card->pins[i].left = card->pins[i].max;
	/* The management key cannot be guessed: hand it to every other run. */
	card->admin = set & 0x80;
	while (vc_in_u8(&in, &n) == SY_OK &&
	    vc_in_raw(&in, n, &part) == SY_OK) {
		vc_card_transmit(card, part.at, part.left, &reply);
		if (reply.len < 2 || reply.bad)
			abort();
		card->admin |= set >> 7;
	}
	return 0;
}
