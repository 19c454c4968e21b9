/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/possession/device/piv_admin.h"
#include "lib/possession/device/tlv.h"
#include "lib/possession/spki_form.h"

#define INS_AUTHENTICATE 0x87 /* GENERAL AUTHENTICATE */
#define INS_GET_DATA     0xcb
#define INS_PUT_DATA     0xdb
#define INS_GENERATE     0x47
#define INS_SET_KEY      0xff /* the makers': SET MANAGEMENT KEY */
#define OBJECT_P1        0x3f
#define OBJECT_P2        0xff
#define KEY_MANAGEMENT   0x9b
#define KEY_PIN          0x9a
#define OBJECT_CHUID     0x5fc102
#define OBJECT_CERT      0x5fc105
#define TAG_LIST         0x5c
#define TAG_DATA         0x53
#define TAG_TEMPLATE     0x7c
#define TAG_WITNESS      0x80
#define TAG_CHALLENGE    0x81
#define TAG_RESPONSE     0x82
#define TAG_CONTROL      0xac
#define TAG_ALG          0x80
#define TAG_PUBLIC       0x7f49
#define TAG_POINT        0x86
#define TAG_MODULUS      0x81
#define TAG_EXPONENT     0x82
#define TAG_CERT         0x70
#define TAG_CERT_INFO    0x71
#define TAG_CERT_CHECK   0xfe
#define TAG_GUID         0x34
#define SW_ALGORITHM     0x6a86 /* incorrect P1: another cipher */
#define SW_DATA          0x6a80
#define CHUID_MAX        3072
#define REPLY_MAX        64
#define PUBLIC_MAX       512
#define POINT_SIZE       65
#define UNCOMPRESSED     0x04 /* SEC 1 section 2.3.3 */
#define MODULUS_SIZE     256

static const enum piv_cipher ciphers[] = { PIV_CIPHER_AES256, PIV_CIPHER_AES192,
	PIV_CIPHER_TDEA, PIV_CIPHER_AES128 };

/* --- opening --- */

enum sy_err
piv_open_blank(const struct card_io *io, struct card **ret_card,
    struct sy_error *reterr)
{
	SY_AUTO(card_free) struct card *card = NULL;
	enum sy_err err;

	if ((card = calloc(1, sizeof(*card))) == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, "card", "no memory");
	card->io = io;
	card->driver = &card_driver_piv;
	for (size_t i = 0; i < card->driver->profile_count; i++) {
		if (card->driver->profiles[i].slot == SY_SLOT_PIN)
			card->profile = &card->driver->profiles[i];
	}
	if ((err = sy_buf_new(SY_CERT_SIZE_MAX, &card->cert)) == SY_OK)
		err = card_select(card);
	if (err == SY_ERR_NOT_FOUND)
		err = card_failed(card, SY_ERR_CARD_UNKNOWN, "select", 0);
	if (err != SY_OK) {
		if (card->error.code != err)
			(void)card_failed(card, err, "select", 0);
		*reterr = card->error;
		return err;
	}
	*ret_card = card;
	card = NULL;
	return SY_OK;
}

/* The GUID among a CHUID's objects. */
static enum sy_err
take_guid(struct sy_reader content, uint8_t ret_guid[SY_DEVICE_GUID_SIZE])
{
	static const uint8_t none[SY_DEVICE_GUID_SIZE];
	struct tlv tlv;

	while (sy_reader_left(&content) > 0) {
		if (tlv_next(&content, TLV_BER, &tlv) != SY_OK)
			return SY_ERR_NOT_FOUND;
		if (tlv.tag != TAG_GUID)
			continue;
		if (sy_reader_left(&tlv.value) != sizeof(none) ||
		    memcmp(tlv.value.at, none, sizeof(none)) == 0)
			return SY_ERR_NOT_FOUND;
		memcpy(ret_guid, tlv.value.at, sizeof(none));
		return SY_OK;
	}
	return SY_ERR_NOT_FOUND;
}

enum sy_err
piv_read_guid(struct card *card, uint8_t ret_guid[SY_DEVICE_GUID_SIZE])
{
	SY_AUTO(sy_buf_free) struct sy_buf *reply = NULL;
	static const uint8_t list[] = { TAG_LIST, 3, OBJECT_CHUID >> 16,
		OBJECT_CHUID >> 8 & 0xff, OBJECT_CHUID & 0xff };
	const struct apdu apdu = { .ins = INS_GET_DATA,
		.p1 = OBJECT_P1,
		.p2 = OBJECT_P2,
		.data = list,
		.len = sizeof(list),
		.le = APDU_LE_MAX };
	struct sy_reader r, content;
	uint16_t sw = 0;
	enum sy_err err;

	if ((err = sy_buf_new(CHUID_MAX, &reply)) != SY_OK)
		return err;
	if ((err = apdu_exchange(card->io, &apdu, reply, &sw)) != SY_OK)
		return card_failed(card, err, "CHUID", 0);
	if (sw == SW_NO_FILE || sw == SW_NO_KEY)
		return SY_ERR_NOT_FOUND;
	if (sw != SW_OK)
		return card_failed(card, SY_ERR_CARD, "CHUID", sw);
	sy_reader_init(&r, sy_buf_data(reply), sy_buf_len(reply));
	if (tlv_expect(&r, TLV_BER, TAG_DATA, &content) != SY_OK ||
	    sy_reader_end(&r) != SY_OK)
		return SY_ERR_NOT_FOUND;
	return take_guid(content, ret_guid);
}

/* --- the management key --- */

/* One step of the authentication. ${out} gets what lies in 7C under ${tag}. */
static enum sy_err
authenticate(struct card *card, enum piv_cipher cipher, const uint8_t *data,
    size_t len, uint32_t tag, uint8_t *out, uint16_t *ret_sw)
{
	SY_AUTO(sy_buf_free) struct sy_buf *reply = NULL;
	const size_t block = piv_cipher_block_size(cipher);
	const struct apdu apdu = { .ins = INS_AUTHENTICATE,
		.p1 = (uint8_t)cipher,
		.p2 = KEY_MANAGEMENT,
		.data = data,
		.len = len,
		.le = APDU_LE_MAX };
	struct sy_reader r, inner, value;
	enum sy_err err;

	if ((err = sy_buf_new(REPLY_MAX, &reply)) != SY_OK)
		return err;
	if ((err = apdu_exchange(card->io, &apdu, reply, ret_sw)) != SY_OK)
		return card_failed(card, err, "management key", 0);
	if (*ret_sw != SW_OK)
		return SY_OK;
	sy_reader_init(&r, sy_buf_data(reply), sy_buf_len(reply));
	if (tlv_expect(&r, TLV_BER, TAG_TEMPLATE, &inner) != SY_OK ||
	    sy_reader_end(&r) != SY_OK ||
	    tlv_expect(&inner, TLV_BER, tag, &value) != SY_OK ||
	    sy_reader_end(&inner) != SY_OK || sy_reader_left(&value) != block)
		return card_failed(card, SY_ERR_CARD, "management key", 0);
	memcpy(out, value.at, block);
	return SY_OK;
}

/* 7C { 80 witness, 81 challenge } */
static size_t
put_answer(size_t block, const uint8_t *witness, const uint8_t *challenge,
    uint8_t *out)
{
	size_t n = 0;

	out[n++] = TAG_TEMPLATE;
	out[n++] = (uint8_t)(2 * (2 + block));
	out[n++] = TAG_WITNESS;
	out[n++] = (uint8_t)block;
	memcpy(out + n, witness, block);
	n += block;
	out[n++] = TAG_CHALLENGE;
	out[n++] = (uint8_t)block;
	memcpy(out + n, challenge, block);
	return n + block;
}

/* The card showed ${witness}: open it, and have the card open ours. */
static enum sy_err
answer_witness(struct card *card, enum piv_cipher cipher,
    const struct sy_secret *key, const uint8_t *witness)
{
	const size_t block = piv_cipher_block_size(cipher);
	uint8_t plain[PIV_BLOCK_MAX], challenge[PIV_BLOCK_MAX];
	uint8_t expected[PIV_BLOCK_MAX], response[PIV_BLOCK_MAX];
	uint8_t command[2 + 2 * (2 + PIV_BLOCK_MAX)];
	uint16_t sw = 0;
	size_t len;
	enum sy_err err;

	if (getrandom(challenge, block, 0) != (ssize_t)block)
		return card_failed(card, SY_ERR_CRYPTO, "management key", 0);
	if ((err = piv_cipher_decrypt(cipher, key, witness, plain)) != SY_OK ||
	    (err = piv_cipher_encrypt(cipher, key, challenge, expected)) !=
		SY_OK)
		return card_failed(card, err, "management key", 0);
	len = put_answer(block, plain, challenge, command);
	if ((err = authenticate(card, cipher, command, len, TAG_RESPONSE,
		 response, &sw)) != SY_OK)
		return err;
	if (sw != SW_OK)
		return card_failed(card, SY_ERR_DENIED, "management key", sw);
	if (!sy_memequal(response, expected, block))
		return card_failed(card, SY_ERR_CARD, "management key", 0);
	return SY_OK;
}

enum sy_err
piv_admin_open(struct card *card, const struct sy_secret *key,
    enum piv_cipher *ret_cipher)
{
	static const uint8_t ask[] = { TAG_TEMPLATE, 2, TAG_WITNESS, 0 };
	uint8_t witness[PIV_BLOCK_MAX];
	uint16_t sw = 0;
	enum sy_err err;

	for (size_t i = 0; i < SY_COUNT(ciphers); i++) {
		if ((err = authenticate(card, ciphers[i], ask, sizeof(ask),
			 TAG_WITNESS, witness, &sw)) != SY_OK)
			return err;
		if (sw == SW_OK) {
			*ret_cipher = ciphers[i];
			return answer_witness(card, ciphers[i], key, witness);
		}
	}
	return card_failed(card, SY_ERR_CARD, "management key", sw);
}

enum sy_err
piv_admin_open_factory(struct card *card, enum piv_cipher *ret_cipher)
{
	SY_AUTO(sy_secret_free) struct sy_secret *key = NULL;
	/* 01..08 over and over, whatever the cipher. */
	static const uint8_t factory[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	enum sy_err err;

	if ((err = sy_secret_new(SY_DEVICE_MANAGEMENT_SIZE, &key)) != SY_OK)
		return err;
	for (size_t n = 0; n < SY_DEVICE_MANAGEMENT_SIZE; n += sizeof(factory))
		if ((err = sy_secret_append(key, factory, sizeof(factory))) !=
		    SY_OK)
			return err;
	return piv_admin_open(card, key, ret_cipher);
}

/* One command SET MANAGEMENT KEY. */
static enum sy_err
send_key(struct card *card, const struct sy_secret *key, enum piv_cipher cipher,
    uint16_t *ret_sw)
{
	SY_AUTO(sy_secret_free) struct sy_secret *command = NULL;
	const size_t size = piv_cipher_key_size(cipher);
	const uint8_t header[] = { 0x00, INS_SET_KEY, 0xff, 0xff,
		(uint8_t)(3 + size), (uint8_t)cipher, KEY_MANAGEMENT,
		(uint8_t)size };
	enum sy_err err;

	if (sy_secret_len(key) < size)
		return SY_ERR_ARG;
	if ((err = sy_secret_new(sizeof(header) + size, &command)) != SY_OK ||
	    (err = sy_secret_append(command, header, sizeof(header))) !=
		SY_OK ||
	    (err = sy_secret_append(command, sy_secret_bytes(key), size)) !=
		SY_OK)
		return err;
	return apdu_send_secret(card->io, command, ret_sw);
}

enum sy_err
piv_admin_set_key(struct card *card, const struct sy_secret *key,
    enum piv_cipher present)
{
	uint16_t sw = 0;
	enum sy_err err;

	err = send_key(card, key, PIV_CIPHER_AES256, &sw);
	if (err == SY_OK && present != PIV_CIPHER_AES256 &&
	    (sw == SW_DATA || sw == SW_ALGORITHM))
		err = send_key(card, key, present, &sw);
	if (err != SY_OK)
		return card_failed(card, err, "new management key", 0);
	if (sw != SW_OK)
		return card_failed(card, SY_ERR_CARD, "new management key", sw);
	return SY_OK;
}

/* --- objects --- */

/* PUT DATA of what lies in ${content}. */
static enum sy_err
put_object(struct card *card, uint32_t object, const struct sy_buf *content,
    const char *step)
{
	SY_AUTO(sy_buf_free) struct sy_buf *data = NULL;
	const uint8_t list[] = { TAG_LIST, 3, (uint8_t)(object >> 16),
		(uint8_t)(object >> 8), (uint8_t)object, TAG_DATA };
	struct apdu apdu = {
		.ins = INS_PUT_DATA, .p1 = OBJECT_P1, .p2 = OBJECT_P2
	};
	uint16_t sw = 0;
	enum sy_err err;

	if ((err = sy_buf_new(SY_CERT_SIZE_MAX + REPLY_MAX, &data)) != SY_OK)
		return err;
	sy_buf_raw(data, list, sizeof(list));
	tlv_put_length(data, sy_buf_len(content));
	sy_buf_raw(data, sy_buf_data(content), sy_buf_len(content));
	if ((err = sy_buf_status(data)) != SY_OK)
		return card_failed(card, err, step, 0);
	apdu.data = sy_buf_data(data);
	apdu.len = sy_buf_len(data);
	if ((err = apdu_exchange(card->io, &apdu, NULL, &sw)) != SY_OK)
		return card_failed(card, err, step, 0);
	return sw == SW_OK ? SY_OK : card_failed(card, SY_ERR_CARD, step, sw);
}

enum sy_err
piv_put_guid(struct card *card, const uint8_t guid[SY_DEVICE_GUID_SIZE])
{
	SY_AUTO(sy_buf_free) struct sy_buf *chuid = NULL;
	/* FASC-N of an issuer outside the federal government: agency 9999,
	 * system 9999, credential 999999 (part 1, section 3.1.2). */
	static const uint8_t fascn[] = { 0x30, 0x19, 0xd4, 0xe7, 0x39, 0xda,
		0x73, 0x9c, 0xed, 0x39, 0xce, 0x73, 0x9d, 0x83, 0x68, 0x58,
		0x21, 0x08, 0x42, 0x10, 0x84, 0x21, 0xc8, 0x42, 0x10, 0xc3,
		0xeb };
	/* The certificate has its own end; empty signature, empty check. */
	static const uint8_t tail[] = { 0x35, 8, '2', '0', '9', '9', '1', '2',
		'3', '1', 0x3e, 0, 0xfe, 0 };
	enum sy_err err;

	if ((err = sy_buf_new(CHUID_MAX, &chuid)) != SY_OK)
		return err;
	sy_buf_raw(chuid, fascn, sizeof(fascn));
	sy_buf_u8(chuid, TAG_GUID);
	sy_buf_u8(chuid, SY_DEVICE_GUID_SIZE);
	sy_buf_raw(chuid, guid, SY_DEVICE_GUID_SIZE);
	sy_buf_raw(chuid, tail, sizeof(tail));
	if ((err = sy_buf_status(chuid)) != SY_OK)
		return err;
	return put_object(card, OBJECT_CHUID, chuid, "new CHUID");
}

enum sy_err
piv_put_cert(struct card *card, const uint8_t *cert, size_t len)
{
	SY_AUTO(sy_buf_free) struct sy_buf *container = NULL;
	static const uint8_t tail[] = { TAG_CERT_INFO, 1, 0, TAG_CERT_CHECK,
		0 };
	enum sy_err err;

	if ((err = sy_buf_new(SY_CERT_SIZE_MAX + REPLY_MAX, &container)) !=
	    SY_OK)
		return err;
	sy_buf_u8(container, TAG_CERT);
	tlv_put_length(container, len);
	sy_buf_raw(container, cert, len);
	sy_buf_raw(container, tail, sizeof(tail));
	if ((err = sy_buf_status(container)) != SY_OK ||
	    (err = put_object(card, OBJECT_CERT, container,
		 "new certificate")) != SY_OK)
		return err;
	sy_buf_reset(card->cert);
	if ((err = card->driver->read_cert(card, card->cert)) != SY_OK)
		return err;
	if (sy_buf_len(card->cert) != len ||
	    memcmp(sy_buf_data(card->cert), cert, len) != 0)
		return card_failed(card, SY_ERR_CARD, "new certificate", 0);
	return SY_OK;
}

/* --- the key --- */

static enum sy_err
take_ec(struct sy_reader *inner, struct sy_buf *out)
{
	struct sy_reader point;

	if (tlv_expect(inner, TLV_BER, TAG_POINT, &point) != SY_OK ||
	    sy_reader_end(inner) != SY_OK ||
	    sy_reader_left(&point) != POINT_SIZE || *point.at != UNCOMPRESSED)
		return SY_ERR_CARD;
	return sy_spki_put(out, SY_KEY_P256, point.at + 1, POINT_SIZE - 1);
}

static enum sy_err
take_rsa(struct sy_reader *inner, struct sy_buf *out)
{
	struct sy_reader modulus, exponent;

	if (tlv_expect(inner, TLV_BER, TAG_MODULUS, &modulus) != SY_OK ||
	    tlv_expect(inner, TLV_BER, TAG_EXPONENT, &exponent) != SY_OK ||
	    sy_reader_end(inner) != SY_OK ||
	    sy_reader_left(&modulus) != MODULUS_SIZE ||
	    (*modulus.at & 0x80) == 0 ||
	    sy_reader_left(&exponent) != sizeof(sy_rsa_exponent) ||
	    memcmp(exponent.at, sy_rsa_exponent, sizeof(sy_rsa_exponent)) != 0)
		return SY_ERR_CARD;
	return sy_spki_put(out, SY_KEY_RSA2048, modulus.at, MODULUS_SIZE);
}

/* 7F49 { the key's parts } as SubjectPublicKeyInfo. */
static enum sy_err
take_public(struct card *card, enum sy_key_alg alg, const struct sy_buf *reply,
    struct sy_buf *out)
{
	struct sy_reader r, inner;
	enum sy_err err = SY_ERR_CARD;

	sy_reader_init(&r, sy_buf_data(reply), sy_buf_len(reply));
	if (tlv_expect(&r, TLV_BER, TAG_PUBLIC, &inner) == SY_OK &&
	    sy_reader_end(&r) == SY_OK)
		err = alg == SY_KEY_P256 ? take_ec(&inner, out)
					 : take_rsa(&inner, out);
	if (err == SY_ERR_CARD)
		return card_failed(card, err, "new key", 0);
	if (err != SY_OK)
		return err;
	card->alg = alg;
	return SY_OK;
}

enum sy_err
piv_generate(struct card *card, enum sy_key_alg alg, struct sy_buf *out)
{
	SY_AUTO(sy_buf_free) struct sy_buf *reply = NULL;
	const uint8_t control[] = { TAG_CONTROL, 3, TAG_ALG, 1,
		alg == SY_KEY_P256 ? 0x11 : 0x07 };
	const struct apdu apdu = { .ins = INS_GENERATE,
		.p2 = KEY_PIN,
		.data = control,
		.len = sizeof(control),
		.le = APDU_LE_MAX };
	uint16_t sw = 0;
	enum sy_err err;

	if (alg != SY_KEY_P256 && alg != SY_KEY_RSA2048)
		return SY_ERR_ARG;
	if ((err = sy_buf_new(PUBLIC_MAX, &reply)) != SY_OK)
		return err;
	if ((err = apdu_exchange(card->io, &apdu, reply, &sw)) != SY_OK)
		return card_failed(card, err, "new key", 0);
	if (sw != SW_OK)
		return card_failed(card, SY_ERR_CARD, "new key", sw);
	return take_public(card, alg, reply, out);
}
