/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/pem.h>
#include <string.h>

#include "attest.h"

enum { R_FORMAT = 1, R_AUTH, R_STATEMENT };

/* The certificates as an array of byte strings. */
static void
put_x5c(const struct vk_key *key, struct vc_bytes *out)
{
	const unsigned char *at = key->x5c, *end = key->x5c + key->x5clen;
	const unsigned char *next;
	struct vc_bytes list;
	unsigned int n = 0;

	vc_bytes_reset(&list);
	for (; at < end; at = next, n++) {
		X509 *cert;

		next = at;
		cert = d2i_X509(NULL, &next, (long)(end - at));
		X509_free(cert);
		if (cert == NULL) {
			out->bad = true;
			return;
		}
		vk_cbor_put_bytes(&list, at, (size_t)(next - at));
	}
	vk_cbor_head(out, VK_ARRAY, n);
	vc_bytes_raw(out, list.b, list.len);
}

static bool
put_packed(const struct vk_key *key, const struct vk_cred *cred,
    const struct vc_bytes *auth, const uint8_t *hash, struct vc_bytes *out)
{
	const bool self = key->model.attestation == VK_SELF;
	const enum vk_alg alg = self ? cred->alg : VK_ES256;
	struct vc_bytes sig;

	vc_bytes_reset(&sig);
	if (!vk_sign_auth(key, self ? cred->pkey : key->attest, alg, auth, hash,
		&sig))
		return false;
	vk_cbor_head(out, VK_MAP, self ? 2 : 3);
	vk_cbor_put_text(out, "alg");
	vk_cbor_put_int(out, alg);
	vk_cbor_put_text(out, "sig");
	vk_cbor_put_bytes(out, sig.b, sig.len);
	if (!self) {
		vk_cbor_put_text(out, "x5c");
		put_x5c(key, out);
	}
	return true;
}

/* 00, RP id hash, client data hash, credential id, point: WebAuthn 8.6. */
static bool
put_u2f(const struct vk_key *key, const struct vk_cred *cred,
    const uint8_t *hash, struct vc_bytes *out)
{
	struct vc_bytes msg, sig;
	uint8_t xy[64];

	vc_bytes_reset(&msg);
	vc_bytes_reset(&sig);
	if (cred->alg != VK_ES256 || !vk_point(cred->pkey, xy))
		return false;
	vc_bytes_u8(&msg, 0x00);
	vc_bytes_raw(&msg, cred->rp_hash, VK_HASH_BYTES);
	vc_bytes_raw(&msg, hash, VK_HASH_BYTES);
	vc_bytes_raw(&msg, cred->id, VK_ID_BYTES);
	vc_bytes_u8(&msg, 0x04);
	vc_bytes_raw(&msg, xy, sizeof(xy));
	if (!vk_sign(key->attest, VK_ES256, msg.b, msg.len, &sig))
		return false;
	vk_cbor_head(out, VK_MAP, 2);
	vk_cbor_put_text(out, "sig");
	vk_cbor_put_bytes(out, sig.b, sig.len);
	vk_cbor_put_text(out, "x5c");
	put_x5c(key, out);
	return true;
}

bool
vk_attest(const struct vk_key *key, const struct vk_cred *cred,
    const struct vc_bytes *auth, const uint8_t *hash, struct vc_bytes *out)
{
	static const char *const formats[] = { "packed", "packed", "fido-u2f",
		"none" };
	const enum vk_attestation kind = key->model.attestation;

	vk_cbor_head(out, VK_MAP, 3);
	vk_cbor_put_int(out, R_FORMAT);
	vk_cbor_put_text(out, formats[kind]);
	vk_cbor_put_int(out, R_AUTH);
	vk_cbor_put_bytes(out, auth->b, auth->len);
	vk_cbor_put_int(out, R_STATEMENT);
	if (kind == VK_NONE) {
		vk_cbor_head(out, VK_MAP, 0);
		return !auth->bad;
	}
	if (kind != VK_SELF && key->attest == NULL)
		return false;
	if (kind == VK_U2F)
		return put_u2f(key, cred, hash, out);
	return !auth->bad && put_packed(key, cred, auth, hash, out);
}

static enum sy_err
add_cert(struct vk_key *key, const X509 *cert)
{
	struct vc_bytes der;
	enum sy_err err;

	vc_bytes_reset(&der);
	if ((err = vc_cert_der(cert, &der)) != SY_OK)
		return err;
	if (der.len > sizeof(key->x5c) - key->x5clen)
		return SY_ERR_LIMIT;
	memcpy(key->x5c + key->x5clen, der.b, der.len);
	key->x5clen += der.len;
	return SY_OK;
}

enum sy_err
vk_attest_new(struct vk_key *key, const struct vc_issuer *issuer,
    const struct vc_cert_spec *spec)
{
	X509 *cert = NULL;
	enum sy_err err;

	EVP_PKEY_free(key->attest);
	key->attest = NULL;
	key->x5clen = 0;
	if ((err = vk_sign_key_new(VK_ES256, &key->attest)) != SY_OK ||
	    (err = vc_cert_issue(issuer, spec, key->attest, &cert)) != SY_OK)
		return err;
	err = add_cert(key, cert);
	X509_free(cert);
	return err;
}

enum sy_err
vk_attest_chain(struct vk_key *key, const char *file)
{
	FILE *f = fopen(file, "re");
	enum sy_err err = SY_ERR_FORMAT;
	X509 *cert;

	if (f == NULL)
		return SY_ERR_IO;
	if ((cert = PEM_read_X509(f, NULL, NULL, NULL)) != NULL)
		err = add_cert(key, cert);
	X509_free(cert);
	fclose(f);
	return err;
}
