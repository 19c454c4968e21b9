/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/evidence.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void
evidence_challenge(const char *server, const struct login_facts *login,
    const struct verdict_proof *proof, struct facts *facts)
{
	facts_text(facts, "server", server);
	facts_bytes(facts, "server-nonce", login->nonce, sizeof(login->nonce));
	facts_bytes(facts, "agent-nonce", proof->agent_nonce,
	    sizeof(proof->agent_nonce));
	facts_bytes(facts, "signature", proof->signature, proof->signature_len);
	facts_bytes(facts, "client-data", proof->client_data,
	    proof->client_data_len);
	facts_bytes(facts, "authenticator-data", proof->authdata,
	    proof->authdata_len);
	facts_text(facts, "look", proof->look ? "yes" : "");
	if (proof->client_data_len > 0 && login->nameless)
		facts_text(facts, "challenge-login", "none");
}

void
evidence_device(const struct login_facts *login,
    const struct verdict_proof *proof, struct evidence_device *text,
    struct facts *facts)
{
	if (login->token == 0)
		return;
	record_reference("token", login->token, text->token);
	facts_text(facts, "token", text->token);
	facts_int(facts, "pins-wrong", proof->pins_wrong);
	if (!login->token_is_key) {
		facts_int(facts, "tries", login->pin_tries);
		return;
	}
	/* Whose it is shows in the proofs where it is the person's. */
	record_reference("id", login->token_owner, text->owner);
	if (login->token_owner != login->person)
		facts_text(facts, "owner", text->owner);
	if (proof->client_data_len == 0)
		return;
	facts_int(facts, "fingers-wrong", proof->fingers_wrong);
	facts_text(facts, "terminal-says-built-in",
	    proof->says_built_in ? "yes" : "no");
}

void
evidence_key(const struct proven *proven, struct evidence_key *text,
    struct facts *facts)
{
	if (proven->token == 0)
		return;
	(void)snprintf(text->judged, sizeof(text->judged), "%s %s %s",
	    sy_method_name(proven->best.method),
	    sy_grade_name(proven->best.grade),
	    sy_origin_name(proven->best.origin));
	facts_text(facts, "judged", text->judged);
	facts_text(facts, "key-state", proven->why);
	if (!proven->compared)
		return;
	facts_int(facts, "counter", proven->shown);
	facts_int(facts, "counter-stored", proven->counter.counter);
}

/* Without that it could not be told why an old proof counted. */
static void
add_wait(char text[EVIDENCE_PROOF_SIZE], int64_t waited)
{
	const size_t at = strlen(text);

	(void)snprintf(text + at, EVIDENCE_PROOF_SIZE - at, " waited:%" PRId64,
	    waited);
}

void
evidence_proofs(const struct sy_evidence *evidence,
    struct evidence_proofs *text, struct facts *facts)
{
	for (unsigned int i = 0; i < evidence->count; i++) {
		const struct sy_proof *p = &evidence->proof[i];

		(void)snprintf(text->text[i], sizeof(text->text[i]),
		    "%s %s %s token:%" PRId64 " id:%" PRId64 " %s %" PRId64
		    " %" PRId64,
		    sy_method_name(p->method), sy_origin_name(p->origin),
		    sy_grade_name(p->grade), p->token, p->token_owner,
		    p->token_active ? "active" : "inactive", p->nonce_at,
		    p->verified_at);
		if (p->waited > 0)
			add_wait(text->text[i], p->waited);
		(void)snprintf(text->keys[i], sizeof(text->keys[i]), "proof-%u",
		    i + 1);
		facts_text(facts, text->keys[i], text->text[i]);
	}
}
