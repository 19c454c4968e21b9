/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "paths.h"

enum sy_err
paths_make(const char *root, struct paths *ret)
{
	static const char socket_name[] = "/run/sanyoso/agent/agent.sock";
	const size_t len = strlen(root);
	struct sockaddr_un sun;

	if (len > 0 && (root[0] != '/' || root[len - 1] == '/'))
		return SY_ERR_ARG;
	/* The socket's name is the shortest limit: it covers the others. */
	if (len + sizeof(socket_name) > sizeof(sun.sun_path))
		return SY_ERR_LIMIT;

	const struct {
		char *out;
		const char *path;
	} all[] = {
		{ ret->config, "/etc/sanyoso/agent.conf" },
		{ ret->state_top, "/var/lib/sanyoso" },
		{ ret->state, "/var/lib/sanyoso/agent" },
		{ ret->identity, "/var/lib/sanyoso/agent/identity.pem" },
		{ ret->ca, "/var/lib/sanyoso/agent/ca.pem" },
		{ ret->joined, "/var/lib/sanyoso/agent/joined.conf" },
		{ ret->run_top, "/run/sanyoso" },
		{ ret->run, "/run/sanyoso/agent" },
		{ ret->sessions, "/run/sanyoso/agent/sessions" },
		{ ret->socket, socket_name },
	};

	for (size_t i = 0; i < SY_COUNT(all); i++)
		(void)snprintf(all[i].out, PATHS_SIZE, "%s%s", root,
		    all[i].path);
	return SY_OK;
}
