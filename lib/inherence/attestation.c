/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "lib/possession/trust_int.h"

#include "attestation.h"
#include "cose.h"
#include "path.h"

#define PLACE "attestation"

/* id-fido-gen-ce-aaguid, 1.3.6.1.4.1.45724.1.1.4 (WebAuthn section 8.2.1), and
 * the head of its value, an OCTET STRING of 16 bytes. */
static const uint8_t aaguid_oid[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0xe5,
	0x1c, 0x01, 0x01, 0x04 };
static const uint8_t aaguid_head[] = { 0x04, SY_AAGUID_SIZE };
#define SUBJECT_UNIT "Authenticator Attestation"
#define COUNTRY_LEN  2  /* ISO 3166 */
#define POINT_LEN    65 /* of P-256, uncompressed */

static enum sy_err
refused(struct sy_error *reterr, const char *what)
{
	return sy_error_set(reterr, SY_ERR_ATTESTATION, PLACE, "%s", what);
}

/* Certificates that are none make an attestation that is none. */
static enum sy_err
of_cert(enum sy_err err, struct sy_error *reterr)
{
	if (err != SY_ERR_CERT)
		return err;
	if (reterr != NULL)
		reterr->code = SY_ERR_ATTESTATION;
	return SY_ERR_ATTESTATION;
}

static enum sy_err
read_certs(const struct sy_cbor *x5c, STACK_OF(X509) * certs,
    struct sy_error *reterr)
{
	struct sy_reader r;
	struct sy_cbor der;
	enum sy_err err;

	sy_reader_init(&r, x5c->at, x5c->len);
	for (uint64_t i = 0; i < x5c->value; i++) {
		if (sy_cbor_take(&r, &der) != SY_OK ||
		    der.type != SY_CBOR_BYTES)
			return refused(reterr, "x5c holds other than bytes");
		if ((err = sy_path_push(certs, der.at, der.len, reterr)) !=
		    SY_OK)
			return of_cert(err, reterr);
	}
	return sk_X509_num(certs) > 0 ? SY_OK : refused(reterr, "x5c is empty");
}

/*
 * What the certificate says of its model; without the extension ${ret} is left
 * alone and ${ret_there} is false.
 */
static enum sy_err
read_model(X509 *leaf, uint8_t ret[SY_AAGUID_SIZE], bool *ret_there,
    struct sy_error *reterr)
{
	bool there = false;

	for (int i = 0; i < X509_get_ext_count(leaf); i++) {
		X509_EXTENSION *ext = X509_get_ext(leaf, i);
		const ASN1_OBJECT *oid = X509_EXTENSION_get_object(ext);
		const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(ext);
		const uint8_t *bytes = ASN1_STRING_get0_data(value);

		if (OBJ_length(oid) != sizeof(aaguid_oid) ||
		    memcmp(OBJ_get0_data(oid), aaguid_oid,
			sizeof(aaguid_oid)) != 0)
			continue;
		if (there || X509_EXTENSION_get_critical(ext))
			return refused(reterr,
			    "the certificate's AAGUID is critical or there "
			    "twice");
		if (ASN1_STRING_length(value) !=
			(int)(sizeof(aaguid_head) + SY_AAGUID_SIZE) ||
		    memcmp(bytes, aaguid_head, sizeof(aaguid_head)) != 0)
			return refused(reterr,
			    "the certificate's AAGUID is malformed");
		memcpy(ret, bytes + sizeof(aaguid_head), SY_AAGUID_SIZE);
		there = true;
	}
	*ret_there = there;
	return SY_OK;
}

/* The one value of ${nid} in ${name}; NULL if there is none or more. */
static const ASN1_STRING *
only_entry(const X509_NAME *name, int nid)
{
	const int at = X509_NAME_get_index_by_NID(name, nid, -1);

	if (at < 0 || X509_NAME_get_index_by_NID(name, nid, at) >= 0)
		return NULL;
	return X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
}

static bool
subject_is_right(X509 *leaf)
{
	const X509_NAME *name = X509_get_subject_name(leaf);
	const ASN1_STRING *country = only_entry(name, NID_countryName);
	const ASN1_STRING *maker = only_entry(name, NID_organizationName);
	const ASN1_STRING *unit = only_entry(name, NID_organizationalUnitName);
	const ASN1_STRING *common = only_entry(name, NID_commonName);

	return country != NULL && maker != NULL && unit != NULL &&
	    common != NULL && ASN1_STRING_length(country) == COUNTRY_LEN &&
	    ASN1_STRING_length(maker) > 0 && ASN1_STRING_length(common) > 0 &&
	    ASN1_STRING_length(unit) == (int)strlen(SUBJECT_UNIT) &&
	    memcmp(ASN1_STRING_get0_data(unit), SUBJECT_UNIT,
		strlen(SUBJECT_UNIT)) == 0;
}

/* WebAuthn section 8.2.1. */
static enum sy_err
check_packed_leaf(X509 *leaf, struct sy_error *reterr)
{
	uint32_t flags;

	if (X509_get_version(leaf) != X509_VERSION_3)
		return refused(reterr, "the certificate is not of version 3");
	if (!subject_is_right(leaf))
		return refused(reterr,
		    "the certificate's subject is not one country, maker, "
		    "\"" SUBJECT_UNIT "\" and name");
	flags = X509_get_extension_flags(leaf);
	if ((flags & EXFLAG_INVALID) != 0)
		return refused(reterr,
		    "the certificate has an invalid extension");
	if (X509_get_ext_by_NID(leaf, NID_basic_constraints, -1) < 0 ||
	    (flags & EXFLAG_CA) != 0)
		return refused(reterr,
		    "the certificate does not say that it is no CA");
	return SY_OK;
}

/* Whether another model's attestation may end at a root of ${model}. */
static bool
shares_root(const struct sy_metadata *metadata, const struct sy_model *model)
{
	const struct sy_model *other;

	for (size_t i = 0; (other = sy_metadata_at(metadata, i)) != NULL; i++) {
		for (size_t a = 0; other != model && a < other->root_count;
		     a++) {
			for (size_t b = 0; b < model->root_count; b++) {
				if (other->roots[a].len ==
					model->roots[b].len &&
				    memcmp(other->roots[a].der,
					model->roots[b].der,
					model->roots[b].len) == 0)
					return true;
			}
		}
	}
	return false;
}

static enum sy_err
check_path(const struct sy_model *model, STACK_OF(X509) * certs, int64_t now,
    struct sy_error *reterr)
{
	SY_AUTO(sy_x509_stack_free)
	STACK_OF(X509) *roots = sk_X509_new_null();
	enum sy_err err;

	if (roots == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, PLACE,
		    "out of memory");
	for (size_t i = 0; i < model->root_count; i++) {
		SY_AUTO(sy_x509_free) X509 *root = NULL;

		if ((err = sy_cert_read(model->roots[i].der,
			 model->roots[i].len, &root, reterr)) != SY_OK)
			return of_cert(err, reterr);
		if (!sk_X509_push(roots, root))
			return sy_error_set(reterr, SY_ERR_NOMEM, PLACE,
			    "out of memory");
		root = NULL;
	}
	return of_cert(sy_path_check(certs, roots, true, now, reterr), reterr);
}

/* The model that ${aaguid} names, if ${certs} lead to a root of it. */
static enum sy_err
find_model(const struct sy_attested *in, STACK_OF(X509) * certs,
    const uint8_t aaguid[SY_AAGUID_SIZE], bool in_cert,
    struct sy_attestation_found *ret, struct sy_error *reterr)
{
	const struct sy_model *model = NULL;
	char text[SY_AAGUID_TEXT_SIZE];
	enum sy_err err;

	sy_aaguid_text(aaguid, text);
	if (in->metadata != NULL)
		model = sy_metadata_find(in->metadata, aaguid);
	if (model == NULL)
		return sy_error_set(reterr, SY_ERR_MODEL, PLACE,
		    "the metadata know no model %s", text);
	/* Else any model of the maker could name itself this one. */
	if (!in_cert && shares_root(in->metadata, model))
		return refused(reterr,
		    "the certificate names no AAGUID, and its model shares a "
		    "root with others");
	if ((err = check_path(model, certs, in->now, reterr)) != SY_OK)
		return err;
	ret->kind = SY_ATTESTATION_MODEL;
	ret->model = model;
	memcpy(ret->aaguid, aaguid, SY_AAGUID_SIZE);
	return SY_OK;
}

static enum sy_err
bad_signature(enum sy_err err, struct sy_error *reterr)
{
	if (err == SY_OK)
		return SY_OK;
	return sy_error_set(reterr, err, PLACE, "%s", sy_err_text(err));
}

/* Leaf and chain of ${x5c}, the leaf's key, and what it says of its model. */
struct chain {
	STACK_OF(X509) * certs;
	X509 *leaf; /* the first of them */
	struct sy_key *key;
	uint8_t aaguid[SY_AAGUID_SIZE];
	bool names_model;
};

static void
clear_chain(struct chain *c)
{
	sy_x509_stack_free(&c->certs);
	sy_key_free(&c->key);
}

static enum sy_err
read_chain(const struct sy_cbor *x5c, struct chain *c, struct sy_error *reterr)
{
	enum sy_err err;

	if ((c->certs = sk_X509_new_null()) == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, PLACE,
		    "out of memory");
	if ((err = read_certs(x5c, c->certs, reterr)) != SY_OK)
		return err;
	c->leaf = sk_X509_value(c->certs, 0);
	if ((err = sy_path_key(c->leaf, &c->key, reterr)) != SY_OK)
		return err;
	return read_model(c->leaf, c->aaguid, &c->names_model, reterr);
}

static enum sy_err
check_certified(const struct sy_attested *in, int alg,
    const struct sy_cbor *sig, const struct sy_cbor *x5c,
    struct sy_attestation_found *ret, struct sy_error *reterr)
{
	SY_AUTO(clear_chain) struct chain c = { 0 };
	enum sy_err err;

	if ((err = read_chain(x5c, &c, reterr)) != SY_OK)
		return err;
	if (!sy_cose_alg_fits(alg, sy_key_alg(c.key)))
		return refused(reterr,
		    "algorithm and certificate do not belong together");
	if ((err = bad_signature(sy_signed_both(c.key, in->authdata,
				     in->authdata_len, in->hash, sig->at,
				     sig->len),
		 reterr)) != SY_OK ||
	    (err = check_packed_leaf(c.leaf, reterr)) != SY_OK)
		return err;
	if (c.names_model &&
	    memcmp(c.aaguid, in->data->aaguid, SY_AAGUID_SIZE) != 0)
		return refused(reterr,
		    "the certificate is of another model than the key says");
	return find_model(in, c.certs, in->data->aaguid, c.names_model, ret,
	    reterr);
}

/* WebAuthn section 8.2. */
static enum sy_err
check_packed(const struct sy_attested *in, const struct sy_cbor *statement,
    struct sy_attestation_found *ret, struct sy_error *reterr)
{
	struct sy_cbor number, sig, x5c;
	bool certified;
	int alg;

	if (sy_cbor_named(statement, "alg", &number) != SY_OK ||
	    sy_cbor_int(&number, &alg) != SY_OK ||
	    sy_cbor_named_of(statement, "sig", SY_CBOR_BYTES, &sig) != SY_OK)
		return refused(reterr, "packed: alg or sig is missing");
	certified =
	    sy_cbor_named_of(statement, "x5c", SY_CBOR_ARRAY, &x5c) == SY_OK;
	if (statement->value != (certified ? 3 : 2))
		return refused(reterr, "packed: there are other members too");
	if (certified)
		return check_certified(in, alg, &sig, &x5c, ret, reterr);
	if (!sy_cose_alg_fits(alg, sy_key_alg(in->key)))
		return refused(reterr,
		    "packed: the algorithm is not that of the new key");
	ret->kind = SY_ATTESTATION_SELF;
	return bad_signature(sy_signed_both(in->key, in->authdata,
				 in->authdata_len, in->hash, sig.at, sig.len),
	    reterr);
}

/* WebAuthn section 8.6 step 5: what a U2F key signed. */
static enum sy_err
verify_u2f(const struct sy_attested *in, const struct sy_key *by,
    const struct sy_cbor *sig)
{
	uint8_t message[1 + SY_RP_HASH_SIZE + SY_CLIENT_HASH_SIZE +
	    SY_FIDO2_CREDENTIAL_MAX + POINT_LEN];
	size_t len = 0, spki_len;
	const uint8_t *spki = sy_key_spki(in->key, &spki_len);

	message[len++] = 0x00;
	memcpy(message + len, in->data->rp_hash, SY_RP_HASH_SIZE);
	len += SY_RP_HASH_SIZE;
	memcpy(message + len, in->hash, SY_CLIENT_HASH_SIZE);
	len += SY_CLIENT_HASH_SIZE;
	memcpy(message + len, in->data->id, in->data->id_len);
	len += in->data->id_len;
	memcpy(message + len, spki + spki_len - POINT_LEN, POINT_LEN);
	len += POINT_LEN;
	return sy_key_verify_message(by, message, len, sig->at, sig->len);
}

/*
 * The signature does not cover the AAGUID, and U2F keys say zeros: the model is
 * what the certificate names, or not known.
 */
static enum sy_err
check_u2f(const struct sy_attested *in, const struct sy_cbor *statement,
    struct sy_attestation_found *ret, struct sy_error *reterr)
{
	static const uint8_t nobody[SY_AAGUID_SIZE];
	SY_AUTO(clear_chain) struct chain c = { 0 };
	struct sy_cbor sig, x5c;
	enum sy_err err;

	if (statement->value != 2 ||
	    sy_cbor_named_of(statement, "sig", SY_CBOR_BYTES, &sig) != SY_OK ||
	    sy_cbor_named_of(statement, "x5c", SY_CBOR_ARRAY, &x5c) != SY_OK ||
	    x5c.value != 1)
		return refused(reterr,
		    "fido-u2f: not one signature and one certificate");
	if ((err = read_chain(&x5c, &c, reterr)) != SY_OK)
		return err;
	if (sy_key_alg(in->key) != SY_KEY_P256 ||
	    sy_key_alg(c.key) != SY_KEY_P256)
		return refused(reterr, "fido-u2f: the keys are not of P-256");
	if ((err = bad_signature(verify_u2f(in, c.key, &sig), reterr)) != SY_OK)
		return err;
	if (memcmp(in->data->aaguid, nobody, SY_AAGUID_SIZE) != 0 &&
	    (!c.names_model ||
		memcmp(in->data->aaguid, c.aaguid, SY_AAGUID_SIZE) != 0))
		return refused(reterr,
		    "fido-u2f: the certificate does not name the model that "
		    "the key says");
	return find_model(in, c.certs, c.aaguid, c.names_model, ret, reterr);
}

/* WebAuthn section 8.7. */
static enum sy_err
check_none(const struct sy_attested *in, const struct sy_cbor *statement,
    struct sy_attestation_found *ret, struct sy_error *reterr)
{
	(void)in;
	if (statement->value != 0)
		return refused(reterr, "none: there is a statement");
	ret->kind = SY_ATTESTATION_NONE;
	return SY_OK;
}

static const struct {
	const char *name;
	enum sy_err (*check)(const struct sy_attested *in,
	    const struct sy_cbor *statement, struct sy_attestation_found *ret,
	    struct sy_error *reterr);
} formats[] = {
	{ "packed", check_packed },
	{ "fido-u2f", check_u2f },
	{ "none", check_none },
};

enum sy_err
sy_attestation_check(const struct sy_attested *in, const char *format,
    const struct sy_cbor *statement, struct sy_attestation_found *ret,
    struct sy_error *reterr)
{
	struct sy_attestation_found found = { 0 };
	enum sy_err err;

	memcpy(found.aaguid, in->data->aaguid, SY_AAGUID_SIZE);
	for (size_t i = 0; i < SY_COUNT(formats); i++) {
		if (strcmp(formats[i].name, format) != 0)
			continue;
		ERR_set_mark();
		err = formats[i].check(in, statement, &found, reterr);
		ERR_pop_to_mark();
		if (err == SY_OK)
			*ret = found;
		return err;
	}
	return refused(reterr, "its format is not packed, fido-u2f or none");
}
