/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VC_FOLDER_H
#define VC_FOLDER_H

#include "cert.h"
#include "wire.h"

/* The folder of a test device, and what its program does there. */

/* Go there; ${make}: make it if there is none. IO. */
SY_MUST_USE enum sy_err vc_folder_enter(const char *dir, bool make);
/* One process per device: two would undo each other's counters. BUSY, IO. */
SY_MUST_USE enum sy_err vc_folder_lock(int *ret_fd);
/* The CA that "vcard ca" left in a folder. As vc_issuer_load; LIMIT. */
SY_MUST_USE enum sy_err vc_folder_issuer(const char *dir,
    struct vc_issuer *ret);
/* Words of a command line with blanks between them. LIMIT. */
SY_MUST_USE enum sy_err vc_folder_join(char **words,
    char ret_line[VC_LINE_MAX]);

#endif /* VC_FOLDER_H */
