/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VK_CREATE_H
#define VK_CREATE_H

#include "key.h"

struct vc_issuer; /* tests/vcard/cert.h */

/* A key as the maker and its first owner leave it. */
struct vk_recipe {
	const char *pin;     /* NULL = none set */
	const char *fingers; /* learned ones, "1,2", or NULL */
	const char *chain;   /* one more certificate, or NULL */
	const char *subject;
	int from_days, to_days; /* of the attestation certificate */
	bool cert_bare;         /* no AAGUID in it */
	bool cert_other;        /* another AAGUID in it */
};

/* CTAP 2.1, PIN, no sensor, packed attestation. */
void vk_model_default(struct vk_model *model);
/*
 * Fill ${key}, whose model is set. ${issuer} of the attestation certificate may
 * be NULL if the model needs none. FORMAT: PIN or fingers.
 */
SY_MUST_USE enum sy_err vk_create(struct vk_key *key,
    const struct vk_recipe *recipe, const struct vc_issuer *issuer);

#endif /* VK_CREATE_H */
