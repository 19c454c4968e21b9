/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <string.h>

#include "options.h"
#include "tests/vcard/words.h"

/* Each option is a row: what it is called and where its value goes. */
enum kind { TEXT, NUMBER, OCTAL, ON, OFF, DAYS, CHOICE, OTHER };

enum other { OPT_NAME = 1, OPT_AAGUID, OPT_BE, OPT_BS, OPT_CERT, OPT_PROTOCOL };

static const char *const attestations[] = { "packed", "self", "u2f", "none",
	NULL };
static const char *const countings[] = { "global", "each", "zero", NULL };
static const char *const responses[] = { "any", "00", "80", NULL };

struct row {
	const char *name;
	enum kind kind;
	void *place;
	unsigned long max; /* or what OTHER it is */
	const char *const *choices;
};

#define ROWS_MAX 48

static size_t
fill_rows(struct vk_cli *c, struct row *rows)
{
	struct vk_model *m = &c->model;
	struct vk_recipe *r = &c->recipe;
	const struct row list[] = {
		{ "dir", TEXT, &c->dir, 0, NULL },
		{ "ca", TEXT, &c->ca, 0, NULL },
		{ "name", OTHER, NULL, OPT_NAME, NULL },
		{ "aaguid", OTHER, NULL, OPT_AAGUID, NULL },
		{ "firmware", NUMBER, &m->firmware, UINT32_MAX, NULL },
		{ "attestation", CHOICE, &m->attestation, 0, attestations },
		{ "counting", CHOICE, &m->counting, 0, countings },
		{ "counter", NUMBER, &c->counter, UINT32_MAX, NULL },
		{ "step", NUMBER, &m->step, 1000, NULL },
		{ "pin", TEXT, &r->pin, 0, NULL },
		{ "min-pin", NUMBER, &c->min_pin, 63, NULL },
		{ "fingers", TEXT, &r->fingers, 0, NULL },
		{ "no-pin", OFF, &m->pin, 0, NULL },
		{ "sensor", ON, &m->sensor, 0, NULL },
		{ "ctap20", ON, &m->old, 0, NULL },
		{ "no-preview", OFF, &m->preview, 0, NULL },
		{ "no-final", OFF, &m->final, 0, NULL },
		{ "finger-only", ON, &m->finger_only, 0, NULL },
		{ "strict", ON, &m->strict, 0, NULL },
		{ "no-uvm", OFF, &m->uvm, 0, NULL },
		{ "eddsa", ON, &m->eddsa, 0, NULL },
		{ "rs256", ON, &m->rs256, 0, NULL },
		{ "card", ON, &m->card, 0, NULL },
		{ "u2f-v2", ON, &m->u2f_name, 0, NULL },
		{ "select-more", ON, &m->select_more, 0, NULL },
		{ "response", CHOICE, &m->response, 0, responses },
		{ "be", OTHER, NULL, OPT_BE, NULL },
		{ "bs", OTHER, NULL, OPT_BS, NULL },
		{ "samples", NUMBER, &c->samples, 100, NULL },
		{ "protocol", OTHER, NULL, OPT_PROTOCOL, NULL },
		{ "always-uv", ON, &c->always_uv, 0, NULL },
		{ "subject", TEXT, &r->subject, 0, NULL },
		{ "from", DAYS, &r->from_days, 0, NULL },
		{ "to", DAYS, &r->to_days, 0, NULL },
		{ "cert", OTHER, NULL, OPT_CERT, NULL },
		{ "chain", TEXT, &r->chain, 0, NULL },
		{ "dev", TEXT, &c->port.dev, 0, NULL },
		{ "sys", TEXT, &c->port.sys, 0, NULL },
		{ "number", NUMBER, &c->number, 63, NULL },
		{ "mode", OCTAL, &c->mode, 07777, NULL },
		{ "uid", NUMBER, &c->uid, UINT32_MAX - 1, NULL },
		{ "gid", NUMBER, &c->gid, UINT32_MAX - 1, NULL },
		{ "insert", ON, &c->insert, 0, NULL },
	};

	_Static_assert(SY_COUNT(list) < ROWS_MAX, "room for all options");
	memcpy(rows, list, sizeof(list));
	return SY_COUNT(list);
}

static bool
takes_value(const struct row *row)
{
	if (row->kind == OTHER)
		return row->max != OPT_BE && row->max != OPT_BS;
	return row->kind != ON && row->kind != OFF;
}

static enum sy_err
take_days(const char *arg, int *ret)
{
	const bool minus = *arg == '-';
	unsigned long v;
	const enum sy_err err = vc_number(arg + minus, 10, 36500, &v);

	if (err == SY_OK)
		*ret = minus ? -(int)v : (int)v;
	return err;
}

/* The enumerations start at 0 in the order of the names. */
static enum sy_err
take_choice(const struct row *row, const char *arg)
{
	for (int i = 0; row->choices[i] != NULL; i++) {
		if (strcmp(row->choices[i], arg) == 0) {
			memcpy(row->place, &i, sizeof(i));
			return SY_OK;
		}
	}
	return SY_ERR_FORMAT;
}

static enum sy_err
take_other(struct vk_cli *c, unsigned long what, const char *arg)
{
	struct vk_model *m = &c->model;
	size_t len = 0;
	enum sy_err err;

	switch (what) {
	case OPT_NAME:
		if (strlen(arg) >= sizeof(m->name))
			return SY_ERR_LIMIT;
		memcpy(m->name, arg, strlen(arg) + 1);
		return SY_OK;
	case OPT_AAGUID:
		err = vc_hex_get(arg, m->aaguid, sizeof(m->aaguid), &len);
		return err == SY_OK && len != sizeof(m->aaguid) ? SY_ERR_FORMAT
								: err;
	case OPT_BE:
		m->backup |= VK_BE;
		return SY_OK;
	case OPT_BS:
		m->backup |= VK_BS;
		return SY_OK;
	case OPT_CERT:
		c->recipe.cert_bare = strcmp(arg, "bare") == 0;
		c->recipe.cert_other = strcmp(arg, "other") == 0;
		return c->recipe.cert_bare || c->recipe.cert_other
		    ? SY_OK
		    : SY_ERR_FORMAT;
	default:
		m->protocol = (strchr(arg, '1') != NULL ? 2U : 0) |
		    (strchr(arg, '2') != NULL ? 4U : 0);
		return m->protocol != 0 ? SY_OK : SY_ERR_FORMAT;
	}
}

static enum sy_err
take(struct vk_cli *c, const struct row *row, const char *arg)
{
	switch (row->kind) {
	case TEXT:
		*(const char **)row->place = arg;
		return SY_OK;
	case NUMBER:
		return vc_number(arg, 10, row->max, row->place);
	case OCTAL:
		return vc_number(arg, 8, row->max, row->place);
	case ON:
	case OFF:
		*(bool *)row->place = row->kind == ON;
		return SY_OK;
	case DAYS:
		return take_days(arg, row->place);
	case CHOICE:
		return take_choice(row, arg);
	case OTHER:
		break;
	}
	return take_other(c, row->max, arg);
}

enum sy_err
vk_options_parse(struct vk_cli *c, int argc, char **argv, char ***ret_rest)
{
	struct option options[ROWS_MAX] = { 0 };
	struct row rows[ROWS_MAX];
	const size_t n = fill_rows(c, rows);
	int opt, at;

	for (size_t i = 0; i < n; i++)
		options[i] = (struct option){ rows[i].name,
			takes_value(&rows[i]) ? required_argument : no_argument,
			NULL, 1 };
	while ((opt = getopt_long(argc, argv, "+", options, &at)) != -1) {
		if (opt == '?')
			return SY_ERR_ARG;
		if (take(c, &rows[at], optarg) != SY_OK) {
			fprintf(stderr, "vkey: bad value for --%s: %s\n",
			    rows[at].name, optarg);
			return SY_ERR_ARG;
		}
	}
	*ret_rest = argv + optind;
	return c->dir != NULL ? SY_OK : SY_ERR_ARG;
}
