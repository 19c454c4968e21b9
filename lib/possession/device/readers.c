/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/possession/device/readers.h"

/* pcsc-lite has room for 16; others may have more. */
#define READERS_MAX    32
#define NAMES_SIZE_MAX (READERS_MAX * SY_DEVICE_READER_SIZE + 1)
/* The pseudo-reader that changes when readers come and go. */
#define PNP_NAME       "\\\\?PnP?\\Notification"
#define POLL_MS        500 /* how often the list is read without it */
#define BACKOFF_MIN_MS 50
#define BACKOFF_MAX_MS 2000
#define CALL_MS        5000 /* for calls that don't wait */
#define COUNTER(state) ((state) >> 16)

struct readers {
	const struct device_host *host;
	bool fresh;
	bool connected;
	bool listed; /* at least once since we are connected */
	bool pnp;    /* the pseudo-reader works */
	bool pnp_fired;
	DWORD pnp_state;
	unsigned int backoff_ms;
	SCARDCONTEXT context;
	struct reader reader[READERS_MAX];
	unsigned int count;
};

enum sy_err
readers_new(const struct device_host *host, bool fresh,
    struct readers **ret_readers)
{
	struct readers *readers;

	if ((readers = calloc(1, sizeof(*readers))) == NULL)
		return SY_ERR_NOMEM;
	readers->host = host;
	readers->fresh = fresh;
	readers->backoff_ms = BACKOFF_MIN_MS;
	*ret_readers = readers;
	return SY_OK;
}

static void
guard(const struct readers *readers, unsigned int ms)
{
	readers->host->guard(readers->host->arg, ms, SY_ERR_PCSC);
}

static void
forget_all(struct readers *readers)
{
	if (readers->connected) {
		guard(readers, CALL_MS);
		(void)readers->host->sc->release_context(readers->context);
		guard(readers, 0);
	}
	readers->connected = false;
	readers->count = 0;
}

void
readers_free(struct readers **readers)
{
	if (*readers == NULL)
		return;
	forget_all(*readers);
	free(*readers);
	*readers = NULL;
}

static void
pause_ms(const struct readers *readers, unsigned int ms, unsigned int most)
{
	if (ms > 0)
		readers->host->sleep_ms(readers->host->arg,
		    ms < most ? ms : most);
}

/* pcscd is away: forget everything and give it time. */
static void
lost(struct readers *readers, unsigned int ms)
{
	forget_all(readers);
	pause_ms(readers, ms, readers->backoff_ms);
	readers->backoff_ms *= 2;
	if (readers->backoff_ms > BACKOFF_MAX_MS)
		readers->backoff_ms = BACKOFF_MAX_MS;
}

static enum sy_err
establish(struct readers *readers)
{
	LONG rv;

	guard(readers, CALL_MS);
	rv = readers->host->sc->establish_context(SCARD_SCOPE_SYSTEM, NULL,
	    NULL, &readers->context);
	guard(readers, 0);
	if (rv != SCARD_S_SUCCESS)
		return winscard_err(rv) == SY_ERR_NOMEM ? SY_ERR_NOMEM
							: SY_ERR_PCSC;
	readers->connected = true;
	readers->listed = false;
	readers->pnp = true;
	readers->pnp_fired = false;
	readers->pnp_state = SCARD_STATE_UNAWARE;
	return SY_OK;
}

static struct reader *
find(struct readers *readers, const char *name)
{
	for (unsigned int i = 0; i < readers->count; i++) {
		if (strcmp(readers->reader[i].name, name) == 0)
			return &readers->reader[i];
	}
	return NULL;
}

/* Take over a list of names: NUL-terminated each, an empty one at the end. */
static void
merge(struct readers *readers, const char *names, size_t len)
{
	struct reader next[READERS_MAX];
	unsigned int count = 0;
	bool added = false;

	memset(next, 0, sizeof(next));
	for (size_t at = 0; at < len && names[at] != '\0';) {
		const size_t n = strnlen(names + at, len - at);
		const struct reader *old;

		if (count < READERS_MAX && n < SY_DEVICE_READER_SIZE) {
			struct reader *reader = &next[count++];

			memcpy(reader->name, names + at, n);
			old = find(readers, reader->name);
			added = added || old == NULL;
			if (old != NULL)
				*reader = *old;
			else
				/* Plugged in just now, card and all. */
				reader->in_place = !readers->listed;
		}
		at += n + 1;
	}
	/* A pseudo-reader that cries wolf would keep us busy. */
	if (readers->pnp_fired && !added && count == readers->count &&
	    readers->listed)
		readers->pnp = false;
	readers->pnp_fired = false;
	readers->listed = true;
	readers->count = count;
	memcpy(readers->reader, next, sizeof(next));
}

static enum sy_err
list(struct readers *readers)
{
	char names[NAMES_SIZE_MAX];
	DWORD len = sizeof(names);
	LONG rv;

	guard(readers, CALL_MS);
	rv = readers->host->sc->list_readers(readers->context, NULL, names,
	    &len);
	guard(readers, 0);
	if (rv == SCARD_E_NO_READERS_AVAILABLE)
		len = 0;
	else if (rv != SCARD_S_SUCCESS || len > sizeof(names))
		return SY_ERR_PCSC;
	merge(readers, names, (size_t)len);
	return SY_OK;
}

/* What a new state says about the card. */
static void
take_state(struct readers *readers, struct reader *reader, DWORD state)
{
	const bool present = (state & SCARD_STATE_PRESENT) != 0;
	const bool was = (reader->state & SCARD_STATE_PRESENT) != 0;
	const bool moved = COUNTER(state) != COUNTER(reader->state);

	if (!present) {
		reader->card = READER_EMPTY;
	} else if (!reader->seen) {
		reader->card = readers->fresh && reader->in_place
		    ? READER_OLD
		    : READER_READY;
	} else if (!was || moved) {
		/* Put in; if it never seemed to be away it was swapped. */
		reader->card = READER_READY;
		reader->in_place = false;
	}
	if (!present)
		reader->in_place = false;
	reader->seen = true;
	reader->state = state & ~(DWORD)SCARD_STATE_CHANGED;
}

static void
take_states(struct readers *readers, const SCARD_READERSTATE *states,
    unsigned int count)
{
	const DWORD useless =
	    SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE | SCARD_STATE_IGNORE;

	for (unsigned int i = 0; i < count; i++) {
		const DWORD state = states[i].dwEventState;

		/* A reader that went; the list will say so. */
		if ((state & useless) != 0)
			take_state(readers, &readers->reader[i], 0);
		else
			take_state(readers, &readers->reader[i], state);
	}
	if (!readers->pnp)
		return;
	if ((states[count].dwEventState & SCARD_STATE_UNKNOWN) != 0)
		readers->pnp = false;
	readers->pnp_fired =
	    (states[count].dwEventState & SCARD_STATE_CHANGED) != 0;
	readers->pnp_state =
	    states[count].dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
}

/* Wait until a state is not what we know; TIMEOUT is no error. */
static enum sy_err
watch(struct readers *readers, unsigned int ms)
{
	SCARD_READERSTATE states[READERS_MAX + 1];
	unsigned int count = readers->count;
	LONG rv;

	memset(states, 0, sizeof(states));
	for (unsigned int i = 0; i < count; i++) {
		states[i].szReader = readers->reader[i].name;
		states[i].dwCurrentState = readers->reader[i].seen
		    ? readers->reader[i].state
		    : SCARD_STATE_UNAWARE;
	}
	if (readers->pnp) {
		states[count].szReader = PNP_NAME;
		states[count].dwCurrentState = readers->pnp_state;
		count++;
	} else if (ms > POLL_MS) {
		ms = POLL_MS;
	}
	if (count == 0) {
		pause_ms(readers, ms, POLL_MS);
		return SY_OK;
	}
	guard(readers, ms + CALL_MS);
	rv = readers->host->sc->get_status_change(readers->context, ms, states,
	    count);
	guard(readers, 0);
	if (rv == SCARD_S_SUCCESS) {
		take_states(readers, states, readers->count);
		return SY_OK;
	}
	/* Between list and watch a reader went: list again. */
	if (rv == SCARD_E_TIMEOUT || rv == SCARD_E_UNKNOWN_READER ||
	    rv == SCARD_E_READER_UNAVAILABLE)
		return SY_OK;
	return winscard_err(rv) == SY_ERR_NOMEM ? SY_ERR_NOMEM : SY_ERR_PCSC;
}

enum sy_err
readers_update(struct readers *readers, unsigned int ms)
{
	enum sy_err err = SY_OK;

	if (!readers->connected)
		err = establish(readers);
	if (err == SY_OK)
		err = list(readers);
	if (err == SY_OK)
		err = watch(readers, ms);
	if (err == SY_OK)
		readers->backoff_ms = BACKOFF_MIN_MS;
	if (err != SY_ERR_PCSC)
		return err;
	lost(readers, ms);
	return SY_OK;
}

void
readers_make_old(struct readers *readers)
{
	for (unsigned int i = 0; readers->fresh && i < readers->count; i++) {
		if (readers->reader[i].card == READER_READY)
			readers->reader[i].card = READER_OLD;
	}
}

unsigned int
readers_count(const struct readers *readers)
{
	return readers->count;
}

bool
readers_have_old(const struct readers *readers)
{
	for (unsigned int i = 0; i < readers->count; i++) {
		if (readers->reader[i].card == READER_OLD ||
		    readers->reader[i].card == READER_TRIED)
			return true;
	}
	return false;
}

bool
readers_have_tried(const struct readers *readers, const char *name)
{
	for (unsigned int i = 0; i < readers->count; i++) {
		if (strcmp(readers->reader[i].name, name) == 0)
			return readers->reader[i].card == READER_TRIED;
	}
	return false;
}

bool
readers_are_away(const struct readers *readers)
{
	return !readers->connected;
}

struct reader *
readers_ready(struct readers *readers)
{
	for (unsigned int i = 0; i < readers->count; i++) {
		if (readers->reader[i].card == READER_READY)
			return &readers->reader[i];
	}
	return NULL;
}

SCARDCONTEXT
readers_context(const struct readers *readers)
{
	return readers->context;
}

enum sy_err
reader_check(const struct readers *readers, const struct reader *reader)
{
	SCARD_READERSTATE state;
	LONG rv;

	/* "Unaware" is answered at once; of a state that is known pcsc-lite
	 * looks for a change, with two more round trips to pcscd. */
	memset(&state, 0, sizeof(state));
	state.szReader = reader->name;
	state.dwCurrentState = SCARD_STATE_UNAWARE;
	guard(readers, CALL_MS);
	rv = readers->host->sc->get_status_change(readers->context, 0, &state,
	    1);
	guard(readers, 0);
	if (rv == SCARD_E_UNKNOWN_READER || rv == SCARD_E_READER_UNAVAILABLE)
		return SY_ERR_READER;
	if (rv != SCARD_S_SUCCESS)
		return SY_ERR_PCSC;
	if ((state.dwEventState &
		(SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE)) != 0)
		return SY_ERR_READER;
	if ((state.dwEventState & SCARD_STATE_PRESENT) == 0 ||
	    COUNTER(state.dwEventState) != COUNTER(reader->state))
		return SY_ERR_CARD_GONE;
	return SY_OK;
}
