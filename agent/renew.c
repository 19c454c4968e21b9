/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "renew.h"
#include "request.h"

/* How often to look; a try that failed is repeated at the next look. */
#define LOOK_S 600

struct renew {
	struct services *services;
	const struct paths *paths;
	struct event *look;
	struct request *request;
	EVP_PKEY *key; /* the new one, while its certificate is asked for */
};

int64_t
renew_due(int64_t not_before, int64_t not_after)
{
	if (not_after <= not_before)
		return not_before;
	return not_before + (not_after - not_before) / 3 * 2;
}

/* The server stays who it was: renewal is no second join. */
static enum sy_err
check_same(const struct renew *r, const struct sy_join_reply *reply,
    struct sy_error *reterr)
{
	const struct credentials *c = r->services->credentials;
	X509 *ca;
	bool same;

	if (strcmp(reply->terminal, c->terminal) != 0 ||
	    strcmp(reply->server, c->server) != 0)
		return sy_error_set(reterr, SY_ERR_PROTOCOL, "terminal",
		    "for terminal %s of %s", reply->terminal, reply->server);
	if (credentials_parse_cert(reply->ca, strlen(reply->ca), &ca) != SY_OK)
		return sy_error_set(reterr, SY_ERR_FORMAT, "ca",
		    "not one certificate");
	same = X509_cmp(ca, c->ca) == 0;
	X509_free(ca);
	if (!same)
		return sy_error_set(reterr, SY_ERR_CERT, "ca",
		    "another CA than the joined one");
	return SY_OK;
}

static enum sy_err
take(struct renew *r, const struct sy_join_reply *reply,
    struct sy_error *reterr)
{
	SY_AUTO(credentials_free) struct credentials *c = NULL;
	struct credentials *old = r->services->credentials;
	enum sy_err err;

	if ((err = check_same(r, reply, reterr)) != SY_OK ||
	    (err = credentials_check(reply, r->key, reterr)) != SY_OK ||
	    (err = credentials_store_pair(r->paths, r->key, reply->certificate,
		 reterr)) != SY_OK ||
	    (err = credentials_load(r->paths, &c, reterr)) != SY_OK ||
	    (err = link_renew(r->services->link, c)) != SY_OK)
		return err;
	/* Dialogues hold on to the names in the old ones: they are the same,
	 * so only key and certificates change places. */
	EVP_PKEY_free(old->key);
	X509_free(old->cert);
	old->key = c->key;
	old->cert = c->cert;
	old->not_before = c->not_before;
	old->not_after = c->not_after;
	c->key = NULL;
	c->cert = NULL;
	return link_renew(r->services->link, old);
}

static void
on_reply(void *owner, const struct request_reply *reply)
{
	struct renew *r = owner;
	struct sy_error error = { .code = SY_OK };
	enum sy_err err;

	r->request = NULL;
	if (reply->err != SY_OK) {
		log_warn("renewal: no answer: %s", sy_err_text(reply->err));
	} else if (reply->refused) {
		log_err("renewal: refused: %s %s", reply->failure.error,
		    reply->failure.text);
	} else if ((err = take(r, reply->value, &error)) != SY_OK) {
		error.code = err;
		log_error("renewal", &error);
	} else {
		log_info("renewal: the terminal has a new certificate");
	}
	credentials_key_free(&r->key);
}

static void
ask(struct renew *r)
{
	static const struct request_type type = { "/v1/renew",
		&sy_message_renew, &sy_message_join_reply, true };
	struct services *s = r->services;
	struct sy_renew renew;
	enum sy_err err;

	if ((err = credentials_request(&r->key, renew.csr)) == SY_OK &&
	    (err = credentials_claim(s->credentials, &renew)) == SY_OK)
		err = request_post(s->link, &type, LINK_ANY,
		    s->settings.connect_timeout_ms +
			s->settings.request_timeout_ms,
		    &renew, on_reply, r, &r->request);
	if (err != SY_OK) {
		log_err("renewal: %s", sy_err_text(err));
		credentials_key_free(&r->key);
	}
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval later = { .tv_sec = LOOK_S };
	struct renew *r = arg;
	const struct credentials *c = r->services->credentials;

	(void)fd;
	(void)what;
	(void)evtimer_add(r->look, &later);
	if (r->request == NULL &&
	    time(NULL) >= renew_due(c->not_before, c->not_after))
		ask(r);
}

enum sy_err
renew_new(struct services *services, const struct paths *paths,
    struct renew **ret_renew)
{
	/* Not in the first moment, when every terminal of a building starts. */
	static const struct timeval first = { .tv_sec = 5 };
	struct renew *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return SY_ERR_NOMEM;
	r->services = services;
	r->paths = paths;
	r->look = evtimer_new(services->base, on_look, r);
	if (r->look == NULL || evtimer_add(r->look, &first) != 0) {
		renew_free(&r);
		return SY_ERR_NOMEM;
	}
	*ret_renew = r;
	return SY_OK;
}

void
renew_free(struct renew **renew)
{
	struct renew *r = *renew;

	if (r == NULL)
		return;
	*renew = NULL;
	request_cancel(&r->request);
	if (r->look != NULL)
		event_free(r->look);
	credentials_key_free(&r->key);
	free(r);
}
