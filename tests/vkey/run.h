/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VK_RUN_H
#define VK_RUN_H

#include "key.h"

/*
 * Between the commands of one key. Each command gets its parameters as a map
 * (NULL if there were none) and adds its CBOR to ${out}.
 */

uint8_t vk_make(struct vk_key *key, const struct vk_item *map,
    struct vc_bytes *out);
uint8_t vk_assert(struct vk_key *key, const struct vk_item *map,
    struct vc_bytes *out);
uint8_t vk_next(struct vk_key *key, const struct vk_item *map,
    struct vc_bytes *out);
uint8_t vk_info(struct vk_key *key, const struct vk_item *map,
    struct vc_bytes *out);
uint8_t vk_pin(struct vk_key *key, const struct vk_item *map,
    struct vc_bytes *out);
uint8_t vk_bio(struct vk_key *key, const struct vk_item *map,
    struct vc_bytes *out);
uint8_t vk_creds(struct vk_key *key, const struct vk_item *map,
    struct vc_bytes *out);
uint8_t vk_config(struct vk_key *key, const struct vk_item *map,
    struct vc_bytes *out);

/* Wait for a touch. */
uint8_t vk_touched(struct vk_key *key);
/* One try of the sensor: 0, 3F, 3C, or why nobody came. */
uint8_t vk_verify_finger(struct vk_key *key);
/* A deed as a status: 0, 27, 2F, 2D. */
uint8_t vk_deed_status(struct vk_key *key, enum vk_deed deed);

/*
 * The token over ${msg}: 0, 33 if ${param} does not fit, 40 without
 * ${permission}. ${rp_hash}: what the token is or becomes bound to, may be
 * NULL.
 */
uint8_t vk_token_check(struct vk_key *key, const struct vk_item *protocol,
    const struct vk_item *param, unsigned int permission,
    const uint8_t *rp_hash, const void *msg, size_t len);

/*
 * For commands whose token covers ${head}, the subcommand and its parameters as
 * they came: members ${first} on of ${map} are parameters, protocol and param.
 * 36 without a token.
 */
uint8_t vk_token_covers(struct vk_key *key, const struct vk_item *map,
    int64_t first, unsigned int permission, struct vc_bytes *head);

/* PIN protocols, section 6.5.6 and 6.5.7. */
struct vk_shared {
	unsigned int protocol;
	uint8_t hmac[VK_HASH_BYTES];
	uint8_t aes[VK_HASH_BYTES];
};

/* 0, 02 for an unknown protocol or a point that is none. */
uint8_t vk_shared_make(struct vk_key *key, unsigned int protocol,
    const struct vk_item *cose, struct vk_shared *ret);
bool vk_shared_decrypt(const struct vk_shared *s, const struct vk_item *in,
    struct vc_bytes *out);
bool vk_shared_encrypt(const struct vk_shared *s, const void *p, size_t len,
    struct vc_bytes *out);
bool vk_mac_ok(unsigned int protocol, const uint8_t key[VK_HASH_BYTES],
    const void *p, size_t len, const struct vk_item *mac);
SY_MUST_USE enum sy_err vk_agree_new(struct vk_key *key);
void vk_agree_put(const struct vk_key *key, struct vc_bytes *out);

/* Public keys and signatures of credentials. */
SY_MUST_USE enum sy_err vk_sign_key_new(enum vk_alg alg, EVP_PKEY **ret);
void vk_cose_put(const EVP_PKEY *pkey, enum vk_alg alg, struct vc_bytes *out);
/* x and y of a P-256 point, 64 bytes. */
bool vk_point(const EVP_PKEY *pkey, uint8_t ret[64]);
bool vk_sign(EVP_PKEY *pkey, enum vk_alg alg, const void *p, size_t len,
    struct vc_bytes *out);

/* Authenticator data, section 6.1 of WebAuthn. */
struct vk_auth {
	const struct vk_cred *cred;
	uint8_t flags;
	unsigned long counter;
	bool fresh;            /* with attested credential data */
	struct vc_bytes extra; /* entries of the extension map */
	unsigned int nextra;
};
void vk_auth_put(const struct vk_key *key, const struct vk_auth *auth,
    struct vc_bytes *out);
/* The next value of the counter of ${cred}. */
unsigned long vk_count(struct vk_key *key, struct vk_cred *cred);
void vk_extra_uvm(struct vk_auth *auth, enum vk_method method);
void vk_put_user(const struct vk_cred *cred, bool names, struct vc_bytes *out);
void vk_put_descriptor(const struct vk_cred *cred, struct vc_bytes *out);
/* What is signed: authenticator data and client data hash. */
bool vk_sign_auth(const struct vk_key *key, EVP_PKEY *pkey, enum vk_alg alg,
    const struct vc_bytes *auth, const uint8_t *hash, struct vc_bytes *out);

/* The credential of ${rp_hash} with the id of a descriptor, or NULL. */
struct vk_cred *vk_find(struct vk_key *key, const uint8_t *rp_hash,
    const struct vk_item *descriptor);
/* Text of an item cut to the room there is. */
void vk_copy_text(const struct vk_item *item, char *out, size_t cap);

#endif /* VK_RUN_H */
