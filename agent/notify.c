/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"
#include "notify.h"

static struct sockaddr_un manager;
static socklen_t manager_len;

void
notify_open(void)
{
	const char *name = secure_getenv("NOTIFY_SOCKET");
	const size_t len = name != NULL ? strlen(name) : 0;

	/* A path, or "@" and an abstract name (unix(7)). */
	if (len < 2 || len >= sizeof(manager.sun_path) ||
	    (name[0] != '/' && name[0] != '@'))
		return;
	manager.sun_family = AF_UNIX;
	memcpy(manager.sun_path, name, len + 1);
	if (name[0] == '@')
		manager.sun_path[0] = '\0';
	manager_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	(void)unsetenv("NOTIFY_SOCKET");
}

void
notify_state(const char *state)
{
	int fd;

	if (manager_len == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    sendto(fd, state, strlen(state), MSG_NOSIGNAL,
		(const struct sockaddr *)&manager, manager_len) < 0)
		log_warn("the service manager can't be told: %s", state);
	if (fd >= 0)
		(void)close(fd);
}
