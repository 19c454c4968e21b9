/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "listen.h"
#include "log.h"

#define BACKLOG       64
#define DIALOGUES_MAX 64
/* Of these, some are kept for root: login must work when a user's own
 * programs hold all the others. */
#define DIALOGUES_ROOT 32
/* A person has one screen to unlock; the others' turn must come. */
#define DIALOGUES_USER 4

struct listener {
	struct services *services;
	struct sockaddr_un name;
	struct event *readable;
	int fd;
};

bool
listen_has_room(const struct services *s, uid_t uid)
{
	if (uid == 0)
		return s->dialogues < DIALOGUES_MAX;
	return s->dialogues < DIALOGUES_MAX - DIALOGUES_ROOT &&
	    dialogue_count(uid) < DIALOGUES_USER;
}

static void
on_connect(evutil_socket_t listening, short what, void *arg)
{
	struct listener *l = arg;
	struct ucred peer;
	socklen_t len = sizeof(peer);
	enum sy_err err;
	int fd;

	(void)what;
	fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 ||
	    len != sizeof(peer) || !listen_has_room(l->services, peer.uid)) {
		log_warn("caller: not taken: too many, or nobody known");
		(void)close(fd);
		return;
	}
	if ((err = dialogue_open(l->services, fd, peer.uid, peer.pid)) != SY_OK)
		log_err("caller: not taken: %s", sy_err_text(err));
}

/* A socket that nobody listens on is left over from a crash. */
static enum sy_err
remove_stale(const struct sockaddr_un *name)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool alive;

	if (fd < 0)
		return SY_ERR_IO;
	alive = connect(fd, (const struct sockaddr *)name, sizeof(*name)) == 0;
	(void)close(fd);
	if (alive)
		return SY_ERR_EXISTS;
	if (unlink(name->sun_path) != 0 && errno != ENOENT)
		return SY_ERR_IO;
	return SY_OK;
}

static enum sy_err
bind_socket(struct listener *l)
{
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0 ||
	    bind(l->fd, (const struct sockaddr *)&l->name, sizeof(l->name)) !=
		0 ||
	    chmod(l->name.sun_path, 0666) != 0 || listen(l->fd, BACKLOG) != 0)
		return SY_ERR_IO;
	return SY_OK;
}

enum sy_err
listen_open(struct services *services, const char *path,
    struct listener **ret_listener)
{
	SY_AUTO(listen_close) struct listener *l = calloc(1, sizeof(*l));
	enum sy_err err;

	if (l == NULL)
		return SY_ERR_NOMEM;
	l->services = services;
	l->fd = -1;
	l->name.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(l->name.sun_path))
		return SY_ERR_LIMIT;
	memcpy(l->name.sun_path, path, strlen(path) + 1);
	if ((err = remove_stale(&l->name)) != SY_OK ||
	    (err = bind_socket(l)) != SY_OK) {
		if (err == SY_ERR_EXISTS)
			log_err("%s: another agent listens there", path);
		else
			log_err("%s: %m", path);
		return err;
	}
	l->readable = event_new(services->base, l->fd, EV_READ | EV_PERSIST,
	    on_connect, l);
	if (l->readable == NULL || event_add(l->readable, NULL) != 0)
		return SY_ERR_NOMEM;
	*ret_listener = l;
	l = NULL;
	return SY_OK;
}

void
listen_close(struct listener **listener)
{
	struct listener *l = *listener;

	if (l == NULL)
		return;
	*listener = NULL;
	if (l->readable != NULL)
		event_free(l->readable);
	if (l->fd >= 0) {
		(void)close(l->fd);
		if (l->readable != NULL)
			(void)unlink(l->name.sun_path);
	}
	free(l);
}
