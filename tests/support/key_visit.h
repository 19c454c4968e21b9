/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KEY_VISIT_H
#define KEY_VISIT_H

#include "server/identity/invitation.h"
#include "tests/support/key_office.h"

/* A visit with a FIDO2 key to be enrolled, for tests: the operator's part, the
 * agent's at the terminal "counter-1", and the key's. */
#define KEY_UP_UV    (SY_FIDO2_UP | SY_FIDO2_UV)
#define KEY_TERMINAL "counter-1"
#define KEY_BASIS    "申請 12"

struct key_visit {
	const struct key_office *keys;
	struct desk *desk, *operators;
	uint8_t code[INVITATION_CODE_SIZE];
	int64_t replaces;           /* by the next invitation */
	struct sy_enroll_step step; /* the last answer */
};
void key_visit_clear(struct key_visit *v);

/* A key, what it does, and what the terminal says of it; zeroed members are
 * what is right. */
struct key_showing {
	EVP_PKEY *key;
	uint8_t id;           /* of the credential */
	enum key_model model; /* KEY_MODEL_PIN */
	enum maker_format format;
	bool unattested; /* ${format} counts; else it is MAKER_PACKED */
	X509 *root;      /* of its maker, if not the one of the metadata */
	EVP_PKEY *root_key;
	const char *origin, *rp_id, *service;
	uint8_t made_flags; /* UP and UV */
	bool managed, resident, reader;
	int64_t firmware;
	/* At the assertion. */
	uint8_t flags; /* UP and UV */
	uint8_t other; /* the id that signs */
	EVP_PKEY *signer;
	uint32_t made_counter, counter;
	bool built_in;
};

/* Each returns the HTTP status. */
unsigned int visit_invite(struct key_visit *v, const char *login,
    const char *method);
unsigned int visit_begin(struct key_visit *v, const char *login);
unsigned int visit_key(struct key_visit *v, const struct key_showing *w);
unsigned int visit_assertion(struct key_visit *v, const struct key_showing *w);
/* Any request to the terminal's listener that is answered with a step. */
unsigned int visit_ask(struct key_visit *v, const char *path,
    const struct sy_message *message, const void *request);

/* The requests alone. */
void visit_fill_begin(const struct key_visit *v, const char *login,
    struct sy_enroll_begin *ret);
void visit_fill_key(const struct key_visit *v, const struct key_showing *w,
    struct sy_enroll_key *ret);
void visit_fill_assertion(const struct key_visit *v,
    const struct key_showing *w, struct sy_auth_assertion *ret);

/* Invite for ${method}, and begin; both must go well. */
void visit_start(struct key_visit *v, const char *login, const char *method);
/* All of it; must go well. Returns the token. */
int64_t visit_enroll(struct key_visit *v, const char *login, const char *method,
    const struct key_showing *w);

#endif /* KEY_VISIT_H */
