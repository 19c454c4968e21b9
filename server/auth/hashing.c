/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/hashing.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/hasher/pool.h"
#include "server/server.h"

struct hashing {
	struct crew *crew;
	struct pool *pool;
	struct keeper *keeper;
	struct sy_hash_params params;
	bool fails; /* loop thread only */
};

struct hashing_place {
	struct hashing *hashing;
	struct crew_place *place;
	struct hashing_work work;
	size_t next; /* hash to be made */
	enum sy_err result;
	hashing_done done;
	void *ctx;
};

_Static_assert(SY_HASH_OUTPUT_SIZE == SY_DIGEST_SIZE,
    "the pepper's result takes the hash's place");

unsigned int
hashing_threads(void)
{
	const long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (cores <= 2)
		return 1;
	return cores > CREW_THREADS_MAX ? CREW_THREADS_MAX
					: (unsigned int)cores - 1;
}

enum sy_err
hashing_new(const struct hashing_config *config, struct hashing **ret_hashing,
    struct sy_error *reterr)
{
	const struct crew_config crew = { .base = config->base,
		.threads = config->threads,
		.places = config->places };
	const struct pool_config pool = { .path = config->hasher,
		.count = config->threads,
		.patience_ms = POOL_PATIENCE_MS };
	SY_AUTO(hashing_free) struct hashing *h = calloc(1, sizeof(*h));
	enum sy_err err;

	if (h == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, "hashing",
		    "no memory");
	h->keeper = config->keeper;
	h->params = config->params;
	if ((err = pool_new(&pool, &h->pool, reterr)) != SY_OK)
		return err;
	h->fails = pool_running(h->pool) == 0;
	if ((err = crew_new(&crew, &h->crew)) != SY_OK)
		return sy_error_set(reterr, err, "hashing", "no threads");
	*ret_hashing = h;
	h = NULL;
	return SY_OK;
}

void
hashing_close(struct hashing *hashing)
{
	if (hashing == NULL)
		return;
	pool_close(hashing->pool);
	crew_close(hashing->crew);
}

void
hashing_free(struct hashing **hashing)
{
	if (*hashing == NULL)
		return;
	hashing_close(*hashing);
	crew_free(&(*hashing)->crew);
	pool_free(&(*hashing)->pool);
	free(*hashing);
	*hashing = NULL;
}

const struct sy_hash_params *
hashing_params(const struct hashing *hashing)
{
	return &hashing->params;
}

size_t
hashing_taken(const struct hashing *hashing)
{
	return crew_taken(hashing->crew);
}

bool
hashing_fails(const struct hashing *hashing)
{
	return hashing->fails;
}

enum sy_err
hashing_reserve(struct hashing *hashing, int64_t terminal,
    struct hashing_place **ret_place)
{
	struct hashing_place *p = calloc(1, sizeof(*p));
	enum sy_err err;

	if (p == NULL)
		return SY_ERR_NOMEM;
	p->hashing = hashing;
	err = crew_reserve(hashing->crew, terminal, &p->place);
	if (err != SY_OK) {
		free(p);
		return err;
	}
	*ret_place = p;
	return SY_OK;
}

struct hashing_work *
hashing_work(struct hashing_place *place)
{
	return &place->work;
}

enum sy_err
hashing_set(struct hashing_place *place, int64_t owner,
    const struct sy_secret *password)
{
	struct hashing_work *work = &place->work;
	enum sy_err err;

	work->owner = owner;
	err = sy_secret_new(sy_secret_len(password), &work->password);
	if (err != SY_OK)
		return err;
	return sy_secret_append(work->password, sy_secret_bytes(password),
	    sy_secret_len(password));
}

void
hashing_as_stored(struct hashing_work *work, size_t i,
    const struct password_row *row)
{
	work->one[i].params.memory = (uint32_t)row->memory;
	work->one[i].params.passes = (uint32_t)row->passes;
	memcpy(work->one[i].salt, row->salt, sizeof(work->one[i].salt));
}

enum sy_err
hashing_add_new(struct hashing_place *place)
{
	struct hashing_work *work = &place->work;
	struct hashing_one *one = &work->one[work->count];
	enum sy_err err;

	if (work->count == HASHING_MAX)
		return SY_ERR_LIMIT;
	if ((err = server_random(one->salt, sizeof(one->salt))) != SY_OK)
		return err;
	one->params = place->hashing->params;
	work->count++;
	return SY_OK;
}

static uint64_t
work_of(const struct sy_hash_params *params)
{
	return (uint64_t)params->memory * params->passes;
}

void
hashing_even(struct hashing_place *place)
{
	const struct sy_hash_params *now = &place->hashing->params;
	const uint64_t wanted = work_of(now),
		       done = work_of(&place->work.one[0].params);
	struct sy_hash_params *more = &place->work.more;
	uint64_t rest;

	*more = (struct sy_hash_params){ .passes = 0 };
	if (done >= wanted)
		return;
	/* No more memory at a time than the present parameters take. */
	rest = wanted - done;
	more->passes = (uint32_t)((rest + now->memory - 1) / now->memory);
	more->memory = (uint32_t)(rest / more->passes);
	if (more->memory < SY_HASH_MEMORY_LEAST)
		more->memory = SY_HASH_MEMORY_LEAST;
}

static void
free_place(struct hashing_place *p)
{
	sy_secret_free(&p->work.password);
	sy_memzero(p, sizeof(*p));
	free(p);
}

void
hashing_release(struct hashing_place **place)
{
	if (*place == NULL)
		return;
	crew_release((*place)->hashing->crew, &(*place)->place);
	free_place(*place);
	*place = NULL;
}

/* Nobody sees what comes of it, only that it takes its time. */
static enum sy_err
hash_more(struct hashing_place *p)
{
	uint8_t unused[SY_HASH_OUTPUT_SIZE];
	enum sy_err err;

	err = pool_hash(p->hashing->pool, p->work.password, &p->work.more,
	    p->work.one[0].salt, unused);
	sy_memzero(unused, sizeof(unused));
	return err;
}

/* On a thread of the crew: one hash; the others get their turn before the next.
 */
static bool
hash_next(void *ctx)
{
	struct hashing_place *p = ctx;
	struct hashing_one *one = &p->work.one[p->next];

	p->result = pool_hash(p->hashing->pool, p->work.password, &one->params,
	    one->salt, one->hash);
	if (p->result == SY_OK && p->work.more.passes > 0)
		p->result = hash_more(p);
	return p->result == SY_OK && ++p->next < p->work.count;
}

static enum sy_err
add_pepper(struct hashing_place *p)
{
	struct keeper *k = p->hashing->keeper;
	const uint8_t *view;
	enum sy_err err;
	size_t len;

	keeper_begin(k);
	for (size_t i = 0; i < p->work.count; i++)
		keeper_add_pepper(k, p->work.owner, p->work.one[i].hash,
		    sizeof(p->work.one[i].hash));
	if ((err = keeper_run(k)) != SY_OK)
		return err;
	for (size_t i = 0; i < p->work.count; i++) {
		if ((err = keeper_next(k, &view, &len)) != SY_OK)
			return err;
		if (len != sizeof(p->work.one[i].hash))
			return SY_ERR_KEEPER;
		memcpy(p->work.one[i].hash, view, len);
	}
	return SY_OK;
}

static void
hashed(void *ctx, bool done)
{
	struct hashing_place *p = ctx;
	enum sy_err err = done ? p->result : SY_ERR_CLOSED;

	if (done)
		p->hashing->fails = err == SY_ERR_BUSY;
	sy_secret_free(&p->work.password);
	if (err == SY_OK)
		err = add_pepper(p);
	p->done(p->ctx, &p->work, err);
	free_place(p);
}

void
hashing_start(struct hashing_place **place, hashing_done done, void *ctx)
{
	struct hashing_place *p = *place;

	*place = NULL;
	p->done = done;
	p->ctx = ctx;
	crew_start(p->hashing->crew, &p->place, hash_next, hashed, p);
}
