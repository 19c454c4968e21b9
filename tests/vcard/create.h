/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VC_CREATE_H
#define VC_CREATE_H

#include "card.h"
#include "cert.h"

/* How to personalise a card; every member has a default. */
struct vc_recipe {
	enum vc_alg alg;
	const char *subject;
	const char *pin;        /* user authentication / PIV PIN */
	const char *sign_pin;   /* JPKI signature PIN */
	const char *puk;        /* PIV */
	unsigned int tries;     /* of the first PIN */
	unsigned int left;      /* 0 = all of them */
	const char *mgmt;       /* "3des", "aes128", "aes192", "aes256" */
	const char *mgmt_key;   /* hexadecimal, NULL = the makers' default */
	const char *atr;        /* a name of vc_atr_names() or hexadecimal */
	const char *open_keys;  /* "9a,9c": these sign without PIN; JPKI "17" */
	const char *other_cert; /* "9a": certificate over another key */
	bool empty;             /* PIV: no keys and certificates */
	bool bare_cert;         /* PIV: the object is the certificate alone */
	int from_days, to_days; /* validity of the certificates */
	/* Taken as they are: proto, no_le, quirks, uid. */
	struct vc_card *card;
};

/*
 * Make the keys and certificates of ${recipe}->card and write them as PEM
 * (cert-9a.pem, cert-auth.pem) into ${dirfd}, which -1 leaves out. Returns what
 * failed.
 */
SY_MUST_USE enum sy_err vc_create(const struct vc_recipe *recipe,
    const struct vc_issuer *issuer, int dirfd);

/* The named ATRs, separated by blanks. */
const char *vc_atr_names(void);

#endif /* VC_CREATE_H */
