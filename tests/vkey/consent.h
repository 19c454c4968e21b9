/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VK_CONSENT_H
#define VK_CONSENT_H

#include "run.h"

/* Presence and verification: one for makeCredential and getAssertion. */
struct vk_asked {
	const struct vk_item *options, *param, *protocol;
	const uint8_t *rp_hash; /* SHA-256 of the RP id */
	const uint8_t *hash;    /* of the client data */
	bool making;
	bool resident;
};

struct vk_consent {
	uint8_t flags; /* UP, UV */
	enum vk_method method;
	bool asked_touch; /* presence is still to be shown */
};

/* Check the options and verify; presence only as far as a finger gave it. */
uint8_t vk_consent_verify(struct vk_key *key, const struct vk_asked *a,
    struct vk_consent *ret);
/* Touch if that is still to be done; the token is spent. */
uint8_t vk_consent_touch(struct vk_key *key, struct vk_consent *c);
/* An option: ${ret} stays if it is not given. 11 if it is no boolean. */
uint8_t vk_option(const struct vk_item *options, const char *name, bool *ret);

#endif /* VK_CONSENT_H */
