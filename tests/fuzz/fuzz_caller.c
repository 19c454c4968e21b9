/* SPDX-License-Identifier: Apache-2.0 */
/* What a caller sends to the agent's socket, with no server to be asked. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/sessions.h"
#include "agent/text.h"
#include "tests/support/agent_lab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct agent_lab lab;
static struct services services = { .origin = &origin_system };

static enum sy_err
no_worker(void *arg, int *ret_fd)
{
	(void)arg;
	(void)ret_fd;
	return SY_ERR_CLOSED;
}

static void
on_idle(void *owner)
{
	(void)owner;
}

static void
open_services(void)
{
	text_open("/nonexistent", SY_LANG_EN);
	agent_lab_open(&lab);
	settings_defaults(&services.settings);
	services.credentials = &lab.credentials;
	services.base = event_base_new();
	services.idle = on_idle;
	if (services.base == NULL ||
	    link_new(services.base, &services.settings, &lab.credentials,
		&services.link) != SY_OK ||
	    device_new(services.base, no_worker, NULL, &services.device) !=
		SY_OK ||
	    accounts_new(services.base, &services.accounts) != SY_OK ||
	    evidence_new(&services.evidence) != SY_OK ||
	    sessions_new(&services, NULL, &services.sessions) != SY_OK)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	int fds[2];

	if (services.base == NULL)
		open_services();
	if (len == 0 || len > 8192)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
		abort();
	/* The first byte says who calls. */
	if (send(fds[1], data + 1, len - 1, MSG_NOSIGNAL) < 0 ||
	    dialogue_open(&services, fds[0], data[0] & 1U ? 1000 : 0, 0) !=
		SY_OK)
		abort();
	for (int i = 0; i < 8; i++)
		(void)event_base_loop(services.base, EVLOOP_NONBLOCK);
	(void)close(fds[1]);
	for (int i = 0; i < 8 && services.dialogues > 0; i++)
		(void)event_base_loop(services.base, EVLOOP_NONBLOCK);
	/* Whoever left is forgotten. */
	if (services.dialogues != 0)
		abort();
	return 0;
}
