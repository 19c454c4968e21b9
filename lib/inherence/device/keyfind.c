/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/inherence/device/ctaphid.h"
#include "lib/inherence/device/ctapnfc.h"
#include "lib/inherence/device/keyfind.h"

#define LOOK_MS     300   /* how often it is looked who is there */
#define TOUCH_LOOK  50    /* ... while several wait to be touched */
#define CHOOSE_MS   25000 /* for one of several to be touched */
#define CARD_TRIES  5     /* resets by others before a card is left alone */
#define OPEN_TRIES  10    /* of a key that does not answer as one */
#define MUTE_COUNTS 5     /* ... as many as this if it does not at all */
#define BUSY_TELLS  4     /* looks at a key of another program's in vain */

enum state {
	STATE_NEW,   /* could not be opened or asked yet */
	STATE_FITS,  /* key is open */
	STATE_OTHER, /* holds none of what is asked for */
	STATE_NONE,  /* no key that we can talk to */
};

/* A key on USB, as long as it is plugged in. */
struct plugged {
	struct hidraw_key hid;
	bool there; /* seen at the last look */
	enum state state;
	enum sy_err why; /* NEW, NONE */
	unsigned int tries;
	unsigned int busy; /* looks while another program had it */
	struct key *key;   /* FITS */
};

struct keyfind {
	const struct device_host *host;
	const struct sy_keydevice_start *start;
	keyfind_tell_fn *tell;
	void *arg;
	struct plugged plugged[HIDRAW_KEYS_MAX];
	size_t count;
	struct readers *readers;
	unsigned int card_resets;
	/* The last card that is a key and holds none of what is asked for:
	 * where it is; "": none. */
	char other_card[SY_DEVICE_READER_SIZE];
	bool told;
	struct sy_keydevice_waiting waiting;
	struct sy_error *error;
};

static enum sy_err
check_line(const struct keyfind *find)
{
	const enum sy_err err = find->host->wait(find->host->arg, 0);

	if (err == SY_ERR_TIMEOUT)
		return SY_OK;
	return err == SY_OK ? SY_ERR_PROTOCOL : err;
}

/* Errors that are not the key's: they end the operation. */
static bool
is_ours(enum sy_err err)
{
	return err == SY_ERR_NOMEM || err == SY_ERR_CLOSED ||
	    err == SY_ERR_PROTOCOL || err == SY_ERR_INTERNAL;
}

/* What an open key is to us: OTHER, or FITS with the credential's index. */
static enum sy_err
judge(const struct keyfind *find, struct key *key, enum state *ret_state)
{
	const struct sy_keydevice_start *start = find->start;
	uint16_t index = 0;
	enum sy_err err;

	if (start->credential_count == 0) {
		/* To say by itself whom it is for it must keep credentials. */
		*ret_state = start->enroll || key->found.resident ? STATE_FITS
								  : STATE_OTHER;
		return SY_OK;
	}
	err = key_look(key, start, &index);
	if (err != SY_OK && err != SY_ERR_NOT_FOUND)
		return err;
	*ret_state = start->enroll == (err == SY_ERR_NOT_FOUND) ? STATE_FITS
								: STATE_OTHER;
	if (!start->enroll)
		key->found.credential = index;
	return SY_OK;
}

/* --- USB --- */

static enum sy_err
open_plugged(const struct keyfind *find, struct plugged *p)
{
	struct channel *channel;
	enum sy_err err;
	int fd;

	if ((err = hidraw_open(HIDRAW_DEV, p->hid.name, &fd)) != SY_OK ||
	    (err = ctaphid_new(find->host, fd, &p->hid.reports, &channel)) !=
		SY_OK)
		return err;
	return key_open(channel, p->hid.product, false, &p->key);
}

/* Ask one that is new. What does not work now is tried again at the next look:
 * udev, or another program, may need a moment. */
static enum sy_err
ask_plugged(const struct keyfind *find, struct plugged *p)
{
	enum state state = STATE_NONE;
	enum sy_err err;

	if ((err = open_plugged(find, p)) == SY_OK)
		err = judge(find, p->key, &state);
	if (err == SY_OK && state == STATE_FITS) {
		p->state = STATE_FITS;
		return SY_OK;
	}
	key_free(&p->key);
	if (is_ours(err))
		return err;
	p->why = err;
	if (err == SY_OK) {
		p->state = state;
		return SY_OK;
	}
	/* Another program may let it go at any time. */
	if (err == SY_ERR_CARD_BUSY) {
		p->busy += p->busy < BUSY_TELLS;
		return SY_OK;
	}
	p->busy = 0;
	/* One that never answers holds up the others each time. */
	p->tries += err == SY_ERR_CARD_MUTE ? MUTE_COUNTS : 1;
	if (err == SY_ERR_KEY_UNFIT || p->tries >= OPEN_TRIES)
		p->state = STATE_NONE;
	return SY_OK;
}

static struct plugged *
find_plugged(struct keyfind *find, const char *name)
{
	for (size_t i = 0; i < find->count; i++) {
		if (strcmp(find->plugged[i].hid.name, name) == 0)
			return &find->plugged[i];
	}
	return NULL;
}

static void
remove_gone(struct keyfind *find)
{
	size_t kept = 0;

	for (size_t i = 0; i < find->count; i++) {
		struct plugged *p = &find->plugged[i];

		if (p->there)
			find->plugged[kept++] = *p;
		else
			key_free(&p->key);
	}
	find->count = kept;
}

static enum sy_err
look_at_usb(struct keyfind *find)
{
	struct hidraw_key keys[HIDRAW_KEYS_MAX];
	size_t n;
	enum sy_err err;

	if (!find->start->usb)
		return SY_OK;
	n = hidraw_list(HIDRAW_SYS, keys, SY_COUNT(keys));
	for (size_t i = 0; i < find->count; i++)
		find->plugged[i].there = false;
	for (size_t i = 0; i < n; i++) {
		struct plugged *p = find_plugged(find, keys[i].name);

		if (p == NULL && find->count < SY_COUNT(find->plugged)) {
			p = &find->plugged[find->count++];
			*p = (struct plugged){ .hid = keys[i] };
		}
		if (p != NULL)
			p->there = true;
	}
	remove_gone(find);
	for (size_t i = 0; i < find->count; i++) {
		if (find->plugged[i].state == STATE_NEW &&
		    (err = ask_plugged(find, &find->plugged[i])) != SY_OK)
			return err;
	}
	return SY_OK;
}

static size_t
count_state(const struct keyfind *find, enum state state)
{
	size_t n = 0;

	for (size_t i = 0; i < find->count; i++)
		n += find->plugged[i].state == state;
	return n;
}

static void
take_plugged(struct plugged *p, struct keyfind_key *ret)
{
	ret->key = p->key;
	p->key = NULL;
	memcpy(ret->name, p->hid.name, sizeof(ret->name));
}

/* --- readers --- */

static enum sy_err
open_card(struct keyfind *find, struct reader *reader, struct keyfind_key *ret,
    enum state *ret_state)
{
	struct channel *channel;
	enum sy_err err;

	if ((err = link_open(find->host, readers_context(find->readers),
		 reader->name, &ret->link)) != SY_OK ||
	    (err = ctapnfc_new(find->host, &ret->link->io, &channel)) !=
		SY_OK ||
	    (err = key_open(channel, reader->name, true, &ret->key)) != SY_OK)
		return err;
	return judge(find, ret->key, ret_state);
}

/* It went, or another program reset it: the person may put it in again. */
static bool
is_passing(enum sy_err err)
{
	return err == SY_ERR_CARD_GONE || err == SY_ERR_READER ||
	    err == SY_ERR_PCSC;
}

/* Look at one card that counts. NOT_FOUND: it is none for us. */
static enum sy_err
ask_card(struct keyfind *find, struct reader *reader, struct keyfind_key *ret)
{
	struct keyfind_key card = { .key = NULL };
	enum state state = STATE_NONE;
	enum sy_err err;

	err = open_card(find, reader, &card, &state);
	if (err == SY_OK && state == STATE_FITS) {
		card.reader = *reader;
		card.readers = find->readers;
		find->readers = NULL;
		*ret = card;
		return SY_OK;
	}
	keyfind_clear(&card);
	if (is_ours(err))
		return err;
	if (is_passing(err) && ++find->card_resets < CARD_TRIES)
		return SY_ERR_NOT_FOUND;
	find->card_resets = 0;
	if (err == SY_OK)
		memcpy(find->other_card, reader->name,
		    sizeof(find->other_card));
	reader->card = READER_TRIED;
	return SY_ERR_NOT_FOUND;
}

static enum sy_err
look_at_readers(struct keyfind *find, unsigned int ms, struct keyfind_key *ret)
{
	struct reader *reader;
	enum sy_err err;

	if (!find->start->reader) {
		find->host->sleep_ms(find->host->arg, ms);
		return SY_ERR_NOT_FOUND;
	}
	if ((err = readers_update(find->readers, ms)) != SY_OK)
		return err;
	if (find->start->fresh && !find->told)
		return SY_ERR_NOT_FOUND;
	if ((reader = readers_ready(find->readers)) == NULL)
		return SY_ERR_NOT_FOUND;
	return ask_card(find, reader, ret);
}

/* --- several that fit --- */

static void
end_choice(struct keyfind *find, const struct plugged *chosen)
{
	for (size_t i = 0; i < find->count; i++) {
		struct plugged *p = &find->plugged[i];
		int touched;

		if (p == chosen || p->key == NULL)
			continue;
		/* Stop its blinking, and hear out what it says to that. */
		key_begin(p->key, 0);
		(void)fido_dev_get_touch_status(p->key->dev, &touched, -1);
		key_free(&p->key);
		p->state = STATE_NEW;
		p->tries = 0;
	}
}

static enum sy_err
begin_choice(struct keyfind *find)
{
	for (size_t i = 0; i < find->count; i++) {
		struct plugged *p = &find->plugged[i];
		enum sy_err err;

		if (p->state != STATE_FITS)
			continue;
		key_begin(p->key, CHOOSE_MS);
		err = key_result(p->key, fido_dev_get_touch_begin(p->key->dev));
		if (err != SY_OK)
			return is_ours(err) ? err : SY_ERR_NOT_FOUND;
	}
	return SY_OK;
}

/* One look at each: the one that was touched, or NOT_FOUND. */
static enum sy_err
look_for_touch(struct keyfind *find, struct plugged **ret)
{
	for (size_t i = 0; i < find->count; i++) {
		struct plugged *p = &find->plugged[i];
		int touched = 0;
		enum sy_err err;

		if (p->state != STATE_FITS)
			continue;
		err = key_result(p->key,
		    fido_dev_get_touch_status(p->key->dev, &touched,
			TOUCH_LOOK));
		if (is_ours(err))
			return err;
		if (touched != 0) {
			*ret = p;
			return SY_OK;
		}
		if (err != SY_OK)
			return SY_ERR_TIMEOUT;
	}
	return SY_ERR_NOT_FOUND;
}

/* Whether keys on USB are others than those that we know. */
static bool
usb_changed(struct keyfind *find)
{
	struct hidraw_key keys[HIDRAW_KEYS_MAX];
	const size_t n = hidraw_list(HIDRAW_SYS, keys, SY_COUNT(keys));

	for (size_t i = 0; i < n; i++) {
		if (find_plugged(find, keys[i].name) == NULL)
			return true;
	}
	return n != find->count;
}

/* Let the person touch one. NOT_FOUND: none was, or they have changed. */
static enum sy_err
choose(struct keyfind *find, uint64_t until, struct keyfind_key *ret)
{
	struct plugged *p = NULL;
	enum sy_err err;

	if ((err = begin_choice(find)) == SY_OK) {
		do
			err = look_for_touch(find, &p);
		while (err == SY_ERR_NOT_FOUND && !usb_changed(find) &&
		    find->host->now_ms(find->host->arg) < until);
	}
	end_choice(find, p);
	if (err == SY_OK)
		take_plugged(p, ret);
	return err == SY_ERR_TIMEOUT ? SY_ERR_NOT_FOUND : err;
}

/* --- all together --- */

static bool
is_same(const struct sy_keydevice_waiting *a,
    const struct sy_keydevice_waiting *b)
{
	return a->keys == b->keys && a->other == b->other &&
	    a->old_card == b->old_card && a->choose == b->choose &&
	    a->busy == b->busy;
}

static bool
has_busy(const struct keyfind *find)
{
	for (size_t i = 0; i < find->count; i++) {
		if (find->plugged[i].state == STATE_NEW &&
		    find->plugged[i].busy == BUSY_TELLS)
			return true;
	}
	return false;
}

static enum sy_err
tell_waiting(struct keyfind *find)
{
	const size_t fits = count_state(find, STATE_FITS);
	const bool other_card = find->readers != NULL &&
	    readers_have_tried(find->readers, find->other_card);
	const struct sy_keydevice_waiting now = {
		.keys = (uint16_t)(find->count + other_card),
		.other = count_state(find, STATE_OTHER) > 0 || other_card,
		.old_card =
		    find->readers != NULL && readers_have_old(find->readers),
		.choose = fits > 1,
		.busy = has_busy(find),
	};
	enum sy_err err;

	if (find->told && is_same(&now, &find->waiting))
		return SY_OK;
	if ((err = find->tell(find->arg, &now)) != SY_OK)
		return err;
	find->waiting = now;
	if (find->told)
		return SY_OK;
	find->told = true;
	if (find->readers == NULL)
		return SY_OK;
	/* What was put in up to now was not put in because of us. */
	if ((err = readers_update(find->readers, 0)) != SY_OK)
		return err;
	readers_make_old(find->readers);
	return SY_OK;
}

/* Nobody came. Why? */
static enum sy_err
waited_out(const struct keyfind *find)
{
	for (size_t i = 0; i < find->count; i++) {
		if (find->plugged[i].why != SY_ERR_PERM)
			continue;
		return sy_error_set(find->error, SY_ERR_PERM,
		    find->plugged[i].hid.name, "%s", "");
	}
	return sy_error_set(find->error, SY_ERR_TIMEOUT, "waiting for a key",
	    "%s", "");
}

/* One look at everything. NOT_FOUND: go on. */
static enum sy_err
look(struct keyfind *find, unsigned int ms, uint64_t until,
    struct keyfind_key *ret)
{
	size_t fits;
	enum sy_err err;

	if ((err = check_line(find)) != SY_OK ||
	    (err = look_at_usb(find)) != SY_OK)
		return err;
	fits = count_state(find, STATE_FITS);
	for (size_t i = 0; fits == 1 && i < find->count; i++) {
		if (find->plugged[i].state == STATE_FITS) {
			take_plugged(&find->plugged[i], ret);
			return SY_OK;
		}
	}
	if (fits > 1) {
		err = tell_waiting(find);
		return err == SY_OK ? choose(find, until, ret) : err;
	}
	if ((err = look_at_readers(find, ms, ret)) != SY_ERR_NOT_FOUND)
		return err;
	err = tell_waiting(find);
	return err == SY_OK ? SY_ERR_NOT_FOUND : err;
}

static enum sy_err
wait_for_key(struct keyfind *find, struct keyfind_key *ret)
{
	const struct device_host *host = find->host;
	const uint64_t until = host->now_ms(host->arg) + find->start->wait_ms;
	unsigned int wait = 0;
	enum sy_err err;

	for (;;) {
		const uint64_t now = host->now_ms(host->arg);

		err = look(find, wait, until, ret);
		if (err != SY_ERR_NOT_FOUND)
			return err;
		if (now >= until)
			return waited_out(find);
		wait = until - now < LOOK_MS ? (unsigned int)(until - now)
					     : LOOK_MS;
	}
}

enum sy_err
keyfind_run(const struct device_host *host,
    const struct sy_keydevice_start *start, keyfind_tell_fn *tell, void *arg,
    struct keyfind_key *ret, struct sy_error *reterr)
{
	struct keyfind find = { .host = host,
		.start = start,
		.tell = tell,
		.arg = arg,
		.error = reterr };
	struct keyfind_key found = { .key = NULL };
	enum sy_err err = SY_OK;

	if (start->reader)
		err = readers_new(host, start->fresh, &find.readers);
	if (err == SY_OK)
		err = wait_for_key(&find, &found);
	for (size_t i = 0; i < find.count; i++)
		key_free(&find.plugged[i].key);
	readers_free(&find.readers);
	if (err == SY_OK)
		*ret = found;
	return err;
}

enum sy_err
keyfind_check(const struct keyfind_key *found)
{
	if (found->link != NULL)
		return reader_check(found->readers, &found->reader);
	return found->key->channel->kind->check(found->key->channel);
}

void
keyfind_clear(struct keyfind_key *found)
{
	key_free(&found->key);
	link_close(&found->link);
	readers_free(&found->readers);
}
