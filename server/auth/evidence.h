/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_EVIDENCE_H
#define SERVER_AUTH_EVIDENCE_H

#include "server/auth/proven.h"
#include "server/auth/verdict.h"
#include "server/record.h"

/*
 * What the records of a login say of its proofs, so that they can be judged
 * again. Texts and bytes are those of the arguments and must live until the
 * record is written.
 */

/* The challenge, and what was signed. */
void evidence_challenge(const char *server, const struct login_facts *login,
    const struct verdict_proof *proof, struct facts *facts);

/* The card or key that was shown; texts in ${text}. */
struct evidence_device {
	char token[REFERENCE_SIZE];
	char owner[REFERENCE_SIZE];
};
void evidence_device(const struct login_facts *login,
    const struct verdict_proof *proof, struct evidence_device *text,
    struct facts *facts);

/* What the ledger found of a key's proof. */
struct evidence_key {
	char judged[96]; /* "fido2-bio signed attested" */
};
void evidence_key(const struct proven *proven, struct evidence_key *text,
    struct facts *facts);

/* "card-pin issuer none token:7 id:12 active 1700000000000000
 * 1700000000000000", and " waited:12000000" if the server had the person wait
 * after it: each proof as it was judged. */
#define EVIDENCE_PROOF_SIZE 160
struct evidence_proofs {
	char text[SY_PROOFS_MAX][EVIDENCE_PROOF_SIZE];
	char keys[SY_PROOFS_MAX][24];
};
void evidence_proofs(const struct sy_evidence *evidence,
    struct evidence_proofs *text, struct facts *facts);

#endif /* SERVER_AUTH_EVIDENCE_H */
