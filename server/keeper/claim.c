/* SPDX-License-Identifier: Apache-2.0 */
#include "server/keeper/claim.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <sanyoso/message.h>

#include "server/keeper/ossl.h"

#define MICROSECONDS INT64_C(1000000)
#define RECORD_MAX   (SY_AUDIT_SALT_SIZE + SY_AUDIT_BODY_MAX)
#define SEALED_MAX   (RECORD_MAX + KEEPER_SEAL_EXTRA)

enum sy_err
claim_put_invited(struct sy_buf *out, const struct keeper_invited *invited)
{
	(void)sy_buf_u64(out, invited->size);
	(void)sy_buf_u64(out, invited->seq);
	(void)sy_buf_u64(out, (uint64_t)invited->time);
	(void)sy_buf_bytes32(out, invited->sealed, invited->sealed_len);
	return sy_buf_bytes32(out, invited->path->node,
	    (size_t)invited->path->count * SY_DIGEST_SIZE);
}

enum sy_err
claim_put_renewed(struct sy_buf *out, const struct keeper_renewed *renewed)
{
	(void)sy_buf_bytes32(out, renewed->certificate,
	    strlen(renewed->certificate));
	return sy_buf_bytes32(out, renewed->signature, renewed->signature_len);
}

/* --- invited --- */

static enum sy_err
read_invited(const uint8_t *claim, size_t len, struct keeper_invited *ret,
    struct sy_tree_path *path)
{
	const uint8_t *nodes;
	struct sy_reader r;
	uint64_t time;
	size_t size;
	enum sy_err err;

	sy_reader_init(&r, claim, len);
	if ((err = sy_reader_u64(&r, &ret->size)) != SY_OK ||
	    (err = sy_reader_u64(&r, &ret->seq)) != SY_OK ||
	    (err = sy_reader_u64(&r, &time)) != SY_OK ||
	    (err = sy_reader_bytes32(&r, SEALED_MAX, &ret->sealed,
		 &ret->sealed_len)) != SY_OK ||
	    (err = sy_reader_bytes32(&r, sizeof(path->node), &nodes, &size)) !=
		SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (size % SY_DIGEST_SIZE != 0 || ret->seq == 0)
		return SY_ERR_FORMAT;
	ret->time = (int64_t)time;
	memcpy(path->node, nodes, size);
	path->count = (unsigned int)(size / SY_DIGEST_SIZE);
	return SY_OK;
}

/* Whether the record with this ${body} (salt and encoding) stands in the log
 * that ends at ${end}. */
static enum sy_err
check_leaf(const struct keeper_invited *in, const struct sy_tree_path *path,
    const struct log_end *end, const uint8_t *body, size_t len)
{
	uint8_t hash[SY_DIGEST_SIZE], root[SY_DIGEST_SIZE];
	enum sy_err err;

	if (len < SY_AUDIT_SALT_SIZE)
		return SY_ERR_FORMAT;
	if ((err = sy_audit_commitment(body, body + SY_AUDIT_SALT_SIZE,
		 len - SY_AUDIT_SALT_SIZE, hash)) != SY_OK ||
	    (err = sy_audit_leaf(in->seq, in->time, hash, hash)) != SY_OK ||
	    (err = sy_tree_path_root(path, hash, in->seq - 1, in->size,
		 hash)) != SY_OK ||
	    (err = sy_tree_root(&end->tree, root)) != SY_OK)
		return err;
	return memcmp(hash, root, sizeof(root)) == 0 ? SY_OK : SY_ERR_PERM;
}

/* Whether it invites this terminal. */
static enum sy_err
check_record(const uint8_t *encoding, size_t len, const char *terminal)
{
	struct sy_audit_record record;
	void *owner = NULL;
	enum sy_err err;

	if ((err = sy_audit_decode(encoding, len, &record, &owner)) != SY_OK)
		return err;
	if (strcmp(record.action, "terminal.invite") != 0 ||
	    record.outcome != SY_OUTCOME_DONE ||
	    strcmp(record.terminal, terminal) != 0)
		err = SY_ERR_PERM;
	free(owner);
	return err;
}

enum sy_err
claim_invited(struct vault *vault, struct history *history,
    const char *terminal, const uint8_t *claim, size_t len, int64_t now)
{
	struct keeper_invited in;
	struct sy_tree_path path;
	uint8_t body[SEALED_MAX];
	const struct log_end *end;
	size_t body_len;
	enum sy_err err;

	if ((err = read_invited(claim, len, &in, &path)) != SY_OK)
		return err;
	if ((end = history_at(history, in.size)) == NULL)
		return SY_ERR_STATE;
	if ((err = vault_unseal(vault, "audit", "body", (int64_t)in.seq,
		 in.sealed, in.sealed_len, body)) != SY_OK)
		return err;
	body_len = in.sealed_len - KEEPER_SEAL_EXTRA;
	if ((err = check_leaf(&in, &path, end, body, body_len)) != SY_OK ||
	    (err = check_record(body + SY_AUDIT_SALT_SIZE,
		 body_len - SY_AUDIT_SALT_SIZE, terminal)) != SY_OK)
		return err;
	/* The log's time never goes back, whatever the clock does. */
	if (now < end->time)
		now = end->time;
	if (in.time < now - KEEPER_INVITED_LIFE * MICROSECONDS)
		return SY_ERR_EXPIRED;
	return history_bind(history, in.size);
}

/* --- renewed --- */

static enum sy_err
read_cert(const uint8_t *pem, size_t len, X509 **ret)
{
	SY_AUTO(ossl_bio_free) BIO *bio = NULL;

	if (len == 0 || len > SY_PEM_SIZE)
		return SY_ERR_FORMAT;
	if ((bio = BIO_new_mem_buf(pem, (int)len)) == NULL)
		return SY_ERR_NOMEM;
	/* An empty passphrase: OpenSSL would ask at the terminal for one. */
	*ret = PEM_read_bio_X509(bio, NULL, NULL, (void *)(uintptr_t) "");
	return *ret != NULL ? SY_OK : SY_ERR_FORMAT;
}

/* One of ours, for a terminal, within its time. */
static enum sy_err
check_cert(X509 *cert, X509 *ca, int64_t now)
{
	time_t at = (time_t)now;

	if (X509_NAME_cmp(X509_get_issuer_name(cert),
		X509_get_subject_name(ca)) != 0 ||
	    X509_verify(cert, X509_get0_pubkey(ca)) != 1)
		return SY_ERR_CERT_PATH;
	if (X509_get_extended_key_usage(cert) != XKU_SSL_CLIENT)
		return SY_ERR_CERT;
	if (X509_cmp_time(X509_get0_notBefore(cert), &at) > 0 ||
	    X509_cmp_time(X509_get0_notAfter(cert), &at) <= 0)
		return SY_ERR_CERT_DATE;
	return SY_OK;
}

static bool
is_named(const X509 *cert, const char *terminal)
{
	const X509_NAME *subject = X509_get_subject_name(cert);
	const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	const ASN1_STRING *cn;

	if (at < 0 || X509_NAME_entry_count(subject) != 1)
		return false;
	cn = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
	return (size_t)ASN1_STRING_length(cn) == strlen(terminal) &&
	    memcmp(ASN1_STRING_get0_data(cn), terminal, strlen(terminal)) == 0;
}

static void
md_ctx_free(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

/* That who has the certificate's key wants one for this request. */
static enum sy_err
check_signature(X509 *cert, const uint8_t *csr, size_t csr_len,
    const uint8_t *signature, size_t len)
{
	SY_AUTO(md_ctx_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx == NULL)
		return SY_ERR_NOMEM;
	if (EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL,
		X509_get0_pubkey(cert)) != 1 ||
	    EVP_DigestVerifyUpdate(ctx, SY_RENEW_LABEL,
		sizeof(SY_RENEW_LABEL) - 1) != 1 ||
	    EVP_DigestVerifyUpdate(ctx, csr, csr_len) != 1)
		return SY_ERR_CRYPTO;
	return EVP_DigestVerifyFinal(ctx, signature, len) == 1
	    ? SY_OK
	    : SY_ERR_SIGNATURE;
}

enum sy_err
claim_renewed(X509 *ca, const char *terminal, const uint8_t *csr,
    size_t csr_len, const uint8_t *claim, size_t len, int64_t now)
{
	SY_AUTO(ossl_x509_free) X509 *cert = NULL;
	const uint8_t *pem, *signature;
	size_t pem_len, signature_len;
	struct sy_reader r;
	enum sy_err err;

	sy_reader_init(&r, claim, len);
	if ((err = sy_reader_bytes32(&r, SY_PEM_SIZE, &pem, &pem_len)) !=
		SY_OK ||
	    (err = sy_reader_bytes32(&r, SY_RENEW_SIGN_MAX, &signature,
		 &signature_len)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK ||
	    (err = read_cert(pem, pem_len, &cert)) != SY_OK ||
	    (err = check_cert(cert, ca, now)) != SY_OK)
		return err;
	if (!is_named(cert, terminal))
		return SY_ERR_PERM;
	return check_signature(cert, csr, csr_len, signature, signature_len);
}
