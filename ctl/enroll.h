/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CTL_ENROLL_H
#define CTL_ENROLL_H

#include <sanyoso/dialog.h>
#include <sanyoso/message.h>
#include <sanyoso/text.h>

#include "ctl/ctl.h"

/* The words of "token enroll": nothing that is sent to a server. */
struct enroll_words {
	char user[SY_NAME_SIZE];
	bool fido2;
	bool bio;
	bool pin;
	bool managed;
	bool resident;
};
extern const struct sy_message enroll_words;

/*
 * "token enroll USER": the dialogue with this terminal's agent, for an operator
 * (root) and the person with the card or key. ${words} is a struct
 * enroll_words. CTL_DONE once it is enrolled, CTL_USAGE for options that do not
 * go together.
 */
enum ctl_exit enroll_run(const struct ctl_context *ctx, const void *words);

/* The words of what is done to a card or key besides. */
struct key_words {
	char user[SY_NAME_SIZE];
	bool fido2;
	char finger[SY_DIALOG_FINGER_SIZE];
};
extern const struct sy_message key_words;

/* "token pin change": of a card, or with --fido2 of a key; "token finger list",
 * "add", "remove". Likewise; ${words} is a struct key_words. */
enum ctl_exit pin_change(const struct ctl_context *ctx, const void *words);
enum ctl_exit finger_list(const struct ctl_context *ctx, const void *words);
enum ctl_exit finger_add(const struct ctl_context *ctx, const void *words);
enum ctl_exit finger_remove(const struct ctl_context *ctx, const void *words);

/* "token personalise", "token pin unblock": likewise. */
enum ctl_exit office_personalise(const struct ctl_context *ctx,
    const void *words);
enum ctl_exit office_unblock(const struct ctl_context *ctx, const void *words);

#endif /* CTL_ENROLL_H */
