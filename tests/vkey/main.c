/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "station.h"
#include "store.h"
#include "tests/vcard/folder.h"

/*
 * vkey: a virtual FIDO2 authenticator for tests. See README.md beside this
 * file.
 */

#define LOG_FILE "log"

static int
complain(const char *what, enum sy_err err)
{
	fprintf(stderr, "vkey: %s (error %d%s%s)\n", what, err,
	    err == SY_ERR_IO ? ": " : "",
	    err == SY_ERR_IO ? strerror(errno) : "");
	return 1;
}

static enum sy_err
make_key(const struct vk_cli *c, const struct vc_issuer *issuer)
{
	SY_AUTO(vk_key_free) struct vk_key *key = NULL;
	enum sy_err err;

	if ((err = vk_key_new(&key)) != SY_OK)
		return err;
	key->model = c->model;
	key->counter = c->counter;
	key->always_uv = c->always_uv;
	key->model.samples = (unsigned int)c->samples;
	if (c->min_pin != 0)
		key->pin_min = (unsigned int)c->min_pin;
	if ((err = vk_create(key, &c->recipe, issuer)) != SY_OK)
		return err;
	if ((err = vc_folder_enter(c->dir, true)) != SY_OK)
		return err;
	return vk_store_save(key, AT_FDCWD);
}

static int
cmd_create(const struct vk_cli *c)
{
	struct vc_issuer issuer = { NULL, NULL };
	enum sy_err err;

	if (c->ca != NULL && (err = vc_folder_issuer(c->ca, &issuer)) != SY_OK)
		return complain("cannot read the CA (--ca DIR)", err);
	err = make_key(c, c->ca != NULL ? &issuer : NULL);
	vc_issuer_clear(&issuer);
	return err == SY_OK ? 0 : complain("cannot make the key", err);
}

static int
run_here(struct vk_cli *c, int dirfd)
{
	SY_AUTO(vk_key_free) struct vk_key *key = NULL;
	unsigned int line = 0;
	enum sy_err err;

	if ((err = vk_store_load(dirfd, &key, &line)) != SY_OK) {
		fprintf(stderr, "vkey: %s/%s:%u\n", c->dir, VK_STORE_FILE,
		    line);
		return complain("cannot load the key", err);
	}
	if ((key->log = fopen(LOG_FILE, "ae")) == NULL)
		return complain(LOG_FILE, SY_ERR_IO);
	err = vk_station_run(key, &c->port, c->insert);
	fclose(key->log);
	return err == SY_OK ? 0 : complain("stopped", err);
}

static int
cmd_run(struct vk_cli *c)
{
	enum sy_err err;
	int fd = -1, status;

	c->port.number = (unsigned int)c->number;
	c->port.mode = (mode_t)c->mode;
	c->port.uid = (uid_t)c->uid;
	c->port.gid = (gid_t)c->gid;
	if ((err = vc_folder_enter(c->dir, false)) != SY_OK)
		return complain(c->dir, err);
	if ((err = vc_folder_lock(&fd)) != SY_OK)
		return complain("the key is in use", err);
	status = run_here(c, fd);
	close(fd);
	return status;
}

/* "wait" returns when the control socket is there. */
static enum sy_err
call(const char *line)
{
	enum sy_err err;

	if (strncmp(line, "await ", 6) == 0)
		return vc_wire_wait(line + 6);
	if (strcmp(line, "wait") != 0)
		return vc_wire_call(line, stdout);
	if ((err = vc_wire_wait("inserted yes")) != SY_OK)
		return err;
	return vc_wire_call("status", stdout);
}

/* The words after the options are the command line for the key. */
static int
cmd_ctl(const struct vk_cli *c, char **words)
{
	char line[VC_LINE_MAX];
	enum sy_err err;

	if ((err = vc_folder_join(words, line)) != SY_OK)
		return complain("command too long", err);
	if ((err = vc_folder_enter(c->dir, false)) != SY_OK)
		return complain(c->dir, err);
	err = call(line);
	return err == SY_OK ? 0 : complain("the key did not do it", err);
}

static int
usage(void)
{
	fprintf(stderr,
	    "usage: vkey create --dir DIR [--ca DIR] [--sensor] [--pin PIN] "
	    "...\n"
	    "       vkey run --dir DIR [--number N] [--dev DIR] [--sys DIR] "
	    "[--insert]\n"
	    "       vkey ctl --dir DIR insert|remove|wait|await TEXT|touch ...|"
	    "finger ...|\n"
	    "           patience MS|delay MS|fault ...|odd ...|counter N|"
	    "firmware N|tries N|uv-tries N|\n"
	    "           reset|stats|status|quit\n");
	return 2;
}

static int
dispatch(struct vk_cli *c, const char *command, char **words)
{
	if (strcmp(command, "ctl") == 0)
		return cmd_ctl(c, words);
	if (*words != NULL)
		return usage();
	if (strcmp(command, "create") == 0)
		return cmd_create(c);
	if (strcmp(command, "run") == 0)
		return cmd_run(c);
	return usage();
}

int
main(int argc, char **argv)
{
	struct vk_cli c = { .port = { .dev = "/dev", .sys = "/sys" },
		.mode = 0660,
		.samples = 4 };
	char **words;

	vk_model_default(&c.model);
	c.recipe = (struct vk_recipe){
		.subject = "/C=JP/O=Test/OU=Authenticator Attestation/"
			   "CN=Virtual Key",
		.from_days = -1,
		.to_days = 3650,
	};
	if (argc < 2 ||
	    vk_options_parse(&c, argc - 1, argv + 1, &words) != SY_OK)
		return usage();
	return dispatch(&c, argv[1], words);
}
