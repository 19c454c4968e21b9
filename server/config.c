/* SPDX-License-Identifier: Apache-2.0 */
#include "server/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sanyoso/conf.h>
#include <sanyoso/safefile.h>

#include "server/crew.h"

#define PEM_FILE_MAX (8 * 1024 * 1024) /* revocation lists grow */
#define WORD_MAX     256
/* Certificates of cards that are personalised here, in seconds. */
#define DAY               INT64_C(86400)
#define PERSONAL_LIFE     (3 * 365 * DAY)
#define PERSONAL_LIFE_MIN DAY
#define PERSONAL_LIFE_MAX (5 * 365 * DAY)

struct loader {
	const struct paths *paths;
	struct sy_conf *conf;
	struct config *config;
	struct sy_error *reterr;
};

/* FORMAT at the line of ${key}: what is wrong with ${what} and what to do. */
static enum sy_err
wrong(struct loader *l, const struct sy_conf_section *s, const char *key,
    const char *what, const char *advice)
{
	char place[128];

	(void)snprintf(place, sizeof(place), "%s:%u", sy_conf_file(l->conf),
	    sy_conf_line(s, key));
	return sy_error_set(l->reterr, SY_ERR_FORMAT, place, "%s \"%s\": %s",
	    key, what, advice);
}

bool
config_is_host(const char *name)
{
	size_t label = 0, n = 0;

	for (; name[n] != '\0'; n++) {
		const char c = name[n];
		const bool letter =
		    (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		if (c == '.') {
			if (label == 0 || name[n - 1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!letter && (c != '-' || label == 0))
			return false;
		if (++label > 63)
			return false;
	}
	return n > 0 && n < SY_HOST_SIZE && label > 0 && name[n - 1] != '-';
}

/* The next word of ${*at}; SY_ERR_NOT_FOUND at the end, LIMIT if it is too
 * long. */
static enum sy_err
next_word(const char **at, char ret[WORD_MAX])
{
	size_t len;

	*at += strspn(*at, " \t");
	len = strcspn(*at, " \t");
	if (len == 0)
		return SY_ERR_NOT_FOUND;
	if (len >= WORD_MAX)
		return SY_ERR_LIMIT;
	memcpy(ret, *at, len);
	ret[len] = '\0';
	*at += len;
	return SY_OK;
}

/* Call ${each} for every word of the value of ${key}; there may be none. */
static enum sy_err
each_word(struct loader *l, struct sy_conf_section *s, const char *key,
    const char *def,
    enum sy_err (*each)(struct loader *, void *, struct sy_conf_section *,
	const char *, const char *),
    void *ctx)
{
	const char *at = NULL;
	char word[WORD_MAX];
	enum sy_err err;

	if ((err = sy_conf_text(s, key, def, &at, l->reterr)) != SY_OK)
		return err;
	while ((err = next_word(&at, word)) == SY_OK)
		if ((err = each(l, ctx, s, key, word)) != SY_OK)
			return err;
	if (err == SY_ERR_LIMIT)
		return wrong(l, s, key, "...", "a word is too long");
	return SY_OK;
}

static enum sy_err
add_endpoint(struct loader *l, void *ctx, struct sy_conf_section *s,
    const char *key, const char *word)
{
	struct config_listen *listen = ctx;

	if (listen->endpoint_count == CONFIG_ENDPOINTS_MAX)
		return wrong(l, s, key, word, "too many addresses");
	if (endpoint_parse(word, &listen->endpoints[listen->endpoint_count]) !=
	    SY_OK)
		return wrong(l, s, key, word,
		    "write a numeric address and a port, such as "
		    "192.0.2.1:8443 or [2001:db8::1]:8443");
	listen->endpoint_count++;
	return SY_OK;
}

static enum sy_err
add_network(struct loader *l, void *ctx, struct sy_conf_section *s,
    const char *key, const char *word)
{
	struct config_listen *listen = ctx;

	if (listen->network_count == CONFIG_NETWORKS_MAX)
		return wrong(l, s, key, word, "too many networks");
	if (network_parse(word, &listen->networks[listen->network_count]) !=
	    SY_OK)
		return wrong(l, s, key, word,
		    "write a network such as 192.0.2.0/24 or 2001:db8::/64, "
		    "without bits behind its length");
	listen->network_count++;
	return SY_OK;
}

static enum sy_err
load_listen(struct loader *l, struct sy_conf_section *s,
    struct config_listen *listen)
{
	enum sy_err err;

	if ((err = each_word(l, s, "listen", NULL, add_endpoint, listen)) !=
		SY_OK ||
	    (err = each_word(l, s, "networks", NULL, add_network, listen)) !=
		SY_OK)
		return err;
	if (listen->endpoint_count == 0)
		return wrong(l, s, "listen", "", "names no address");
	if (listen->network_count == 0)
		return wrong(l, s, "networks", "",
		    "names nobody who may connect");
	return SY_OK;
}

static enum sy_err
load_pem(struct loader *l, struct sy_conf_section *s, const char *key,
    const char *word,
    enum sy_err (*add)(struct sy_trust *, const char *, size_t, const char *,
	struct sy_error *),
    struct sy_trust *trust)
{
	char path[PATH_SIZE];
	uint8_t *data = NULL;
	enum sy_err err;
	size_t len = 0;

	if (paths_under(l->paths, word, path) != SY_OK)
		return wrong(l, s, key, word, "write an absolute path");
	if ((err = sy_safefile_read(path, PEM_FILE_MAX, &data, &len,
		 l->reterr)) == SY_OK)
		err = add(trust, (const char *)data, len, path, l->reterr);
	free(data);
	return err;
}

static enum sy_err
add_ca(struct loader *l, void *ctx, struct sy_conf_section *s, const char *key,
    const char *word)
{
	return load_pem(l, s, key, word, sy_trust_add_ca, ctx);
}

static enum sy_err
add_crl(struct loader *l, void *ctx, struct sy_conf_section *s, const char *key,
    const char *word)
{
	return load_pem(l, s, key, word, sy_trust_add_crl, ctx);
}

/* Who personalises all his cards himself need not name an issuer: then
 * ${ret_ca} is the default of the mandatory key. */
static enum sy_err
load_personalise(struct loader *l, struct sy_conf_section *s,
    const char **ret_ca)
{
	struct config *c = l->config;
	const char *key = NULL;
	enum sy_err err;

	if ((err = sy_conf_bool(s, "personalise", false, &c->personalise,
		 l->reterr)) != SY_OK ||
	    (err = sy_conf_seconds(s, "personal_life", PERSONAL_LIFE,
		 PERSONAL_LIFE_MIN, PERSONAL_LIFE_MAX, &c->personal_life,
		 l->reterr)) != SY_OK ||
	    (err = sy_conf_text(s, "personal_key", sy_key_alg_name(SY_KEY_P256),
		 &key, l->reterr)) != SY_OK)
		return err;
	c->personal_key = SY_KEY_P256;
	if (strcmp(key, sy_key_alg_name(SY_KEY_RSA2048)) == 0)
		c->personal_key = SY_KEY_RSA2048;
	else if (strcmp(key, sy_key_alg_name(SY_KEY_P256)) != 0)
		return wrong(l, s, "personal_key", key,
		    "write P-256 or RSA-2048");
	if (c->personalise)
		*ret_ca = "";
	return SY_OK;
}

static enum sy_err
load_cards(struct loader *l)
{
	struct sy_conf_section *s;
	enum sy_driver driver;
	char place[128];
	const char *name, *ca;
	enum sy_err err;

	for (size_t i = 0;
	     (s = sy_conf_section(l->conf, "cards", i, &name)) != NULL; i++) {
		if (!sy_driver_by_name(name, &driver)) {
			(void)snprintf(place, sizeof(place), "%s:%u",
			    sy_conf_file(l->conf), sy_conf_line(s, NULL));
			return sy_error_set(l->reterr, SY_ERR_FORMAT, place,
			    "[cards %s]: no such kind of card: write jpki or "
			    "piv",
			    name);
		}
		ca = NULL;
		if (driver == SY_DRIVER_PIV &&
		    (err = load_personalise(l, s, &ca)) != SY_OK)
			return err;
		if ((err = sy_trust_new(&l->config->trust[driver])) != SY_OK)
			return sy_error_set(l->reterr, err, "", "%s",
			    sy_err_text(err));
		if ((err = each_word(l, s, "ca", ca, add_ca,
			 l->config->trust[driver])) != SY_OK ||
		    (err = each_word(l, s, "crl", "", add_crl,
			 l->config->trust[driver])) != SY_OK)
			return err;
	}
	return SY_OK;
}

/* --- [fido2] --- */

static const char origin_scheme[] = "https://";
static const char metadata_root[] =
    "/usr/share/ca-certificates/mozilla/GlobalSign_Root_CA_-_R3.crt";

/* The RP ID must be the origin's host or a domain that the host lies in
 * (WebAuthn section 5.1.3), or no key would be right for it. */
static bool
is_origin_of(const char *origin, const char *rp_id)
{
	const size_t scheme = sizeof(origin_scheme) - 1;
	const size_t rp_len = strlen(rp_id);
	char host[SY_HOST_SIZE];
	const char *port;
	size_t len;

	if (strncmp(origin, origin_scheme, scheme) != 0)
		return false;
	origin += scheme;
	len = strcspn(origin, ":");
	port = origin + len;
	if (*port == ':' &&
	    (port[1] == '\0' || strlen(port + 1) > 5 ||
		strspn(port + 1, "0123456789") != strlen(port + 1)))
		return false;
	if (len >= sizeof(host) || len < rp_len)
		return false;
	memcpy(host, origin, len);
	host[len] = '\0';
	return config_is_host(host) &&
	    strcmp(host + len - rp_len, rp_id) == 0 &&
	    (len == rp_len || host[len - rp_len - 1] == '.');
}

static enum sy_err
load_fido2(struct loader *l)
{
	struct sy_conf_section *s = sy_conf_section(l->conf, "fido2", 0, NULL);
	struct config *c = l->config;
	char preset[SY_FIDO2_ORIGIN_SIZE];
	const char *rp_id, *origin, *root;
	enum sy_err err;

	if (s == NULL)
		return SY_OK;
	c->fido2 = true;
	if ((err = sy_conf_text(s, "rp_id", c->name, &rp_id, l->reterr)) !=
	    SY_OK)
		return err;
	if (!config_is_host(rp_id) || strlen(rp_id) >= sizeof(c->rp_id))
		return wrong(l, s, "rp_id", rp_id,
		    "write a host name in lower case; keys that are enrolled "
		    "are good for this name alone");
	(void)snprintf(c->rp_id, sizeof(c->rp_id), "%s", rp_id);
	(void)snprintf(preset, sizeof(preset), "%s%s", origin_scheme, rp_id);
	if ((err = sy_conf_text(s, "origin", preset, &origin, l->reterr)) !=
		SY_OK ||
	    (err = sy_conf_text(s, "metadata_root", metadata_root, &root,
		 l->reterr)) != SY_OK)
		return err;
	if (strlen(origin) >= sizeof(c->origin) ||
	    !is_origin_of(origin, c->rp_id))
		return wrong(l, s, "origin", origin,
		    "write https:// and a host that is rp_id or lies below "
		    "it, with its port if it is not 443");
	(void)snprintf(c->origin, sizeof(c->origin), "%s", origin);
	if (paths_under(l->paths, root, c->metadata_root) != SY_OK)
		return wrong(l, s, "metadata_root", root,
		    "write an absolute path");
	return SY_OK;
}

static enum sy_err
load_name(struct loader *l)
{
	struct sy_conf_section *s = sy_conf_section(l->conf, "server", 0, NULL);
	const char *name = NULL;
	enum sy_err err;

	if (s == NULL)
		return sy_error_set(l->reterr, SY_ERR_FORMAT,
		    sy_conf_file(l->conf),
		    "a section [server] with the server's name is missing");
	if ((err = sy_conf_text(s, "name", NULL, &name, l->reterr)) != SY_OK)
		return err;
	if (!config_is_host(name))
		return wrong(l, s, "name", name,
		    "write a host name in lower case, as terminals will "
		    "call this server");
	(void)snprintf(l->config->name, sizeof(l->config->name), "%s", name);
	return SY_OK;
}

static enum sy_err
load_listeners(struct loader *l)
{
	struct sy_conf_section *terminals =
	    sy_conf_section(l->conf, "terminals", 0, NULL);
	struct sy_conf_section *join =
	    sy_conf_section(l->conf, "join", 0, NULL);
	enum sy_err err;

	if (terminals == NULL)
		return sy_error_set(l->reterr, SY_ERR_FORMAT,
		    sy_conf_file(l->conf),
		    "a section [terminals] with listen and networks is "
		    "missing");
	if ((err = load_listen(l, terminals, &l->config->terminals)) != SY_OK)
		return err;
	/* Without the section no terminal can join. */
	return join == NULL ? SY_OK : load_listen(l, join, &l->config->join);
}

static enum sy_err
load_limits(struct loader *l)
{
	struct sy_conf_section *s = sy_conf_section(l->conf, "limits", 0, NULL);
	struct config *c = l->config;
	enum sy_err err;

	if ((err = sy_conf_int(s, "connections", 4096, 1, 65536,
		 &c->connections, l->reterr)) != SY_OK ||
	    (err = sy_conf_int(s, "transactions", 8192, 1, 65536,
		 &c->transactions, l->reterr)) != SY_OK ||
	    (err = sy_conf_int(s, "terminal_transactions", 64, 1, 65536,
		 &c->terminal_transactions, l->reterr)) != SY_OK ||
	    (err = sy_conf_int(s, "terminal_begins", 600, 1, 1000000,
		 &c->terminal_begins, l->reterr)) != SY_OK ||
	    (err = sy_conf_int(s, "terminal_sessions", 1024, 1, 65536,
		 &c->terminal_sessions, l->reterr)) != SY_OK)
		return err;
	return sy_conf_seconds(s, "idle", 1800, 30, 86400, &c->idle, l->reterr);
}

#define KIB_PER_MIB 1024

static enum sy_err
load_passwords(struct loader *l)
{
	struct sy_conf_section *s =
	    sy_conf_section(l->conf, "passwords", 0, NULL);
	struct config *c = l->config;
	const char *list = NULL;
	int64_t memory, passes;
	enum sy_err err;

	if ((err = sy_conf_int(s, "memory", SY_HASH_MEMORY / KIB_PER_MIB,
		 SY_HASH_MEMORY_MIN / KIB_PER_MIB,
		 SY_HASH_MEMORY_MAX / KIB_PER_MIB, &memory, l->reterr)) !=
		SY_OK ||
	    (err = sy_conf_int(s, "passes", SY_HASH_PASSES, 1,
		 SY_HASH_PASSES_MAX, &passes, l->reterr)) != SY_OK ||
	    (err = sy_conf_int(s, "threads", 0, 0, CREW_THREADS_MAX,
		 &c->hash_threads, l->reterr)) != SY_OK ||
	    (err = sy_conf_int(s, "queue", 1024, 1, 65536, &c->hash_places,
		 l->reterr)) != SY_OK ||
	    (err = sy_conf_text(s, "blocklist", "", &list, l->reterr)) != SY_OK)
		return err;
	c->hash.memory = (uint32_t)memory * KIB_PER_MIB;
	c->hash.passes = (uint32_t)passes;
	if (list[0] != '\0' &&
	    paths_under(l->paths, list, c->blocklist) != SY_OK)
		return wrong(l, s, "blocklist", list, "write an absolute path");
	return SY_OK;
}

static enum sy_err
load_all(struct loader *l)
{
	enum sy_err err;

	if ((err = load_name(l)) != SY_OK ||
	    (err = load_listeners(l)) != SY_OK ||
	    (err = load_cards(l)) != SY_OK || (err = load_fido2(l)) != SY_OK ||
	    (err = load_limits(l)) != SY_OK ||
	    (err = load_passwords(l)) != SY_OK)
		return err;
	return sy_conf_end(l->conf, l->reterr);
}

/* Takes the conf over. */
static enum sy_err
load_conf(const struct paths *paths, struct sy_conf *conf, struct config *ret,
    struct sy_error *reterr)
{
	struct config config = { .name = "" };
	struct loader l = { .paths = paths,
		.conf = conf,
		.config = &config,
		.reterr = reterr };
	enum sy_err err = load_all(&l);

	sy_conf_free(&conf);
	if (err != SY_OK) {
		config_clear(&config);
		return err;
	}
	*ret = config;
	return SY_OK;
}

enum sy_err
config_parse(const struct paths *paths, const char *file, const char *text,
    size_t len, struct config *ret, struct sy_error *reterr)
{
	struct sy_conf *conf = NULL;
	enum sy_err err;

	if ((err = sy_conf_parse(file, text, len, &conf, reterr)) != SY_OK)
		return err;
	return load_conf(paths, conf, ret, reterr);
}

enum sy_err
config_load(const struct paths *paths, struct config *ret,
    struct sy_error *reterr)
{
	struct sy_conf *conf = NULL;
	enum sy_err err;

	if ((err = sy_conf_load(paths->config, &conf, reterr)) != SY_OK)
		return err;
	return load_conf(paths, conf, ret, reterr);
}

void
config_clear(struct config *config)
{
	for (size_t i = 0; i < SY_COUNT(config->trust); i++)
		sy_trust_free(&config->trust[i]);
	memset(config, 0, sizeof(*config));
}
