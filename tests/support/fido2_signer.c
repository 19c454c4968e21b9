/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fido2_signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/keymaker.h"

#define FLAG_EXTENSIONS 0x80

/* What stands in ${b} to ${out}, which has ${room}. */
static size_t
keep(const struct blob *b, uint8_t *out, size_t room)
{
	if (b->len > room) {
		(void)fprintf(stderr, "fido2_signer: %zu bytes, not %zu\n",
		    b->len, room);
		abort();
	}
	memcpy(out, b->data, b->len);
	return b->len;
}

static void
write_authdata(const struct signer_says *says, struct signer_signed *ret)
{
	struct blob b = { .len = 0 }, uvm = { .len = 0 };
	const bool extended = says->uvm_count > 0;
	const struct keymaker_authdata what = { .rp_id = says->rp_id,
		.flags = says->flags | (extended ? FLAG_EXTENSIONS : 0u),
		.counter = says->counter,
		.aaguid = says->aaguid,
		.id = says->id,
		.id_len = says->id_len,
		.key = says->made,
		.extensions = extended ? &uvm : NULL };

	if (extended)
		keymaker_uvm(&uvm, says->uvm, says->uvm_count);
	keymaker_authdata(&b, &what);
	ret->authdata_len = keep(&b, ret->authdata, sizeof(ret->authdata));
}

void
signer_sign_again(EVP_PKEY *key, struct signer_signed *ret)
{
	struct blob authdata = { .len = 0 }, client = { .len = 0 }, sig;

	blob_add(&authdata, ret->authdata, ret->authdata_len);
	blob_add(&client, ret->client_data, ret->client_data_len);
	keymaker_sign(&sig, key, &authdata, &client);
	ret->signature_len = keep(&sig, ret->signature, sizeof(ret->signature));
}

void
signer_sign(EVP_PKEY *key, const struct signer_says *says,
    struct signer_signed *ret)
{
	struct blob client = { .len = 0 };

	keymaker_client_data(&client, says->type, says->challenge,
	    says->origin);
	ret->client_data_len =
	    keep(&client, ret->client_data, sizeof(ret->client_data));
	write_authdata(says, ret);
	signer_sign_again(key, ret);
}
