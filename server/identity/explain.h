/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_EXPLAIN_H
#define SERVER_EXPLAIN_H

#include <sanyoso/policy.h>

#include "server/identity/absences.h"
#include "server/identity/metadata.h"
#include "server/identity/standing.h"

/*
 * Why somebody can't log in, from what the server has on him and the policy
 * alone: the gravest first, what blocks before what does not. All of it is for
 * the loop thread.
 */
struct explaining {
	struct row_view *view;
	const struct sy_policy *policy;
	const struct sy_metadata *metadata; /* may be NULL */
	int64_t now;                        /* microseconds, as all times */
	struct id_row row;
	struct standing standing;
	bool has_token; /* a card or key that works, whatever the policy says */
	/* Those that count somewhere, as if shown: one of each kind. */
	struct sy_evidence cards;
	const struct absences *absences;
	int64_t epoch;      /* of this run, for tries that were cut off */
	bool no_dictionary; /* the server has none that works */
	struct sy_list *reasons;
	enum sy_err err; /* the first; nothing is added after it */
};

/*
 * One more reason: ${code} has its sentence in sanyosoctl; ${place} and ${text}
 * may be "", ${since} and ${until} 0. Failures go to ${e->err}.
 */
void explain_add(struct explaining *e, bool blocking, const char *code,
    const char *place, const char *text, int64_t since, int64_t until);

/* Whether ${cards}, with or without a good password, would let in somewhere.
 * There must be room for one more proof. */
bool explain_suffices(const struct explaining *e,
    const struct sy_evidence *cards, bool password);
/* Whether a proof of this kind counts anywhere. */
bool explain_accepted(const struct explaining *e, enum sy_method method,
    enum sy_origin origin, enum sy_grade grade);

/* Fill ${e->has_token} and ${e->cards}. Errors as of row_walk. */
SY_MUST_USE enum sy_err explain_gather(struct explaining *e);
/* What is wrong with cards and keys, or missing. */
void explain_tokens(struct explaining *e);

#endif /* SERVER_EXPLAIN_H */
