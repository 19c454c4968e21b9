/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VC_STORE_H
#define VC_STORE_H

#include "card.h"

/*
 * The kept state of a card as lines of text in the file "card" of its folder.
 * Readable by shell tests; test cards hold no secret of anybody.
 */
#define VC_STORE_FILE "card"

/* Write to a new file and rename it over the old one. IO. */
SY_MUST_USE enum sy_err vc_store_save(const struct vc_card *card, int dirfd);

/*
 * Read a card; it saves into ${dirfd} from then on (which the caller keeps
 * open). NOT_FOUND without a file, FORMAT with the line number in
 * ${reterr_line} if one is not understood.
 */
SY_MUST_USE enum sy_err vc_store_load(int dirfd, struct vc_card **ret,
    unsigned int *reterr_line);

#endif /* VC_STORE_H */
