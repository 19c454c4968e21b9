/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VK_OPTIONS_H
#define VK_OPTIONS_H

#include "create.h"
#include "port.h"

/* What the command line said, for all commands. */
struct vk_cli {
	struct vk_model model;
	struct vk_recipe recipe;
	struct vk_port port;
	const char *dir, *ca;
	unsigned long counter, min_pin, samples;
	unsigned long number, mode, uid, gid; /* of the device */
	bool always_uv;
	bool insert;
};

/*
 * Read the options behind the command word, ${argv}[0] being that word.
 * ${ret_rest}: the words behind the options. ARG after a message.
 */
SY_MUST_USE enum sy_err vk_options_parse(struct vk_cli *c, int argc,
    char **argv, char ***ret_rest);

#endif /* VK_OPTIONS_H */
