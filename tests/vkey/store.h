/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VK_STORE_H
#define VK_STORE_H

#include "key.h"

/*
 * The kept state of a key as lines of text in the file "key" of its folder. A
 * copy of the folder is a clone. Test keys hold no secret of anybody.
 */
#define VK_STORE_FILE "key"

/* Write to a new file and rename it over the old one. IO. */
SY_MUST_USE enum sy_err vk_store_save(const struct vk_key *key, int dirfd);

/*
 * Read a key; it saves into ${dirfd} from then on (which the caller keeps
 * open). NOT_FOUND without a file, FORMAT with the line number in
 * ${reterr_line} if one is not understood.
 */
SY_MUST_USE enum sy_err vk_store_load(int dirfd, struct vk_key **ret,
    unsigned int *reterr_line);

#endif /* VK_STORE_H */
