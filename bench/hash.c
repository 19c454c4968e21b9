/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash: what libsodium's argon2id gives by itself, or with its memory kept from
 * one hash to the next (as server/hasher/arena.c does, here for each thread).
 *
 *   hash MEMORY-KIB PASSES THREADS SECONDS [kept]
 *
 * Prints hashes a second.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sodium.h>

#include "bench/tls.h"

#define THREADS_MAX 64

static size_t memory;
static unsigned long long passes;
static double stop_at;
static atomic_ulong hashes;

/* libsodium calls these by name; the executable's come before libc's. */
static bool keep;
static _Thread_local void *kept;
static _Thread_local bool hashing;

__attribute__((visibility("default"))) void *
mmap(void *address, size_t length, int protection, int flags, int fd,
    off_t offset)
{
	if (hashing && kept != NULL && length == memory)
		return kept;
	void *p = (void *)syscall(SYS_mmap, address, length, protection, flags,
	    fd, offset);
	if (hashing && length == memory && p != MAP_FAILED)
		kept = p;
	return p;
}

__attribute__((visibility("default"))) int
munmap(void *address, size_t length)
{
	if (address != NULL && address == kept)
		return 0;
	return (int)syscall(SYS_munmap, address, length);
}

static void *
work(void *unused)
{
	static const unsigned char salt[crypto_pwhash_argon2id_SALTBYTES];
	static const char text[] = "Kita-3 no machi!";
	unsigned char out[32];

	(void)unused;
	hashing = keep;
	while (bench_now() < stop_at) {
		if (crypto_pwhash_argon2id(out, sizeof(out), text,
			sizeof(text) - 1, salt, passes, memory,
			crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
			bench_die("out of memory");
		atomic_fetch_add(&hashes, 1);
	}
	hashing = false;
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t thread[THREADS_MAX];
	unsigned long threads;
	double begun;

	keep = argc == 6 && strcmp(argv[5], "kept") == 0;
	if (argc != (keep ? 6 : 5) || sodium_init() < 0 ||
	    (threads = strtoul(argv[3], NULL, 10)) == 0 ||
	    threads > THREADS_MAX)
		bench_die("usage: hash MEMORY-KIB PASSES THREADS SECONDS "
			  "[kept]");
	memory = strtoul(argv[1], NULL, 10) * 1024;
	passes = strtoull(argv[2], NULL, 10);
	begun = bench_now();
	stop_at = begun + strtod(argv[4], NULL) * 1e6;
	for (unsigned long i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, work, NULL) != 0)
			bench_die("thread");
	for (unsigned long i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	printf("%.1f\n",
	    (double)atomic_load(&hashes) * 1e6 / (bench_now() - begun));
	return 0;
}
