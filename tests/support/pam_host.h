/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PAM_HOST_H
#define PAM_HOST_H

#include <security/pam_appl.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * A program that uses PAM, with a person in front of it who follows a script.
 */
struct pam_host {
	pam_handle_t *pamh;
	const char *const *answers; /* one a prompt; NULL ends them */
	int fail_at;                /* the call that fails, counted from 1 */
	bool fail_with_response;    /* it hands out an answer all the same */
	bool empty_handed;          /* succeed without any response */
	bool null_answer;           /* succeed with a response without text */
	bool answer_infos;          /* a text where none was asked for */
	bool deaf;                  /* fail whatever is said */
	bool one_buffer;            /* every prompt gets the first answer */
	unsigned int typing_ms;     /* the time an answer takes */

	/* What happened. */
	char log[4096]; /* "I:text\n", "E:", "P:" (echo off), "O:" (on) */
	int calls;
	bool clumsy;             /* more than one message in a call */
	unsigned int fail_delay; /* that libpam was asked for, us */
};

#define PAM_HOST_SERVICE "sanyoso-test"

/*
 * Start PAM_HOST_SERVICE with ${stack} (lines as in /etc/pam.d), which is
 * written to a file in ${folder}. ${host} must be zeroed but for its script. A
 * PAM code.
 */
int pam_host_start(struct pam_host *host, const char *folder, const char *stack,
    const char *user);
/* End it; a PAM code. */
int pam_host_end(struct pam_host *host);

#endif /* PAM_HOST_H */
