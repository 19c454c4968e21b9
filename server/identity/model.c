/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/identity/credential.h"
#include "server/identity/metadata.h"
#include "server/list.h"
#include "server/policy.h"

void
model_name(const struct sy_metadata *metadata,
    const uint8_t aaguid[SY_AAGUID_SIZE], enum sy_attestation attestation,
    char ret[SY_MODEL_NAME_SIZE])
{
	const struct sy_model *model = NULL;

	if (metadata != NULL && attestation == SY_ATTESTATION_MODEL)
		model = sy_metadata_find(metadata, aaguid);
	(void)snprintf(ret, SY_MODEL_NAME_SIZE, "%s",
	    model != NULL ? model->name : "");
}

/* --- counting --- */

struct tally {
	uint8_t aaguid[SY_AAGUID_SIZE];
	int64_t tokens;
	const char *trouble;
	bool known; /* listed already */
};

static struct tally *
tally_find(const struct sy_list *tallies, const uint8_t aaguid[SY_AAGUID_SIZE])
{
	struct tally *items = tallies->items;

	for (size_t i = 0; i < tallies->count; i++)
		if (memcmp(items[i].aaguid, aaguid, SY_AAGUID_SIZE) == 0)
			return &items[i];
	return NULL;
}

static enum sy_err
tally_add(struct sy_list *tallies, const uint8_t aaguid[SY_AAGUID_SIZE],
    const char *trouble)
{
	struct tally *tally = tally_find(tallies, aaguid);
	enum sy_err err;
	void *item;

	if (tally == NULL) {
		err = list_add(tallies, sizeof(*tally), &item);
		if (err != SY_OK)
			return err;
		tally = item;
		memcpy(tally->aaguid, aaguid, SY_AAGUID_SIZE);
		tally->trouble = trouble;
	}
	tally->tokens++;
	return SY_OK;
}

struct counting {
	struct row_view *view;
	struct sy_list tallies; /* struct tally */
	/* Only those that worked with the one and don't with the other. */
	bool compare;
	const struct sy_metadata *former, *next;
};

static enum sy_err
count(void *ctx, const void *row)
{
	const struct credential_row *credential = row;
	struct counting *c = ctx;
	const char *trouble = NULL;
	struct token_row token;
	enum sy_err err;

	err = row_get(c->view, &row_type_token, credential->token, &token);
	if (err != SY_OK || token.state != TOKEN_ACTIVE)
		return err;
	if (c->compare) {
		trouble = credential_model_trouble(c->next, credential);
		if (trouble == NULL ||
		    credential_model_trouble(c->former, credential) != NULL)
			return SY_OK;
	}
	return tally_add(&c->tallies, credential->aaguid, trouble);
}

/* --- what becomes worse --- */

static void
add_name(const struct tally *tally, struct model_worse *ret)
{
	const size_t at = strlen(ret->names), room = sizeof(ret->names) - at;
	char aaguid[SY_AAGUID_TEXT_SIZE];
	int n;

	sy_aaguid_text(tally->aaguid, aaguid);
	n = snprintf(ret->names + at, room, "%s%s %s %" PRId64,
	    at > 0 ? "; " : "", aaguid, tally->trouble, tally->tokens);
	/* Whole or not at all. */
	if (n < 0 || (size_t)n >= room)
		ret->names[at] = '\0';
}

enum sy_err
model_worse_find(struct row_view *view, const struct sy_metadata *former,
    const struct sy_metadata *next, struct model_worse *ret)
{
	struct counting c = {
		.view = view, .compare = true, .former = former, .next = next
	};
	const struct tally *tallies;
	enum sy_err err;

	memset(ret, 0, sizeof(*ret));
	err = row_walk(view, &row_type_credential, NULL, 0, count, &c);
	tallies = c.tallies.items;
	for (size_t i = 0; err == SY_OK && i < c.tallies.count; i++) {
		ret->models++;
		ret->tokens += tallies[i].tokens;
		add_name(&tallies[i], ret);
	}
	free(c.tallies.items);
	return err;
}

/* --- the list --- */

static enum sy_err
add_item(const struct sy_policy *policy, struct sy_list *list,
    const uint8_t aaguid[SY_AAGUID_SIZE], const struct sy_model *model,
    int64_t tokens)
{
	struct sy_model_item *out;
	enum sy_err err;
	void *item;

	err = list_add(list, sizeof(*out), &item);
	if (err != SY_OK)
		return err;
	out = item;
	sy_aaguid_text(aaguid, out->aaguid);
	(void)snprintf(out->status, sizeof(out->status), "%s",
	    model != NULL ? sy_model_status_name(model->status) : "unknown");
	if (model != NULL) {
		memcpy(out->name, model->name, sizeof(out->name));
		memcpy(out->report, model->report, sizeof(out->report));
		out->fingerprint = model->fingerprint;
	}
	out->inherence = sy_policy_is_fingerprint(policy, aaguid);
	out->allowed = sy_policy_allows_model(policy, aaguid);
	out->tokens = tokens;
	return SY_OK;
}

static enum sy_err
list_known(const struct sy_policy *policy, const struct sy_metadata *metadata,
    const struct counting *c, struct sy_list *list)
{
	enum sy_err err = SY_OK;

	for (size_t i = 0; err == SY_OK && i < sy_metadata_count(metadata);
	     i++) {
		const struct sy_model *model = sy_metadata_at(metadata, i);
		struct tally *tally = tally_find(&c->tallies, model->aaguid);

		if (tally != NULL)
			tally->known = true;
		err = add_item(policy, list, model->aaguid, model,
		    tally != NULL ? tally->tokens : 0);
	}
	return err;
}

enum sy_err
model_list_fill(const struct server *server, struct sy_model_list *ret)
{
	const struct sy_metadata *metadata = metadata_of(server->metadata);
	const struct sy_policy *policy = server->policy->policy;
	struct counting c = { .view = ledger_reader(server->ledger) };
	const struct tally *tallies;
	enum sy_err err;

	err = row_walk(c.view, &row_type_credential, NULL, 0, count, &c);
	if (err == SY_OK && metadata != NULL) {
		ret->number = sy_metadata_number(metadata);
		ret->next_update = sy_metadata_next_update(metadata);
		ret->imported = server->metadata->imported;
		err = list_known(policy, metadata, &c, &ret->models);
	}
	tallies = c.tallies.items;
	for (size_t i = 0; err == SY_OK && i < c.tallies.count; i++)
		if (!tallies[i].known)
			err = add_item(policy, &ret->models, tallies[i].aaguid,
			    NULL, tallies[i].tokens);
	free(c.tallies.items);
	return err;
}
