/* SPDX-License-Identifier: Apache-2.0 */
#include "text_int.h"

#define N_(s)                                                                  \
	{                                                                      \
		s, NULL                                                        \
	}
#define P_(one, many)                                                          \
	{                                                                      \
		one, many                                                      \
	}

const struct text_sentence text_sentences[TEXT_COUNT] = {
	[TEXT_NONE] = { "", NULL },
	[TEXT_QUEUED] =
	    N_("Somebody else is using the card reader. Please wait."),
	[TEXT_NO_READER] =
	    N_("No card reader was found. Connect the card reader."),
	[TEXT_INSERT] = N_("Insert your card into the reader."),
	[TEXT_OLD_CARD] = N_("A card is in the reader already. Take it out and "
			     "insert it again."),
	[TEXT_WRONG_CARD] = N_("This card is not for this login. Take it out "
			       "and insert your own card."),
	[TEXT_CARD_GONE] = N_("The card was taken out. Insert it again."),
	[TEXT_CARD_UNKNOWN] = N_("This card can't be used here. Take it out "
				 "and insert your own card."),
	[TEXT_CARD_FAILED] = N_("The card did not answer properly. Take it out "
				"and insert it again."),
	[TEXT_CARD_BUSY] = N_("Another program is using the card. Close that "
			      "program, take the card out and insert it "
			      "again."),
	[TEXT_CARD_LATE] =
	    N_("No card was inserted in time. Please start again."),
	[TEXT_CARD_ROUNDS] = N_("The card was put in and taken out too often. "
				"Please start again."),
	[TEXT_NO_METHOD] = N_("This terminal can't do what the server asks "
			      "for. Tell the help desk: {support}"),
	[TEXT_DEVICE_FAILED] = N_("The card reader does not work. Tell the "
				  "help desk: {support}"),
	[TEXT_PIN_ASK_JPKI] =
	    N_("Enter the PIN for user authentication (4 digits)."),
	[TEXT_PIN_ASK_JPKI_TRIES] = P_("Enter the PIN for user authentication "
				       "(4 digits, {tries} try left).",
	    "Enter the PIN for user authentication (4 digits, {tries} tries "
	    "left)."),
	[TEXT_PIN_ASK_PIV] = N_("Enter the PIN of the card (6 to 8 digits)."),
	[TEXT_PIN_ASK_PIV_TRIES] = P_(
	    "Enter the PIN of the card (6 to 8 digits, {tries} try left).",
	    "Enter the PIN of the card (6 to 8 digits, {tries} tries left)."),
	[TEXT_PIN_PROMPT_JPKI] = N_("PIN (4 digits): "),
	[TEXT_PIN_PROMPT_JPKI_TRIES] = P_("PIN (4 digits, {tries} try left): ",
	    "PIN (4 digits, {tries} tries left): "),
	[TEXT_PIN_PROMPT_PIV] = N_("PIN (6 to 8 digits): "),
	[TEXT_PIN_PROMPT_PIV_TRIES] =
	    P_("PIN (6 to 8 digits, {tries} try left): ",
		"PIN (6 to 8 digits, {tries} tries left): "),
	[TEXT_PIN_WRONG] = P_("The PIN is wrong. {tries} try left.",
	    "The PIN is wrong. {tries} tries left."),
	[TEXT_PIN_FORMAT_JPKI] =
	    N_("The PIN has 4 digits. Nothing was sent to the card."),
	[TEXT_PIN_FORMAT_PIV] = N_("The PIN has 6 to 8 digits. Nothing was "
				   "sent to the card."),
	[TEXT_PIN_RESERVE_JPKI] = P_(
	    "This card has {tries} try left. The last try is kept, so that the "
	    "card does not lock. Check your PIN with the official software or "
	    "have it set anew at the counter of your municipality. ({support})",
	    "This card has {tries} tries left. The last try is kept, so that "
	    "the card does not lock. Check your PIN with the official software "
	    "or have it set anew at the counter of your municipality. "
	    "({support})"),
	[TEXT_PIN_RESERVE_PIV] =
	    P_("This card has {tries} try left. The last try is kept, so that "
	       "the card does not lock. Ask the card office to set your PIN "
	       "anew. ({support})",
		"This card has {tries} tries left. The last try is kept, so "
		"that the card does not lock. Ask the card office to set your "
		"PIN anew. ({support})"),
	[TEXT_PIN_RESERVE_ANY] =
	    P_("This card has {tries} try left. The last try is kept, so that "
	       "the card does not lock. Have the PIN set anew: of a My Number "
	       "card at the counter of your municipality, of another card at "
	       "the card office. ({support})",
		"This card has {tries} tries left. The last try is kept, so "
		"that the card does not lock. Have the PIN set anew: of a My "
		"Number card at the counter of your municipality, of another "
		"card at the card office. ({support})"),
	[TEXT_PIN_BLOCKED_JPKI] =
	    N_("The PIN of this card is locked. Have it set anew at the "
	       "counter of your municipality. ({support})"),
	[TEXT_PIN_BLOCKED_PIV] = N_("The PIN of this card is locked. Ask the "
				    "card office to unlock it. ({support})"),
	[TEXT_PIN_BLOCKED_ANY] =
	    N_("The PIN of this card is locked. Have it set anew: of a My "
	       "Number card at the counter of your municipality, of another "
	       "card at the card office. ({support})"),
	[TEXT_PIN_FACTORY] =
	    N_("This is the PIN that the card came with. Set your own PIN "
	       "first, then start again. ({support})"),
	[TEXT_PIN_LATE] = N_("No PIN was entered in time. Please start again."),
	[TEXT_PIN_NONE] = N_("No PIN was entered. Please start again."),
	[TEXT_DENIED] =
	    N_("The login was refused. Help desk number: {support}"),
	[TEXT_SERVER_AWAY] =
	    N_("The authentication server can't be reached. Tell the help "
	       "desk: {support}"),
	[TEXT_SERVER_SILENT] =
	    N_("The authentication server gave no answer in time. Try again. "
	       "Help desk number: {support}"),
	[TEXT_SERVER_REFUSED] =
	    N_("The authentication server can't decide now. Tell the help "
	       "desk: {support}"),
	[TEXT_FORBIDDEN] = N_("This program may not ask for this."),
	[TEXT_BROKEN] =
	    N_("The request can't be understood. Tell the help desk: "
	       "{support}"),
	[TEXT_CODE_ASK] = N_("Enter the enrolment code of {login}."),
	[TEXT_CODE_PROMPT] = N_("Enrolment code: "),
	[TEXT_CODE_WRONG] =
	    N_("This is not an enrolment code. Check it and type it again."),
	[TEXT_CODE_NONE] =
	    N_("No enrolment code was entered. Please start again."),
	[TEXT_ENROLL_PERSON] =
	    N_("A card will be enrolled for {name} (login {login})."),
	[TEXT_ENROLL_CARD] =
	    N_("Card of: {subject}; issued by: {issuer}; key: {algorithm}; "
	       "valid to: {date}; for: {name} ({login})."),
	[TEXT_ENROLL_DONE] =
	    N_("The card was enrolled as {token} for {login}."),
	[TEXT_ENROLL_SILENT] =
	    N_("The server gave no answer in time. Look with \"sanyosoctl "
	       "token list {login}\" whether anything was enrolled. "
	       "({support})"),
	[TEXT_KEY_OPEN] =
	    N_("The key of this card signs without a PIN. Such a card is not "
	       "accepted. ({support})"),
	[TEXT_REFUSED] = N_("The server refused: {detail} ({support})"),
	[TEXT_REFUSED_CODE] =
	    N_("The enrolment code is wrong, used or expired, or is for "
	       "another person or terminal. ({support})"),
	[TEXT_REFUSED_EXISTS] =
	    N_("This card is enrolled already: {detail} ({support})"),
	[TEXT_REFUSED_PATH] =
	    N_("This card was not issued by an issuer that the server "
	       "accepts: {detail} ({support})"),
	[TEXT_REFUSED_DATE] =
	    N_("The certificate on this card is not valid now: {detail} "
	       "({support})"),
	[TEXT_REFUSED_REVOKED] =
	    N_("The certificate on this card was revoked: {detail} "
	       "({support})"),
	[TEXT_REFUSED_ALGORITHM] =
	    N_("The key on this card is of a kind that is not accepted: "
	       "{detail} ({support})"),
	[TEXT_REFUSED_CERT] =
	    N_("The certificate on this card can't be used: {detail} "
	       "({support})"),
	[TEXT_REFUSED_SIGNATURE] =
	    N_("The first proof with this card failed: {detail} ({support})"),
	[TEXT_REFUSED_STATE] =
	    N_("The ID can't get a card in its present state: {detail} "
	       "({support})"),
	[TEXT_OFFICE_CODE_ASK] =
	    N_("Enter the card office's code for {login}."),
	[TEXT_OFFICE_PERSON] =
	    N_("A card will be personalised for {name} (login {login}). "
	       "{name} chooses the PIN now."),
	[TEXT_OFFICE_UNBLOCK] =
	    N_("The PIN of the card of {name} (login {login}) will be "
	       "unblocked. {name} chooses a new PIN now."),
	[TEXT_OFFICE_OLD_ASK] = N_("Type the PIN that the card has now."),
	[TEXT_OFFICE_OLD_PROMPT] = N_("Present PIN: "),
	[TEXT_OFFICE_NEW_ASK] =
	    N_("Choose a new PIN of 6 to 8 digits that nobody can guess, "
	       "and tell it nobody."),
	[TEXT_OFFICE_NEW_PROMPT] = N_("New PIN: "),
	[TEXT_OFFICE_AGAIN_ASK] = N_("Type the new PIN once more."),
	[TEXT_OFFICE_AGAIN_PROMPT] = N_("New PIN again: "),
	[TEXT_OFFICE_UNLIKE] =
	    N_("The two PINs are not the same. Choose one and type it "
	       "twice."),
	[TEXT_OFFICE_NONE] =
	    N_("Nothing was entered in time. Nothing was changed. Please "
	       "start again."),
	[TEXT_OFFICE_WORK] =
	    N_("Leave the card in the reader until you are told that it "
	       "is done."),
	[TEXT_OFFICE_DONE] =
	    N_("The card was personalised as {token} for {login}. Its "
	       "certificate ends on {date}."),
	[TEXT_OFFICE_CHANGED] = N_("The PIN of the card was changed."),
	[TEXT_OFFICE_UNBLOCKED] =
	    N_("The PIN of the card was unblocked. The new PIN is in "
	       "force."),
	[TEXT_OFFICE_JPKI] =
	    N_("This is a My Number card. Its PIN is changed or unblocked "
	       "at the resident counter of the city office only. "
	       "({support})"),
	[TEXT_OFFICE_FOREIGN] =
	    N_("This card has secrets that are not ours. Take another "
	       "card, or set this one back with its maker's tool first. "
	       "({support})"),
	[TEXT_OFFICE_FACTORY] =
	    N_("This PIN is one that makers deliver cards with. Nothing "
	       "was changed. Start again and choose another. ({support})"),
	[TEXT_OFFICE_BROKEN_OFF] =
	    N_("The card is not finished. Put it in and start again with "
	       "the same code; what was begun goes on. ({support})"),
	[TEXT_STATUS_UP] = N_("sanyoso-agent {version}: terminal {terminal}, "
			      "server {server} answers. {detail}"),
	[TEXT_STATUS_DOWN] = N_("sanyoso-agent {version}: terminal {terminal}, "
				"no server answers. {detail}"),
	[TEXT_JOIN_PROMPT] = N_("Join code: "),
	[TEXT_JOIN_CODE_WRONG] =
	    N_("This is not a join code. Check it and start again."),
	[TEXT_JOIN_FAILED] = N_("The terminal did not join: {detail}"),
	[TEXT_JOIN_DONE] =
	    N_("This terminal has joined {server} as {terminal}."),
	[TEXT_JOIN_NEXT] =
	    N_("Next: start the agent with \"systemctl enable --now "
	       "sanyoso-agent\"."),
	[TEXT_READER_GONE] =
	    N_("The card reader was disconnected. Connect it and insert "
	       "the card again."),
	[TEXT_CHOICE_ASK] =
	    N_("Choose how to go on: enter 1 for the IC card or 2 for "
	       "the password."),
	[TEXT_CHOICE_PROMPT] = N_("1: IC card, 2: password: "),
	[TEXT_CHOICE_WRONG] = N_("Only 1 or 2 can be entered here."),
	[TEXT_CHOICE_NONE] = N_("No choice was made. Please start again."),
	[TEXT_PASSWORD_ASK] =
	    N_("Enter your password (not the PIN of a card or key)."),
	[TEXT_PASSWORD_ASK_TRIES] =
	    P_("Enter your password (not the PIN of a card or key; {tries} "
	       "try left).",
		"Enter your password (not the PIN of a card or key; {tries} "
		"tries left)."),
	[TEXT_PASSWORD_PROMPT] = N_("Password (not the PIN): "),
	[TEXT_PASSWORD_PROMPT_TRIES] =
	    P_("Password (not the PIN; {tries} try left): ",
		"Password (not the PIN; {tries} tries left): "),
	[TEXT_PASSWORD_WRONG] = N_("The password is wrong."),
	[TEXT_PASSWORD_WRONG_TRIES] =
	    P_("The password is wrong. {tries} try left.",
		"The password is wrong. {tries} tries left."),
	[TEXT_PASSWORD_EMPTY] =
	    N_("Nothing was entered. Nothing was sent to the server."),
	[TEXT_PASSWORD_LONG] =
	    N_("This is longer than any password. Nothing was sent to "
	       "the server."),
	[TEXT_PASSWORD_LOST] =
	    N_("The server gave no answer in time. Enter the password "
	       "once more."),
	[TEXT_PASSWORD_LATE] =
	    N_("No password was entered in time. Please start again."),
	[TEXT_PASSWORD_NONE] =
	    N_("No password was entered. The login was given up."),
	[TEXT_BUSY_WAIT] =
	    N_("The server is busy. Please wait: it goes on by itself, "
	       "nothing is lost."),
	[TEXT_BUSY_LATE] =
	    N_("The server is too busy. Try again in some minutes. Help "
	       "desk number: {support}"),
	[TEXT_TOO_MANY] =
	    N_("Too many programs are asking for a login here. Close those "
	       "that wait, or try again in a minute. Help desk number: "
	       "{support}"),
	[TEXT_LOCKED_UNTIL] =
	    N_("The password is locked until {date} because of wrong "
	       "entries. Try again then. Help desk number: {support}"),
	[TEXT_LOCKED] =
	    N_("The password can't be used. Ask the help desk to open "
	       "it or to issue a new one: {support}"),
	[TEXT_NO_GRANT] =
	    N_("You have no permission for this. Ask your administrator "
	       "for a grant. Help desk number: {support}"),
	[TEXT_KEY_CLONED] =
	    N_("This security key was stopped: there may be a copy of it. "
	       "Take it to the help desk: {support}"),
	[TEXT_KEY_MODEL] =
	    N_("Security keys of this model are not accepted any more. Ask "
	       "the help desk for another one: {support}"),
	[TEXT_KEY_NO_FINGER] =
	    N_("This login needs your finger on the security key; its PIN is "
	       "not enough. Begin again with your finger. If it does not "
	       "work, tell the help desk this number: {support}"),
	[TEXT_NO_ACCOUNT] =
	    N_("This terminal has no Unix account {login}. Ask the "
	       "system administrator to create it or to connect this "
	       "terminal with the directory. Help desk number: {support}"),
	[TEXT_NO_LOOKUP] =
	    N_("The accounts of this terminal can't be looked up now. "
	       "Try again. Help desk number: {support}"),
	[TEXT_LAST_LOGIN] = N_("Last login: {date} at {terminal}."),
	[TEXT_LAST_LOGOUT] = N_("Last logout: {date} at {terminal}."),
	[TEXT_FIRST_LOGIN] = N_("This is the first login of this ID."),
	[TEXT_FAILURES] =
	    N_("Failed tries before this login: {number}. If they were not "
	       "yours, tell the help desk at once."),
	[TEXT_PASSWORD_ENDS] =
	    N_("The password must be changed before {date}. Change it "
	       "with \"passwd\"."),
	[TEXT_CARD_ENDS] =
	    N_("The certificate of the card is valid until {date}. Have "
	       "it renewed before that day."),
	[TEXT_UNPROVEN] =
	    N_("Nobody has proven who he is for this session. Log in "
	       "with card, security key or password. Help desk number: "
	       "{support}"),
	[TEXT_STOPPED] = N_("The session was not opened: the login was stopped "
			    "meanwhile. Help desk number: {support}"),
	[TEXT_CHANGE_DUE] =
	    N_("The password must be changed before the session begins."),
	[TEXT_CHANGE_TEMPORARY] =
	    N_("This is a temporary password. Set your own password now."),
	[TEXT_CHANGE_EXPIRED] =
	    N_("The password has expired. Set a new password now."),
	[TEXT_CHANGE_ASKED] = N_("Set your new password."),
	[TEXT_DUTIES] =
	    N_("Your duties: keep the password secret from everybody, "
	       "share it with nobody, use it in no other system, write "
	       "it down nowhere, and change it at once if somebody else "
	       "may know it."),
	[TEXT_RULES] = N_("The new password must obey these rules: "),
	[TEXT_NEW_ASK] = N_("Enter the new password."),
	[TEXT_NEW_PROMPT] = N_("New password: "),
	[TEXT_NEW_AGAIN_ASK] = N_("Enter the new password once more."),
	[TEXT_NEW_AGAIN_PROMPT] = N_("New password, once more: "),
	[TEXT_NEW_DIFFERENT] =
	    N_("The two entries differ. Enter the new password again."),
	[TEXT_BROKEN_RULES] = N_("This password was not accepted: "),
	[TEXT_CHANGED] =
	    N_("The password was changed. Use the new one from now on."),
	[TEXT_UNCHANGED] =
	    N_("The password was not changed. The old one stays in "
	       "force. Help desk number: {support}"),
	[TEXT_CHANGE_UNSURE] =
	    N_("The server gave no answer. One of the two passwords is "
	       "in force: try the new one first, then the old one. Help "
	       "desk number: {support}"),
	[TEXT_CHANGE_NO_DICTIONARY] =
	    N_("The server can't check new passwords now: its dictionary "
	       "does not work. Nothing is wrong with yours. The old one "
	       "stays in force. Tell the help desk: {support}"),
	[TEXT_RULE_SHORT] =
	    P_("at least {number} character;", "at least {number} characters;"),
	[TEXT_RULE_LONG] = N_("not too long;"),
	[TEXT_RULE_UNCLEAN] = N_("no control characters;"),
	[TEXT_RULE_CLASSES] =
	    P_("at least {number} kind of: capital letters, small letters, "
	       "digits, signs, other characters;",
		"at least {number} kinds of: capital letters, small letters, "
		"digits, signs, other characters;"),
	[TEXT_RULE_LOGIN] = N_("the login name must not be inside;"),
	[TEXT_RULE_PERSONAL] =
	    N_("your name, staff number or date of birth must not be "
	       "inside;"),
	[TEXT_RULE_REPEAT] = N_("no character or group again and again;"),
	[TEXT_RULE_SEQUENCE] = N_("no sequence such as abcd, 9876 or qwerty;"),
	[TEXT_RULE_SIMILAR] = N_("not too much like the present one;"),
	[TEXT_RULE_HISTORY] = N_("not used before;"),
	[TEXT_RULE_DICTIONARY] = N_("no word of a dictionary or close to one;"),
	[TEXT_RULE_BLOCKED] =
	    N_("no word that is easily guessed, such as the name of the "
	       "municipality;"),
	[TEXT_RULE_YOUNG] =
	    N_("not changed again so soon after the last change;"),
	[TEXT_KEY_QUEUED] =
	    N_("Somebody else is using a card or a security key at this "
	       "terminal. Please wait."),
	[TEXT_KEY_INSERT] = N_("Connect your security key, or put it on the "
			       "reader."),
	[TEXT_KEY_OLD_CARD] =
	    N_("Connect your security key, or put it on the reader. The card "
	       "that is in the reader does not count: if it is your security "
	       "key, take it out and put it in again."),
	[TEXT_KEY_IN_USE] =
	    N_("Another program is using the security key. Close that "
	       "program, or connect another key."),
	[TEXT_KEY_OTHER] =
	    N_("This security key is not for this login. Take it "
	       "out and connect your own."),
	[TEXT_KEY_CHOOSE] = N_("Several security keys are connected. Touch the "
			       "one that you want to use."),
	[TEXT_KEY_GONE] =
	    N_("The security key was taken out. Connect it again."),
	[TEXT_KEY_FAILED] = N_("The security key did not answer properly. Take "
			       "it out and connect it again."),
	[TEXT_KEY_BUSY] = N_("Another program is using the security key. Close "
			     "that program, take the key out and connect it "
			     "again."),
	[TEXT_KEY_LATE] =
	    N_("No security key was connected in time. Please start again."),
	[TEXT_KEY_ROUNDS] = N_("The security key was connected and taken out "
			       "too often. Please start again."),
	[TEXT_KEY_BROKEN] = N_("The security key can't be used at this "
			       "terminal now. Tell the help desk: {support}"),
	[TEXT_KEY_UNFIT] =
	    N_("This security key can't do what is needed here. Ask the card "
	       "office for another one. ({support})"),
	[TEXT_KEY_UNPROVEN] =
	    N_("This security key does not show whose it is before it is given "
	       "a PIN, so it is given none. Ask the card office for another "
	       "one. ({support})"),
	[TEXT_KEY_BARE] =
	    N_("Neither a PIN nor a finger is set on this security key. Have "
	       "it set up at the card office. ({support})"),
	[TEXT_KEY_TOUCH] = N_("Touch the security key."),
	[TEXT_KEY_UNTOUCHED] =
	    N_("The security key was not touched in time. Once more, please."),
	[TEXT_KEY_TOUCH_LATE] =
	    N_("The security key was not touched. Please start again."),
	[TEXT_KEY_DENIED] = N_("The request was turned down on the security "
			       "key. Please start again."),
	[TEXT_KEY_FINGER] =
	    N_("Place your finger on the sensor of the security key."),
	[TEXT_KEY_FINGER_WRONG] =
	    N_("The finger was not recognised. Place it once more."),
	[TEXT_KEY_FINGER_WRONG_TRIES] =
	    P_("The finger was not recognised. {tries} try left.",
		"The finger was not recognised. {tries} tries left."),
	[TEXT_KEY_FINGER_BLOCKED] =
	    N_("The sensor of this security key is blocked: too many fingers "
	       "were not recognised. Have it unblocked at the card office. "
	       "({support})"),
	[TEXT_KEY_FINGER_NONE] =
	    N_("No finger is enrolled on this security key. Have one enrolled "
	       "at the card office. ({support})"),
	[TEXT_KEY_PIN_INSTEAD] =
	    N_("The sensor of the security key is blocked. The PIN of the key "
	       "is asked for instead."),
	[TEXT_KEY_PIN_ASK] = N_("Enter the PIN of the security key (not your "
				"password)."),
	[TEXT_KEY_PIN_ASK_TRIES] = P_("Enter the PIN of the security key (not "
				      "your password, {tries} try left).",
	    "Enter the PIN of the security key (not your password, {tries} "
	    "tries left)."),
	[TEXT_KEY_PIN_PROMPT] = N_("PIN of the security key: "),
	[TEXT_KEY_PIN_PROMPT_TRIES] =
	    P_("PIN of the security key ({tries} try left): ",
		"PIN of the security key ({tries} tries left): "),
	[TEXT_KEY_PIN_FORMAT] =
	    N_("The PIN of a security key has at least {number} characters "
	       "and at most 63 bytes. Check it and type it again."),
	[TEXT_KEY_PIN_WRONG] = N_("The PIN is wrong."),
	[TEXT_KEY_PIN_RESERVE] =
	    P_("This security key has {tries} try for its PIN left. The last "
	       "one is kept, so that the key does not lock: a locked key loses "
	       "all that is on it. Ask the card office. ({support})",
		"This security key has {tries} tries for its PIN left. The "
		"last one is kept, so that the key does not lock: a locked key "
		"loses all that is on it. Ask the card office. ({support})"),
	[TEXT_KEY_PIN_BLOCKED] =
	    N_("The PIN of this security key is locked. The key must be reset "
	       "and enrolled anew: ask the card office. ({support})"),
	[TEXT_KEY_PIN_DUE] =
	    N_("This security key demands a new PIN before it can be used. "
	       "Have the PIN changed at the card office. ({support})"),
	[TEXT_KEY_REPLUG] =
	    N_("The security key takes no PIN until it was without power. Take "
	       "it out and connect it again."),
	[TEXT_CHOICE_CARD_KEY] =
	    N_("Choose how to go on: enter 1 for the IC card or 2 for the "
	       "security key."),
	[TEXT_CHOICE_CARD_KEY_PROMPT] = N_("1: IC card, 2: security key: "),
	[TEXT_CHOICE_KEY_PASSWORD] =
	    N_("Choose how to go on: enter 1 for the security key or 2 for "
	       "the password."),
	[TEXT_CHOICE_KEY_PASSWORD_PROMPT] =
	    N_("1: security key, 2: password: "),
	[TEXT_CHOICE_ALL] =
	    N_("Choose how to go on: enter 1 for the IC card, 2 for the "
	       "security key or 3 for the password."),
	[TEXT_CHOICE_ALL_PROMPT] =
	    N_("1: IC card, 2: security key, 3: password: "),
	[TEXT_CHOICE_WRONG_ALL] = N_("Only 1, 2 or 3 can be entered here."),
	[TEXT_SAMPLE_FIRST] = N_("Place the finger that is to be enrolled on "
				 "the sensor of the security key."),
	[TEXT_SAMPLE_GOOD] = P_(
	    "Good. Lift the finger and place it again, {number} time more.",
	    "Good. Lift the finger and place it again, {number} times more."),
	[TEXT_SAMPLE_TOO_HIGH] = N_(
	    "The finger was too high on the sensor. Place it a little lower."),
	[TEXT_SAMPLE_TOO_LOW] = N_(
	    "The finger was too low on the sensor. Place it a little higher."),
	[TEXT_SAMPLE_TOO_LEFT] = N_("The finger was too far left on the "
				    "sensor. Place it a little further right."),
	[TEXT_SAMPLE_TOO_RIGHT] = N_("The finger was too far right on the "
				     "sensor. Place it a little further left."),
	[TEXT_SAMPLE_TOO_FAST] = N_(
	    "The finger was lifted too fast. Place it again and let it rest."),
	[TEXT_SAMPLE_TOO_SLOW] =
	    N_("The finger was moved too slowly. Place it again."),
	[TEXT_SAMPLE_POOR] =
	    N_("The fingerprint could not be read well. Wipe finger and sensor "
	       "and place the finger again."),
	[TEXT_SAMPLE_SKEWED] =
	    N_("The finger was at an angle. Place it straight."),
	[TEXT_SAMPLE_TOO_SHORT] = N_(
	    "The finger was lifted too early. Place it again and let it rest."),
	[TEXT_SAMPLE_MERGE] = N_("The fingerprint does not fit the former "
				 "ones. Place the same finger again."),
	[TEXT_SAMPLE_EXISTS] = N_("This finger is enrolled on the key already. "
				  "Place another finger."),
	[TEXT_SAMPLE_NO_ACTIVITY] =
	    N_("No finger was placed on the sensor. Place it now."),
	[TEXT_SAMPLE_NO_LIFT] =
	    N_("The finger was not lifted. Lift it and place it again."),
	[TEXT_KEY_KNOWN] = N_("This security key is enrolled for this person "
			      "already. Take it out and connect another one."),
	[TEXT_ENROLL_IS_KEY] =
	    N_("This code is for a security key. Start again with: sanyosoctl "
	       "token enroll {login} --fido2"),
	[TEXT_ENROLL_IS_CARD] = N_("This code is for a card. Start again with: "
				   "sanyosoctl token enroll {login}"),
	[TEXT_ENROLL_KEY_PERSON] =
	    N_("A security key will be enrolled for {name} (login {login})."),
	[TEXT_ENROLL_KEY_FOUND] =
	    N_("Security key: {detail}. Leave it connected until the end."),
	[TEXT_ENROLL_KEY_MODEL] =
	    N_("The server has taken the key. Model: {name}; attestation: "
	       "{detail}. Now it is used once as at a login."),
	[TEXT_ENROLL_KEY_DONE] =
	    N_("The security key was enrolled as {token} for {login}. Model: "
	       "{name}; attestation: {detail}."),
	[TEXT_ENROLL_KEY_GONE] =
	    N_("The security key was taken out before the enrolment was done. "
	       "Nothing was enrolled. Please start again. ({support})"),
	[TEXT_ENROLL_KEY_LATE] = N_("The enrolment took too long. Nothing was "
				    "enrolled. Please start again."),
	[TEXT_ENROLL_KEY_RANDOM] =
	    N_("This security key has a PIN now that nobody knows. Reset it "
	       "before it is used again, for example with: fido2-token -R "
	       "DEVICE (fido2-token -L names the device). That erases all that "
	       "is on it."),
	[TEXT_ENROLL_NO_RESIDENT] =
	    N_("This security key can't keep credentials by itself. Start "
	       "again without --resident or with another key. ({support})"),
	[TEXT_ENROLL_NO_SENSOR] =
	    N_("This security key has no sensor on which fingers can be "
	       "enrolled here. Take another model. ({support})"),
	[TEXT_ENROLL_NO_FINGER] =
	    N_("No finger is enrolled on this security key. Start again with "
	       "--bio. ({support})"),
	[TEXT_ENROLL_NO_PIN] = N_("This security key can't have a PIN, and one "
				  "is needed. Take another model. ({support})"),
	[TEXT_ENROLL_MANAGED_PIN] =
	    N_("This security key has a PIN already, so --managed can't set "
	       "one that nobody knows. Reset it first, for example with: "
	       "fido2-token -R DEVICE (fido2-token -L names the device). That "
	       "erases all that is on it. ({support})"),
	[TEXT_ENROLL_MANAGED_FINGER] =
	    N_("A finger is enrolled on this security key already, and nobody "
	       "here has seen whose: with --managed there may be none. Reset "
	       "the key first, for example with: fido2-token -R DEVICE "
	       "(fido2-token -L names the device). That erases all that is on "
	       "it. ({support})"),
	[TEXT_ENROLL_MANAGED_METHOD] =
	    N_("--managed is for invitations to fido2-bio alone. Start again "
	       "without it, or invite for fido2-bio. ({support})"),
	[TEXT_ENROLL_PIN_STAYS] =
	    N_("This security key has a PIN already. It stays as it is."),
	[TEXT_ENROLL_PIN_ASK] =
	    N_("Choose a PIN for the security key: at least {number} "
	       "characters. The person who will use the key types it."),
	[TEXT_ENROLL_PIN_PROMPT] = N_("New PIN of the security key: "),
	[TEXT_ENROLL_PIN_AGAIN_ASK] =
	    N_("Enter the new PIN of the security key once more."),
	[TEXT_ENROLL_PIN_AGAIN_PROMPT] =
	    N_("New PIN of the security key, once more: "),
	[TEXT_ENROLL_PIN_UNLIKE] =
	    N_("The two entries differ. Enter the new PIN again."),
	[TEXT_ENROLL_PIN_REFUSED] =
	    N_("The security key does not take this PIN: it has at least "
	       "{number} characters and at most 63 bytes, and may not be too "
	       "simple. Choose another one."),
	[TEXT_ENROLL_PIN_SET] = N_("The PIN of the security key was set."),
	[TEXT_ENROLL_PIN_RANDOM] =
	    N_("A random PIN was set that nobody knows: the key will open with "
	       "the finger alone."),
	[TEXT_ENROLL_FINGERS] = N_("Fingers on this security key: {detail}"),
	[TEXT_ENROLL_FINGERS_NONE] =
	    N_("No finger is enrolled on this security key yet."),
	[TEXT_ENROLL_FINGERS_FULL] =
	    N_("No more fingers fit on this security key. Remove one and start "
	       "again. ({support})"),
	[TEXT_ENROLL_EXISTS] =
	    N_("This security key is enrolled for this person already, or has "
	       "no room for another credential. Take another key. ({support})"),
	[TEXT_REFUSED_ATTESTATION] =
	    N_("The maker of this security key does not certify its model as "
	       "the server demands: {detail} ({support})"),
	[TEXT_REFUSED_MODEL] = N_(
	    "This model of security key is not accepted: {detail} ({support})"),
	[TEXT_REFUSED_COUNTER] =
	    N_("The counter of this security key did not rise. It may be a "
	       "copy; do not use it: {detail} ({support})"),
	[TEXT_REFUSED_UNFIT] = N_("This security key is not fit for what it "
				  "was invited for: {detail} ({support})"),
	[TEXT_CARE_ADDED] = N_(
	    "The finger was enrolled. Fingers on this security key: {detail}"),
	[TEXT_CARE_REMOVED] = N_("The finger \"{name}\" was removed. Fingers "
				 "on this security key: {detail}"),
	[TEXT_CARE_NO_SUCH] =
	    N_("There is not one finger of this name on the security key. "
	       "Nothing was removed. ({support})"),
	[TEXT_CARE_NAMED] =
	    N_("A finger of this name is on the security key already. Start "
	       "again with another name. ({support})"),
};
