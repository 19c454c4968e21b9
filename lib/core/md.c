/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/core/md_int.h"

#include <stdatomic.h>

/* OpenSSL frees what ${kept} points to when the program ends. */
static const EVP_MD *
fetch(_Atomic(EVP_MD *) *kept, const char *name)
{
	EVP_MD *md = atomic_load(kept);
	EVP_MD *mine;

	if (md != NULL)
		return md;
	if ((mine = EVP_MD_fetch(NULL, name, NULL)) == NULL)
		return NULL;
	if (atomic_compare_exchange_strong(kept, &md, mine))
		return mine;
	EVP_MD_free(mine); /* another thread was quicker */
	return md;
}

const EVP_MD *
sy_md_sha256(void)
{
	static _Atomic(EVP_MD *) kept;

	return fetch(&kept, "SHA256");
}

const EVP_MD *
sy_md_sha384(void)
{
	static _Atomic(EVP_MD *) kept;

	return fetch(&kept, "SHA384");
}
