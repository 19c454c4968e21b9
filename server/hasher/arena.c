/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libsodium maps the working memory of each hash anew and unmaps it afterwards;
 * it has no way to be handed one. To have the kernel find, clear and map tens
 * of thousands of pages takes two to three times as long as the hash itself. So
 * this program defines mmap and munmap: libsodium calls them by name through
 * its PLT, and the executable's come before the C library's. They are the bare
 * system calls but for one mapping, which stays.
 *
 * The C library does not call them by name: malloc's memory is not concerned.
 */
#include "server/hasher/arena.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sanyoso/secret.h>

#include "lib/core/sanitized.h"

static struct {
	void *base;         /* NULL: none */
	size_t size;        /* of it */
	size_t expected;    /* what the hash will ask for; 0: nothing */
	bool used;          /* by a hash that is under way */
	bool written;       /* since it was wiped */
	unsigned int spare; /* hashes since one took all of it */
	bool took;
} arena;

#define KIB 1024U
/* Of blocks of a KiB, argon2 takes a multiple of four (RFC 9106 section 3.2,
 * one lane). */
#define BLOCKS_STEP 4U

void
arena_expect(uint32_t memory)
{
	const size_t size = (size_t)(memory / BLOCKS_STEP * BLOCKS_STEP) * KIB;

	/* One that is larger does: sizes that take turns find it there. It does
	 * not stay for ever where one hash that large came once. */
	arena.spare = arena.size > size ? arena.spare + 1 : 0;
	if (arena.size < size || arena.spare == ARENA_SPARE)
		arena_release();
	arena.expected = size;
	arena.took = false;
}

bool
arena_took(void)
{
	return arena.took;
}

size_t
arena_size(void)
{
	return arena.size;
}

void
arena_wipe(void)
{
	if (arena.base != NULL && arena.written)
		sy_memzero(arena.base, arena.size);
	arena.written = false;
}

/* Sanitizers have a mmap of their own, and system calls that differ would need
 * another way: such a program hashes as slowly as libsodium does by itself. */
#if defined(__LP64__) && !SY_SANITIZED

static void *
system_map(void *address, size_t length, int protection, int flags, int fd,
    off_t offset)
{
	return (void *)syscall(SYS_mmap, address, length, protection, flags, fd,
	    offset);
}

void
arena_release(void)
{
	arena_wipe();
	if (arena.base != NULL)
		(void)syscall(SYS_munmap, arena.base, arena.size);
	arena.base = NULL;
	arena.size = 0;
	arena.spare = 0;
	arena.used = false;
}

static bool
is_ours(const void *address, size_t length, int protection, int flags, int fd)
{
	return address == NULL && fd == -1 && length == arena.expected &&
	    length != 0 && !arena.used &&
	    protection == (PROT_READ | PROT_WRITE) &&
	    (flags & (MAP_PRIVATE | MAP_ANONYMOUS)) ==
	    (MAP_PRIVATE | MAP_ANONYMOUS);
}

/* The kept mapping, made if there is none. */
static void *
take(int protection, int flags)
{
	void *base = arena.base;

	if (base == NULL) {
		base =
		    system_map(NULL, arena.expected, protection, flags, -1, 0);
		if (base == MAP_FAILED)
			return base;
		(void)madvise(base, arena.expected, MADV_DONTDUMP);
		arena.base = base;
		arena.size = arena.expected;
	}
	arena.used = arena.written = arena.took = true;
	return base;
}

__attribute__((visibility("default"))) void *
mmap(void *address, size_t length, int protection, int flags, int fd,
    off_t offset)
{
	if (is_ours(address, length, protection, flags, fd))
		return take(protection, flags);
	return system_map(address, length, protection, flags, fd, offset);
}

__attribute__((visibility("default"))) int
munmap(void *address, size_t length)
{
	if (address != NULL && address == arena.base && arena.used &&
	    length == arena.expected) {
		arena.used = false;
		return 0;
	}
	return (int)syscall(SYS_munmap, address, length);
}

#else

void
arena_release(void)
{
}

#endif
