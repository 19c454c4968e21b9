/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#include <openssl/x509.h>

#include "agent/check/check_int.h"
#include "agent/check/words.h"
#include "agent/credentials.h"
#include "agent/privilege.h"
#include "agent/request.h"

/* The agent renews its certificate when a third of its life is left, so an end
 * that is near means that this fails. */
#define WARN_DAYS 30
#define DAY_S     86400
/* A proof counts for 60 seconds; see also hello.c. */
#define CLOCK_WARN_S  5
#define CLOCK_ERROR_S 60

/* One hello on its way. */
struct hello {
	struct event_base *base;
	bool over;
	enum sy_err err;
	bool refused;
	struct sy_failure_reply failure;
	struct sy_hello_reply reply;
	int64_t now; /* our clock when it came */
};

static void
check_end(const struct check *c, const char *path, const char *what,
    int64_t end)
{
	const int64_t left = (end - (int64_t)time(NULL)) / DAY_S;
	const time_t at = (time_t)end;
	char day[32] = "-";
	struct tm tm;

	if (gmtime_r(&at, &tm) != NULL)
		(void)strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	if (end <= (int64_t)time(NULL))
		findings_say(c->out, FINDING_ERROR, "certificate", path,
		    _("Join this terminal again."), _("%s ended on %s."), what,
		    day);
	else if (left < WARN_DAYS)
		findings_say(c->out, FINDING_WARNING, "certificate", path,
		    _("See in the journal why it was not renewed, or join "
		      "this terminal again."),
		    P_("%s ends on %s, in %lld day.",
			"%s ends on %s, in %lld days.", (unsigned long)left),
		    what, day, (long long)left);
	else
		findings_say(c->out, FINDING_OK, "certificate", path, NULL,
		    _("%s ends on %s."), what, day);
}

static void
check_ends(const struct check *c, const struct credentials *credentials)
{
	struct tm tm;

	check_end(c, c->paths->identity, _("The certificate of this terminal"),
	    credentials->not_after);
	if (ASN1_TIME_to_tm(X509_get0_notAfter(credentials->ca), &tm) == 1)
		check_end(c, c->paths->ca, _("The certificate of the CA"),
		    (int64_t)timegm(&tm));
	else
		findings_say(c->out, FINDING_ERROR, "certificate", c->paths->ca,
		    _("Join this terminal again."),
		    _("The CA's certificate has no end that can be read."));
}

static void
check_clock(const struct check *c)
{
	struct timex t = { .modes = 0 };
	const int state = adjtimex(&t);

	if (state == -1)
		findings_say(c->out, FINDING_UNKNOWN, "clock-sync", "", NULL,
		    _("The kernel does not tell whether the clock is "
		      "synchronised."));
	else if (state == TIME_ERROR || (t.status & STA_UNSYNC) != 0)
		findings_say(c->out, FINDING_WARNING, "clock-sync", "",
		    _("Set up systemd-timesyncd or chrony with the body's "
		      "time server."),
		    _("The clock is not synchronised."));
	else
		findings_say(c->out, FINDING_OK, "clock-sync", "", NULL,
		    _("The clock is synchronised."));
}

static void
on_hello(void *owner, const struct request_reply *reply)
{
	struct hello *h = owner;

	h->over = true;
	h->err = reply->err;
	h->now = (int64_t)time(NULL);
	if (reply->err == SY_OK) {
		h->refused = reply->refused;
		if (reply->refused)
			h->failure = reply->failure;
		else
			memcpy(&h->reply, reply->value, sizeof(h->reply));
	}
	(void)event_base_loopbreak(h->base);
}

static void
report_hello(const struct check *c, const char *place,
    const struct credentials *credentials, const struct hello *h)
{
	const long long ahead = (long long)(h->reply.time - h->now);

	if (h->err != SY_OK)
		findings_say(c->out, FINDING_ERROR, "server", place,
		    _("Look after the network, and whether sanyosod runs "
		      "there."),
		    _("The server does not answer: %s."),
		    words_of_error(h->err));
	else if (h->refused)
		findings_say(c->out, FINDING_ERROR, "server", place,
		    _("See \"sanyosoctl terminal show\" on the server; join "
		      "again if this terminal was revoked."),
		    _("The server refuses this terminal: %s %s."),
		    h->failure.error, h->failure.text);
	else if (strcmp(h->reply.terminal, credentials->terminal) != 0 ||
	    strcmp(h->reply.server, credentials->server) != 0)
		findings_say(c->out, FINDING_ERROR, "server", place,
		    _("Join this terminal again."),
		    _("The server takes this terminal for %s of %s."),
		    h->reply.terminal, h->reply.server);
	else if (llabs(ahead) > CLOCK_WARN_S)
		findings_say(c->out,
		    llabs(ahead) > CLOCK_ERROR_S ? FINDING_ERROR
						 : FINDING_WARNING,
		    "clock", place,
		    _("Set both clocks by the same time server."),
		    _("The server's clock is %lld s ahead of ours."), ahead);
	else
		findings_say(c->out, FINDING_OK, "server", place, NULL,
		    _("Answers as %s; its clock agrees with ours."),
		    h->reply.server);
	if (h->reply.no_dictionary)
		findings_say(c->out, FINDING_ERROR, "dictionary", place,
		    _("Install cracklib-runtime on the server."),
		    _("The server's dictionary does not work: nobody can "
		      "change a password."));
}

static void
ask(const struct check *c, struct link *link, int server, const char *place,
    const struct credentials *credentials, struct event_base *base)
{
	static const struct request_type type = { "/v1/hello",
		&sy_message_hello, &sy_message_hello_reply, false };
	struct hello h = { .base = base, .err = SY_ERR_INTERNAL };
	struct sy_hello hello = { .agent = PACKAGE_VERSION };
	struct request *request = NULL;

	h.err = request_post(link, &type, server,
	    c->settings->connect_timeout_ms + c->settings->request_timeout_ms,
	    &hello, on_hello, &h, &request);
	while (h.err == SY_OK && !h.over)
		if (event_base_dispatch(base) != 0) {
			request_cancel(&request);
			h.err = SY_ERR_INTERNAL;
		}
	report_hello(c, place, credentials, &h);
}

static void
ask_all(const struct check *c, const struct credentials *credentials)
{
	const struct endpoint *all = c->settings->server_count > 0
	    ? c->settings->servers
	    : &credentials->home;
	const size_t count =
	    c->settings->server_count > 0 ? c->settings->server_count : 1;
	struct event_base *base = event_base_new();
	struct link *link = NULL;
	enum sy_err err = SY_ERR_NOMEM;

	if (base != NULL)
		err = link_new(base, c->settings, credentials, &link);
	if (err != SY_OK)
		findings_say(c->out, FINDING_ERROR, "server", c->paths->config,
		    _("Look after the names in \"addresses\"."),
		    _("No server has an address: %s."), words_of_error(err));
	for (size_t i = 0; err == SY_OK && i < count; i++) {
		char place[FINDING_PLACE_SIZE];

		(void)snprintf(place, sizeof(place), "%.*s:%u",
		    SY_HOST_SIZE - 1, all[i].host, all[i].port);
		ask(c, link, (int)i, place, credentials, base);
	}
	link_free(&link);
	if (base != NULL)
		event_base_free(base);
}

void
check_credentials(const struct check *c, const struct credentials *credentials)
{
	check_ends(c, credentials);
	ask_all(c, credentials);
}

/* The key is its user's, and what comes over the network is not for root. */
static enum sy_err
become_agent(const struct check *c)
{
	struct account account;
	enum sy_err err;

	if (!privilege_is_root())
		return SY_OK;
	if ((err = privilege_account(c->settings->user, &account)) != SY_OK)
		return err;
	return privilege_drop(&account);
}

void
check_servers(const struct check *c)
{
	SY_AUTO(credentials_free) struct credentials *credentials = NULL;
	struct sy_error error = { .code = SY_OK };
	enum sy_err err;

	check_clock(c);
	if ((err = become_agent(c)) != SY_OK) {
		findings_say(c->out, FINDING_UNKNOWN, "server", "", NULL,
		    _("The server can't be asked without the service user: "
		      "%s."),
		    words_of_error(err));
		return;
	}
	err = credentials_load(c->paths, &credentials, &error);
	if (err == SY_ERR_NOT_FOUND) {
		findings_say(c->out, FINDING_ERROR, "joined",
		    c->paths->identity, _("Run \"sanyoso-agent join\"."),
		    _("This terminal has not joined a server."));
		return;
	}
	if (err != SY_OK) {
		findings_say(c->out, FINDING_ERROR, "joined",
		    error.place[0] != '\0' ? error.place : c->paths->state,
		    _("Mend it, or join this terminal again."),
		    _("What the join stored can't be used: %s."),
		    error.text[0] != '\0' ? error.text : words_of_error(err));
		return;
	}
	check_credentials(c, credentials);
}
