/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VK_TELL_H
#define VK_TELL_H

#include "script.h"
#include "tests/vcard/wire.h"

/* What a control socket tells and changes of a key itself. */

/* One line for each counter and each kind of try; no "ok" behind. */
void vk_tell_counts(const struct vk_key *key, struct vc_answer *a);

/*
 * touch, finger, patience, delay, fault, odd, firmware, counter, tries,
 * uv-tries, reset: see README.md. True if ${word} is one of them; the answer is
 * complete then.
 */
bool vk_tell(struct vk_scene *scene, const char *word, const char *rest,
    struct vc_answer *a);

#endif /* VK_TELL_H */
