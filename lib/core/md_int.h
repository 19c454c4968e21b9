/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_MD_INT_H
#define SY_MD_INT_H

#include <openssl/evp.h>

/*
 * SHA-256 and SHA-384 (FIPS 180-4), fetched once and kept: EVP_sha256() has
 * each hash look its algorithm up again, which costs more than a short hash and
 * takes a lock. NULL if OpenSSL does not have them. Thread-safe.
 */
const EVP_MD *sy_md_sha256(void);
const EVP_MD *sy_md_sha384(void);

#endif /* SY_MD_INT_H */
