/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "ending.h"

const char *
ending_kind_name(const struct ending *ending)
{
	if (ending->kind == 0)
		return "cancelled";
	return sy_failure_name((enum sy_failure)ending->kind);
}

void
ending_support(const struct ending *ending, const char *server,
    char out[ENDING_SUPPORT_SIZE])
{
	static const char letters[] = {
		[0] = 'P',
		[SY_FAILURE_CREDENTIAL] = 'C',
		[SY_FAILURE_DEVICE] = 'D',
		[SY_FAILURE_AUTHORITY] = 'S',
	};
	char letter = 'X';

	if (server != NULL && server[0] != '\0') {
		(void)snprintf(out, ENDING_SUPPORT_SIZE, "%s", server);
		return;
	}
	if (ending->kind < sizeof(letters))
		letter = letters[ending->kind];
	(void)snprintf(out, ENDING_SUPPORT_SIZE, "%c%02u", letter,
	    (unsigned int)ending->code);
}

void
ending_result(const struct ending *ending, enum sy_lang lang,
    const char *server_support, struct sy_dialog_result *ret)
{
	struct text_values v = {
		.tries = ending->tries,
		.date = ending->date,
		.login = ending->login,
	};

	*ret = (struct sy_dialog_result){ .result = (uint8_t)ending->result };
	ending_support(ending, server_support, ret->support);
	v.support = ret->support;
	text_get(lang, ending->text, &v, ret->text);
}

void
ending_of_server(const struct talk_reply *reply, struct ending *ret)
{
	*ret = (struct ending){
		.kind = SY_FAILURE_AUTHORITY,
		.code = reply->err,
		.result = SY_RESULT_UNAVAILABLE,
		.text = TEXT_SERVER_AWAY,
	};
	if (reply->err == SY_ERR_PROTOCOL || reply->err == SY_ERR_FORMAT ||
	    reply->refused)
		ret->text = TEXT_SERVER_REFUSED;
	else if (reply->err == SY_ERR_TIMEOUT || reply->err == SY_ERR_CLOSED)
		ret->text = TEXT_SERVER_SILENT;
	/* One that names a time will be back. */
	if (reply->refused && reply->failure.retry_after > 0 &&
	    strcmp(reply->failure.error, sy_err_name(SY_ERR_BUSY)) == 0) {
		ret->result = SY_RESULT_BUSY;
		ret->text = TEXT_BUSY_LATE;
	}
	if (reply->refused) {
		ret->code = SY_ERR_BUSY;
		(void)snprintf(ret->place, sizeof(ret->place), "%s",
		    reply->failure.error);
	}
}

void
ending_abandon(const struct ending *ending, const char *txn,
    unsigned int pins_wrong, struct sy_auth_abandon *ret)
{
	*ret = (struct sy_auth_abandon){ .pins_wrong = pins_wrong };
	(void)snprintf(ret->txn, sizeof(ret->txn), "%s", txn);
	(void)snprintf(ret->failure, sizeof(ret->failure), "%s",
	    ending_kind_name(ending));
	(void)snprintf(ret->reason, sizeof(ret->reason), "%s",
	    sy_err_name(ending->code));
	(void)snprintf(ret->place, sizeof(ret->place), "%s", ending->place);
}
