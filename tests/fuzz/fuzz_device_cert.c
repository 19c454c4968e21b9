/* SPDX-License-Identifier: Apache-2.0 */
/* The walk to a certificate's public key. */
#include <stdlib.h>

#include "lib/possession/device/spki.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	enum sy_key_alg alg = SY_KEY_NONE;
	const uint8_t *spki;
	size_t n;

	if (spki_alg(data, len, &alg) == SY_OK && len > SY_SPKI_SIZE_MAX)
		abort();
	if (spki_of_cert(data, len, &spki, &n) != SY_OK)
		return 0;
	if (spki < data || spki + n > data + len || n < 2)
		abort();
	if (spki_alg(spki, n, &alg) == SY_OK &&
	    (alg == SY_KEY_NONE || n > SY_SPKI_SIZE_MAX))
		abort();
	return 0;
}
