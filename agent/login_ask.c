/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <sanyoso/policy.h>

#include "login_int.h"

#define CHOICE_WAIT_MS 60000
#define CHOICES_MAX    3

static const struct card_hooks hooks;

static void
start_card(struct login *l)
{
	l->state = LOGIN_CARD;
	card_begin(&l->card, &l->talk, &hooks, l, &l->wanted);
	if (l->offer.slot_count > 1)
		card_other_slot(&l->card, l->offer.slots[1]);
}

static void
start_password(struct login *l)
{
	l->state = LOGIN_TYPED;
	password_ask(&l->password);
}

/* What a person may choose from, as bits; asked for in this order. */
enum way {
	WAY_CARD = 1,
	WAY_KEY = 2,
	WAY_PASSWORD = 4,
};

static void
start(struct login *l, unsigned int way)
{
	if (way == WAY_CARD)
		start_card(l);
	else if (way == WAY_KEY)
		login_start_key(l);
	else
		start_password(l);
}

/* The questions, by the ways that there are. */
static const struct {
	enum text_id ask;
	enum text_id prompt;
} choices[] = {
	[WAY_CARD | WAY_KEY] = { TEXT_CHOICE_CARD_KEY,
	    TEXT_CHOICE_CARD_KEY_PROMPT },
	[WAY_CARD | WAY_PASSWORD] = { TEXT_CHOICE_ASK, TEXT_CHOICE_PROMPT },
	[WAY_KEY | WAY_PASSWORD] = { TEXT_CHOICE_KEY_PASSWORD,
	    TEXT_CHOICE_KEY_PASSWORD_PROMPT },
	[WAY_CARD | WAY_KEY |
	    WAY_PASSWORD] = { TEXT_CHOICE_ALL, TEXT_CHOICE_ALL_PROMPT },
};

static void
ask_choice(struct login *l)
{
	if (++l->choices > CHOICES_MAX) {
		const struct ending e = {
			.code = SY_ERR_LIMIT,
			.result = SY_RESULT_CANCELLED,
			.text = TEXT_CHOICE_NONE,
		};
		login_end(l, &e);
		return;
	}
	l->state = LOGIN_CHOICE;
	talk_timer(&l->talk, CHOICE_WAIT_MS);
	l->choice = talk_ask(&l->talk, choices[l->ways].ask,
	    choices[l->ways].prompt, NULL, true);
}

/* "1", "2" or "3", perhaps as a Japanese keyboard types it (U+FF11 and so on);
 * 0: anything else. */
static unsigned int
number_of(const struct sy_secret *answer)
{
	static const char *const words[] = { "1", "2", "3", "\uff11", "\uff12",
		"\uff13" };
	const uint8_t *p = sy_secret_bytes(answer);
	const size_t len = sy_secret_len(answer);

	for (unsigned int i = 0; i < SY_COUNT(words); i++)
		if (strlen(words[i]) == len && memcmp(words[i], p, len) == 0)
			return i % 3 + 1;
	return 0;
}

/* The way with this number among ${ways}, 0 if there is none. */
static unsigned int
way_of(unsigned int ways, unsigned int number)
{
	for (unsigned int way = WAY_CARD; way <= WAY_PASSWORD; way <<= 1)
		if ((ways & way) != 0 && --number == 0)
			return way;
	return 0;
}

void
login_on_choice(struct login *l, uint32_t number,
    const struct sy_secret *answer)
{
	const unsigned int all = WAY_CARD | WAY_KEY | WAY_PASSWORD;
	unsigned int typed, way = 0;

	if (number != l->choice)
		return;
	talk_timer(&l->talk, 0);
	if (answer == NULL) {
		l->choices = CHOICES_MAX;
		ask_choice(l);
		return;
	}
	if ((typed = number_of(answer)) != 0)
		way = way_of(l->ways, typed);
	if (way != 0) {
		start(l, way);
		return;
	}
	talk_say(&l->talk, SY_DIALOG_ERROR,
	    l->ways == all ? TEXT_CHOICE_WRONG_ALL : TEXT_CHOICE_WRONG, NULL);
	ask_choice(l);
}

static void
end_impossible(struct login *l)
{
	const struct ending e = {
		.kind = SY_FAILURE_DEVICE,
		.code = SY_ERR_NOT_FOUND,
		.result = SY_RESULT_ERROR,
		.text = TEXT_NO_METHOD,
	};

	login_end(l, &e);
}

/*
 * What may come next. Who has shown one card or key has no use for a second
 * one. A key is at this terminal: who comes from elsewhere has none here.
 */
static unsigned int
ways_of(const struct login *l, enum login_state was)
{
	unsigned int ways = 0, shown = 0;

	if (l->offer.slot_count > 0 && l->wanted.drivers != 0)
		ways |= WAY_CARD;
	if (l->offer.keys != 0 && l->auth.purpose != SY_PURPOSE_REMOTE)
		ways |= WAY_KEY;
	if (l->offer.password)
		ways |= WAY_PASSWORD;
	if (was == LOGIN_PROOF)
		shown = WAY_CARD;
	else if (was == LOGIN_SIGNED)
		shown = WAY_KEY;
	return (ways & ~shown) != 0 ? ways & ~shown : ways;
}

/* "present": ask for what may come next. */
void
login_present(struct login *l, const struct sy_auth_step *step)
{
	const enum login_state was = l->state;
	const bool wrong = was == LOGIN_TYPED && step->wrong;

	if (step->txn[0] == '\0' || step->reserve < 0 || step->reserve > 15) {
		login_end_broken(l, SY_ERR_PROTOCOL);
		return;
	}
	(void)snprintf(l->txn, sizeof(l->txn), "%s", step->txn);
	proof_offer(step->methods, &l->offer);
	l->fresh = step->fresh;
	l->reserve = (uint8_t)step->reserve;
	l->wanted = (struct sy_device_start){
		.drivers = proof_drivers(step->drivers) & l->drivers,
		.slot = (uint8_t)l->offer.slots[0],
		.fresh = l->fresh,
		.reserve = l->reserve,
		.wait_ms = l->wait_ms,
	};
	l->touch_will_do |= was == LOGIN_TYPED && !wrong;
	l->ways = ways_of(l, was);
	password_settled(&l->password);
	if (wrong && l->offer.password)
		password_wrong(&l->password, step->left);
	else if (l->ways == 0)
		end_impossible(l);
	else if ((l->ways & (l->ways - 1)) != 0)
		ask_choice(l);
	else
		start(l, l->ways);
}

void
login_show_card(struct login *l, enum login_state state)
{
	l->state = state;
	l->nonce_at = talk_now(&l->talk);
	talk_post(&l->talk, TALK_AUTH_CARD, &l->shown);
}

static void
on_found(void *owner, const struct sy_device_card *card)
{
	struct login *l = owner;

	/* Now, while the person has not typed yet: parsing takes its time. */
	if (proof_hash(card->spki, card->spki_len, &l->hash) != SY_OK) {
		card_wrong(&l->card);
		return;
	}
	memset(&l->shown, 0, sizeof(l->shown));
	(void)snprintf(l->shown.txn, sizeof(l->shown.txn), "%s", l->txn);
	(void)snprintf(l->shown.driver, sizeof(l->shown.driver), "%s",
	    sy_driver_name((enum sy_driver)card->driver));
	(void)snprintf(l->shown.method, sizeof(l->shown.method), "%s",
	    proof_method((enum sy_slot)l->card.start.slot));
	memcpy(l->shown.spki, card->spki, card->spki_len);
	l->shown.spki_len = card->spki_len;
	l->shown.tries = card->tries;
	l->shown.more = card_has_other_slot(&l->card);
	login_show_card(l, LOGIN_CONFIRM);
}

static void
on_lost(void *owner)
{
	struct login *l = owner;

	l->state = LOGIN_CARD;
}

/* Have the card sign what the server and we know, each by itself. */
void
login_sign(struct login *l)
{
	const struct proof_terms terms = {
		.server = l->server,
		.terminal = l->terminal,
		.login = l->person,
		.service = l->auth.service,
		.purpose = sy_purpose_name((enum sy_purpose)l->auth.purpose),
		.txn = l->txn,
		.server_nonce = l->server_nonce,
	};
	uint8_t digest[SY_HASH_SIZE_MAX];
	size_t len;
	enum sy_err err;

	l->state = LOGIN_CARD;
	err = proof_begin(&l->talk, &terms, l->hash, &l->proof, digest, &len);
	if (err != SY_OK) {
		const struct ending e = {
			.kind = SY_FAILURE_DEVICE,
			.code = err,
			.result = SY_RESULT_ERROR,
			.text = TEXT_BROKEN,
		};
		login_end(l, &e);
		return;
	}
	card_sign(&l->card, digest, len);
}

static void
on_ready(void *owner)
{
	struct login *l = owner;

	if (login_account_is_missing(l)) {
		const struct ending e = login_ending_of_account(l);
		login_end(l, &e);
		return;
	}
	/* A proof under an old nonce would only fail: get a new one first. */
	if (proof_is_late(&l->talk, l->nonce_at, l->nonce_life_ms))
		login_show_card(l, LOGIN_REFRESH);
	else
		login_sign(l);
}

static void
on_signed(void *owner, const uint8_t *sig, size_t len)
{
	struct login *l = owner;

	if (proof_finish(&l->proof, sig, len, l->card.pins_wrong) != SY_OK) {
		login_end_broken(l, SY_ERR_LIMIT);
		return;
	}
	l->state = LOGIN_PROOF;
	talk_post(&l->talk, TALK_AUTH_PROOF, &l->proof);
}

static void
on_failed(void *owner, const struct ending *ending)
{
	login_end(owner, ending);
}

static const struct card_hooks hooks = {
	.found = on_found,
	.lost = on_lost,
	.ready = on_ready,
	.signed_ = on_signed,
	.failed = on_failed,
};

static void
on_typed(void *owner, const struct sy_secret *typed)
{
	struct login *l = owner;
	struct sy_auth_password message = { .password_len = 0 };

	(void)snprintf(message.txn, sizeof(message.txn), "%s", l->txn);
	memcpy(message.password, sy_secret_bytes(typed), sy_secret_len(typed));
	message.password_len = (uint16_t)sy_secret_len(typed);
	l->fetches = 0;
	talk_post(&l->talk, TALK_AUTH_PASSWORD, &message);
	sy_memzero(&message, sizeof(message));
}

const struct password_hooks login_password_hooks = {
	.post = on_typed,
	.failed = on_failed,
};
