/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VK_SCRIPT_H
#define VK_SCRIPT_H

#include "fault.h"

/*
 * What the person at a key will do, as words. Each time the key waits one word
 * is used up; the last one stays.
 *
 *   yes      touch it, or put on a learned finger
 *   right    the same
 *   wrong    a finger that nobody has learned
 *   N        finger number N (0 to 9)
 *   no       refuse
 *   wait     do nothing until other words come, or the patience ends
 *   none     do nothing until the patience ends
 *   too-high too-low too-left too-right too-fast too-slow poor skewed short
 *   merge exists   a sample that is no good
 */
#define VK_SCRIPT_MAX 64U

enum vk_act { VK_ACT_TOUCH, VK_ACT_REFUSE, VK_ACT_WAIT, VK_ACT_NONE };

struct vk_word {
	enum vk_act act;
	struct vk_touch touch;
};

struct vk_script {
	struct vk_word words[VK_SCRIPT_MAX];
	size_t n, at;
};

/* A key with its person and what goes wrong, whatever the transport. */
struct vk_scene {
	struct vk_key *key;
	struct vk_faults faults;
	struct vk_script touch, finger;
	long long patience_ms; /* how long the key waits for the person */
	long long delay_ms;    /* how long the person takes */
};

/* A person who does everything at once. */
void vk_scene_reset(struct vk_scene *scene, struct vk_key *key);
/*
 * Is there a deed after ${waited} milliseconds? Then ${ret} is it, ${ret_touch}
 * what was put on, and its word is used up. ${script} is one of ${scene}.
 */
bool vk_scene_acts(const struct vk_scene *scene, struct vk_script *script,
    long long waited, enum vk_deed *ret, struct vk_touch *ret_touch);

/* "yes" for ever. */
void vk_script_reset(struct vk_script *s);
/* Replace the words. FORMAT, LIMIT: nothing is changed then. */
SY_MUST_USE enum sy_err vk_script_set(struct vk_script *s, const char *text);
/* The word whose turn it is. */
const struct vk_word *vk_script_now(const struct vk_script *s);
/* That one is used up. */
void vk_script_used(struct vk_script *s);

#endif /* VK_SCRIPT_H */
