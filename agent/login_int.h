/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_LOGIN_INT_H
#define AGENT_LOGIN_INT_H

#include "login.h"

/*
 * What the parts of a login share: login.c (what the server says), login_ask.c
 * (what is asked of person and card), login_key.c (what is asked of a key) and
 * login_end.c (how it ends).
 */

/* --- login_ask.c --- */

extern const struct password_hooks login_password_hooks;

/* "present": ask for what may come next. */
void login_present(struct login *login, const struct sy_auth_step *step);
/* Show the server the card, or show it again for a fresh nonce. */
void login_show_card(struct login *login, enum login_state state);
/* Have the card sign what the server and we know, each by itself. */
void login_sign(struct login *login);
/* The answer to prompt ${number}; NULL: none was given. */
void login_on_choice(struct login *login, uint32_t number,
    const struct sy_secret *answer);

/* --- login_key.c --- */

/* A key is to be used: ask the server what it is to sign. */
void login_start_key(struct login *login);
/* "assert": the server has said it. */
void login_on_assert(struct login *login, const struct sy_auth_step *step);
/* No answer to a look, which proves nothing, so that the key may be looked at
 * once more. False: it was already. */
bool login_look_again(struct login *login);
/* Whether events of device, person and clock are the key's. */
bool login_key_is_on(const struct login *login);

/* --- login_end.c --- */

/* The person's name if the server has confirmed it, for the log. */
const char *login_known_user(const struct login *login);
/* Say the result of login->ending, with the server's support code or NULL. */
void login_finish(struct login *login, const char *support);
/* It ended here. The server is told first, its log entry gives the number for
 * the help desk; it is not waited for long. */
void login_end(struct login *login, const struct ending *ending);
/* Somebody broke the protocol, or memory ran out. */
void login_end_broken(struct login *login, enum sy_err code);
void login_end_denied(struct login *login, const struct sy_auth_step *step);
/* The server allowed it, and login->person is who it is. */
void login_end_allowed(struct login *login, const struct sy_auth_step *step);
void login_post_abandon(const struct login *login);

/*
 * Whom the login is to prove. su names the target as its user and the caller
 * beside it; it is the caller who shows that it is he.
 */
const char *login_user_to_prove(const struct sy_dialog_auth *auth);
/* Host and server may differ in case only; anything else would let somebody
 * log in as another person than the one at the prompt. */
bool login_is_right_person(const struct login *login, const char *person);
/* Whether this login needs an account that is known not to be there. */
bool login_account_is_missing(const struct login *login);
struct ending login_ending_of_account(const struct login *login);
/* The person has become known: look for the account of that name, if it is not
 * the one that was looked for. */
void login_look_up(struct login *login);

#endif /* AGENT_LOGIN_INT_H */
