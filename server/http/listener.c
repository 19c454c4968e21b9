/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <event2/listener.h>

#include "server/identity/admission.h"
#include "server/log.h"

#define BACKLOG 1024

struct listener {
	enum listener_kind kind;
	const struct config_listen *config;
	int fd[CONFIG_ENDPOINTS_MAX];
	struct evconnlistener *ev[CONFIG_ENDPOINTS_MAX];
	size_t count;
	struct connection_pool *pool;
	struct tls *tls;
	uid_t uid;
	uint64_t outsiders;
	time_t told; /* when something was last logged here */
};

static enum sy_err
bind_failed(struct sy_error *reterr, const char *place, const char *what)
{
	const int e = errno;

	return sy_error_set(reterr, SY_ERR_NET, place, "%s: %s", what,
	    strerrordesc_np(e));
}

/* A listening socket of its own, -1 with errno. */
static int
bind_endpoint(const struct endpoint *e)
{
	const int one = 1;
	int fd = socket(e->address.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    (e->address.ss_family == AF_INET6 &&
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) !=
		    0) ||
	    bind(fd, (const struct sockaddr *)&e->address, e->len) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		const int keep = errno;

		(void)close(fd);
		errno = keep;
		return -1;
	}
	return fd;
}

enum sy_err
listener_bind(const struct config_listen *config, enum listener_kind kind,
    struct listener **ret_listener, struct sy_error *reterr)
{
	SY_AUTO(listener_free) struct listener *l = calloc(1, sizeof(*l));
	char place[ENDPOINT_TEXT_SIZE];

	if (l == NULL)
		return SY_ERR_NOMEM;
	l->kind = kind;
	l->config = config;
	for (size_t i = 0; i < config->endpoint_count; i++) {
		const struct endpoint *e = &config->endpoints[i];

		l->fd[i] = bind_endpoint(e);
		if (l->fd[i] < 0) {
			network_peer_text((const struct sockaddr *)&e->address,
			    place);
			return bind_failed(reterr, place, "can't listen here");
		}
		l->count++;
	}
	*ret_listener = l;
	l = NULL;
	return SY_OK;
}

enum sy_err
listener_bind_local(const char *path, struct listener **ret_listener,
    struct sy_error *reterr)
{
	SY_AUTO(listener_free) struct listener *l = calloc(1, sizeof(*l));
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (l == NULL)
		return SY_ERR_NOMEM;
	if (strlen(path) >= sizeof(address.sun_path))
		return sy_error_set(reterr, SY_ERR_LIMIT, path,
		    "too long for a socket");
	memcpy(address.sun_path, path, strlen(path) + 1);
	l->kind = LISTENER_ADMIN;
	l->fd[0] =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd[0] < 0)
		return bind_failed(reterr, path, "can't make a socket");
	l->count = 1;
	/* The ledger's lock keeps a second server away before it gets here. */
	if (unlink(path) != 0 && errno != ENOENT)
		return bind_failed(reterr, path, "can't remove the old socket");
	if (bind(l->fd[0], (const struct sockaddr *)&address,
		sizeof(address)) != 0 ||
	    chmod(path, 0600) != 0 || listen(l->fd[0], BACKLOG) != 0)
		return bind_failed(reterr, path, "can't listen here");
	*ret_listener = l;
	l = NULL;
	return SY_OK;
}

/* Whether a line may be logged now: at most one a second. */
static bool
may_log(struct listener *l)
{
	const time_t now = time(NULL);

	if (l->told == now)
		return false;
	l->told = now;
	return true;
}

static void
set_up_socket(int fd)
{
	const int one = 1;

	/* An answer must not wait for the acknowledgement of the last one, and
	 * a terminal that was switched off must be noticed. Neither failure
	 * does any harm beyond that. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
}

static void
accept_network(struct listener *l, int fd, const struct sockaddr *address)
{
	struct peer peer = { .kind = l->kind };
	enum sy_err err = SY_ERR_NOMEM;
	SSL *ssl;

	network_peer_text(address, peer.address);
	if (!network_contains(l->config->networks, l->config->network_count,
		address)) {
		(void)evutil_closesocket(fd);
		l->outsiders++;
		admission_refused(l->pool->server, &peer, "network");
		return;
	}
	set_up_socket(fd);
	ssl = tls_accept(l->tls, l->kind == LISTENER_TERMINALS);
	if (ssl == NULL)
		(void)evutil_closesocket(fd);
	else
		err = connection_open(l->pool, fd, ssl, &peer);
	if (err != SY_OK && may_log(l))
		log_warn("%s: connection refused: %s", peer.address,
		    sy_err_text(err));
}

static void
accept_local(struct listener *l, int fd)
{
	struct peer peer = { .kind = LISTENER_ADMIN };
	struct ucred cred;
	socklen_t len = sizeof(cred);
	enum sy_err err;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0 ||
	    len != sizeof(cred) || (cred.uid != 0 && cred.uid != l->uid)) {
		(void)evutil_closesocket(fd);
		if (may_log(l))
			log_warn("a local peer who is not root was refused");
		return;
	}
	(void)snprintf(peer.address, sizeof(peer.address), "local");
	peer.uid = cred.uid;
	err = connection_open(l->pool, fd, NULL, &peer);
	if (err != SY_OK && may_log(l))
		log_warn("local connection refused: %s", sy_err_text(err));
}

static void
on_accept(struct evconnlistener *ev, evutil_socket_t fd,
    struct sockaddr *address, int len, void *ctx)
{
	struct listener *l = ctx;

	(void)ev;
	(void)len;
	if (l->kind == LISTENER_ADMIN)
		accept_local(l, fd);
	else
		accept_network(l, fd, address);
}

static void
on_accept_error(struct evconnlistener *ev, void *ctx)
{
	const int e = EVUTIL_SOCKET_ERROR();
	struct listener *l = ctx;

	(void)ev;
	if (may_log(l))
		log_warn("accept: %s", strerrordesc_np(e));
}

enum sy_err
listener_start(struct listener *l, struct tls *tls,
    struct connection_pool *pool, uid_t uid)
{
	l->tls = tls;
	l->pool = pool;
	l->uid = uid;
	for (size_t i = 0; i < l->count; i++) {
		l->ev[i] = evconnlistener_new(pool->base, on_accept, l,
		    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, l->fd[i]);
		if (l->ev[i] == NULL)
			return SY_ERR_NOMEM;
		evconnlistener_set_error_cb(l->ev[i], on_accept_error);
	}
	return SY_OK;
}

void
listener_stop(struct listener *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->ev[i] != NULL)
			(void)evconnlistener_disable(l->ev[i]);
}

void
listener_free(struct listener **listener)
{
	struct listener *l = *listener;

	if (l == NULL)
		return;
	for (size_t i = 0; i < l->count; i++) {
		if (l->ev[i] != NULL)
			evconnlistener_free(l->ev[i]);
		else
			(void)close(l->fd[i]);
	}
	free(l);
	*listener = NULL;
}

uint64_t
listener_outsiders(const struct listener *l)
{
	return l->outsiders;
}
