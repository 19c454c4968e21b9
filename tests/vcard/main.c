/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fido.h"
#include "folder.h"
#include "key.h"
#include "options.h"
#include "station.h"
#include "store.h"

/*
 * vcard: a virtual smart card for tests. See README.md beside this file.
 */

#define LOG_FILE "log"

static int
complain(const char *what, enum sy_err err)
{
	fprintf(stderr, "vcard: %s (error %d%s%s)\n", what, err,
	    err == SY_ERR_IO ? ": " : "",
	    err == SY_ERR_IO ? strerror(errno) : "");
	return 1;
}

static enum sy_err
load_issuer(const struct vc_cli *c, struct vc_issuer *ret)
{
	if (c->ca != NULL)
		return vc_folder_issuer(c->ca, ret);
	if (c->ca_cert == NULL || c->ca_key == NULL)
		return SY_ERR_ARG;
	return vc_issuer_load(c->ca_cert, c->ca_key, ret);
}

static int
cmd_ca(struct vc_cli *c)
{
	const struct vc_cert_spec spec = { c->recipe.subject, -1, 3650, true,
		NULL };
	struct vc_issuer above = { NULL, NULL };
	EVP_PKEY *pkey = NULL;
	X509 *cert = NULL;
	enum vc_alg alg;
	enum sy_err err;

	if ((err = vc_alg_by_name(c->alg, &alg)) != SY_OK)
		return complain("unknown algorithm", err);
	if (c->ca != NULL && (err = load_issuer(c, &above)) != SY_OK)
		return complain("cannot read the CA above (--ca DIR)", err);
	if ((err = vc_folder_enter(c->dir, true)) == SY_OK &&
	    (err = vc_key_generate(alg, &pkey)) == SY_OK &&
	    (err = vc_cert_issue(c->ca != NULL ? &above : NULL, &spec, pkey,
		 &cert)) == SY_OK &&
	    (err = vc_cert_write(AT_FDCWD, "ca.crt", cert)) == SY_OK)
		err = vc_cert_write_key(AT_FDCWD, "ca.key", pkey);
	X509_free(cert);
	vc_issuer_clear(&above);
	EVP_PKEY_free(pkey);
	return err == SY_OK ? 0 : complain("cannot make the CA", err);
}

static int
cmd_create(struct vc_cli *c)
{
	struct vc_issuer issuer = { NULL, NULL };
	struct vc_recipe *r = &c->recipe;
	const bool jpki = c->card->type == VC_JPKI;
	enum sy_err err;

	r->pin = c->pin != NULL ? c->pin : jpki ? "1234" : "246802";
	if (r->tries == 0)
		r->tries = jpki ? 3 : 5;
	if ((err = vc_alg_by_name(c->alg, &r->alg)) != SY_OK)
		return complain("unknown algorithm", err);
	if (r->left > r->tries)
		return complain("--left is more than --tries", SY_ERR_ARG);
	if (!r->empty && c->card->type != VC_FIDO &&
	    (err = load_issuer(c, &issuer)) != SY_OK)
		return complain("cannot read the CA (--ca DIR)", err);
	if ((err = vc_folder_enter(c->dir, true)) == SY_OK &&
	    (err = vc_create(r, &issuer, AT_FDCWD)) == SY_OK)
		err = vc_store_save(c->card, AT_FDCWD);
	vc_issuer_clear(&issuer);
	return err == SY_OK ? 0 : complain("cannot make the card", err);
}

static int
cmd_run(struct vc_cli *c)
{
	unsigned int line = 0;
	enum sy_err err;
	int fd = -1;

	if ((err = vc_folder_enter(c->dir, false)) != SY_OK)
		return complain(c->dir, err);
	if ((err = vc_folder_lock(&fd)) != SY_OK)
		return complain("the card is in use", err);
	vc_card_free(&c->card);
	if ((err = vc_store_load(fd, &c->card, &line)) != SY_OK) {
		fprintf(stderr, "vcard: %s/%s:%u\n", c->dir, VC_STORE_FILE,
		    line);
		close(fd);
		return complain("cannot load the card", err);
	}
	err = vc_fido_load(c->card, fd);
	if (err != SY_OK && err != SY_ERR_NOT_FOUND)
		fprintf(stderr, "vcard: cannot load %s/key\n", c->dir);
	else if ((c->card->log = fopen(LOG_FILE, "ae")) == NULL)
		err = SY_ERR_IO;
	else
		err = vc_station_run(c->card, c->port, c->insert);
	if (c->card->log != NULL)
		fclose(c->card->log);
	close(fd);
	return err == SY_OK ? 0 : complain("stopped", err);
}

/* The words after the options are the command line for the card. */
static int
cmd_ctl(struct vc_cli *c, char **words)
{
	char line[VC_LINE_MAX];
	enum sy_err err;

	if ((err = vc_folder_join(words, line)) != SY_OK)
		return complain("command too long", err);
	if ((err = vc_folder_enter(c->dir, false)) != SY_OK)
		return complain(c->dir, err);
	err = vc_control_call(line, stdout);
	return err == SY_OK ? 0 : complain("the card did not do it", err);
}

static int
usage(void)
{
	fprintf(stderr,
	    "usage: vcard ca --dir DIR [--ca DIR] [--alg A] [--subject S]\n"
	    "       vcard create --dir DIR --type jpki|piv|fido --ca DIR ...\n"
	    "       vcard run --dir DIR [--port N] [--insert]\n"
	    "       vcard ctl --dir DIR insert|remove|wait|fault ...|tries|"
	    "stats|status|quit\n"
	    "algorithms: p256 p384 rsa1024 rsa2048 rsa3072\n"
	    "ATRs: %s\n",
	    vc_atr_names());
	return 2;
}

static int
dispatch(struct vc_cli *c, const char *command, char **words)
{
	if (strcmp(command, "ctl") == 0)
		return cmd_ctl(c, words);
	if (*words != NULL)
		return usage();
	if (strcmp(command, "ca") == 0)
		return cmd_ca(c);
	if (strcmp(command, "create") == 0)
		return cmd_create(c);
	if (strcmp(command, "run") == 0)
		return cmd_run(c);
	return usage();
}

int
main(int argc, char **argv)
{
	struct vc_cli c = { .port = VC_PORT_DEFAULT, .alg = "rsa2048" };
	char **words;
	int status;

	c.recipe = (struct vc_recipe){ .subject = "/C=JP/O=Test/CN=Card",
		.sign_pin = "ABC123",
		.puk = "12345678",
		.mgmt = "3des",
		.from_days = -1,
		.to_days = 365 };
	if (vc_card_new(VC_JPKI, &c.card) != SY_OK)
		return complain("no memory", SY_ERR_NOMEM);
	c.card->no_le = VC_NO_LE_STRICT;
	c.card->yubico = true;
	c.recipe.card = c.card;
	if (argc < 2 ||
	    vc_options_parse(&c, argc - 1, argv + 1, &words) != SY_OK)
		status = usage();
	else
		status = dispatch(&c, argv[1], words);
	vc_card_free(&c.card);
	return status;
}
