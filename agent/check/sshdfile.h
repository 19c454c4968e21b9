/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CHECK_SSHDFILE_H
#define AGENT_CHECK_SSHDFILE_H

#include <stdbool.h>
#include <stddef.h>

#include <sanyoso/err.h>

/*
 * The part of sshd_config(5) that says how sshd asks people: the words are
 * split as sshd splits them, other keywords are passed over. "sshd -T" is not
 * asked: it knows the settings for one connection at a time, runs as root, and
 * fails where a host key is missing.
 */
#define SSHDFILE_WORD_SIZE 1024
#define SSHDFILE_DEPTH_MAX 16 /* as in sshd: of files that are included */
#define SSHDFILE_SIZE_MAX  ((size_t)256 * 1024)

enum sshd_answer {
	SSHD_UNSET,
	SSHD_NO,
	SSHD_YES,
};

struct sshd_settings {
	/* Outside of Match, where the first value of a keyword counts. */
	enum sshd_answer pam;
	enum sshd_answer password;
	enum sshd_answer keyboard; /* KbdInteractiveAuthentication */
	/* For some connections a Match overrides it. */
	bool password_matched; /* with yes */
	bool keyboard_matched; /* with no */
};

struct sshd_reading {
	struct sshd_settings settings;
	bool match; /* inside of one */
	unsigned int depth;
	/* "Include": read what ${pattern} names, in the state of ${reading}. */
	enum sy_err (*include)(struct sshd_reading *reading,
	    const char *pattern, struct sy_error *reterr);
	void *arg;
};

/* Read ${text} of the file ${name} into ${reading}. FORMAT with its place, and
 * the errors of the hook. */
SY_MUST_USE enum sy_err sshdfile_parse(const char *name, const char *text,
    size_t len, struct sshd_reading *reading, struct sy_error *reterr);

/* /etc/ssh/sshd_config below ${root} and what it includes. NOT_FOUND; FORMAT,
 * LIMIT; those of sy_safefile_read. */
SY_MUST_USE enum sy_err sshdfile_load(const char *root,
    struct sshd_settings *ret, struct sy_error *reterr);

#endif /* AGENT_CHECK_SSHDFILE_H */
