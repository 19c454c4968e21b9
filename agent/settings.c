/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sanyoso/conf.h>
#include <sanyoso/device.h>
#include <sanyoso/safefile.h>

#include "settings.h"

/* The whole first step of a login is decided within half a second, whatever
 * stands here: see link.h. */
#define CONNECT_TIMEOUT_MS 250
#define REQUEST_TIMEOUT_MS 3000
#define CARD_WAIT_S        60

/* Copy the next word of ${*at}; false at the end or if it is too long. */
static bool
next_word(const char **at, char *out, size_t cap, bool *ret_too_long)
{
	const char *p = *at + strspn(*at, " \t");
	const size_t len = strcspn(p, " \t");

	*at = p + len;
	*ret_too_long = len >= cap;
	if (len == 0 || len >= cap)
		return false;
	memcpy(out, p, len);
	out[len] = '\0';
	return true;
}

static enum sy_err
parse_port(const char *text, uint16_t *ret)
{
	unsigned long v = 0;

	if (text[0] < '1' || text[0] > '9')
		return SY_ERR_FORMAT;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return SY_ERR_FORMAT;
		v = v * 10 + (unsigned long)(*p - '0');
		if (v > UINT16_MAX)
			return SY_ERR_FORMAT;
	}
	*ret = (uint16_t)v;
	return SY_OK;
}

static bool
is_host_char(char c, bool bracketed)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || c == '.' || (!bracketed && c == '-') ||
	    (bracketed && c == ':');
}

enum sy_err
endpoint_parse(const char *text, struct endpoint *ret)
{
	const bool bracketed = text[0] == '[';
	const char *host = text + (bracketed ? 1 : 0);
	const char *colon = strrchr(text, ':');
	struct endpoint e = { .port = 0 };
	size_t len;

	if (colon == NULL || colon < host)
		return SY_ERR_FORMAT;
	len = (size_t)(colon - host);
	if (bracketed) {
		if (len == 0 || host[len - 1] != ']')
			return SY_ERR_FORMAT;
		len--;
	}
	if (len == 0 || len >= sizeof(e.host))
		return SY_ERR_FORMAT;
	for (size_t i = 0; i < len; i++)
		if (!is_host_char(host[i], bracketed))
			return SY_ERR_FORMAT;
	memcpy(e.host, host, len);
	if (parse_port(colon + 1, &e.port) != SY_OK)
		return SY_ERR_FORMAT;
	*ret = e;
	return SY_OK;
}

void
settings_defaults(struct settings *ret)
{
	*ret = (struct settings){
		.language = SY_LANG_JA,
		.user = "sanyoso",
		.worker_user = "sanyoso-worker",
		.worker = SY_LIBEXECDIR "/sanyoso-worker",
		.connect_timeout_ms = CONNECT_TIMEOUT_MS,
		.request_timeout_ms = REQUEST_TIMEOUT_MS,
		.card_wait_ms = CARD_WAIT_S * 1000,
		.drivers = 1U << SY_DRIVER_JPKI | 1U << SY_DRIVER_PIV,
	};
}

/* A refusal that names file, line and key. */
static enum sy_err
refuse(const struct sy_conf *conf, const struct sy_conf_section *s,
    const char *key, const char *what, struct sy_error *reterr)
{
	char place[128];

	(void)snprintf(place, sizeof(place), "%s:%u", sy_conf_file(conf),
	    sy_conf_line(s, key));
	return sy_error_set(reterr, SY_ERR_FORMAT, place, "%s: %s", key, what);
}

static enum sy_err
read_user(const struct sy_conf *conf, struct sy_conf_section *s,
    const char *key, char out[SY_LOGIN_SIZE], struct sy_error *reterr)
{
	const char *value;
	enum sy_err err;

	if ((err = sy_conf_text(s, key, out, &value, reterr)) != SY_OK)
		return err;
	if (!sy_text_is_login(value) || strcmp(value, "root") == 0)
		return refuse(conf, s, key, "not the name of a service user",
		    reterr);
	if (value != out)
		(void)snprintf(out, SY_LOGIN_SIZE, "%s", value);
	return SY_OK;
}

static enum sy_err
read_break_glass(const struct sy_conf *conf, struct sy_conf_section *s,
    struct settings *c, struct sy_error *reterr)
{
	const char *value;
	enum sy_err err;

	if ((err = sy_conf_text(s, "break_glass", "", &value, reterr)) != SY_OK)
		return err;
	if (value[0] != '\0' && !sy_text_is_login(value))
		return refuse(conf, s, "break_glass", "not a login name",
		    reterr);
	(void)snprintf(c->break_glass, sizeof(c->break_glass), "%s", value);
	return SY_OK;
}

static enum sy_err
read_agent(struct sy_conf *conf, struct settings *c, struct sy_error *reterr)
{
	struct sy_conf_section *s = sy_conf_section(conf, "agent", 0, NULL);
	const char *value;
	enum sy_err err;

	if ((err = sy_conf_text(s, "language", "ja", &value, reterr)) != SY_OK)
		return err;
	if (strcmp(value, "ja") == 0)
		c->language = SY_LANG_JA;
	else if (strcmp(value, "en") == 0)
		c->language = SY_LANG_EN;
	else
		return refuse(conf, s, "language", "neither ja nor en", reterr);
	if ((err = read_user(conf, s, "user", c->user, reterr)) != SY_OK ||
	    (err = read_user(conf, s, "worker_user", c->worker_user, reterr)) !=
		SY_OK)
		return err;
	if (strcmp(c->user, c->worker_user) == 0)
		return refuse(conf, s, "worker_user",
		    "must be another user than the agent's", reterr);
	if ((err = read_break_glass(conf, s, c, reterr)) != SY_OK)
		return err;
	if ((err = sy_conf_text(s, "worker", c->worker, &value, reterr)) !=
	    SY_OK)
		return err;
	if (value[0] != '/' || strlen(value) >= sizeof(c->worker))
		return refuse(conf, s, "worker", "not an absolute path",
		    reterr);
	if (value != c->worker)
		(void)snprintf(c->worker, sizeof(c->worker), "%s", value);
	return SY_OK;
}

static enum sy_err
read_milliseconds(struct sy_conf_section *s, const char *key, unsigned int *v,
    struct sy_error *reterr)
{
	int64_t n;
	enum sy_err err;

	err = sy_conf_int(s, key, *v, 10, 60000, &n, reterr);
	if (err == SY_OK)
		*v = (unsigned int)n;
	return err;
}

static enum sy_err
read_server(struct sy_conf *conf, struct settings *c, struct sy_error *reterr)
{
	struct sy_conf_section *s = sy_conf_section(conf, "server", 0, NULL);
	char word[SY_HOST_SIZE + 8];
	const char *at;
	bool too_long;
	enum sy_err err;

	if ((err = sy_conf_text(s, "addresses", "", &at, reterr)) != SY_OK ||
	    (err = read_milliseconds(s, "connect_timeout_ms",
		 &c->connect_timeout_ms, reterr)) != SY_OK ||
	    (err = read_milliseconds(s, "request_timeout_ms",
		 &c->request_timeout_ms, reterr)) != SY_OK)
		return err;
	while (next_word(&at, word, sizeof(word), &too_long)) {
		if (c->server_count == SETTINGS_SERVERS_MAX)
			return refuse(conf, s, "addresses", "too many servers",
			    reterr);
		if (endpoint_parse(word, &c->servers[c->server_count]) != SY_OK)
			return refuse(conf, s, "addresses",
			    "a server is not HOST:PORT", reterr);
		c->server_count++;
	}
	if (too_long)
		return refuse(conf, s, "addresses", "a server is not HOST:PORT",
		    reterr);
	return SY_OK;
}

static enum sy_err
read_cards(struct sy_conf *conf, struct settings *c, struct sy_error *reterr)
{
	struct sy_conf_section *s = sy_conf_section(conf, "cards", 0, NULL);
	char word[SY_LOGIN_SIZE];
	enum sy_driver driver;
	int64_t seconds;
	const char *at;
	bool too_long;
	enum sy_err err;

	if ((err = sy_conf_seconds(s, "wait", CARD_WAIT_S, 5, 600, &seconds,
		 reterr)) != SY_OK ||
	    (err = sy_conf_text(s, "drivers", "jpki piv", &at, reterr)) !=
		SY_OK)
		return err;
	c->card_wait_ms = (unsigned int)seconds * 1000;
	c->drivers = 0;
	while (next_word(&at, word, sizeof(word), &too_long)) {
		if (!sy_driver_by_name(word, &driver) ||
		    driver == SY_DRIVER_NONE)
			return refuse(conf, s, "drivers", "no such driver",
			    reterr);
		c->drivers |= 1U << driver;
	}
	if (too_long || c->drivers == 0)
		return refuse(conf, s, "drivers", "no such driver", reterr);
	return SY_OK;
}

enum sy_err
settings_parse(const char *file, const char *text, size_t len,
    struct settings *ret, struct sy_error *reterr)
{
	SY_AUTO(sy_conf_free) struct sy_conf *conf = NULL;
	struct settings c;
	enum sy_err err;

	settings_defaults(&c);
	if ((err = sy_conf_parse(file, text, len, &conf, reterr)) != SY_OK ||
	    (err = read_agent(conf, &c, reterr)) != SY_OK ||
	    (err = read_server(conf, &c, reterr)) != SY_OK ||
	    (err = read_cards(conf, &c, reterr)) != SY_OK ||
	    (err = sy_conf_end(conf, reterr)) != SY_OK)
		return err;
	*ret = c;
	return SY_OK;
}

enum sy_err
settings_load(const char *path, struct settings *ret, struct sy_error *reterr)
{
	uint8_t *data = NULL;
	size_t len;
	enum sy_err err;

	err = sy_safefile_read(path, SY_CONF_SIZE_MAX, &data, &len, reterr);
	if (err == SY_ERR_NOT_FOUND) {
		settings_defaults(ret);
		return SY_OK;
	}
	if (err != SY_OK)
		return err;
	err = settings_parse(path, (const char *)data, len, ret, reterr);
	free(data);
	return err;
}
