/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PAM_OPTIONS_H
#define PAM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

#include <sanyoso/err.h>

/* What stands behind pam_sanyoso.so in a line of /etc/pam.d. */
struct sy_pam_options {
	char socket[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	uint8_t purpose; /* enum sy_purpose */
	uint8_t lang;    /* enum sy_lang */
	bool loud;       /* show messages in spite of PAM_SILENT */
	bool enter;      /* what is to be done first is a prompt */
	bool together;   /* messages are told together before each prompt */
	bool identify;   /* the card names the person whom the host didn't */
	unsigned int timeout; /* seconds for one whole dialogue */
};

#define SY_PAM_SOCKET      "/run/sanyoso/agent/agent.sock"
#define SY_PAM_TIMEOUT     180
#define SY_PAM_TIMEOUT_MIN 1
#define SY_PAM_TIMEOUT_MAX 600

/*
 * Read the options, with defaults for what is not given. SY_ERR_FORMAT for
 * anything that is unknown, given twice or out of range: an option that is
 * passed over might have been meant to make a login stricter.
 */
SY_MUST_USE enum sy_err sy_pam_options_read(int argc, const char **argv,
    struct sy_pam_options *ret_options, struct sy_error *reterr);

#endif /* PAM_OPTIONS_H */
