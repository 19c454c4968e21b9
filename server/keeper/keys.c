/* SPDX-License-Identifier: Apache-2.0 */
#include "server/keeper/keys.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <sodium.h>

#include <sanyoso/safefile.h>

#include "server/keeper/cert.h"
#include "server/keeper/keeper.h"
#include "server/keeper/kept.h"
#include "server/keeper/ossl.h"
#include "server/keeper/protocol.h"

#define PEM_MAX   16384
#define PATH_SIZE 4096

static enum sy_err
join(char path[PATH_SIZE], const char *dir, const char *name,
    struct sy_error *reterr)
{
	const int n = snprintf(path, PATH_SIZE, "%s/%s", dir, name);

	if (n < 0 || n >= PATH_SIZE)
		return sy_error_set(reterr, SY_ERR_LIMIT, name,
		    "the path of the keeper's directory is too long");
	return SY_OK;
}

static enum sy_err
check_empty(const char *dir, struct sy_error *reterr)
{
	const struct dirent *entry;
	enum sy_err err = SY_OK;
	DIR *d;

	if ((d = opendir(dir)) == NULL)
		return sy_error_set(reterr, SY_ERR_IO, dir, "%s",
		    strerror(errno));
	while ((entry = readdir(d)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		err = sy_error_set(reterr, SY_ERR_EXISTS, dir,
		    "there are keys already (%s)", entry->d_name);
		break;
	}
	(void)closedir(d);
	return err;
}

static enum sy_err
make_raw_key(const char *dir, const char *name, struct sy_error *reterr)
{
	uint8_t key[KEEPER_KEY_SIZE];
	char path[PATH_SIZE];
	enum sy_err err;

	if ((err = join(path, dir, name, reterr)) != SY_OK)
		return err;
	if (RAND_priv_bytes(key, sizeof(key)) != 1)
		return sy_error_set(reterr, SY_ERR_CRYPTO, name,
		    "no random numbers");
	err = sy_safefile_write(path, key, sizeof(key), 0600, reterr);
	sy_memzero(key, sizeof(key));
	return err;
}

static enum sy_err
write_bio(const char *dir, const char *name, BIO *bio, mode_t mode,
    struct sy_error *reterr)
{
	char path[PATH_SIZE];
	enum sy_err err;
	char *data;
	long len;

	if ((err = join(path, dir, name, reterr)) != SY_OK)
		return err;
	if ((len = BIO_get_mem_data(bio, &data)) <= 0)
		return sy_error_set(reterr, SY_ERR_CRYPTO, name,
		    "cannot be encoded");
	err = sy_safefile_write(path, data, (size_t)len, mode, reterr);
	sy_memzero(data, (size_t)len);
	return err;
}

static enum sy_err
make_ca(const char *dir, const char *name, struct sy_error *reterr)
{
	SY_AUTO(ossl_pkey_free) EVP_PKEY *key = EVP_EC_gen("P-256");
	SY_AUTO(ossl_bio_free) BIO *key_pem = BIO_new(BIO_s_secmem());
	SY_AUTO(ossl_bio_free) BIO *cert_pem = BIO_new(BIO_s_mem());
	SY_AUTO(ossl_x509_free) X509 *cert = NULL;
	enum sy_err err;

	if (key == NULL || key_pem == NULL || cert_pem == NULL)
		return sy_error_set(reterr, SY_ERR_CRYPTO, "ca.pem",
		    "cannot be made");
	if ((err = cert_make_ca(key, name, &cert)) != SY_OK)
		return sy_error_set(reterr, err, "ca.crt",
		    "cannot be made for the name %s", name);
	if (PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL) !=
		1 ||
	    PEM_write_bio_X509(cert_pem, cert) != 1)
		return sy_error_set(reterr, SY_ERR_CRYPTO, "ca.pem",
		    "cannot be encoded");
	if ((err = write_bio(dir, "ca.pem", key_pem, 0600, reterr)) != SY_OK)
		return err;
	return write_bio(dir, "ca.crt", cert_pem, 0644, reterr);
}

static enum sy_err
load_raw_key(const char *dir, const char *name, struct sy_secret **ret,
    struct sy_error *reterr)
{
	char path[PATH_SIZE];
	enum sy_err err;

	if ((err = join(path, dir, name, reterr)) != SY_OK ||
	    (err = sy_safefile_read_secret(path, KEEPER_KEY_SIZE, ret,
		 reterr)) != SY_OK)
		return err;
	if (sy_secret_len(*ret) != KEEPER_KEY_SIZE)
		return sy_error_set(reterr, SY_ERR_FORMAT, path,
		    "is not a key of %d bytes", KEEPER_KEY_SIZE);
	return SY_OK;
}

static enum sy_err
make_kept(const char *dir, struct sy_error *reterr)
{
	SY_AUTO(sy_secret_free) struct sy_secret *row = NULL;
	enum sy_err err;

	if ((err = load_raw_key(dir, "row.key", &row, reterr)) != SY_OK)
		return err;
	return kept_create(dir, row, reterr);
}

enum sy_err
keeper_create(const char *dir, const char *name, struct sy_error *reterr)
{
	static const char *const raw[] = { "head.key", "row.key", "index.key",
		"seal.key", "pepper.key" };
	enum sy_err err;

	if ((err = check_empty(dir, reterr)) != SY_OK)
		return err;
	for (size_t i = 0; i < SY_COUNT(raw); i++) {
		if ((err = make_raw_key(dir, raw[i], reterr)) != SY_OK)
			return err;
	}
	if ((err = make_ca(dir, name, reterr)) != SY_OK)
		return err;
	return make_kept(dir, reterr);
}

_Static_assert(crypto_sign_ed25519_SEEDBYTES == KEEPER_KEY_SIZE &&
	crypto_sign_ed25519_PUBLICKEYBYTES == SY_ED25519_KEY_SIZE &&
	crypto_sign_ed25519_BYTES == SY_ED25519_SIG_SIZE,
    "the sizes of RFC 8032");

enum sy_err
keeper_keys_head(struct keeper_keys *keys, const uint8_t *seed)
{
	uint8_t pair[crypto_sign_ed25519_SECRETKEYBYTES];
	enum sy_err err;

	if (sodium_init() < 0 ||
	    crypto_sign_ed25519_seed_keypair(keys->head_public, pair, seed) !=
		0)
		return SY_ERR_CRYPTO;
	if ((err = sy_secret_new(sizeof(pair), &keys->head)) == SY_OK)
		err = sy_secret_append(keys->head, pair, sizeof(pair));
	sy_memzero(pair, sizeof(pair));
	return err;
}

static enum sy_err
load_head_key(const char *dir, struct keeper_keys *keys,
    struct sy_error *reterr)
{
	SY_AUTO(sy_secret_free) struct sy_secret *seed = NULL;
	enum sy_err err;

	if ((err = load_raw_key(dir, "head.key", &seed, reterr)) != SY_OK)
		return err;
	if ((err = keeper_keys_head(keys, sy_secret_bytes(seed))) != SY_OK)
		return sy_error_set(reterr, err, "head.key", "cannot be used");
	return SY_OK;
}

static enum sy_err
load_ca_key(const char *dir, struct keeper_keys *keys, struct sy_error *reterr)
{
	SY_AUTO(sy_secret_free) struct sy_secret *pem = NULL;
	SY_AUTO(ossl_bio_free) BIO *bio = NULL;
	char path[PATH_SIZE];
	enum sy_err err;

	if ((err = join(path, dir, "ca.pem", reterr)) != SY_OK ||
	    (err = sy_safefile_read_secret(path, PEM_MAX, &pem, reterr)) !=
		SY_OK)
		return err;
	bio = BIO_new_mem_buf(sy_secret_bytes(pem), (int)sy_secret_len(pem));
	if (bio == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, path, "no memory");
	/* An empty passphrase: OpenSSL would ask at the terminal for one. */
	keys->ca =
	    PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(uintptr_t) "");
	if (keys->ca == NULL)
		return sy_error_set(reterr, SY_ERR_FORMAT, path,
		    "is not a private key in PEM");
	return SY_OK;
}

static enum sy_err
load_ca_cert(const char *dir, struct keeper_keys *keys, struct sy_error *reterr)
{
	SY_AUTO(ossl_bio_free) BIO *bio = NULL;
	char path[PATH_SIZE];
	enum sy_err err;

	if ((err = join(path, dir, "ca.crt", reterr)) != SY_OK ||
	    (err = sy_safefile_read(path, PEM_MAX, &keys->ca_pem,
		 &keys->ca_pem_len, reterr)) != SY_OK)
		return err;
	bio = BIO_new_mem_buf(keys->ca_pem, (int)keys->ca_pem_len);
	if (bio == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, path, "no memory");
	keys->ca_cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	if (keys->ca_cert == NULL)
		return sy_error_set(reterr, SY_ERR_FORMAT, path,
		    "is not a certificate in PEM");
	if (X509_check_private_key(keys->ca_cert, keys->ca) != 1)
		return sy_error_set(reterr, SY_ERR_CERT, path,
		    "does not belong to the key in ca.pem");
	return SY_OK;
}

enum sy_err
keeper_keys_load(const char *dir, struct keeper_keys *ret,
    struct sy_error *reterr)
{
	enum sy_err err;

	*ret = (struct keeper_keys){ 0 };
	if ((err = load_ca_key(dir, ret, reterr)) != SY_OK ||
	    (err = load_ca_cert(dir, ret, reterr)) != SY_OK ||
	    (err = load_head_key(dir, ret, reterr)) != SY_OK ||
	    (err = load_raw_key(dir, "row.key", &ret->row, reterr)) != SY_OK ||
	    (err = load_raw_key(dir, "index.key", &ret->index, reterr)) !=
		SY_OK ||
	    (err = load_raw_key(dir, "seal.key", &ret->seal, reterr)) !=
		SY_OK ||
	    (err = load_raw_key(dir, "pepper.key", &ret->pepper, reterr)) !=
		SY_OK)
		keeper_keys_clear(ret);
	return err;
}

void
keeper_keys_clear(struct keeper_keys *keys)
{
	EVP_PKEY_free(keys->ca);
	X509_free(keys->ca_cert);
	free(keys->ca_pem);
	sy_secret_free(&keys->head);
	sy_secret_free(&keys->row);
	sy_secret_free(&keys->index);
	sy_secret_free(&keys->seal);
	sy_secret_free(&keys->pepper);
	*keys = (struct keeper_keys){ 0 };
}

enum sy_err
keeper_keys_derive(EVP_KDF *hkdf, const struct sy_secret *from,
    const void *info, size_t len, uint8_t *ret)
{
	SY_AUTO(ossl_kdf_ctx_free) EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(hkdf);
	uint8_t ikm[KEEPER_KEY_SIZE], bytes[128];
	char digest[] = "SHA256";
	int ok;

	if (ctx == NULL)
		return SY_ERR_NOMEM;
	if (len > sizeof(bytes))
		return SY_ERR_LIMIT;
	/* OpenSSL's parameters are not const. */
	memcpy(bytes, info, len);
	memcpy(ikm, sy_secret_bytes(from), sizeof(ikm));
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest,
		    0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, ikm,
		    sizeof(ikm)),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, bytes,
		    len),
		OSSL_PARAM_construct_end(),
	};
	ok = EVP_KDF_derive(ctx, ret, KEEPER_KEY_SIZE, params);
	sy_memzero(ikm, sizeof(ikm));
	return ok == 1 ? SY_OK : SY_ERR_CRYPTO;
}
