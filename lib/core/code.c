/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <sanyoso/code.h>

#define LETTER_BITS 5
#define GROUP       5
#define NO_VALUE    32

/* Crockford's base32, https://www.crockford.com/base32.html */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Letters that ${len} bytes need, without the check. */
static size_t
letters_for(size_t len)
{
	return (len * 8 + LETTER_BITS - 1) / LETTER_BITS;
}

static enum sy_err
check_of(const uint8_t *bytes, size_t len, uint8_t *ret)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	if (EVP_Digest(bytes, len, digest, NULL, EVP_sha256(), NULL) != 1)
		return SY_ERR_CRYPTO;
	*ret = digest[sizeof(digest) - 1] & 0x1f;
	sy_memzero(digest, sizeof(digest));
	return SY_OK;
}

/* The ${i}-th five bits, with zeros after the last byte. */
static uint8_t
bits_at(const uint8_t *bytes, size_t len, size_t i)
{
	const size_t bit = i * LETTER_BITS;
	const size_t at = bit / 8;
	const unsigned int two =
	    (unsigned int)bytes[at] << 8 | (at + 1 < len ? bytes[at + 1] : 0U);

	return (uint8_t)(two >> (16 - LETTER_BITS - bit % 8) & 0x1f);
}

enum sy_err
sy_code_format(const void *bytes, size_t len, struct sy_secret **ret_text)
{
	SY_AUTO(sy_secret_free) struct sy_secret *text = NULL;
	const uint8_t *in = bytes;
	size_t letters;
	uint8_t check;
	enum sy_err err;

	if (len == 0 || len > SY_CODE_BYTES_MAX)
		return SY_ERR_ARG;
	if ((err = check_of(in, len, &check)) != SY_OK ||
	    (err = sy_secret_new(SY_CODE_TEXT_MAX, &text)) != SY_OK)
		return err;

	letters = letters_for(len);
	for (size_t i = 0; i <= letters; i++) {
		const uint8_t v = i < letters ? bits_at(in, len, i) : check;

		if (i != 0 && i % GROUP == 0 &&
		    (err = sy_secret_append(text, "-", 1)) != SY_OK)
			return err;
		if ((err = sy_secret_append(text, &alphabet[v], 1)) != SY_OK)
			return err;
	}
	*ret_text = text;
	text = NULL;
	return SY_OK;
}

/* The value of a typed letter, or NO_VALUE. */
static uint8_t
value_of(uint8_t c)
{
	if (c >= 'a' && c <= 'z')
		c = (uint8_t)(c - 'a' + 'A');
	if (c == 'O')
		return 0;
	if (c == 'I' || c == 'L')
		return 1;
	for (uint8_t v = 0; v < NO_VALUE; v++) {
		if (alphabet[v] == (char)c)
			return v;
	}
	return NO_VALUE;
}

/*
 * Turn typed letters into values, one byte each, leaving out what joins them.
 * SY_ERR_CODE if they are not exactly as many as fit into ${values}.
 */
static enum sy_err
take_letters(const struct sy_secret *text, struct sy_secret *values)
{
	const uint8_t *in = sy_secret_bytes(text);

	for (size_t i = 0; i < sy_secret_len(text); i++) {
		const uint8_t v = value_of(in[i]);

		if (in[i] == ' ' || in[i] == '-')
			continue;
		if (v == NO_VALUE || sy_secret_append(values, &v, 1) != SY_OK)
			return SY_ERR_CODE;
	}
	return sy_secret_len(values) == sy_secret_capacity(values)
	    ? SY_OK
	    : SY_ERR_CODE;
}

/* Join five-bit values into bytes; bits left over must be zero. */
static enum sy_err
join_bits(const uint8_t *values, size_t n, struct sy_secret *bytes)
{
	unsigned int held = 0;
	unsigned int bits = 0;
	enum sy_err err;

	for (size_t i = 0; i < n; i++) {
		held = (held << LETTER_BITS | values[i]) & 0xfff;
		bits += LETTER_BITS;
		if (bits < 8)
			continue;
		bits -= 8;
		const uint8_t byte = (uint8_t)(held >> bits & 0xff);

		if ((err = sy_secret_append(bytes, &byte, 1)) != SY_OK)
			return err;
	}
	return (held & ((1U << bits) - 1)) == 0 ? SY_OK : SY_ERR_CODE;
}

enum sy_err
sy_code_parse(const struct sy_secret *text, size_t len,
    struct sy_secret **ret_bytes)
{
	SY_AUTO(sy_secret_free) struct sy_secret *values = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *bytes = NULL;
	size_t letters;
	uint8_t check;
	enum sy_err err;

	if (len == 0 || len > SY_CODE_BYTES_MAX)
		return SY_ERR_ARG;
	letters = letters_for(len);
	if ((err = sy_secret_new(letters + 1, &values)) != SY_OK ||
	    (err = sy_secret_new(len, &bytes)) != SY_OK ||
	    (err = take_letters(text, values)) != SY_OK ||
	    (err = join_bits(sy_secret_bytes(values), letters, bytes)) !=
		SY_OK ||
	    (err = check_of(sy_secret_bytes(bytes), len, &check)) != SY_OK)
		return err;
	if (sy_secret_bytes(values)[letters] != check)
		return SY_ERR_CODE;
	*ret_bytes = bytes;
	bytes = NULL;
	return SY_OK;
}
