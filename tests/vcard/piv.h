/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VC_PIV_H
#define VC_PIV_H

#include "card.h"

/* Shared by the files of the PIV application. */

#define PIV_PIN_LEN 8U

/* Key references, SP 800-73-4 part 1 table 4b. */
enum {
	PIV_KEY_AUTH = 0x9a,
	PIV_KEY_ADMIN = 0x9b,
	PIV_KEY_SIGN = 0x9c,
	PIV_KEY_DECIPHER = 0x9d,
	PIV_KEY_CARD = 0x9e,
};

/* Object tags, SP 800-73-4 part 1 table 3. */
enum {
	PIV_OBJ_DISCOVERY = 0x7e,
	PIV_OBJ_CERT_CARD = 0x5fc101,
	PIV_OBJ_CHUID = 0x5fc102,
	PIV_OBJ_CERT_AUTH = 0x5fc105,
	PIV_OBJ_CCC = 0x5fc107,
	PIV_OBJ_CERT_SIGN = 0x5fc10a,
	PIV_OBJ_CERT_DECIPHER = 0x5fc10b,
};

/* Management key algorithms. */
enum {
	PIV_MGMT_3DES = 0x03,
	PIV_MGMT_AES128 = 0x08,
	PIV_MGMT_AES192 = 0x0a,
	PIV_MGMT_AES256 = 0x0c,
};

/* When a fresh key in ${ref} asks for the PIN. */
enum vc_policy vc_piv_policy(uint8_t ref);

/* GENERAL AUTHENTICATE with a private key or the management key. */
uint16_t vc_piv_authenticate(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out);
/* The part of it for the management key, ${in} being the inside of 7C. */
uint16_t vc_piv_admin(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_in in, struct vc_bytes *out);

/* GENERATE ASYMMETRIC KEY PAIR, PUT DATA. Both want the management key. */
uint16_t vc_piv_generate(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out);
uint16_t vc_piv_put_data(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out);

/* Yubico's command for a new management key; wants the present one. */
uint16_t vc_piv_set_management(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out);

/* What yubico-piv-tool asks beside the standard: version and serial. */
uint16_t vc_piv_version(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out);
uint16_t vc_piv_serial(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out);

#endif /* VC_PIV_H */
