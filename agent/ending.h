/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_ENDING_H
#define AGENT_ENDING_H

#include "talk.h"
#include "text.h"

/*
 * How a dialogue came to its end. Three kinds of failure stay apart: the
 * person's credential, the device, the authority that decides. None of them
 * (0) is somebody who gave up.
 */
struct ending {
	unsigned int kind; /* enum sy_failure or 0 */
	enum sy_err code;
	enum sy_result result;
	enum text_id text;
	unsigned int tries; /* for the text, as the next ones */
	char date[32];
	char login[SY_LOGIN_SIZE];
	char place[SY_DEVICE_READER_SIZE];
};

/* Room for a support code such as "D15". */
#define ENDING_SUPPORT_SIZE 32

/*
 * What the help desk can look up: the server's code for its log entry where
 * there is one (${server} may be NULL or ""), else kind and number of the
 * error: C credential, D device, S server, P person.
 */
void ending_support(const struct ending *ending, const char *server,
    char out[ENDING_SUPPORT_SIZE]);

/* "credential", "device", "authority", "cancelled", as sy_auth_abandon has
 * it. */
const char *ending_kind_name(const struct ending *ending);

/* The last words and the code as the frame that ends the dialogue. */
void ending_result(const struct ending *ending, enum sy_lang lang,
    const char *server_support, struct sy_dialog_result *ret);

/* No answer from the server (${err}), or ${reply} that is a refusal. */
void ending_of_server(const struct talk_reply *reply, struct ending *ret);

/* The same for the server. */
void ending_abandon(const struct ending *ending, const char *txn,
    unsigned int pins_wrong, struct sy_auth_abandon *ret);

#endif /* AGENT_ENDING_H */
