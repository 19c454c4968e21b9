/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/guise.h"

#include <string.h>

#include "server/log.h"
#include "server/store/tables.h"

#define NUMBERS 65536

void
guises_init(struct guises *guises, const struct sy_hash_params *now)
{
	memset(guises, 0, sizeof(*guises));
	guises->now = *now;
}

static uint64_t
work_of(const struct sy_hash_params *params)
{
	return (uint64_t)params->memory * params->passes;
}

/* Where it belongs; of too many kinds the cheapest is left out. */
static void
insert(struct guises *guises, const struct guise *new)
{
	size_t at = guises->count;

	while (at > 0 &&
	    work_of(&guises->dearer[at - 1].params) < work_of(&new->params))
		at--;
	if (at == GUISES_MAX)
		return;
	if (guises->count < GUISES_MAX)
		guises->count++;
	memmove(&guises->dearer[at + 1], &guises->dearer[at],
	    (guises->count - 1 - at) * sizeof(guises->dearer[0]));
	guises->dearer[at] = *new;
}

static void
take(void *ctx, const int64_t *values, int64_t count)
{
	struct guises *guises = ctx;
	const struct guise one = { .params = { .memory = (uint32_t)values[1],
				       .passes = (uint32_t)values[2] },
		.count = count };

	/* Others give no hash at all. */
	if (values[0] == PASSWORD_FORMER || values[1] < SY_HASH_MEMORY_MIN ||
	    values[1] > SY_HASH_MEMORY_MAX || values[2] < 1 ||
	    values[2] > SY_HASH_PASSES_MAX)
		return;
	guises->people += count;
	if (work_of(&one.params) > work_of(&guises->now))
		insert(guises, &one);
}

void
guises_count(struct guises *guises, struct row_view *view, int64_t now)
{
	static const char *const columns[] = { "state", "memory", "passes" };
	struct guises fresh;
	enum sy_err err;

	if (guises->counted &&
	    (guises->count == 0 || now - guises->counted_at < GUISE_LIFE))
		return;
	guises_init(&fresh, &guises->now);
	err = row_tally(view, &row_type_password, columns, take, &fresh);
	if (err != SY_OK) {
		log_warn("hashes of passwords were not counted: %s",
		    sy_err_text(err));
		return;
	}
	fresh.counted = true;
	fresh.counted_at = now;
	*guises = fresh;
}

void
guises_pick(const struct guises *guises, uint16_t number,
    struct sy_hash_params *ret)
{
	int64_t left = guises->people * number / NUMBERS;

	*ret = guises->now;
	for (size_t i = 0; i < guises->count; i++) {
		if (left < guises->dearer[i].count) {
			*ret = guises->dearer[i].params;
			return;
		}
		left -= guises->dearer[i].count;
	}
}
