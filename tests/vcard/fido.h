/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VC_FIDO_H
#define VC_FIDO_H

#include "card.h"
#include "tests/vkey/script.h"

/*
 * A FIDO2 authenticator as an application of the card: CTAP 2.1 section 11.3
 * (ISO 7816, contactless). The key is tests/vkey's, kept beside the card.
 */
#define VC_FIDO_LOG "key.log"

struct vc_fido {
	struct vk_scene scene;
	struct vc_bytes command; /* that waits for its end */
	bool pending;
	bool cancelled;
	bool selected; /* nothing has been asked since the SELECT */
	long long since_ms, until_ms;
	struct vk_fault fault;
	bool faulty;
};

/* Give ${card} the application; it owns ${key} from then on. NOMEM. */
SY_MUST_USE enum sy_err vc_fido_attach(struct vc_card *card,
    struct vk_key *key);
/* The key in ${dirfd}, if there is one. As vk_store_load. */
SY_MUST_USE enum sy_err vc_fido_load(struct vc_card *card, int dirfd);
void vc_fido_free(struct vc_fido **fido);
/* The power came back. */
void vc_fido_power(struct vc_fido *fido);
/* May GET RESPONSE have this class now? */
bool vc_fido_takes(const struct vc_fido *fido, uint8_t cla);

#endif /* VC_FIDO_H */
