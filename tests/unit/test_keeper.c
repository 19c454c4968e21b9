/* SPDX-License-Identifier: Apache-2.0 */
#include "server/keeper/keeper.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>

#include <sanyoso/safefile.h>

#include "server/keeper/process.h"
#include "server/keeper/protocol.h"
#include "server/log_end.h"

struct fixture {
	char dir[64];
	struct keeper *k[2];
	pid_t pid;
};

static uid_t
keeper_uid(void)
{
	return geteuid() == 0 ? 65534 : geteuid();
}

static void
start(struct fixture *f)
{
	struct sy_error error = { 0 };

	if (keeper_start(f->dir, keeper_uid(), 65534, 2, f->k, &f->pid,
		&error) != SY_OK)
		fail_msg("%s: %s", error.place, error.text);
}

static void
stop(struct fixture *f)
{
	int status;

	keeper_close(&f->k[0]);
	keeper_close(&f->k[1]);
	/* A test that failed may have left it stopped. */
	(void)kill(f->pid, SIGCONT);
	assert_int_equal(waitpid(f->pid, &status, 0), f->pid);
	/* The sandbox had nothing to forbid. */
	assert_true(WIFEXITED(status) || WTERMSIG(status) == SIGKILL);
}

static int
setup(void **state)
{
	static struct fixture f;
	struct sy_error error = { 0 };

	(void)snprintf(f.dir, sizeof(f.dir), "/tmp/sy-keeper-XXXXXX");
	assert_non_null(mkdtemp(f.dir));
	assert_int_equal(keeper_create(f.dir, "test", &error), SY_OK);
	start(&f);
	*state = &f;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	stop(f);
	assert_int_equal(nftw(f->dir, remove_one, 8, FTW_DEPTH), 0);
	return 0;
}

/* The next result, which must be good and of ${len} bytes, into ${out}. */
static void
take(struct keeper *k, void *out, size_t len)
{
	const uint8_t *view;
	size_t n;

	assert_int_equal(keeper_next(k, &view, &n), SY_OK);
	assert_int_equal(n, len);
	memcpy(out, view, len);
}

static enum sy_err
next_error(struct keeper *k)
{
	const uint8_t *view;
	size_t n;

	return keeper_next(k, &view, &n);
}

static void
make_csr(char *out, size_t size)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509_REQ *req = X509_REQ_new();
	BIO *bio = BIO_new(BIO_s_mem());
	int len;

	assert_int_equal(X509_REQ_set_pubkey(req, key), 1);
	assert_true(X509_REQ_sign(req, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509_REQ(bio, req), 1);
	len = BIO_read(bio, out, (int)size - 1);
	assert_true(len > 0);
	out[len] = '\0';
	(void)BIO_free(bio);
	X509_REQ_free(req);
	EVP_PKEY_free(key);
}

/* --- data --- */

static void
what_is_sealed_opens_only_in_its_place(void **state)
{
	struct fixture *f = *state;
	struct keeper *k = f->k[0];
	uint8_t sealed[5 + KEEPER_SEALED_EXTRA], again[sizeof(sealed)];
	char open[5];

	keeper_begin(k);
	keeper_add_seal(k, "token", "spki", 7, "hello", 5);
	keeper_add_seal(k, "token", "spki", 7, "hello", 5);
	assert_int_equal(keeper_run(k), SY_OK);
	take(k, sealed, sizeof(sealed));
	take(k, again, sizeof(again));
	/* Another nonce each time. */
	assert_memory_not_equal(sealed, again, sizeof(sealed));

	keeper_begin(k);
	keeper_add_unseal(k, "token", "spki", 7, sealed, sizeof(sealed));
	keeper_add_unseal(k, "token", "spki", 8, sealed, sizeof(sealed));
	keeper_add_unseal(k, "token", "basis", 7, sealed, sizeof(sealed));
	keeper_add_unseal(k, "hold", "spki", 7, sealed, sizeof(sealed));
	assert_int_equal(keeper_run(k), SY_OK);
	take(k, open, sizeof(open));
	assert_memory_equal(open, "hello", 5);
	for (int i = 0; i < 3; i++)
		assert_int_equal(next_error(k), SY_ERR_ROW_ALTERED);
	assert_int_equal(next_error(k), SY_ERR_ARG);
}

static void
sealed_data_that_was_altered_anywhere_stays_closed(void **state)
{
	struct fixture *f = *state;
	struct keeper *k = f->k[0];
	uint8_t sealed[5 + KEEPER_SEALED_EXTRA];

	keeper_begin(k);
	keeper_add_seal(k, "token", "spki", 7, "hello", 5);
	assert_int_equal(keeper_run(k), SY_OK);
	take(k, sealed, sizeof(sealed));
	keeper_begin(k);
	for (size_t i = 0; i < sizeof(sealed); i++) {
		sealed[i] ^= 1;
		keeper_add_unseal(k, "token", "spki", 7, sealed,
		    sizeof(sealed));
		sealed[i] ^= 1;
	}
	for (size_t len = 0; len < sizeof(sealed); len++)
		keeper_add_unseal(k, "token", "spki", 7, sealed, len);
	assert_int_equal(keeper_run(k), SY_OK);
	for (size_t i = 0; i < 2 * sizeof(sealed); i++)
		assert_int_equal(next_error(k), SY_ERR_ROW_ALTERED);
}

static void
nothing_can_be_sealed(void **state)
{
	struct fixture *f = *state;
	struct keeper *k = f->k[0];
	uint8_t sealed[KEEPER_SEALED_EXTRA];

	keeper_begin(k);
	keeper_add_seal(k, "token", "basis", 1, "", 0);
	assert_int_equal(keeper_run(k), SY_OK);
	take(k, sealed, sizeof(sealed));
	keeper_begin(k);
	keeper_add_unseal(k, "token", "basis", 1, sealed, sizeof(sealed));
	assert_int_equal(keeper_run(k), SY_OK);
	take(k, sealed, 0);
}

static void
an_index_is_that_of_its_column_and_stays(void **state)
{
	struct fixture *f = *state;
	uint8_t index[5][SY_DIGEST_SIZE], later[SY_DIGEST_SIZE];

	keeper_begin(f->k[0]);
	keeper_add_index(f->k[0], "id", "login", "suzuki", 6);
	keeper_add_index(f->k[0], "id", "login", "suzuki", 6);
	keeper_add_index(f->k[0], "id", "login", "suzukj", 6);
	keeper_add_index(f->k[0], "id", "staff", "suzuki", 6);
	keeper_add_index(f->k[0], "di", "login", "suzuki", 6);
	assert_int_equal(keeper_run(f->k[0]), SY_OK);
	for (size_t i = 0; i < SY_COUNT(index); i++)
		take(f->k[0], index[i], SY_DIGEST_SIZE);
	assert_memory_equal(index[0], index[1], SY_DIGEST_SIZE);
	for (size_t i = 2; i < SY_COUNT(index); i++)
		assert_memory_not_equal(index[0], index[i], SY_DIGEST_SIZE);
	stop(f);
	start(f);
	keeper_begin(f->k[1]);
	keeper_add_index(f->k[1], "id", "login", "suzuki", 6);
	assert_int_equal(keeper_run(f->k[1]), SY_OK);
	take(f->k[1], later, sizeof(later));
	assert_memory_equal(index[0], later, SY_DIGEST_SIZE);
}

static void
a_mac_over_parts_is_that_of_the_whole(void **state)
{
	struct fixture *f = *state;
	struct keeper *k = f->k[0];
	uint8_t index[SY_DIGEST_SIZE], mac[SY_DIGEST_SIZE], whole[64];
	const struct keeper_part parts[] = { { "before", 6 }, { NULL, 0 },
		{ "behind", 6 } };

	keeper_begin(k);
	keeper_add_index(k, "id", "login", "suzuki", 6);
	keeper_add_mac_parts(k, parts, SY_COUNT(parts));
	assert_int_equal(keeper_run(k), SY_OK);
	take(k, index, sizeof(index));
	take(k, mac, sizeof(mac));
	memcpy(whole, "before", 6);
	memcpy(whole + 6, index, sizeof(index));
	memcpy(whole + 6 + sizeof(index), "behind", 6);
	keeper_begin(k);
	keeper_add_check(k, whole, 12 + sizeof(index), mac);
	keeper_add_check(k, whole, 11 + sizeof(index), mac);
	mac[31] ^= 1;
	keeper_add_check(k, whole, 12 + sizeof(index), mac);
	mac[31] ^= 1;
	keeper_add_mac(k, whole, 12 + sizeof(index));
	assert_int_equal(keeper_run(k), SY_OK);
	take(k, whole, 0);
	assert_int_equal(next_error(k), SY_ERR_ROW_ALTERED);
	assert_int_equal(next_error(k), SY_ERR_ROW_ALTERED);
	take(k, whole, sizeof(mac));
	assert_memory_equal(whole, mac, sizeof(mac));
}

static void
pepper(struct keeper *k, int64_t owner, const char *hash,
    uint8_t ret[SY_DIGEST_SIZE])
{
	keeper_begin(k);
	keeper_add_pepper(k, owner, hash, strlen(hash));
	assert_int_equal(keeper_run(k), SY_OK);
	take(k, ret, SY_DIGEST_SIZE);
}

/* CRED-1: what is stored of a password is of no use without the keeper's key,
 * nor in the row of another. */
static void
the_pepper_is_bound_to_key_owner_and_hash(void **state)
{
	struct fixture *f = *state;
	uint8_t first[SY_DIGEST_SIZE], other[SY_DIGEST_SIZE];
	uint8_t plain[8 + 4] = { 0, 0, 0, 0, 0, 0, 0, 7, 'h', 'a', 's', 'h' };

	pepper(f->k[0], 7, "hash", first);
	pepper(f->k[1], 7, "hash", other);
	assert_memory_equal(first, other, sizeof(first));
	pepper(f->k[0], 8, "hash", other);
	assert_memory_not_equal(first, other, sizeof(first));
	pepper(f->k[0], -7, "hash", other);
	assert_memory_not_equal(first, other, sizeof(first));
	pepper(f->k[0], 7, "hasi", other);
	assert_memory_not_equal(first, other, sizeof(first));
	/* Not the key of rows. */
	keeper_begin(f->k[0]);
	keeper_add_mac(f->k[0], plain, sizeof(plain));
	assert_int_equal(keeper_run(f->k[0]), SY_OK);
	take(f->k[0], other, sizeof(other));
	assert_memory_not_equal(first, other, sizeof(first));
	/* The same after a new start. */
	stop(f);
	start(f);
	pepper(f->k[0], 7, "hash", other);
	assert_memory_equal(first, other, sizeof(first));
}

static void
a_mac_over_what_failed_fails(void **state)
{
	struct fixture *f = *state;
	struct keeper *k = f->k[0];
	const struct keeper_part part = { NULL, 0 };

	keeper_begin(k);
	keeper_add_unseal(k, "token", "spki", 7, "no sealed data", 14);
	keeper_add_mac_parts(k, &part, 1);
	assert_int_equal(keeper_run(k), SY_OK);
	assert_int_equal(next_error(k), SY_ERR_ROW_ALTERED);
	assert_int_equal(next_error(k), SY_ERR_ROW_ALTERED);
}

static void
more_columns_than_there_can_be_are_refused(void **state)
{
	struct fixture *f = *state;
	struct keeper *k = f->k[0];
	enum sy_err err = SY_OK;
	char column[16];
	int i;

	for (i = 0; err == SY_OK && i < 1000; i++) {
		(void)snprintf(column, sizeof(column), "c%d", i);
		keeper_begin(k);
		keeper_add_index(k, "t", column, "x", 1);
		assert_int_equal(keeper_run(k), SY_OK);
		err = next_error(k);
	}
	assert_int_equal(err, SY_ERR_LIMIT);
	assert_true(i > 40);
	/* Those that were there go on. */
	keeper_begin(k);
	keeper_add_index(k, "t", "c0", "x", 1);
	assert_int_equal(keeper_run(k), SY_OK);
	assert_int_equal(next_error(k), SY_OK);
}

/* --- certificates: see test_keeper_cert and test_keeper_claim; here, that the
 * sandbox lets it --- */

static void
certificates_are_issued_for_requests(void **state)
{
	struct fixture *f = *state;
	struct keeper *k = f->k[0];
	static const char encrypted[] =
	    "-----BEGIN CERTIFICATE REQUEST-----\n"
	    "Proc-Type: 4,ENCRYPTED\n"
	    "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
	    "AAAA\n"
	    "-----END CERTIFICATE REQUEST-----\n";
	const int64_t end = time(NULL) + 86400;
	const uint8_t *view;
	char csr[2048];
	size_t len;

	make_csr(csr, sizeof(csr));
	keeper_begin(k);
	keeper_add_server_cert(k, "server.example", csr, end);
	keeper_add_server_cert(k, "10.0.0.1", csr, end);
	keeper_add_server_cert(k, "server.example", "no request", end);
	/* OpenSSL would ask for a passphrase, and the sandbox end it. */
	keeper_add_server_cert(k, "server.example", encrypted, end);
	keeper_add_server_cert(k, "server 1", csr, end);
	keeper_add_server_cert(k, "server.example", csr, 1);
	assert_int_equal(keeper_run(k), SY_OK);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(keeper_next(k, &view, &len), SY_OK);
		assert_memory_equal(view, "-----BEGIN CERTIFICATE-----", 27);
	}
	assert_int_equal(next_error(k), SY_ERR_FORMAT);
	assert_int_equal(next_error(k), SY_ERR_FORMAT);
	assert_int_equal(next_error(k), SY_ERR_ARG);
	assert_int_equal(next_error(k), SY_ERR_ARG);
	assert_memory_equal(keeper_ca(k), "-----BEGIN CERTIFICATE-----", 27);
}

/* --- heads --- */

/* Seeds and public keys of RFC 8032 section 7.1, tests 1 to 3. */
static const struct {
	uint8_t seed[KEEPER_KEY_SIZE];
	uint8_t public[SY_ED25519_KEY_SIZE];
} ed25519[] = {
	{ { 0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
	      0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
	      0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60 },
	    { 0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe,
		0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda,
		0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51,
		0x1a } },
	{ { 0x4c, 0xcd, 0x08, 0x9b, 0x28, 0xff, 0x96, 0xda, 0x9d, 0xb6, 0xc3,
	      0x46, 0xec, 0x11, 0x4e, 0x0f, 0x5b, 0x8a, 0x31, 0x9f, 0x35, 0xab,
	      0xa6, 0x24, 0xda, 0x8c, 0xf6, 0xed, 0x4f, 0xb8, 0xa6, 0xfb },
	    { 0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a,
		0xa7, 0x4d, 0x1b, 0x7e, 0xbc, 0x9c, 0x98, 0x2c, 0xcf, 0x2e,
		0xc4, 0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66,
		0x0c } },
	{ { 0xc5, 0xaa, 0x8d, 0xf4, 0x3f, 0x9f, 0x83, 0x7b, 0xed, 0xb7, 0x44,
	      0x2f, 0x31, 0xdc, 0xb7, 0xb1, 0x66, 0xd3, 0x85, 0x35, 0x07, 0x6f,
	      0x09, 0x4b, 0x85, 0xce, 0x3a, 0x2e, 0x0b, 0x44, 0x58, 0xf7 },
	    { 0xfc, 0x51, 0xcd, 0x8e, 0x62, 0x18, 0xa1, 0xa3, 0x8d, 0xa4, 0x7e,
		0xd0, 0x02, 0x30, 0xf0, 0x58, 0x08, 0x16, 0xed, 0x13, 0xba,
		0x33, 0x03, 0xac, 0x5d, 0xeb, 0x91, 0x15, 0x48, 0x90, 0x80,
		0x25 } },
};

/* What OpenSSL signs with the same seed: there is one signature of Ed25519. */
static void
sign_with_openssl(const uint8_t *seed, const uint8_t *data, size_t len,
    uint8_t out[SY_ED25519_SIG_SIZE])
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
	    seed, KEEPER_KEY_SIZE);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = SY_ED25519_SIG_SIZE;

	assert_int_equal(EVP_DigestSignInit(ctx, NULL, NULL, NULL, key), 1);
	assert_int_equal(EVP_DigestSign(ctx, out, &n, data, len), 1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
}

static void
heads_are_signed_by_ed25519(void **state)
{
	const struct log_end empty = { .time = 0 };
	struct sy_head head;
	struct fixture *f = *state;
	struct sy_error error = { 0 };
	uint8_t bytes[SY_HEAD_SIZE], got[SY_ED25519_SIG_SIZE];
	uint8_t want[SY_ED25519_SIG_SIZE];
	char path[128];

	assert_int_equal(log_end_head(&empty, &head), SY_OK);
	sy_head_encode(&head, bytes);
	(void)snprintf(path, sizeof(path), "%s/head.key", f->dir);
	for (size_t i = 0; i < SY_COUNT(ed25519); i++) {
		stop(f);
		assert_int_equal(sy_safefile_write(path, ed25519[i].seed,
				     KEEPER_KEY_SIZE, 0600, &error),
		    SY_OK);
		start(f);
		assert_memory_equal(keeper_head_key(f->k[0]), ed25519[i].public,
		    SY_ED25519_KEY_SIZE);
		keeper_begin(f->k[0]);
		keeper_add_head(f->k[0], 0, NULL, 0, bytes);
		assert_int_equal(keeper_run(f->k[0]), SY_OK);
		take(f->k[0], got, sizeof(got));
		sign_with_openssl(ed25519[i].seed, bytes, sizeof(bytes), want);
		assert_memory_equal(got, want, sizeof(want));
		assert_int_equal(sy_head_verify(ed25519[i].public, bytes, got),
		    SY_OK);
	}
}

/* --- the process --- */

static void
index_of(struct keeper *k, const char *text, uint8_t ret[SY_DIGEST_SIZE])
{
	keeper_begin(k);
	keeper_add_index(k, "id", "login", text, strlen(text));
	assert_int_equal(keeper_run(k), SY_OK);
	take(k, ret, SY_DIGEST_SIZE);
}

static void
the_next_batch_is_built_while_the_keeper_works(void **state)
{
	struct fixture *f = *state;
	struct keeper *k = f->k[0];
	uint8_t one[SY_DIGEST_SIZE], two[SY_DIGEST_SIZE], got[SY_DIGEST_SIZE];

	index_of(k, "one", one);
	index_of(k, "two", two);
	assert_int_equal(keeper_hear(k), SY_ERR_ARG);

	keeper_begin(k);
	keeper_add_index(k, "id", "login", "one", 3);
	assert_int_equal(keeper_ask(k), SY_OK);
	keeper_begin(k);
	keeper_add_index(k, "id", "login", "two", 3);
	keeper_add_index(k, "id", "login", "one", 3);
	assert_int_equal(next_error(k), SY_ERR_ARG);
	assert_int_equal(keeper_hear(k), SY_OK);
	take(k, got, sizeof(got));
	assert_memory_equal(got, one, sizeof(got));
	assert_int_equal(next_error(k), SY_ERR_ARG);
	assert_int_equal(keeper_ask(k), SY_OK);
	assert_int_equal(keeper_hear(k), SY_OK);
	take(k, got, sizeof(got));
	assert_memory_equal(got, two, sizeof(got));
	take(k, got, sizeof(got));
	assert_memory_equal(got, one, sizeof(got));
	assert_int_equal(keeper_hear(k), SY_ERR_ARG);
}

static void
an_answer_that_nobody_heard_is_not_taken_for_the_next(void **state)
{
	struct fixture *f = *state;
	struct keeper *k = f->k[0];
	uint8_t two[SY_DIGEST_SIZE], got[SY_DIGEST_SIZE];

	index_of(k, "two", two);
	for (int i = 0; i < 3; i++) {
		keeper_begin(k);
		keeper_add_index(k, "id", "login", "one", 3);
		assert_int_equal(keeper_ask(k), SY_OK);
	}
	index_of(k, "two", got);
	assert_memory_equal(got, two, sizeof(got));
	/* Nor is that of one that the keeper did not survive. */
	keeper_begin(k);
	keeper_add_index(k, "id", "login", "one", 3);
	assert_int_equal(keeper_ask(k), SY_OK);
	assert_int_equal(kill(f->pid, SIGKILL), 0);
	keeper_begin(k);
	keeper_add_index(k, "id", "login", "two", 3);
	/* It may have answered before. */
	(void)!keeper_ask(k);
	assert_int_equal(keeper_hear(k), SY_ERR_KEEPER);
}

static void
a_batch_that_is_too_large_is_not_sent(void **state)
{
	static uint8_t data[KEEPER_DATA_MAX];
	struct fixture *f = *state;
	struct keeper *k = f->k[0];

	keeper_begin(k);
	for (int i = 0; i < 70; i++)
		keeper_add_mac(k, data, sizeof(data));
	assert_int_equal(keeper_run(k), SY_ERR_LIMIT);
	keeper_begin(k);
	for (int i = 0; i < 60; i++)
		keeper_add_mac(k, data, sizeof(data));
	assert_int_equal(keeper_run(k), SY_OK);
	for (int i = 0; i < 60; i++)
		assert_int_equal(next_error(k), SY_OK);
	/* One operation with too much. */
	keeper_begin(k);
	keeper_add_mac(k, data, sizeof(data));
	keeper_add_seal(k, "t", "c", 1, data, sizeof(data));
	assert_int_equal(keeper_run(k), SY_OK);
}

static void
a_keeper_that_was_killed_stays_away(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(kill(f->pid, SIGKILL), 0);
	for (int i = 0; i < 3; i++) {
		keeper_begin(f->k[i % 2]);
		keeper_add_mac(f->k[i % 2], "x", 1);
		assert_int_equal(keeper_run(f->k[i % 2]), SY_ERR_KEEPER);
		assert_int_equal(next_error(f->k[i % 2]), SY_ERR_ARG);
	}
}

struct told {
	int times;
};

static void
tell(void *ctx)
{
	struct told *told = ctx;

	told->times++;
}

static double
seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* It is stopped in the middle of the test: "hung". A terminal waits three
 * seconds for its answer. */
static void
a_keeper_that_hangs_is_lost_in_time(void **state)
{
	struct fixture *f = *state;
	struct told told = { 0 };
	const double begin = seconds();

	keeper_watch(f->k[0], tell, &told);
	assert_int_equal(kill(f->pid, SIGSTOP), 0);
	keeper_begin(f->k[0]);
	keeper_add_mac(f->k[0], "x", 1);
	assert_false(keeper_is_lost(f->k[0]));
	assert_int_equal(keeper_run(f->k[0]), SY_ERR_KEEPER);
	assert_true(seconds() - begin > 1.0);
	assert_true(seconds() - begin < 2.9);
	assert_true(keeper_is_lost(f->k[0]));
	assert_false(keeper_is_lost(f->k[1]));
	assert_int_equal(told.times, 1);
	/* What comes late is not taken, and nobody waits or is told again. */
	assert_int_equal(kill(f->pid, SIGCONT), 0);
	keeper_begin(f->k[0]);
	keeper_add_index(f->k[0], "id", "login", "one", 3);
	assert_int_equal(keeper_run(f->k[0]), SY_ERR_KEEPER);
	assert_true(seconds() - begin < 2.9);
	assert_int_equal(told.times, 1);
}

static void
the_end_of_one_that_hangs_is_not_waited_for(void **state)
{
	struct fixture *f = *state;
	const double begin = seconds();

	assert_int_equal(kill(f->pid, SIGSTOP), 0);
	keeper_close(&f->k[0]);
	keeper_close(&f->k[1]);
	assert_int_equal(keeper_wait(f->pid), SY_ERR_TIMEOUT);
	assert_true(seconds() - begin < 2.0);
	assert_int_equal(kill(f->pid, SIGCONT), 0);
	assert_int_equal(keeper_wait(f->pid), SY_OK);
	start(f);
}

static void
that_it_was_killed_is_told(void **state)
{
	struct fixture *f = *state;
	struct told told = { 0 };

	keeper_watch(f->k[1], tell, &told);
	assert_int_equal(kill(f->pid, SIGKILL), 0);
	keeper_begin(f->k[1]);
	keeper_add_mac(f->k[1], "x", 1);
	assert_int_equal(keeper_run(f->k[1]), SY_ERR_KEEPER);
	assert_int_equal(told.times, 1);
	assert_true(keeper_is_lost(f->k[1]));
}

static void
signals_for_the_server_do_not_take_the_keys_away(void **state)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGPIPE };
	struct fixture *f = *state;

	for (size_t i = 0; i < SY_COUNT(signals); i++) {
		assert_int_equal(kill(f->pid, signals[i]), 0);
		keeper_begin(f->k[0]);
		keeper_add_mac(f->k[0], "x", 1);
		assert_int_equal(keeper_run(f->k[0]), SY_OK);
	}
}

static void
it_ends_with_its_last_channel(void **state)
{
	struct fixture *f = *state;
	int status;

	keeper_close(&f->k[0]);
	keeper_begin(f->k[1]);
	keeper_add_mac(f->k[1], "x", 1);
	assert_int_equal(keeper_run(f->k[1]), SY_OK);
	keeper_close(&f->k[1]);
	assert_int_equal(waitpid(f->pid, &status, 0), f->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	start(f);
}

static bool
status_has(pid_t pid, const char *line)
{
	char path[64], text[256];
	bool found = false;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(text, sizeof(text), file) != NULL)
		found = found || strncmp(text, line, strlen(line)) == 0;
	(void)fclose(file);
	return found;
}

static void
it_has_given_up_what_it_does_not_need(void **state)
{
	char path[64], ours[64] = "", its[64] = "";
	struct fixture *f = *state;
	unsigned int fds = 0;
	DIR *dir;

	assert_true(status_has(f->pid, "Seccomp:\t2"));
	assert_true(status_has(f->pid, "NoNewPrivs:\t1"));
	if (geteuid() != 0)
		skip();
	assert_true(status_has(f->pid, "Uid:\t65534\t65534\t65534\t65534"));
	assert_true(status_has(f->pid, "Gid:\t65534\t65534\t65534\t65534"));
	assert_true(status_has(f->pid, "CapEff:\t0000000000000000"));
	assert_true(status_has(f->pid, "CapPrm:\t0000000000000000"));
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)f->pid);
	assert_true(readlink(path, its, sizeof(its) - 1) > 0);
	assert_true(readlink("/proc/self/ns/net", ours, sizeof(ours) - 1) > 0);
	assert_string_not_equal(ours, its);
	/* Standard streams, two channels, log.state. */
	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)f->pid);
	dir = opendir(path);
	assert_non_null(dir);
	for (const struct dirent *e; (e = readdir(dir)) != NULL;)
		fds += e->d_name[0] != '.';
	(void)closedir(dir);
	assert_true(fds <= 6);
}

/* --- keys --- */

static void
expect_start(struct fixture *f, enum sy_err err, const char *file)
{
	struct sy_error error = { 0 };
	struct keeper *k;
	pid_t pid;

	assert_int_equal(keeper_start(f->dir, keeper_uid(), 65534, 1, &k, &pid,
			     &error),
	    err);
	assert_null(k);
	assert_non_null(strstr(error.place, file));
	assert_true(error.text[0] != '\0');
}

static void
bad_keys_are_named(void **state)
{
	static const char *const names[] = { "ca.pem", "ca.crt", "head.key",
		"row.key", "index.key", "seal.key", "pepper.key" };
	struct fixture *f = *state;
	char path[96], aside[104];
	int fd;

	for (size_t i = 0; i < SY_COUNT(names); i++) {
		print_message("  %s\n", names[i]);
		(void)snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
		(void)snprintf(aside, sizeof(aside), "%s.aside", path);
		assert_int_equal(rename(path, aside), 0);
		expect_start(f, SY_ERR_NOT_FOUND, names[i]);
		fd = open(path, O_WRONLY | O_CREAT, 0600);
		assert_int_equal(write(fd, "not a key", 9), 9);
		(void)close(fd);
		expect_start(f, SY_ERR_FORMAT, names[i]);
		assert_int_equal(rename(aside, path), 0);
		assert_int_equal(chmod(path, 0666), 0);
		expect_start(f, SY_ERR_PERM, names[i]);
		assert_int_equal(chmod(path, 0600), 0);
	}
}

static void
a_certificate_of_another_key_is_refused(void **state)
{
	char other[] = "/tmp/sy-keeper-XXXXXX", from[96], to[96];
	struct fixture *f = *state;

	assert_non_null(mkdtemp(other));
	assert_int_equal(keeper_create(other, "other", NULL), SY_OK);
	(void)snprintf(from, sizeof(from), "%s/ca.crt", other);
	(void)snprintf(to, sizeof(to), "%s/ca.crt", f->dir);
	assert_int_equal(rename(from, to), 0);
	expect_start(f, SY_ERR_CERT, "ca.crt");
	assert_int_equal(nftw(other, remove_one, 8, FTW_DEPTH), 0);
}

static void
keys_are_never_overwritten(void **state)
{
	struct fixture *f = *state;
	struct sy_error error = { 0 };

	assert_int_equal(keeper_create(f->dir, "test", &error), SY_ERR_EXISTS);
	assert_int_equal(keeper_create("/tmp/sy-keeper-none", "test", &error),
	    SY_ERR_IO);
}

/* --- malformed batches, on the bare socket --- */

struct raw {
	int fd;
	pid_t pid;
	struct keeper_input in;
	struct sy_buf *out;
};

static void
raw_start(struct fixture *f, struct raw *raw)
{
	struct sy_frame frame;
	int pair[2];

	*raw = (struct raw){ .fd = -1 };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			     pair),
	    0);
	raw->pid = fork();
	assert_true(raw->pid >= 0);
	if (raw->pid == 0)
		process_main(f->dir, keeper_uid(), 65534, &pair[1], 1);
	(void)close(pair[1]);
	raw->fd = pair[0];
	assert_int_equal(sy_buf_new(KEEPER_FRAME_MAX, &raw->out), SY_OK);
	assert_int_equal(keeper_receive(raw->fd, &raw->in, &frame), SY_OK);
	assert_int_equal(frame.type, KEEPER_HELLO);
}

static void
raw_stop(struct raw *raw)
{
	int status;

	(void)close(raw->fd);
	assert_int_equal(waitpid(raw->pid, &status, 0), raw->pid);
	assert_true(WIFEXITED(status));
	keeper_input_clear(&raw->in);
	sy_buf_free(&raw->out);
}

/* What is answered to this body of a batch. */
static uint8_t
raw_answer(struct raw *raw, const void *body, size_t len)
{
	struct sy_frame frame;

	sy_frame_begin(raw->out, KEEPER_VERSION, KEEPER_BATCH);
	(void)sy_buf_raw(raw->out, body, len);
	assert_int_equal(keeper_frame_end(raw->out), SY_OK);
	assert_int_equal(keeper_send(raw->fd, sy_buf_data(raw->out),
			     sy_buf_len(raw->out)),
	    SY_OK);
	assert_int_equal(keeper_receive(raw->fd, &raw->in, &frame), SY_OK);
	return frame.type;
}

static void
put_log_operations(struct sy_buf *b)
{
	const struct sy_head head = { .size = 1 };
	uint8_t bytes[SY_HEAD_SIZE], leaves[2 * SY_DIGEST_SIZE] = { 0 };
	uint8_t signature[SY_ED25519_SIG_SIZE] = { 0 };

	sy_head_encode(&head, bytes);
	(void)sy_buf_u8(b, KEEPER_OP_HEAD);
	(void)sy_buf_u64(b, 0);
	(void)sy_buf_bytes32(b, leaves, sizeof(leaves));
	(void)sy_buf_raw(b, bytes, sizeof(bytes));
	(void)sy_buf_u8(b, KEEPER_OP_CONFIRM);
	(void)sy_buf_u64(b, 0);
	(void)sy_buf_u8(b, KEEPER_OP_HISTORY);
	(void)sy_buf_u8(b, KEEPER_OP_SHOW);
	(void)sy_buf_bytes32(b, leaves, sizeof(leaves));
	(void)sy_buf_u8(b, KEEPER_OP_RESUME);
	(void)sy_buf_bytes32(b, "tree", 4);
	(void)sy_buf_raw(b, bytes, sizeof(bytes));
	(void)sy_buf_raw(b, signature, sizeof(signature));
}

/* One operation of each kind but PERSON_CERT. */
#define GOOD_OPERATIONS 14
static struct sy_buf *
good_batch(void)
{
	static const uint8_t certs[] = { KEEPER_OP_TERMINAL_CERT,
		KEEPER_OP_SERVER_CERT, KEEPER_OP_TERMINAL_RENEWAL };
	uint8_t mac[SY_DIGEST_SIZE] = { 0 };
	struct sy_buf *b;

	assert_int_equal(sy_buf_new(65536, &b), SY_OK);
	(void)sy_buf_u32(b, GOOD_OPERATIONS);
	for (uint8_t op = KEEPER_OP_SEAL; op <= KEEPER_OP_UNSEAL; op++) {
		(void)sy_buf_u8(b, op);
		(void)sy_buf_text(b, "table");
		(void)sy_buf_text(b, "column");
		(void)sy_buf_u64(b, 1);
		(void)sy_buf_bytes32(b, "data", 4);
	}
	(void)sy_buf_u8(b, KEEPER_OP_INDEX);
	(void)sy_buf_text(b, "table");
	(void)sy_buf_text(b, "column");
	(void)sy_buf_bytes32(b, "data", 4);
	(void)sy_buf_u8(b, KEEPER_OP_MAC);
	(void)sy_buf_u16(b, 2);
	(void)sy_buf_u8(b, KEEPER_PART_RESULT);
	(void)sy_buf_u32(b, 2);
	(void)sy_buf_u8(b, KEEPER_PART_BYTES);
	(void)sy_buf_bytes32(b, "data", 4);
	(void)sy_buf_u8(b, KEEPER_OP_CHECK);
	(void)sy_buf_bytes32(b, "data", 4);
	(void)sy_buf_raw(b, mac, sizeof(mac));
	for (size_t i = 0; i < SY_COUNT(certs); i++) {
		(void)sy_buf_u8(b, certs[i]);
		(void)sy_buf_text(b, "pc-1");
		(void)sy_buf_bytes32(b, "data", 4);
		(void)sy_buf_u64(b, 1);
		if (certs[i] != KEEPER_OP_SERVER_CERT)
			(void)sy_buf_bytes32(b, "claim", 5);
	}
	(void)sy_buf_u8(b, KEEPER_OP_PEPPER);
	(void)sy_buf_u64(b, 1);
	(void)sy_buf_bytes32(b, "data", 4);
	put_log_operations(b);
	assert_int_equal(sy_buf_status(b), SY_OK);
	return b;
}

static void
a_malformed_batch_is_refused_whole_and_the_next_one_served(void **state)
{
	SY_AUTO(sy_buf_free) struct sy_buf *good = good_batch();
	const size_t len = sy_buf_len(good);
	uint8_t *copy = malloc(len + 1);
	struct raw raw;

	assert_non_null(copy);
	memcpy(copy, sy_buf_data(good), len);
	copy[len] = 0;
	raw_start(*state, &raw);
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(raw_answer(&raw, copy, cut), KEEPER_REFUSED);
	assert_int_equal(raw_answer(&raw, copy, len + 1), KEEPER_REFUSED);
	/* More or fewer operations than it says, and one that there is not. */
	copy[3] = GOOD_OPERATIONS + 1;
	assert_int_equal(raw_answer(&raw, copy, len), KEEPER_REFUSED);
	copy[3] = GOOD_OPERATIONS - 1;
	assert_int_equal(raw_answer(&raw, copy, len), KEEPER_REFUSED);
	copy[3] = GOOD_OPERATIONS;
	copy[4] = 0;
	assert_int_equal(raw_answer(&raw, copy, len), KEEPER_REFUSED);
	copy[4] = 200;
	assert_int_equal(raw_answer(&raw, copy, len), KEEPER_REFUSED);
	memset(copy, 0xff, 4);
	assert_int_equal(raw_answer(&raw, copy, len), KEEPER_REFUSED);
	assert_int_equal(raw_answer(&raw, sy_buf_data(good), len),
	    KEEPER_RESULTS);
	raw_stop(&raw);
	free(copy);
}

static void
a_part_can_only_be_an_earlier_result(void **state)
{
	static const uint8_t self[] = { 0, 0, 0, 1, KEEPER_OP_MAC, 0, 1,
		KEEPER_PART_RESULT, 0, 0, 0, 0 };
	static const uint8_t unknown[] = { 0, 0, 0, 1, KEEPER_OP_MAC, 0, 1, 2,
		0, 0, 0, 0 };
	static const uint8_t many[] = { 0, 0, 0, 1, KEEPER_OP_MAC, 0xff, 0xff };
	struct raw raw;

	raw_start(*state, &raw);
	assert_int_equal(raw_answer(&raw, self, sizeof(self)), KEEPER_REFUSED);
	assert_int_equal(raw_answer(&raw, unknown, sizeof(unknown)),
	    KEEPER_REFUSED);
	assert_int_equal(raw_answer(&raw, many, sizeof(many)), KEEPER_REFUSED);
	raw_stop(&raw);
}

static void
another_protocol_closes_the_channel(void **state)
{
	static const struct {
		const char *what;
		uint8_t bytes[12];
		size_t len;
	} tc[] = {
		{ "version", { 0, 0, 0, 6, 9, KEEPER_BATCH, 0, 0, 0, 0 }, 10 },
		{ "type", { 0, 0, 0, 6, KEEPER_VERSION, 77, 0, 0, 0, 0 }, 10 },
		{ "no header", { 0, 0, 0, 1, KEEPER_VERSION }, 5 },
		{ "huge", { 0xff, 0xff, 0xff, 0xff, KEEPER_VERSION }, 5 },
		{ "two at once",
		    { 0, 0, 0, 2, KEEPER_VERSION, KEEPER_BATCH, 0, 0, 0, 2, 1,
			1 },
		    12 },
	};
	struct sy_frame frame;
	struct raw raw;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		raw_start(*state, &raw);
		assert_int_equal(keeper_send(raw.fd, tc[i].bytes, tc[i].len),
		    SY_OK);
		assert_int_equal(keeper_receive(raw.fd, &raw.in, &frame),
		    SY_ERR_CLOSED);
		raw_stop(&raw);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_sealed_opens_only_in_its_place),
		CASE(sealed_data_that_was_altered_anywhere_stays_closed),
		CASE(nothing_can_be_sealed),
		CASE(an_index_is_that_of_its_column_and_stays),
		CASE(a_mac_over_parts_is_that_of_the_whole),
		CASE(the_pepper_is_bound_to_key_owner_and_hash),
		CASE(a_mac_over_what_failed_fails),
		CASE(more_columns_than_there_can_be_are_refused),
		CASE(certificates_are_issued_for_requests),
		CASE(heads_are_signed_by_ed25519),
		CASE(the_next_batch_is_built_while_the_keeper_works),
		CASE(an_answer_that_nobody_heard_is_not_taken_for_the_next),
		CASE(a_batch_that_is_too_large_is_not_sent),
		CASE(a_keeper_that_was_killed_stays_away),
		CASE(a_keeper_that_hangs_is_lost_in_time),
		CASE(the_end_of_one_that_hangs_is_not_waited_for),
		CASE(that_it_was_killed_is_told),
		CASE(signals_for_the_server_do_not_take_the_keys_away),
		CASE(it_ends_with_its_last_channel),
		CASE(it_has_given_up_what_it_does_not_need),
		CASE(bad_keys_are_named),
		CASE(a_certificate_of_another_key_is_refused),
		CASE(keys_are_never_overwritten),
		CASE(
		    a_malformed_batch_is_refused_whole_and_the_next_one_served),
		CASE(a_part_can_only_be_an_earlier_result),
		CASE(another_protocol_closes_the_channel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
