/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "server/paths.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

enum sy_err
paths_under(const struct paths *paths, const char *path, char ret[PATH_SIZE])
{
	int n;

	if (path[0] != '/')
		return SY_ERR_ARG;
	n = snprintf(ret, PATH_SIZE, "%s%s", paths->root, path);
	return n < 0 || n >= PATH_SIZE ? SY_ERR_LIMIT : SY_OK;
}

static enum sy_err
set_root(struct paths *paths, const char *root, struct sy_error *reterr)
{
	size_t len = root == NULL ? 0 : strlen(root);

	while (len > 0 && root[len - 1] == '/')
		len--;
	if (len == 0) {
		paths->root[0] = '\0';
		return SY_OK;
	}
	if (root[0] != '/')
		return sy_error_set(reterr, SY_ERR_ARG, root,
		    "the root must be an absolute path");
	if (len >= sizeof(paths->root))
		return sy_error_set(reterr, SY_ERR_LIMIT, root,
		    "the root's path is too long");
	memcpy(paths->root, root, len);
	paths->root[len] = '\0';
	return SY_OK;
}

enum sy_err
paths_init(const char *root, struct paths *ret, struct sy_error *reterr)
{
	struct paths p = { .root = "" };
	enum sy_err err;

	if ((err = set_root(&p, root, reterr)) != SY_OK)
		return err;

	const struct {
		const char *path;
		char *out;
	} place[] = {
		{ "/etc/sanyoso/server.conf", p.config },
		{ "/etc/sanyoso/policy.conf", p.policy },
		{ "/var/lib/sanyoso/server", p.state },
		{ "/var/lib/sanyoso/server/sanyoso.db", p.database },
		{ "/var/lib/sanyoso/server/tls.pem", p.tls },
		{ "/var/lib/sanyoso/server/keeper", p.keeper },
		{ "/var/lib/sanyoso/server/keeper-lost", p.lost },
		{ "/run/sanyoso/server", p.run },
		{ "/run/sanyoso/server/admin.sock", p.admin },
		{ SY_DATADIR "/blocklist.txt", p.words },
	};

	for (size_t i = 0; i < SY_COUNT(place); i++)
		if (paths_under(&p, place[i].path, place[i].out) != SY_OK)
			return sy_error_set(reterr, SY_ERR_LIMIT, p.root,
			    "the root's path is too long");
	if (strlen(p.admin) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return sy_error_set(reterr, SY_ERR_LIMIT, p.admin,
		    "the path is too long for a socket: use a shorter root");
	*ret = p;
	return SY_OK;
}
