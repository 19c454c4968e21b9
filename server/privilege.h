/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_PRIVILEGE_H
#define SERVER_PRIVILEGE_H

#include <stdbool.h>
#include <sys/types.h>

#include <sanyoso/err.h>

/* The users that the server's processes become. Started by another user than
 * root, all stay that user. */
struct users {
	bool root; /* we are root now */
	uid_t server_uid;
	gid_t server_gid;
	uid_t keeper_uid;
	gid_t keeper_gid;
};

/* Look up sanyosod and sanyoso-keeper. NOT_FOUND: root, and one is missing. */
SY_MUST_USE enum sy_err privilege_users(struct users *ret,
    struct sy_error *reterr);

/* No core dumps, no tracing, no files for others. First thing in main. PERM.
 */
SY_MUST_USE enum sy_err privilege_harden(void);

/* Become the server's user for good. PERM; the process must then end. */
SY_MUST_USE enum sy_err privilege_drop(const struct users *users);

/* Make ${path} and the directories above it (0755), and give the last one
 * ${mode}, ${uid} and ${gid} (as root). IO. */
SY_MUST_USE enum sy_err privilege_mkdir(const char *path, mode_t mode,
    const struct users *users, uid_t uid, gid_t gid, struct sy_error *reterr);

#endif /* SERVER_PRIVILEGE_H */
