/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sanyoso/secret.h>

#define CAPACITY_MAX 65536

/*
 * The content lies in pages of its own between two that cannot be touched:
 *
 *	| guard | ... unused ... content | guard |
 *	^ map                    ^ bytes ^ bytes + capacity
 *
 * It ends where the second guard begins, so that a write past its end is
 * stopped at once instead of reaching other memory.
 */
struct sy_secret {
	uint8_t *map;
	size_t map_len;
	uint8_t *bytes;
	size_t capacity;
	size_t len;
	bool locked;
};

static enum sy_err
map_pages(struct sy_secret *secret, size_t capacity)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t body = (capacity + page - 1) / page * page;
	const size_t total = body + 2 * page;
	uint8_t *map;

	map = mmap(NULL, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return SY_ERR_NOMEM;
	/* A page that would show in a core dump is refused like no page. */
	if (mprotect(map + page, body, PROT_READ | PROT_WRITE) != 0 ||
	    madvise(map, total, MADV_DONTDUMP) != 0) {
		(void)munmap(map, total);
		return SY_ERR_NOMEM;
	}
	secret->locked = mlock(map + page, body) == 0;
	secret->map = map;
	secret->map_len = total;
	secret->bytes = map + page + body - capacity;
	secret->capacity = capacity;
	return SY_OK;
}

enum sy_err
sy_secret_new(size_t capacity, struct sy_secret **ret_secret)
{
	struct sy_secret *secret;
	enum sy_err err;

	if (capacity == 0 || capacity > CAPACITY_MAX)
		return SY_ERR_ARG;
	if ((secret = calloc(1, sizeof(*secret))) == NULL)
		return SY_ERR_NOMEM;
	if ((err = map_pages(secret, capacity)) != SY_OK) {
		free(secret);
		return err;
	}
	*ret_secret = secret;
	return SY_OK;
}

void
sy_secret_free(struct sy_secret **secret)
{
	struct sy_secret *s;

	if (secret == NULL || (s = *secret) == NULL)
		return;
	*secret = NULL;
	sy_memzero(s->bytes, s->capacity);
	/* Unmapping unlocks. */
	(void)munmap(s->map, s->map_len);
	sy_memzero(s, sizeof(*s));
	free(s);
}

enum sy_err
sy_secret_append(struct sy_secret *secret, const void *bytes, size_t len)
{
	if (len > secret->capacity - secret->len)
		return SY_ERR_LIMIT;
	if (len != 0)
		memcpy(secret->bytes + secret->len, bytes, len);
	secret->len += len;
	return SY_OK;
}

void
sy_secret_clear(struct sy_secret *secret)
{
	sy_memzero(secret->bytes, secret->capacity);
	secret->len = 0;
}

const uint8_t *
sy_secret_bytes(const struct sy_secret *secret)
{
	return secret->bytes;
}

size_t
sy_secret_len(const struct sy_secret *secret)
{
	return secret->len;
}

size_t
sy_secret_capacity(const struct sy_secret *secret)
{
	return secret->capacity;
}

bool
sy_secret_is_locked(const struct sy_secret *secret)
{
	return secret->locked;
}

bool
sy_secret_equal(const struct sy_secret *a, const struct sy_secret *b)
{
	return a->len == b->len && sy_memequal(a->bytes, b->bytes, a->len);
}

bool
sy_memequal(const void *a, const void *b, size_t len)
{
	/* Volatile keeps the compiler from leaving the loop early. */
	const volatile uint8_t *pa = a;
	const volatile uint8_t *pb = b;
	volatile uint8_t differ = 0;

	for (size_t i = 0; i < len; i++)
		differ = (uint8_t)(differ | (pa[i] ^ pb[i]));
	return differ == 0;
}

void
sy_memzero(void *p, size_t len)
{
	if (len != 0)
		explicit_bzero(p, len);
}
