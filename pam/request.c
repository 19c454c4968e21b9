/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>
#include <syslog.h>

#include <security/pam_ext.h>

#include "pam/request.h"

/* A text item of the handle; not set is "". */
static bool
copy_item(const pam_handle_t *pamh, int type, char *out, size_t size)
{
	const void *item = NULL;
	size_t len;

	out[0] = '\0';
	if (pam_get_item(pamh, type, &item) != PAM_SUCCESS)
		return false;
	if (item == NULL)
		return true;
	len = strnlen(item, size);
	if (len == size || !sy_text_is_clean(item, len))
		return false;
	memcpy(out, item, len + 1);
	return true;
}

/* A name that can't be sent is nobody's. */
static int
take_user(const char *user, char out[SY_NAME_SIZE])
{
	const size_t len = user != NULL ? strnlen(user, SY_NAME_SIZE) : 0;

	if (len == 0 || len == SY_NAME_SIZE || !sy_text_is_clean(user, len))
		return PAM_USER_UNKNOWN;
	memcpy(out, user, len + 1);
	return PAM_SUCCESS;
}

/* The name that the host has set, "" if none. */
static const char *
known_user(const pam_handle_t *pamh)
{
	const void *item = NULL;

	if (pam_get_item(pamh, PAM_USER, &item) != PAM_SUCCESS || item == NULL)
		return "";
	return item;
}

/* The name that the host has set, or asks for now. */
static int
asked_user(pam_handle_t *pamh, char out[SY_NAME_SIZE])
{
	const char *user = NULL;
	int code;

	if ((code = pam_get_user(pamh, &user, NULL)) != PAM_SUCCESS)
		return code == PAM_CONV_AGAIN ? PAM_INCOMPLETE : PAM_CONV_ERR;
	return take_user(user, out);
}

/* Items that AUTH and the phases have in common. */
static int
copy_place(pam_handle_t *pamh, struct sy_dialog_auth *out)
{
	if (copy_item(pamh, PAM_SERVICE, out->service, sizeof(out->service)) &&
	    out->service[0] != '\0' &&
	    copy_item(pamh, PAM_TTY, out->tty, sizeof(out->tty)) &&
	    copy_item(pamh, PAM_RUSER, out->ruser, sizeof(out->ruser)) &&
	    copy_item(pamh, PAM_RHOST, out->rhost, sizeof(out->rhost)))
		return PAM_SUCCESS;
	pam_syslog(pamh, LOG_ERR,
	    "service, tty or remote side can't be told to the agent");
	return PAM_SERVICE_ERR;
}

int
sy_pam_request_auth(pam_handle_t *pamh, const struct sy_pam_options *options,
    struct sy_pam_request *ret)
{
	struct sy_dialog_auth *auth = &ret->auth;
	int code;

	ret->type = SY_DIALOG_AUTH;
	auth->identify =
	    options->identify && known_user(pamh)[0] == '\0' ? 1 : 0;
	if (auth->identify == 0 &&
	    (code = asked_user(pamh, auth->user)) != PAM_SUCCESS)
		return code;
	if ((code = copy_place(pamh, auth)) != PAM_SUCCESS)
		return code;
	auth->purpose = options->purpose;
	auth->lang = options->lang;
	return PAM_SUCCESS;
}

int
sy_pam_request_phase(pam_handle_t *pamh, const struct sy_pam_options *options,
    enum sy_dialog_type type, struct sy_pam_request *ret)
{
	struct sy_dialog_phase *phase = &ret->phase;
	struct sy_dialog_auth *place = &ret->auth;
	int code;

	ret->type = type;
	if ((code = take_user(known_user(pamh), phase->user)) != PAM_SUCCESS ||
	    (code = copy_place(pamh, place)) != PAM_SUCCESS)
		return code;
	memcpy(phase->service, place->service, sizeof(phase->service));
	memcpy(phase->tty, place->tty, sizeof(phase->tty));
	memcpy(phase->ruser, place->ruser, sizeof(phase->ruser));
	memcpy(phase->rhost, place->rhost, sizeof(phase->rhost));
	phase->purpose = options->purpose;
	phase->lang = options->lang;
	return PAM_SUCCESS;
}
