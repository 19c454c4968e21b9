/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash: what libsodium's argon2id gives by itself.
 *
 *   hash MEMORY-KIB PASSES THREADS SECONDS
 *
 * Prints hashes a second.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "bench/tls.h"

#define THREADS_MAX 64

static size_t memory;
static unsigned long long passes;
static double stop_at;
static atomic_ulong hashes;

static void *
work(void *unused)
{
	static const unsigned char salt[crypto_pwhash_argon2id_SALTBYTES];
	static const char text[] = "Kita-3 no machi!";
	unsigned char out[32];

	(void)unused;
	while (bench_now() < stop_at) {
		if (crypto_pwhash_argon2id(out, sizeof(out), text,
			sizeof(text) - 1, salt, passes, memory,
			crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
			bench_die("out of memory");
		atomic_fetch_add(&hashes, 1);
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t thread[THREADS_MAX];
	unsigned long threads;
	double begun;

	if (argc != 5 || sodium_init() < 0 ||
	    (threads = strtoul(argv[3], NULL, 10)) == 0 ||
	    threads > THREADS_MAX)
		bench_die("usage: hash MEMORY-KIB PASSES THREADS SECONDS");
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
