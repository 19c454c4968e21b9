/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

static enum sy_err
number(const char *text, long min, long max, long *ret)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(text, &end, 10);
	if (*text == '\0' || *end != '\0' || errno != 0 || v < min || v > max)
		return SY_ERR_FORMAT;
	*ret = v;
	return SY_OK;
}

/* The position of ${text} in the list, which ends with NULL. */
static enum sy_err
choice(const char *text, const char *const *list, int *ret)
{
	for (int i = 0; list[i] != NULL; i++) {
		if (strcmp(text, list[i]) == 0) {
			*ret = i;
			return SY_OK;
		}
	}
	return SY_ERR_FORMAT;
}

enum {
	OPT_TYPE = 1,
	OPT_ALG,
	OPT_DIR,
	OPT_SUBJECT,
	OPT_CA,
	OPT_CA_CERT,
	OPT_CA_KEY,
	OPT_PIN,
	OPT_SIGN_PIN,
	OPT_PUK,
	OPT_TRIES,
	OPT_LEFT,
	OPT_MGMT,
	OPT_MGMT_KEY,
	OPT_PROTOCOL,
	OPT_ATR,
	OPT_NO_LE,
	OPT_EXTENDED,
	OPT_PLAIN,
	OPT_PHONE,
	OPT_BLOCKED,
	OPT_PAD,
	OPT_UID,
	OPT_OPEN_KEYS,
	OPT_OTHER_CERT,
	OPT_EMPTY,
	OPT_BARE_CERT,
	OPT_FROM,
	OPT_TO,
	OPT_PORT,
	OPT_INSERT,
};

static const struct option options[] = {
	{ "type", required_argument, NULL, OPT_TYPE },
	{ "alg", required_argument, NULL, OPT_ALG },
	{ "dir", required_argument, NULL, OPT_DIR },
	{ "subject", required_argument, NULL, OPT_SUBJECT },
	{ "ca", required_argument, NULL, OPT_CA },
	{ "ca-cert", required_argument, NULL, OPT_CA_CERT },
	{ "ca-key", required_argument, NULL, OPT_CA_KEY },
	{ "pin", required_argument, NULL, OPT_PIN },
	{ "sign-pin", required_argument, NULL, OPT_SIGN_PIN },
	{ "puk", required_argument, NULL, OPT_PUK },
	{ "tries", required_argument, NULL, OPT_TRIES },
	{ "left", required_argument, NULL, OPT_LEFT },
	{ "mgmt", required_argument, NULL, OPT_MGMT },
	{ "mgmt-key", required_argument, NULL, OPT_MGMT_KEY },
	{ "protocol", required_argument, NULL, OPT_PROTOCOL },
	{ "atr", required_argument, NULL, OPT_ATR },
	{ "no-le", required_argument, NULL, OPT_NO_LE },
	{ "extended", no_argument, NULL, OPT_EXTENDED },
	{ "plain", no_argument, NULL, OPT_PLAIN },
	{ "phone", no_argument, NULL, OPT_PHONE },
	{ "blocked", required_argument, NULL, OPT_BLOCKED },
	{ "pad", required_argument, NULL, OPT_PAD },
	{ "uid", required_argument, NULL, OPT_UID },
	{ "open-keys", required_argument, NULL, OPT_OPEN_KEYS },
	{ "other-cert", required_argument, NULL, OPT_OTHER_CERT },
	{ "empty", no_argument, NULL, OPT_EMPTY },
	{ "bare-cert", no_argument, NULL, OPT_BARE_CERT },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "to", required_argument, NULL, OPT_TO },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "insert", no_argument, NULL, OPT_INSERT },
	{ NULL, 0, NULL, 0 },
};

static enum sy_err
take_number(struct vc_cli *c, int opt, const char *arg)
{
	enum sy_err err;
	long v;

	if (opt == OPT_FROM || opt == OPT_TO) {
		if ((err = number(arg, -36500, 36500, &v)) == SY_OK)
			*(opt == OPT_FROM ? &c->recipe.from_days
					  : &c->recipe.to_days) = (int)v;
		return err;
	}
	if (opt == OPT_PORT) {
		if ((err = number(arg, 1, UINT16_MAX, &v)) == SY_OK)
			c->port = (uint16_t)v;
		return err;
	}
	if (opt == OPT_PAD) {
		if ((err = number(arg, 0, 1024, &v)) == SY_OK)
			c->card->file_pad = (size_t)v;
		return err;
	}
	if ((err = number(arg, 1, 15, &v)) == SY_OK)
		*(opt == OPT_TRIES ? &c->recipe.tries : &c->recipe.left) =
		    (unsigned int)v;
	return err;
}

static enum sy_err
take_choice(struct vc_cli *c, int opt, const char *arg)
{
	static const char *const types[] = { "jpki", "piv", "fido", NULL };
	static const char *const protos[] = { "t0", "t1", NULL };
	static const char *const no_le[] = { "data", "61", "strict", NULL };
	static const char *const blocked[] = { "6983", "6984", NULL };
	enum sy_err err;
	int i = 0;

	switch (opt) {
	case OPT_TYPE:
		if ((err = choice(arg, types, &i)) != SY_OK)
			return err;
		c->card->type = (enum vc_type)i;
		c->card->no_le = i == VC_JPKI ? VC_NO_LE_STRICT : VC_NO_LE_DATA;
		return SY_OK;
	case OPT_PROTOCOL:
		if ((err = choice(arg, protos, &i)) == SY_OK)
			c->card->proto = (enum vc_proto)i;
		return err;
	case OPT_NO_LE:
		if ((err = choice(arg, no_le, &i)) == SY_OK)
			c->card->no_le = (enum vc_no_le)i;
		return err;
	default:
		if ((err = choice(arg, blocked, &i)) == SY_OK)
			c->card->blocked =
			    i == 0 ? SW_BLOCKED : SW_BLOCKED_DATA;
		return err;
	}
}

static const char **
text_place(struct vc_cli *c, int opt)
{
	switch (opt) {
	case OPT_ALG:
		return &c->alg;
	case OPT_DIR:
		return &c->dir;
	case OPT_SUBJECT:
		return &c->recipe.subject;
	case OPT_CA:
		return &c->ca;
	case OPT_CA_CERT:
		return &c->ca_cert;
	case OPT_CA_KEY:
		return &c->ca_key;
	case OPT_PIN:
		return &c->pin;
	case OPT_SIGN_PIN:
		return &c->recipe.sign_pin;
	case OPT_PUK:
		return &c->recipe.puk;
	case OPT_MGMT:
		return &c->recipe.mgmt;
	case OPT_MGMT_KEY:
		return &c->recipe.mgmt_key;
	case OPT_ATR:
		return &c->recipe.atr;
	case OPT_OPEN_KEYS:
		return &c->recipe.open_keys;
	case OPT_OTHER_CERT:
		return &c->recipe.other_cert;
	default:
		return NULL;
	}
}

static bool *
flag_place(struct vc_cli *c, int opt)
{
	switch (opt) {
	case OPT_EXTENDED:
		return &c->card->extended;
	case OPT_PHONE:
		return &c->card->phone;
	case OPT_EMPTY:
		return &c->recipe.empty;
	case OPT_BARE_CERT:
		return &c->recipe.bare_cert;
	case OPT_INSERT:
		return &c->insert;
	default:
		return NULL;
	}
}

static enum sy_err
take_option(struct vc_cli *c, int opt, const char *arg)
{
	const char **text = text_place(c, opt);
	bool *flag = flag_place(c, opt);

	if (text != NULL) {
		*text = arg;
		return SY_OK;
	}
	if (flag != NULL) {
		*flag = true;
		return SY_OK;
	}
	switch (opt) {
	case OPT_TYPE:
	case OPT_PROTOCOL:
	case OPT_NO_LE:
	case OPT_BLOCKED:
		return take_choice(c, opt, arg);
	case OPT_PLAIN:
		c->card->yubico = false;
		return SY_OK;
	case OPT_UID:
		return vc_hex_get(arg, c->card->uid, sizeof(c->card->uid),
		    &c->card->uidlen);
	default:
		return take_number(c, opt, arg);
	}
}

enum sy_err
vc_options_parse(struct vc_cli *c, int argc, char **argv, char ***ret_rest)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (opt == '?')
			return SY_ERR_ARG;
		if (take_option(c, opt, optarg) != SY_OK) {
			fprintf(stderr, "vcard: bad value: %s\n", optarg);
			return SY_ERR_ARG;
		}
	}
	*ret_rest = argv + optind;
	return c->dir != NULL ? SY_OK : SY_ERR_ARG;
}
