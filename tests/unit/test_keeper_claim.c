/* SPDX-License-Identifier: Apache-2.0 */
/* What the keeper wants to see before a terminal has a certificate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>

#include <sanyoso/message.h>

#include "tests/support/keeper_lab.h"
#include "tests/support/testca.h"

#define SECOND INT64_C(1000000)
#define DAY    86400

struct fixture {
	struct keeper_lab lab;
	char csr[SY_PEM_SIZE];
	/* The record that was added last. */
	uint8_t sealed[SY_AUDIT_BODY_MAX];
	struct keeper_invited invited;
	struct sy_tree_path path;
	/* The keeper's CA. */
	X509 *ca;
	EVP_PKEY *ca_key;
};

static void
make_csr(EVP_PKEY *key, char out[SY_PEM_SIZE])
{
	X509_REQ *req = X509_REQ_new();
	BIO *bio = BIO_new(BIO_s_mem());
	int len;

	assert_int_equal(X509_REQ_set_pubkey(req, key), 1);
	assert_true(X509_REQ_sign(req, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509_REQ(bio, req), 1);
	len = BIO_read(bio, out, SY_PEM_SIZE - 1);
	assert_true(len > 0);
	out[len] = '\0';
	(void)BIO_free(bio);
	X509_REQ_free(req);
}

static void
load_ca(struct fixture *f)
{
	char path[96];
	BIO *bio = BIO_new_mem_buf(keeper_ca(f->lab.k), -1);

	f->ca = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	assert_non_null(f->ca);
	(void)BIO_free(bio);
	(void)snprintf(path, sizeof(path), "%s/ca.pem", f->lab.dir);
	bio = BIO_new_file(path, "r");
	f->ca_key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	assert_non_null(f->ca_key);
	(void)BIO_free(bio);
}

static int
setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	keeper_lab_make(&f.lab);
	make_csr(testca_key(TESTCA_P256_OTHER), f.csr);
	load_ca(&f);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	X509_free(f->ca);
	EVP_PKEY_free(f->ca_key);
	keeper_lab_remove(&f->lab);
	return 0;
}

static int64_t
now(void)
{
	return (int64_t)time(NULL) * SECOND;
}

/* --- invited --- */

static const struct sy_audit_record invite = {
	.node = "server",
	.actor = "root",
	.terminal = "pc-1",
	.subject = "",
	.action = "terminal.invite",
	.outcome = SY_OUTCOME_DONE,
	.reason = "",
};

/* Record ${record} of ${when} as the log's next, sealed as it is stored. */
static void
add_record(struct fixture *f, const struct sy_audit_record *record,
    int64_t when)
{
	const uint64_t seq = f->lab.end.tree.size + 1;
	uint8_t body[SY_AUDIT_SALT_SIZE + 512] = { 0 };
	uint8_t *leaf = f->lab.leaf[seq - 1];
	struct sy_buf *buf = NULL;
	const uint8_t *view;
	size_t len;

	assert_int_equal(sy_buf_new(512, &buf), SY_OK);
	assert_int_equal(sy_audit_encode(record, buf), SY_OK);
	len = sy_buf_len(buf);
	memcpy(body + SY_AUDIT_SALT_SIZE, sy_buf_data(buf), len);
	sy_buf_free(&buf);
	assert_int_equal(sy_audit_commitment(body, body + SY_AUDIT_SALT_SIZE,
			     len, leaf),
	    SY_OK);
	assert_int_equal(sy_audit_leaf(seq, when, leaf, leaf), SY_OK);
	assert_int_equal(log_end_add(&f->lab.end, leaf), SY_OK);
	if (when > f->lab.end.time)
		f->lab.end.time = when;
	keeper_begin(f->lab.k);
	keeper_add_seal(f->lab.k, "audit", "body", (int64_t)seq, body,
	    SY_AUDIT_SALT_SIZE + len);
	assert_int_equal(keeper_lab_run(&f->lab, &view, &len), SY_OK);
	memcpy(f->sealed, view, len);
	f->invited = (struct keeper_invited){ .seq = seq,
		.time = when,
		.sealed = f->sealed,
		.sealed_len = len,
		.path = &f->path };
}

/* The way of that record up to the root of the log as it is. */
static void
prove(struct fixture *f)
{
	uint8_t nodes[LAB_RECORDS][SY_DIGEST_SIZE];

	memcpy(nodes, f->lab.leaf, sizeof(nodes));
	f->path.count = 0;
	f->invited.size = f->lab.end.tree.size;
	assert_int_equal(sy_tree_path_add(nodes, f->invited.size,
			     f->invited.seq - 1, &f->path),
	    SY_OK);
}

static enum sy_err
issue(struct fixture *f, const char *name)
{
	const uint8_t *view;
	enum sy_err err;
	size_t len;

	keeper_begin(f->lab.k);
	keeper_add_terminal_cert(f->lab.k, name, f->csr, time(NULL) + DAY,
	    &f->invited);
	if ((err = keeper_lab_run(&f->lab, &view, &len)) == SY_OK)
		assert_memory_equal(view, "-----BEGIN CERTIFICATE-----", 27);
	return err;
}

static void
sign(struct fixture *f, uint64_t base)
{
	struct lab_head head;

	assert_int_equal(keeper_lab_sign(&f->lab, base, &head), SY_OK);
}

/* Five records, then the invitation, then two. */
static void
sign_invited(struct fixture *f, const struct sy_audit_record *record)
{
	const uint64_t base = f->lab.end.tree.size;

	for (uint8_t i = 0; i < 5; i++)
		keeper_lab_add(&f->lab, i);
	add_record(f, record, now());
	for (uint8_t i = 0; i < 2; i++)
		keeper_lab_add(&f->lab, i);
	sign(f, base);
	prove(f);
}

static void
who_was_invited_has_a_certificate_from_then_on(void **state)
{
	struct fixture *f = *state;
	bool fresh;

	sign_invited(f, &invite);
	assert_int_equal(keeper_lab_history(&f->lab, &fresh), 0);
	assert_int_equal(issue(f, "pc-1"), SY_OK);
	print_message("  the log can't do without it any more\n");
	assert_int_equal(keeper_lab_history(&f->lab, &fresh), 8);
	print_message("  again, and when the log has grown\n");
	assert_int_equal(issue(f, "pc-1"), SY_OK);
	for (uint8_t i = 0; i < 9; i++) {
		keeper_lab_add(&f->lab, i);
		sign(f, f->lab.end.tree.size - 1);
		prove(f);
		assert_int_equal(issue(f, "pc-1"), SY_OK);
	}
}

static void
nobody_else_has_one_by_that_record(void **state)
{
	static const char *const names[] = { "pc-2", "pc-", "pc-11", "" };
	struct fixture *f = *state;
	struct sy_audit_record other = invite;

	sign_invited(f, &invite);
	for (size_t i = 0; i < SY_COUNT(names); i++)
		assert_int_equal(issue(f, names[i]), SY_ERR_PERM);
	print_message("  another action\n");
	other.action = "terminal.join";
	sign_invited(f, &other);
	assert_int_equal(issue(f, "pc-1"), SY_ERR_PERM);
	print_message("  refused\n");
	other = invite;
	other.outcome = SY_OUTCOME_DENY;
	sign_invited(f, &other);
	assert_int_equal(issue(f, "pc-1"), SY_ERR_PERM);
}

static void
a_record_that_is_not_in_the_log_invites_nobody(void **state)
{
	struct fixture *f = *state;
	const uint64_t *size = &f->lab.end.tree.size;
	struct log_end before;

	sign_invited(f, &invite);
	assert_int_equal(keeper_lab_confirm(&f->lab, *size), SY_OK);
	before = f->lab.end;
	print_message("  never signed\n");
	add_record(f, &invite, now());
	prove(f);
	assert_int_equal(issue(f, "pc-1"), SY_ERR_STATE);
	print_message("  said to be in the log as it is\n");
	f->invited.size = 8;
	assert_int_equal(issue(f, "pc-1"), SY_ERR_FORMAT);
	f->invited.seq = 8;
	assert_int_equal(issue(f, "pc-1"), SY_ERR_ROW_ALTERED);
	print_message("  signed, and lost\n");
	prove(f);
	f->invited.seq = 9;
	prove(f);
	sign(f, 8);
	f->lab.end = before;
	keeper_lab_add(&f->lab, 1);
	keeper_lab_add(&f->lab, 2);
	sign(f, 8);
	assert_int_equal(issue(f, "pc-1"), SY_ERR_STATE);
	print_message("  or by a start\n");
	keeper_lab_stop(&f->lab);
	keeper_lab_start(&f->lab);
	assert_int_equal(issue(f, "pc-1"), SY_ERR_STATE);
}

/* At the next start it could be shown an older one in its place. */
static void
a_log_that_was_taken_as_it_is_invites_nobody_before_it_grows(void **state)
{
	struct fixture *f = *state;
	struct lab_head head;
	bool fresh;

	add_record(f, &invite, now());
	assert_int_equal(keeper_lab_sign(&f->lab, 0, &head), SY_OK);
	assert_int_equal(unlink(keeper_lab_state(&f->lab)), 0);
	keeper_lab_stop(&f->lab);
	keeper_lab_start(&f->lab);
	assert_int_equal(keeper_lab_adopt(&f->lab, &f->lab.end.tree, &head),
	    SY_OK);
	prove(f);
	assert_int_equal(issue(f, "pc-1"), SY_ERR_STATE);
	keeper_lab_add(&f->lab, 1);
	sign(f, 1);
	assert_int_equal(issue(f, "pc-1"), SY_ERR_STATE);
	prove(f);
	assert_int_equal(issue(f, "pc-1"), SY_OK);
	keeper_lab_stop(&f->lab);
	keeper_lab_start(&f->lab);
	assert_int_equal(keeper_lab_history(&f->lab, &fresh), 2);
	assert_false(fresh);
}

static void
a_proof_that_was_altered_is_none(void **state)
{
	struct fixture *f = *state;
	struct sy_tree_path path;

	sign_invited(f, &invite);
	path = f->path;
	print_message("  its way\n");
	for (unsigned int i = 0; i < path.count; i++) {
		f->path.node[i][i] ^= 1;
		assert_int_equal(issue(f, "pc-1"), SY_ERR_PERM);
		f->path = path;
	}
	f->path.count--;
	assert_int_equal(issue(f, "pc-1"), SY_ERR_FORMAT);
	f->path.count += 2;
	assert_int_equal(issue(f, "pc-1"), SY_ERR_FORMAT);
	f->path = path;
	print_message("  time, place, size\n");
	f->invited.time++;
	assert_int_equal(issue(f, "pc-1"), SY_ERR_PERM);
	f->invited.time--;
	for (uint64_t seq = 0; seq < 9; seq++) {
		f->invited.seq = seq;
		assert_int_equal(issue(f, "pc-1"),
		    seq == 0       ? SY_ERR_FORMAT
			: seq == 6 ? SY_OK
				   : SY_ERR_ROW_ALTERED);
	}
	f->invited.seq = 6;
	f->invited.size = 7;
	assert_int_equal(issue(f, "pc-1"), SY_ERR_STATE);
	f->invited.size = 8;
	print_message("  the record\n");
	for (size_t i = 0; i < f->invited.sealed_len; i += 7) {
		f->sealed[i] ^= 1;
		assert_int_equal(issue(f, "pc-1"), SY_ERR_ROW_ALTERED);
		f->sealed[i] ^= 1;
	}
	for (size_t len = 0; len < f->invited.sealed_len; len += 5) {
		struct keeper_invited whole = f->invited;

		f->invited.sealed_len = len;
		assert_int_equal(issue(f, "pc-1"), SY_ERR_ROW_ALTERED);
		f->invited = whole;
	}
	assert_int_equal(issue(f, "pc-1"), SY_OK);
}

static void
an_invitation_ends_by_the_log_as_by_the_clock(void **state)
{
	struct fixture *f = *state;

	print_message("  by the clock\n");
	add_record(f, &invite, now() - (KEEPER_INVITED_LIFE - 60) * SECOND);
	sign(f, 0);
	prove(f);
	assert_int_equal(issue(f, "pc-1"), SY_OK);
	add_record(f, &invite, now() - (KEEPER_INVITED_LIFE + 60) * SECOND);
	sign(f, 1);
	prove(f);
	assert_int_equal(issue(f, "pc-1"), SY_ERR_EXPIRED);
	print_message("  by the log, whose time was ahead\n");
	add_record(f, &invite, now());
	f->lab.end.time = now() + (KEEPER_INVITED_LIFE + 60) * SECOND;
	sign(f, 2);
	prove(f);
	assert_int_equal(issue(f, "pc-1"), SY_ERR_EXPIRED);
	print_message("  a new one counts by its time\n");
	add_record(f, &invite, f->lab.end.time);
	sign(f, 3);
	prove(f);
	assert_int_equal(issue(f, "pc-1"), SY_OK);
}

static void
an_invitation_opens_no_door_for_a_bad_request(void **state)
{
	struct fixture *f = *state;
	struct sy_audit_record odd = invite;

	sign_invited(f, &invite);
	(void)snprintf(f->csr, sizeof(f->csr), "no request");
	assert_int_equal(issue(f, "pc-1"), SY_ERR_FORMAT);
	/* OpenSSL would ask for a passphrase, and the sandbox end it. */
	(void)snprintf(f->csr, sizeof(f->csr),
	    "-----BEGIN CERTIFICATE REQUEST-----\n"
	    "Proc-Type: 4,ENCRYPTED\n"
	    "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
	    "AAAA\n"
	    "-----END CERTIFICATE REQUEST-----\n");
	assert_int_equal(issue(f, "pc-1"), SY_ERR_FORMAT);
	make_csr(testca_key(TESTCA_RSA2048), f->csr);
	assert_int_equal(issue(f, "pc-1"), SY_ERR_ALGORITHM);
	make_csr(testca_key(TESTCA_P256_OTHER), f->csr);
	odd.terminal = "PC 1";
	sign_invited(f, &odd);
	assert_int_equal(issue(f, "PC 1"), SY_ERR_ARG);
}

/* --- renewed --- */

static struct testca_spec
good(void)
{
	return (struct testca_spec){ .cn = "pc-1",
		.key = testca_key(TESTCA_P256),
		.not_before = time(NULL) - DAY,
		.not_after = time(NULL) + DAY,
		.extended = "clientAuth" };
}

static enum sy_err
renew_with(struct fixture *f, const char *pem, EVP_PKEY *key, const char *name,
    const char *text)
{
	uint8_t signature[SY_RENEW_SIGN_MAX];
	char message[sizeof(SY_RENEW_LABEL) + SY_PEM_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct keeper_renewed renewed = { .certificate = pem,
		.signature = signature };
	const uint8_t *view;
	enum sy_err err;
	size_t len;

	(void)snprintf(message, sizeof(message), SY_RENEW_LABEL "%s", text);
	renewed.signature_len = sizeof(signature);
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key),
	    1);
	assert_int_equal(EVP_DigestSign(ctx, signature, &renewed.signature_len,
			     (const uint8_t *)message, strlen(message)),
	    1);
	EVP_MD_CTX_free(ctx);
	keeper_begin(f->lab.k);
	keeper_add_terminal_renewal(f->lab.k, name, f->csr, time(NULL) + DAY,
	    &renewed);
	if ((err = keeper_lab_run(&f->lab, &view, &len)) == SY_OK)
		assert_memory_equal(view, "-----BEGIN CERTIFICATE-----", 27);
	return err;
}

/* With a certificate by the keeper's CA. */
static enum sy_err
renew(struct fixture *f, const struct testca_spec *spec, const char *name)
{
	X509 *cert = testca_issue(f->ca, f->ca_key, spec);
	char *pem = testca_pem(cert);
	const enum sy_err err = renew_with(f, pem, spec->key, name, f->csr);

	free(pem);
	X509_free(cert);
	return err;
}

static void
a_terminal_renews_what_it_has(void **state)
{
	struct fixture *f = *state;
	struct testca_spec spec = good();

	assert_int_equal(renew(f, &spec, "pc-1"), SY_OK);
	spec.key = testca_key(TESTCA_P384);
	assert_int_equal(renew(f, &spec, "pc-1"), SY_OK);
}

static void
nobody_renews_what_he_has_not(void **state)
{
	struct fixture *f = *state;
	struct testca_spec spec = good();
	X509 *cert, *ca;
	char *pem;

	print_message("  another name\n");
	assert_int_equal(renew(f, &spec, "pc-2"), SY_ERR_PERM);
	assert_int_equal(renew(f, &spec, "pc-11"), SY_ERR_PERM);
	print_message("  over, or not begun\n");
	spec.not_after = time(NULL) - 1;
	assert_int_equal(renew(f, &spec, "pc-1"), SY_ERR_CERT_DATE);
	spec = good();
	spec.not_before = time(NULL) + 60;
	assert_int_equal(renew(f, &spec, "pc-1"), SY_ERR_CERT_DATE);
	print_message("  not a terminal's\n");
	spec = good();
	spec.extended = "serverAuth";
	assert_int_equal(renew(f, &spec, "pc-1"), SY_ERR_CERT);
	spec.extended = "clientAuth,serverAuth";
	assert_int_equal(renew(f, &spec, "pc-1"), SY_ERR_CERT);
	spec.extended = NULL;
	assert_int_equal(renew(f, &spec, "pc-1"), SY_ERR_CERT);
	spec.extended = "msSmartcardLogin";
	assert_int_equal(renew(f, &spec, "pc-1"), SY_ERR_CERT);
	print_message("  another CA's, of the same name\n");
	spec = good();
	ca = testca_root("test Sanyoso CA", testca_key(TESTCA_P384),
	    time(NULL) - DAY, time(NULL) + DAY);
	cert = testca_issue(ca, testca_key(TESTCA_P384), &spec);
	pem = testca_pem(cert);
	assert_int_equal(renew_with(f, pem, spec.key, "pc-1", f->csr),
	    SY_ERR_CERT_PATH);
	free(pem);
	X509_free(cert);
	X509_free(ca);
	print_message("  of the CA itself\n");
	assert_int_equal(renew_with(f, keeper_ca(f->lab.k), f->ca_key,
			     "test Sanyoso CA", f->csr),
	    SY_ERR_CERT);
	print_message("  none at all\n");
	assert_int_equal(renew_with(f, "", spec.key, "pc-1", f->csr),
	    SY_ERR_FORMAT);
	assert_int_equal(renew_with(f, "certificate", spec.key, "pc-1", f->csr),
	    SY_ERR_FORMAT);
}

static void
only_who_has_the_key_renews(void **state)
{
	struct fixture *f = *state;
	const struct testca_spec spec = good();
	X509 *cert = testca_issue(f->ca, f->ca_key, &spec);
	char *pem = testca_pem(cert);
	char other[SY_PEM_SIZE];

	print_message("  signed by the new key\n");
	assert_int_equal(renew_with(f, pem, testca_key(TESTCA_P256_OTHER),
			     "pc-1", f->csr),
	    SY_ERR_SIGNATURE);
	print_message("  for another request\n");
	make_csr(testca_key(TESTCA_P384), other);
	assert_int_equal(renew_with(f, pem, spec.key, "pc-1", other),
	    SY_ERR_SIGNATURE);
	assert_int_equal(renew_with(f, pem, spec.key, "pc-1", ""),
	    SY_ERR_SIGNATURE);
	print_message("  but not so\n");
	assert_int_equal(renew_with(f, pem, spec.key, "pc-1", f->csr), SY_OK);
	free(pem);
	X509_free(cert);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(who_was_invited_has_a_certificate_from_then_on),
		CASE(nobody_else_has_one_by_that_record),
		CASE(a_record_that_is_not_in_the_log_invites_nobody),
		CASE(
		    a_log_that_was_taken_as_it_is_invites_nobody_before_it_grows),
		CASE(a_proof_that_was_altered_is_none),
		CASE(an_invitation_ends_by_the_log_as_by_the_clock),
		CASE(an_invitation_opens_no_door_for_a_bad_request),
		CASE(a_terminal_renews_what_it_has),
		CASE(nobody_renews_what_he_has_not),
		CASE(only_who_has_the_key_renews),
	};
	const int failed = cmocka_run_group_tests(tests, NULL, NULL);

	testca_free_keys();
	return failed;
}
