/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: worker-client [OPTION...] WORKER
 *
 * Plays the agent's part with one worker: starts it through the launcher,
 * prints what it reports, one line each, and checks its signature with OpenSSL
 * alone.
 *
 *   --driver jpki|piv    allowed drivers, may be repeated (default: all)
 *   --open               the key that needs no PIN
 *   --fresh              a card found in place does not count
 *   --enroll             as at enrolment
 *   --reserve N          default 1
 *   --wait MS            for the card, default 5000
 *   --pin PIN            for the next SIGN, may be repeated
 *   --hash N             a hash of N bytes instead of the right one
 *   --on WORD COMMAND    run COMMAND when WORD (waiting, card, pin-wrong) is
 *                        reported for the first time
 *   --hang-up WORD       close the line when WORD is reported
 *   --user UID:GID       of the worker, when we are root (default 65534:65534)
 *
 * Exit status: 0 signature verified, 1 FAILED, 2 the worker left without a
 * word, 3 key or signature is wrong, 4 usage, 5 we hung up, 6 the worker was
 * still there 5 s after that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <sanyoso/device.h>

#include "tests/support/worker_line.h"

#define PINS_MAX 8

static struct {
	struct sy_device_start start;
	const char *pin[PINS_MAX];
	unsigned int pins, used;
	size_t hash_len; /* 0: by the key */
} opt = {
	.start = { .slot = SY_SLOT_PIN, .reserve = 1, .wait_ms = 5000 },
};

static struct sy_device_card card;
static uint8_t hash[SY_HASH_SIZE_MAX];
static size_t hash_len;

static EVP_PKEY *
load_key(void)
{
	const unsigned char *at = card.spki;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, card.spki_len);

	if (key == NULL || at != card.spki + card.spki_len) {
		printf("key broken\n");
		exit(STATUS_WRONG);
	}
	return key;
}

/* With a certificate the key must be the one inside. */
static void
check_cert(EVP_PKEY *key)
{
	const unsigned char *at = card.cert;
	X509 *cert;

	if (card.cert_len == 0)
		return;
	cert = d2i_X509(NULL, &at, card.cert_len);
	if (cert == NULL || at != card.cert + card.cert_len ||
	    EVP_PKEY_eq(X509_get0_pubkey(cert), key) != 1)
		die("the worker's certificate is none, or of another key");
	X509_free(cert);
}

static void
choose_hash(void)
{
	EVP_PKEY *key = load_key();

	check_cert(key);
	hash_len = EVP_PKEY_get_bits(key) == 384 ? 48 : 32;
	if (opt.hash_len != 0)
		hash_len = opt.hash_len;
	EVP_PKEY_free(key);
	if (getrandom(hash, sizeof(hash), 0) != (ssize_t)sizeof(hash))
		die("no random bytes");
}

static bool
verifies(const uint8_t *sig, size_t len)
{
	EVP_PKEY *key = load_key();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	bool ok;

	ok = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(ctx,
		hash_len == 48 ? EVP_sha384() : EVP_sha256()) == 1;
	if (ok && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
		ok = EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
	ok = ok && EVP_PKEY_verify(ctx, sig, len, hash, hash_len) == 1;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok;
}

/* The next PIN, or nothing at all when there is none left. */
static void
send_sign(void)
{
	struct sy_secret *pin = NULL, *frame = NULL;
	const bool open = opt.start.slot == SY_SLOT_OPEN;

	if (!open && opt.used == opt.pins)
		return;
	if (sy_secret_new(SY_DEVICE_PIN_MAX, &pin) != SY_OK ||
	    (!open &&
		sy_secret_append(pin, opt.pin[opt.used],
		    strlen(opt.pin[opt.used])) != SY_OK))
		die("a PIN is too long");
	opt.used++;
	line_send_secret(sy_device_put_sign(hash, hash_len, pin, &frame),
	    &frame);
	sy_secret_free(&pin);
}

static enum status
on_waiting(const struct sy_frame *frame)
{
	struct sy_device_waiting waiting;

	if (sy_device_get_waiting(frame, &waiting) != SY_OK)
		die("WAITING is malformed");
	printf("waiting readers=%u old=%d\n", waiting.readers,
	    waiting.old_card);
	return line_word("waiting");
}

static enum status
on_card(const struct sy_frame *frame)
{
	enum status status;

	if (sy_device_get_card(frame, &card) != SY_OK)
		die("CARD is malformed");
	choose_hash();
	printf("card %s tries=%u spki=%u cert=%u reader=%s\n",
	    sy_driver_name((enum sy_driver)card.driver), card.tries,
	    card.spki_len, card.cert_len, card.reader);
	status = line_word("card");
	if (status == STATUS_GO_ON)
		send_sign();
	return status;
}

static enum status
on_pin_wrong(const struct sy_frame *frame)
{
	enum status status;
	uint8_t left;

	if (sy_device_get_pin_wrong(frame, &left) != SY_OK)
		die("PIN_WRONG is malformed");
	printf("pin-wrong left=%u\n", left);
	status = line_word("pin-wrong");
	if (status == STATUS_GO_ON)
		send_sign();
	return status;
}

static enum status
on_pin_format(const struct sy_frame *frame)
{
	uint8_t min, max;

	if (sy_device_get_pin_format(frame, &min, &max) != SY_OK)
		die("PIN_FORMAT is malformed");
	printf("pin-format %u-%u\n", min, max);
	send_sign();
	return STATUS_GO_ON;
}

static enum status
on_signature(const struct sy_frame *frame)
{
	const uint8_t *sig;
	size_t len;

	if (sy_device_get_signature(frame, &sig, &len) != SY_OK)
		die("SIGNATURE is malformed");
	if (!verifies(sig, len)) {
		printf("signature wrong\n");
		return STATUS_WRONG;
	}
	printf("signature verified\n");
	return STATUS_DONE;
}

static enum status
serve(const struct sy_frame *frame)
{
	switch (frame->type) {
	case SY_DEVICE_WAITING:
		return on_waiting(frame);
	case SY_DEVICE_CARD:
		return on_card(frame);
	case SY_DEVICE_PIN_WRONG:
		return on_pin_wrong(frame);
	case SY_DEVICE_PIN_FORMAT:
		return on_pin_format(frame);
	case SY_DEVICE_SIGNATURE:
		return on_signature(frame);
	case SY_DEVICE_FAILED:
		return line_failed(frame);
	default:
		die("a frame of unknown type");
	}
	return STATUS_USAGE;
}

static void
take_option(int c, char **argv)
{
	enum sy_driver driver;

	switch (c) {
	case 'd':
		if (!sy_driver_by_name(optarg, &driver))
			die("no such driver");
		opt.start.drivers |= 1U << driver;
		break;
	case 'o':
		opt.start.slot = SY_SLOT_OPEN;
		break;
	case 'f':
		opt.start.fresh = true;
		break;
	case 'e':
		opt.start.enroll = true;
		break;
	case 'r':
		opt.start.reserve = (uint8_t)strtoul(optarg, NULL, 10);
		break;
	case 'w':
		opt.start.wait_ms = (uint32_t)strtoul(optarg, NULL, 10);
		break;
	case 'p':
		if (opt.pins == PINS_MAX)
			die("too many PINs");
		opt.pin[opt.pins++] = optarg;
		break;
	case 'h':
		opt.hash_len = strtoul(optarg, NULL, 10);
		break;
	default:
		line_option(c, argv);
	}
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "driver", required_argument, NULL, 'd' },
		{ "open", no_argument, NULL, 'o' },
		{ "fresh", no_argument, NULL, 'f' },
		{ "enroll", no_argument, NULL, 'e' },
		{ "reserve", required_argument, NULL, 'r' },
		{ "wait", required_argument, NULL, 'w' },
		{ "pin", required_argument, NULL, 'p' },
		{ "hash", required_argument, NULL, 'h' },
		LINE_OPTIONS,
	};
	SY_AUTO(sy_buf_free) struct sy_buf *start = NULL;
	enum status status;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		take_option(c, argv);
	if (optind + 1 != argc)
		die("which worker?");
	if (opt.start.drivers == 0)
		opt.start.drivers = 1U << SY_DRIVER_JPKI | 1U << SY_DRIVER_PIV;
	if (sy_buf_new(SY_DEVICE_FRAME_MAX, &start) != SY_OK)
		die("no memory");
	line_start(argv[optind], sy_device_put_start(start, &opt.start), start);
	/* Nothing is ever to be asked next. */
	status = line_converse(serve, NULL);
	line_end();
	return (int)status;
}
