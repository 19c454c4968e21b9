/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VC_OPTIONS_H
#define VC_OPTIONS_H

#include "create.h"

/* What the command line said, for all commands. */
struct vc_cli {
	struct vc_recipe recipe;
	struct vc_card *card;
	const char *dir;
	const char *ca, *ca_cert, *ca_key;
	const char *alg, *pin;
	uint16_t port;
	bool insert;
};

/*
 * Read the options behind the command word, ${argv}[0] being that word.
 * ${ret_rest}: the words behind the options. ARG after a message.
 */
SY_MUST_USE enum sy_err vc_options_parse(struct vc_cli *c, int argc,
    char **argv, char ***ret_rest);

#endif /* VC_OPTIONS_H */
