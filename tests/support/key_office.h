/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KEY_OFFICE_H
#define KEY_OFFICE_H

#include "tests/support/fido2_maker.h"
#include "tests/support/office.h"

/*
 * What an office that takes FIDO2 keys has besides: a metadata service and a
 * maker of keys of their own, for tests.
 */
#define KEY_RP_ID  OFFICE_RP_ID
#define KEY_ORIGIN OFFICE_ORIGIN

/* Models, by the byte that their AAGUID repeats. */
enum key_model {
	KEY_MODEL_PIN = 0x11,    /* "Plain Key": PIN alone */
	KEY_MODEL_FINGER = 0x22, /* "Finger Key": fingerprint or PIN */
	KEY_MODEL_BAD = 0x33,    /* "Bad Key": revoked */
	KEY_MODEL_OLD = 0x44,    /* "Old Key": firmware below 5 is not good */
	KEY_MODEL_SHUT = 0x55,   /* "Shut Key": denied by key_policy */
	KEY_MODEL_NEW = 0x66,    /* in no metadata */
};
#define KEY_MODEL_COUNT 5 /* in the metadata */

struct key_office {
	struct office *office;
	X509 *service; /* root of the metadata; its key is P-384 */
	X509 *maker;   /* root of all models; its key is P256_OTHER */
	struct maker_model models[KEY_MODEL_COUNT];
};

/* Everywhere fido2-uv, or fido2-bio of a Finger Key. */
extern const char key_policy[];

/* Take keys from now on; no metadata are in force yet. */
void key_office_open(struct key_office *k, struct office *office);
void key_office_close(struct key_office *k);

/* A file with all models, as they stand in ${k}; free(). */
char *key_blob(const struct key_office *k, int number, size_t padding);
/* Import it as sanyosoctl does; returns the last answer's status. Clear
 * ${ret} where it is 200. */
unsigned int key_import(struct desk *operators, const char *blob,
    struct sy_model_list *ret);
/* Import number ${number}; must go well. */
void key_import_number(const struct key_office *k, struct desk *operators,
    int number);

#endif /* KEY_OFFICE_H */
