/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VKEY_DRIVE_H
#define VKEY_DRIVE_H

#include "tests/support/unit.h"
#include "tests/vkey/create.h"
#include "tests/vkey/run.h"
#include "tests/vkey/script.h"

/*
 * For the units of the virtual key: a key with a platform and a person, without
 * a transport. The platform is half a key: it brings the other side of the PIN
 * protocols.
 */
struct rig {
	struct vk_key *key;
	struct vk_key *platform;
	struct vk_scene scene;
	long long now; /* the clock */
	unsigned int protocol;
	struct vk_shared shared;
	uint8_t token[VK_HASH_BYTES];
	uint8_t id[VK_ID_BYTES]; /* of the credential made last */
	struct vc_bytes reply;   /* without the status */
};

#define RIG_RP  "city.example"
#define RIG_PIN "135790"

/* A key with ${RIG_PIN}, self attestation; powered. */
struct rig *rig_new(void);
/* The same with a sensor that knows finger 1. */
struct rig *rig_new_sensor(void);
void rig_free(struct rig **rig);
/* Fixtures of cmocka: the state is the rig. */
int rig_setup(void **state);
int rig_setup_sensor(void **state);
int rig_teardown(void **state);

/* A command as it is. */
uint8_t rig_send(struct rig *rig, const void *p, size_t len);
/* ${code} and a map whose members are in ${members}. */
uint8_t rig_map(struct rig *rig, uint8_t code, unsigned int n,
    const struct vc_bytes *members);
/* A token by PIN or by finger; 9 and 6. */
uint8_t rig_pin(struct rig *rig, const char *pin, unsigned int permissions);
uint8_t rig_finger(struct rig *rig, unsigned int permissions);
uint8_t rig_set_pin(struct rig *rig, const char *pin);
uint8_t rig_change_pin(struct rig *rig, const char *old, const char *fresh);
/* getPINRetries */
unsigned int rig_tries(struct rig *rig, bool *ret_power);

/* What a command brings along. */
enum rig_with { RIG_NOTHING, RIG_TOKEN, RIG_UV };
uint8_t rig_make(struct rig *rig, enum rig_with with, bool resident);
/* ${listed}: the credential made last is in the allow list. */
uint8_t rig_assert(struct rig *rig, enum rig_with with, bool listed);
/* A member of the last reply; NULL if it is not there. */
const struct vk_item *rig_member(struct rig *rig, int64_t key);
/* Flags and counter of the authenticator data in the last reply. */
uint8_t rig_flags(struct rig *rig);
unsigned long rig_counter(struct rig *rig);
void rig_does(struct rig *rig, const char *touch, const char *finger);

#endif /* VKEY_DRIVE_H */
