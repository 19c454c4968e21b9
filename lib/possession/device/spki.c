/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include "lib/possession/device/spki.h"
#include "lib/possession/device/tlv.h"
#include "lib/possession/spki_form.h"

/* X.690: identifiers of the types that we meet. */
#define DER_INTEGER    0x02
#define DER_BIT_STRING 0x03
#define DER_SEQUENCE   0x30
#define DER_VERSION    0xa0 /* [0] EXPLICIT, RFC 5280 section 4.1.2.1 */

enum sy_err
spki_of_cert(const uint8_t *cert, size_t len, const uint8_t **ret_spki,
    size_t *ret_len)
{
	struct sy_reader r, body, tbs, skipped;
	struct tlv tlv;
	const uint8_t *spki;

	sy_reader_init(&r, cert, len);
	if (tlv_expect(&r, TLV_DER, DER_SEQUENCE, &body) != SY_OK ||
	    sy_reader_end(&r) != SY_OK ||
	    tlv_expect(&body, TLV_DER, DER_SEQUENCE, &tbs) != SY_OK ||
	    tlv_expect(&body, TLV_DER, DER_SEQUENCE, &skipped) != SY_OK ||
	    tlv_expect(&body, TLV_DER, DER_BIT_STRING, &skipped) != SY_OK ||
	    sy_reader_end(&body) != SY_OK)
		return SY_ERR_CERT;
	/* Version 1 has no version; serial, then algorithm, issuer, validity
	 * and subject, which are all SEQUENCEs. */
	if (tlv_next(&tbs, TLV_DER, &tlv) != SY_OK)
		return SY_ERR_CERT;
	if (tlv.tag == DER_VERSION && tlv_next(&tbs, TLV_DER, &tlv) != SY_OK)
		return SY_ERR_CERT;
	if (tlv.tag != DER_INTEGER)
		return SY_ERR_CERT;
	for (unsigned int i = 0; i < 4; i++) {
		if (tlv_expect(&tbs, TLV_DER, DER_SEQUENCE, &skipped) != SY_OK)
			return SY_ERR_CERT;
	}
	spki = tbs.at;
	if (tlv_expect(&tbs, TLV_DER, DER_SEQUENCE, &skipped) != SY_OK)
		return SY_ERR_CERT;
	*ret_spki = spki;
	*ret_len = (size_t)(tbs.at - spki);
	return SY_OK;
}

static bool
is_of(const uint8_t *spki, size_t len, const struct sy_spki_form *form)
{
	return len == form->head_len + form->numbers_len + form->tail_len &&
	    memcmp(spki, form->head, form->head_len) == 0 &&
	    (form->tail_len == 0 ||
		memcmp(spki + len - form->tail_len, form->tail,
		    form->tail_len) == 0);
}

enum sy_err
spki_alg(const uint8_t *spki, size_t len, enum sy_key_alg *ret_alg)
{
	/* Cards have no key of Ed25519. */
	static const enum sy_key_alg algs[] = { SY_KEY_P256, SY_KEY_P384,
		SY_KEY_RSA2048, SY_KEY_RSA3072 };

	for (size_t i = 0; i < SY_COUNT(algs); i++) {
		if (is_of(spki, len, sy_spki_form(algs[i]))) {
			*ret_alg = algs[i];
			return SY_OK;
		}
	}
	return SY_ERR_ALGORITHM;
}
