/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VC_JPKI_H
#define VC_JPKI_H

/* Elementary files of the JPKI application. */
enum {
	JPKI_EF_SIGN_CERT = 0x0001,
	JPKI_EF_SIGN_CA = 0x0002,
	JPKI_EF_TOKEN = 0x0006,
	JPKI_EF_AUTH_CERT = 0x000a,
	JPKI_EF_AUTH_CA = 0x000b,
	JPKI_EF_AUTH_KEY = 0x0017,
	JPKI_EF_AUTH_PIN = 0x0018,
	JPKI_EF_SIGN_KEY = 0x001a,
	JPKI_EF_SIGN_PIN = 0x001b,
};

#define JPKI_TOKEN_LEN 32U

#endif /* VC_JPKI_H */
