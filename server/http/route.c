/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/route.h"

#include <string.h>

#include "server/admin/admin.h"
#include "server/auth/login.h"
#include "server/auth/password.h"
#include "server/identity/identity.h"
#include "server/session/session.h"

#define T       LISTENER_TERMINALS
#define J       LISTENER_JOIN
#define A       LISTENER_ADMIN
#define M(name) (&sy_message_##name)

/* clang-format off */
static const struct route routes[] = {
	{ T, "/v1/hello", M(hello), M(hello_reply), join_hello },
	{ T, "/v1/renew", M(renew), M(join_reply), join_renew },
	{ T, "/v1/auth", M(auth_begin), M(auth_step), login_begin },
	{ T, "/v1/auth/card", M(auth_card), M(auth_step), login_card },
	{ T, "/v1/auth/password", M(auth_password), M(auth_step),
	    login_password },
	{ T, "/v1/auth/proof", M(auth_proof), M(auth_step), login_proof },
	{ T, "/v1/auth/key", M(auth_key), M(auth_step), login_key },
	{ T, "/v1/auth/look", M(auth_assertion), M(auth_step), login_look },
	{ T, "/v1/auth/assertion", M(auth_assertion), M(auth_step),
	    login_assertion },
	{ T, "/v1/auth/abandon", M(auth_abandon), M(auth_step), login_abandon },
	{ T, "/v1/auth/verdict", M(auth_fetch), M(auth_step), login_fetch },
	{ T, "/v1/account", M(account), M(account_step), account_ask },
	{ T, "/v1/session/open", M(session_open), M(session_step),
	    session_open },
	{ T, "/v1/session/close", M(session_close), M(empty), session_close },
	{ T, "/v1/password/change", M(password_change), M(password_step),
	    password_change },
	{ T, "/v1/enroll", M(enroll_begin), M(enroll_step), enroll_begin },
	{ T, "/v1/enroll/card", M(enroll_card), M(enroll_step), enroll_card },
	{ T, "/v1/enroll/key", M(enroll_key), M(enroll_step), enroll_key },
	{ T, "/v1/enroll/assertion", M(auth_assertion), M(enroll_step),
	    enroll_assertion },
	{ T, "/v1/enroll/proof", M(auth_proof), M(enroll_step), enroll_proof },
	{ T, "/v1/enroll/abandon", M(auth_abandon), M(enroll_step),
	    enroll_abandon },
	{ T, "/v1/office", M(office_begin), M(office_step), office_begin },
	{ T, "/v1/office/card", M(office_card), M(office_step), office_card },
	{ T, "/v1/office/proof", M(office_proof), M(office_step),
	    office_proof },
	{ T, "/v1/office/done", M(office_done), M(office_step), office_done },
	{ T, "/v1/office/abandon", M(auth_abandon), M(office_step),
	    office_abandon },

	{ J, "/v1/join", M(join), M(join_reply), join_join },

	{ A, "/v1/admin/user/add", M(user_add), M(user), user_add },
	{ A, "/v1/admin/user/show", M(user_ref), M(user_shown), user_show },
	{ A, "/v1/admin/user/list", M(empty), M(user_list), user_list },
	{ A, "/v1/admin/user/suspend", M(user_change), M(user), user_suspend },
	{ A, "/v1/admin/user/resume", M(user_change), M(user), user_resume },
	{ A, "/v1/admin/user/dates", M(user_dates), M(user), user_dates },
	{ A, "/v1/admin/user/disable", M(user_change), M(user), user_disable },
	{ A, "/v1/admin/user/unlock", M(user_change), M(user), user_unlock },
	{ A, "/v1/admin/user/password-compromised", M(user_change), M(user),
	    user_password_compromised },
	{ A, "/v1/admin/user/explain", M(user_ref), M(explanation),
	    user_explain },
	{ A, "/v1/admin/user/password-reset", M(user_change), M(code),
	    password_reset },
	{ A, "/v1/admin/token/invite", M(token_invite), M(code), token_invite },
	{ A, "/v1/admin/token/list", M(token_search), M(token_list),
	    token_list },
	{ A, "/v1/admin/token/show", M(token_ref), M(token), token_show },
	{ A, "/v1/admin/token/suspend", M(token_change), M(token),
	    token_suspend },
	{ A, "/v1/admin/token/resume", M(token_change), M(token),
	    token_resume },
	{ A, "/v1/admin/token/lost", M(token_change), M(token), token_lost },
	{ A, "/v1/admin/token/revoke", M(token_change), M(token),
	    token_revoke },
	{ A, "/v1/admin/token/models", M(empty), M(model_list), token_models },
	{ A, "/v1/admin/token/revoke-model", M(model_change), M(token_list),
	    token_revoke_model },
	{ A, "/v1/admin/metadata/import", M(metadata_part), M(model_list),
	    metadata_import },
	{ A, "/v1/admin/terminal/invite", M(terminal_invite), M(code),
	    terminal_invite },
	{ A, "/v1/admin/terminal/list", M(empty), M(terminal_list),
	    terminal_list },
	{ A, "/v1/admin/terminal/show", M(terminal_ref), M(terminal),
	    terminal_show },
	{ A, "/v1/admin/terminal/revoke", M(terminal_ref), M(terminal),
	    terminal_revoke },
	{ A, "/v1/admin/audit/search", M(audit_search), M(audit_page),
	    audit_search },
	{ A, "/v1/admin/audit/verify", M(empty), M(verify_report),
	    audit_verify },
	{ A, "/v1/admin/status/show", M(empty), M(status), status_show },
};
/* clang-format on */

const struct route *
route_find(enum listener_kind kind, const char *path)
{
	for (size_t i = 0; i < SY_COUNT(routes); i++)
		if (routes[i].kind == kind && strcmp(routes[i].path, path) == 0)
			return &routes[i];
	return NULL;
}

const struct route *
route_at(size_t i)
{
	return i < SY_COUNT(routes) ? &routes[i] : NULL;
}
