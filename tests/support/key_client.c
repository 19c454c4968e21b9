/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: key-client [OPTION...] WORKER [ACTION...]
 *
 * Plays the agent's part with one worker and a FIDO2 key: starts it through the
 * launcher, asks for one action after the other, prints what it reports, one
 * line each, and checks signatures with OpenSSL alone.
 *
 *   --rp NAME          default city.example
 *   --reader, --both   keys in readers instead of on USB, or both
 *   --enroll, --fresh, --reserve N (1), --wait MS (5000)
 *   --cred NAME        a credential of START: NAME.id, NAME.pub; may be
 * repeated
 *   --on WORD COMMAND  run COMMAND when WORD is reported for the first time
 *   --hang-up WORD     close the line when WORD is reported
 *   --user UID:GID     of the worker, when we are root (default 65534:65534)
 *
 *   assert:HOW[:made]  HOW: none, finger, pin=PIN, own (the worker's PIN), look
 *   make:HOW:NAME[:resident]   writes NAME.id, NAME.pub
 *   pin:OLD:NEW, random:OLD, enroll:NAME:PIN, fingers:PIN, forget:HEX:PIN
 *
 * Exit status: 0 all done, 1 FAILED, 2 the worker left without a word, 3 a
 * signature is wrong, 4 usage, 5 we hung up, 6 the worker was still there 5 s
 * after that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include <sanyoso/keydevice.h>

#include "tests/support/worker_line.h"

#define NAME_SIZE    64
#define POINT_SIZE   65
#define AUTHDATA_MIN 37
#define ID_AT        (AUTHDATA_MIN + 16 + 2)

static struct {
	struct sy_keydevice_start start;
	char **action; /* the next one; NULL at the end */
} opt = {
	.start = { .usb = true,
	    .reserve = 1,
	    .wait_ms = 5000,
	    .rp_id = "city.example" },
};

/* Credentials whose keys we have. */
static struct {
	struct sy_credential_id id;
	EVP_PKEY *key;
} known[SY_KEYDEVICE_CREDENTIALS + 1];
static size_t known_count;

static uint8_t hash[32];
static char make_name[NAME_SIZE];

/* --- credentials --- */

static void
path_of(char *out, size_t cap, const char *name, const char *suffix)
{
	if ((size_t)snprintf(out, cap, "%s.%s", name, suffix) >= cap)
		die("a name is too long");
}

static void
load_credential(const char *name)
{
	struct sy_credential_id *id;
	char path[NAME_SIZE + 8];
	FILE *f;

	if (opt.start.credential_count == SY_KEYDEVICE_CREDENTIALS)
		die("too many credentials");
	id = &opt.start.credentials[opt.start.credential_count++];
	path_of(path, sizeof(path), name, "id");
	if ((f = fopen(path, "rb")) == NULL)
		die("no such credential");
	id->len = (uint16_t)fread(id->id, 1, sizeof(id->id), f);
	(void)fclose(f);
	known[known_count].id = *id;
	path_of(path, sizeof(path), name, "pub");
	if ((f = fopen(path, "r")) != NULL) {
		known[known_count].key = PEM_read_PUBKEY(f, NULL, NULL, NULL);
		(void)fclose(f);
	}
	known_count++;
}

/* A COSE key of P-256 as keys write it: x and y stand at fixed places. */
static EVP_PKEY *
cose_key(const uint8_t *cose, size_t len)
{
	static const uint8_t head[] = { 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20,
		0x01, 0x21, 0x58, 0x20 };
	char group[] = "P-256";
	uint8_t point[POINT_SIZE] = { 0x04 };
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
		    group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
		    point, sizeof(point)),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	if (len < 77 || memcmp(cose, head, sizeof(head)) != 0)
		die("no key of P-256 was made");
	memcpy(point + 1, cose + 10, 32);
	memcpy(point + 33, cose + 45, 32);
	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		die("the key is none");
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static void
keep_made(const struct sy_keydevice_made *made)
{
	const size_t len =
	    (size_t)made->authdata[ID_AT - 2] << 8 | made->authdata[ID_AT - 1];
	struct sy_credential_id *id = &known[known_count].id;
	char path[NAME_SIZE + 8];
	FILE *f;

	if (made->authdata_len < ID_AT + len || len > sizeof(id->id))
		die("authenticator data are cut");
	memcpy(id->id, made->authdata + ID_AT, len);
	id->len = (uint16_t)len;
	known[known_count].key = cose_key(made->authdata + ID_AT + len,
	    made->authdata_len - ID_AT - len);
	path_of(path, sizeof(path), make_name, "id");
	if ((f = fopen(path, "wb")) == NULL ||
	    fwrite(id->id, 1, len, f) != len || fclose(f) != 0)
		die("can't keep the id");
	path_of(path, sizeof(path), make_name, "pub");
	if ((f = fopen(path, "w")) == NULL ||
	    PEM_write_PUBKEY(f, known[known_count].key) != 1 || fclose(f) != 0)
		die("can't keep the key");
	if (known_count < SY_KEYDEVICE_CREDENTIALS)
		known_count++;
}

static const char *
verify(const struct sy_keydevice_signed *in)
{
	uint8_t data[SY_FIDO2_AUTHDATA_MAX + sizeof(hash)];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const char *result = "unknown";

	memcpy(data, in->authdata, in->authdata_len);
	memcpy(data + in->authdata_len, hash, sizeof(hash));
	for (size_t i = 0; i < known_count; i++) {
		if (known[i].id.len != in->credential.len ||
		    memcmp(known[i].id.id, in->credential.id,
			in->credential.len) != 0)
			continue;
		result = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL,
			     known[i].key) == 1 &&
			EVP_DigestVerify(ctx, in->signature, in->signature_len,
			    data, in->authdata_len + sizeof(hash)) == 1
		    ? "verified"
		    : "wrong";
		break;
	}
	EVP_MD_CTX_free(ctx);
	return result;
}

/* --- what is asked --- */

static struct sy_secret *
secret(const char *text)
{
	struct sy_secret *s = NULL;

	if (text == NULL || *text == '\0')
		return NULL;
	if (sy_secret_new(SY_KEYDEVICE_PIN_MAX, &s) != SY_OK ||
	    sy_secret_append(s, text, strlen(text)) != SY_OK)
		die("a PIN is too long");
	return s;
}

static uint8_t
take_how(const char *how, struct sy_secret **pin)
{
	if (how == NULL)
		die("how?");
	if (strncmp(how, "pin=", 4) == 0)
		*pin = secret(how + 4);
	if (strncmp(how, "pin=", 4) == 0 || strcmp(how, "own") == 0)
		return SY_KEY_UV_PIN;
	if (strcmp(how, "look") == 0)
		return SY_KEY_UV_LOOK;
	return strcmp(how, "finger") == 0 ? SY_KEY_UV_BUILT_IN : SY_KEY_UV_NONE;
}

static void
ask_assert(const char *how, const char *which, uint16_t index)
{
	struct sy_keydevice_assert in = { .credential = index };
	struct sy_secret *frame = NULL;

	in.uv = take_how(how, &in.pin);
	if (which != NULL && strcmp(which, "made") == 0)
		in.credential = SY_KEYDEVICE_CREDENTIALS;
	memcpy(in.hash, hash, sizeof(hash));
	line_send_secret(sy_keydevice_put_assert(&in, &frame), &frame);
	sy_keydevice_assert_clear(&in);
}

static void
ask_make(const char *how, const char *name, const char *resident)
{
	struct sy_keydevice_make in = {
		.handle = { 1, 2, 3 }, .login = "taro", .name = "市役所 太郎"
	};
	struct sy_secret *frame = NULL;

	if (name == NULL)
		die("make what?");
	(void)snprintf(make_name, sizeof(make_name), "%s", name);
	in.uv = take_how(how, &in.pin);
	in.resident = resident != NULL;
	memcpy(in.hash, hash, sizeof(hash));
	line_send_secret(sy_keydevice_put_make(&in, &frame), &frame);
	sy_keydevice_make_clear(&in);
}

static void
ask_pin(const char *old, const char *fresh, bool random)
{
	struct sy_keydevice_pin in = { .random = random,
		.old = secret(old),
		.fresh = random ? NULL : secret(fresh) };
	struct sy_secret *frame = NULL;

	line_send_secret(sy_keydevice_put_pin(&in, &frame), &frame);
	sy_keydevice_pin_clear(&in);
}

static void
ask_enroll(const char *name, const char *pin)
{
	struct sy_keydevice_enroll in = { .pin = secret(pin) };
	struct sy_secret *frame = NULL;

	(void)snprintf(in.name, sizeof(in.name), "%s", name);
	line_send_secret(sy_keydevice_put_enroll(&in, &frame), &frame);
	sy_keydevice_enroll_clear(&in);
}

static void
ask_fingers(const char *pin)
{
	struct sy_secret *s = secret(pin), *frame = NULL;

	line_send_secret(sy_keydevice_put_fingers(s, &frame), &frame);
	sy_secret_free(&s);
}

static void
ask_forget(const char *hex, const char *pin)
{
	struct sy_keydevice_forget in = { .pin = secret(pin) };
	struct sy_secret *frame = NULL;

	in.template_len = (uint16_t)(strlen(hex) / 2);
	if (sy_text_unhex(hex, in.template_id, in.template_len) != SY_OK)
		die("which finger?");
	line_send_secret(sy_keydevice_put_forget(&in, &frame), &frame);
	sy_keydevice_forget_clear(&in);
}

/* Which of START's the key holds, as FOUND said. */
static uint16_t found_index;

/* Ask for the next action; at the end there is none. */
static enum status
ask_next(void)
{
	char *word[4] = { NULL };
	char *rest = *opt.action;

	if (rest == NULL)
		return STATUS_DONE;
	opt.action++;
	for (size_t i = 0; i < SY_COUNT(word) && rest != NULL; i++)
		word[i] = strsep(&rest, ":");
	if (getrandom(hash, sizeof(hash), 0) != (ssize_t)sizeof(hash))
		die("no random bytes");
	if (strcmp(word[0], "assert") == 0)
		ask_assert(word[1], word[2], found_index);
	else if (strcmp(word[0], "make") == 0)
		ask_make(word[1], word[2], word[3]);
	else if (strcmp(word[0], "pin") == 0)
		ask_pin(word[1], word[2], false);
	else if (strcmp(word[0], "random") == 0)
		ask_pin(word[1], NULL, true);
	else if (strcmp(word[0], "enroll") == 0)
		ask_enroll(word[1], word[2]);
	else if (strcmp(word[0], "fingers") == 0)
		ask_fingers(word[1]);
	else if (strcmp(word[0], "forget") == 0)
		ask_forget(word[1], word[2]);
	else
		die("no such action");
	return STATUS_GO_ON;
}

/* --- what is reported --- */

static enum status
on_waiting(const struct sy_frame *frame)
{
	struct sy_keydevice_waiting w;

	if (sy_keydevice_get_waiting(frame, &w) != SY_OK)
		die("WAITING is malformed");
	printf("waiting keys=%u other=%d old=%d choose=%d busy=%d\n", w.keys,
	    w.other, w.old_card, w.choose, w.busy);
	return line_word("waiting");
}

static enum status
on_found(const struct sy_frame *frame)
{
	struct sy_keydevice_found f;
	enum status status;

	if (sy_keydevice_get_found(frame, &f) != SY_OK)
		die("FOUND is malformed");
	found_index = f.credential;
	printf("found %s pin=%d%d%d uv=%d%d bio=%d uvm=%d rk=%d nopin=%d "
	       "always=%d min=%u tries=%u,%u index=%u place=%s\n",
	    f.reader ? "reader" : "usb", f.pin_supported, f.pin_set,
	    f.pin_change_due, f.uv_supported, f.uv_set, f.bio_enroll, f.uvm,
	    f.resident, f.no_pin_tokens, f.always_uv, f.pin_min, f.pin_tries,
	    f.uv_tries, f.credential, f.place);
	status = line_word("found");
	return status == STATUS_GO_ON ? STATUS_NEXT : status;
}

static enum status
on_touch(const struct sy_frame *frame)
{
	static const char *const names[] = { "?", "touch", "finger", "sample" };
	struct sy_keydevice_touch t;

	if (sy_keydevice_get_touch(frame, &t) != SY_OK)
		die("TOUCH is malformed");
	printf("%s", names[t.what]);
	if (t.what == SY_KEY_TOUCH_SAMPLE)
		printf(" last=%u left=%u", t.sample, t.remaining);
	printf("\n");
	return line_word(names[t.what]);
}

static enum status
on_refused(const struct sy_frame *frame)
{
	struct sy_keydevice_refused r;
	enum status status;

	if (sy_keydevice_get_refused(frame, &r) != SY_OK)
		die("REFUSED is malformed");
	printf("refused %s tries=%u\n", sy_err_name((enum sy_err)r.code),
	    r.tries);
	status = line_word("refused");
	return status == STATUS_GO_ON ? STATUS_NEXT : status;
}

static enum status
on_signed(const struct sy_frame *frame)
{
	static struct sy_keydevice_signed in;
	const char *result;
	char hex[2 * 64 + 1] = "";

	if (sy_keydevice_get_signed(frame, &in) != SY_OK)
		die("SIGNED is malformed");
	result = verify(&in);
	/* Behind the counter: extensions. */
	if (in.authdata_len <= AUTHDATA_MIN + 64)
		sy_text_hex(in.authdata + AUTHDATA_MIN,
		    (size_t)in.authdata_len - AUTHDATA_MIN, hex);
	printf("signed uv=%u flags=%02x ext=%s handle=%u %s\n", in.uv,
	    in.authdata[32], hex, in.handle_len, result);
	return strcmp(result, "wrong") == 0 ? STATUS_WRONG : STATUS_NEXT;
}

static enum status
on_made(const struct sy_frame *frame)
{
	static struct sy_keydevice_made made;

	if (sy_keydevice_get_made(frame, &made) != SY_OK)
		die("MADE is malformed");
	printf("made %s flags=%02x statement=%u\n", made.format,
	    made.authdata[32], made.statement_len);
	keep_made(&made);
	return STATUS_NEXT;
}

static enum status
on_list(const struct sy_frame *frame)
{
	static struct sy_keydevice_list list;
	char hex[2 * 64 + 1];

	if (sy_keydevice_get_list(frame, &list) != SY_OK)
		die("LIST is malformed");
	printf("list %u", list.count);
	for (size_t i = 0; i < list.count; i++) {
		sy_text_hex(list.fingers[i].template_id,
		    list.fingers[i].template_len, hex);
		printf(" %s=%s", hex, list.fingers[i].name);
	}
	printf("\n");
	return STATUS_NEXT;
}

static enum status
serve(const struct sy_frame *frame)
{
	switch (frame->type) {
	case SY_KEYDEVICE_WAITING:
		return on_waiting(frame);
	case SY_KEYDEVICE_FOUND:
		return on_found(frame);
	case SY_KEYDEVICE_TOUCH:
		return on_touch(frame);
	case SY_KEYDEVICE_REFUSED:
		return on_refused(frame);
	case SY_KEYDEVICE_SIGNED:
		return on_signed(frame);
	case SY_KEYDEVICE_MADE:
		return on_made(frame);
	case SY_KEYDEVICE_LIST:
		return on_list(frame);
	case SY_DEVICE_DONE:
		printf("done\n");
		return STATUS_NEXT;
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
	switch (c) {
	case 'p':
		(void)snprintf(opt.start.rp_id, sizeof(opt.start.rp_id), "%s",
		    optarg);
		break;
	case 'R':
		opt.start.usb = false;
		opt.start.reader = true;
		break;
	case 'b':
		opt.start.reader = true;
		break;
	case 'e':
		opt.start.enroll = true;
		break;
	case 'f':
		opt.start.fresh = true;
		break;
	case 'r':
		opt.start.reserve = (uint8_t)strtoul(optarg, NULL, 10);
		break;
	case 'w':
		opt.start.wait_ms = (uint32_t)strtoul(optarg, NULL, 10);
		break;
	case 'c':
		load_credential(optarg);
		break;
	default:
		line_option(c, argv);
	}
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rp", required_argument, NULL, 'p' },
		{ "reader", no_argument, NULL, 'R' },
		{ "both", no_argument, NULL, 'b' },
		{ "enroll", no_argument, NULL, 'e' },
		{ "fresh", no_argument, NULL, 'f' },
		{ "reserve", required_argument, NULL, 'r' },
		{ "wait", required_argument, NULL, 'w' },
		{ "cred", required_argument, NULL, 'c' },
		LINE_OPTIONS,
	};
	SY_AUTO(sy_buf_free) struct sy_buf *start = NULL;
	enum status status;
	int c;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1)
		take_option(c, argv);
	if (optind >= argc)
		die("which worker?");
	opt.action = argv + optind + 1;
	if (sy_buf_new(SY_DEVICE_FRAME_MAX, &start) != SY_OK)
		die("no memory");
	line_start(argv[optind], sy_keydevice_put_start(start, &opt.start),
	    start);
	status = line_converse(serve, ask_next);
	line_end();
	return (int)status;
}
