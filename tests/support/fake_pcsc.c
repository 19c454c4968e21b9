/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_pcsc.h"
#include "tests/support/mini_cert.h"
#include "tests/support/unit.h"

#define CONTEXT 0x1234
#define HANDLE  0x5678

/* PC/SC passes no argument of ours. */
static struct fake *world;

/* --- acts --- */

void
fake_insert(struct fake *f)
{
	if (!f->reader[0].present)
		f->reader[0].counter++;
	f->reader[0].present = true;
	f->verified = false;
}

void
fake_remove(struct fake *f)
{
	if (f->reader[0].present)
		f->reader[0].counter++;
	f->reader[0].present = false;
}

void
fake_swap(struct fake *f)
{
	fake_remove(f);
	fake_insert(f);
}

void
fake_reset(struct fake *f)
{
	f->was_reset = true;
	f->selected = false;
	f->verified = false;
}

void
fake_kill_pcscd(struct fake *f)
{
	f->up = false;
	f->contexts = 0;
	f->handles = 0;
	f->transactions = 0;
	for (unsigned int i = 0; i < FAKE_READERS; i++)
		f->reader[i].counter = 0;
}

void
fake_start_pcscd(struct fake *f)
{
	f->up = true;
}

void
fake_close(struct fake *f)
{
	f->closed = true;
}

void
fake_at(struct fake *f, uint64_t ms, fake_act *act)
{
	assert_true(f->events < FAKE_EVENTS);
	f->event[f->events].at = ms;
	f->event[f->events++].act = act;
}

/* Let time pass up to ${until}, and what happens in it happen; stops after the
 * first thing that did. */
static void
pass(struct fake *f, uint64_t until)
{
	unsigned int next = FAKE_EVENTS;

	for (unsigned int i = 0; i < f->events; i++) {
		if (f->event[i].act != NULL && f->event[i].at <= until &&
		    (next == FAKE_EVENTS || f->event[i].at < f->event[next].at))
			next = i;
	}
	if (next == FAKE_EVENTS) {
		f->now = until;
		return;
	}
	if (f->event[next].at > f->now)
		f->now = f->event[next].at;
	f->event[next].act(f);
	f->event[next].act = NULL;
}

/* --- pcscd --- */

/* What every call begins with: pcscd's own troubles. */
static LONG
enter(enum fake_call call)
{
	struct fake *f = world;

	assert_true(f->guard_ms > 0);
	if (f->dead)
		return SCARD_F_COMM_ERROR;
	pass(f, f->now);
	f->trouble_count[call]++;
	if (!f->up)
		return f->down;
	if (f->trouble.call == call && f->trouble.times > 0 &&
	    f->trouble_count[call] >= f->trouble.nth) {
		f->trouble.times--;
		return f->trouble.rv;
	}
	return SCARD_S_SUCCESS;
}

/* A call that does not come back: the watchdog ends it. */
static LONG
blocks(struct fake *f)
{
	f->dead = true;
	f->died = f->guard_code;
	return SCARD_F_COMM_ERROR;
}

static LONG
establish_context(DWORD scope, LPCVOID reserved1, LPCVOID reserved2,
    LPSCARDCONTEXT ret_context)
{
	LONG rv;

	assert_int_equal(scope, SCARD_SCOPE_SYSTEM);
	assert_null(reserved1);
	assert_null(reserved2);
	if ((rv = enter(FAKE_ESTABLISH)) != SCARD_S_SUCCESS)
		return rv;
	assert_int_equal(world->contexts, 0);
	world->contexts++;
	*ret_context = CONTEXT;
	return SCARD_S_SUCCESS;
}

static LONG
release_context(SCARDCONTEXT context)
{
	assert_true(world->guard_ms > 0);
	assert_int_equal(context, CONTEXT);
	if (world->contexts > 0)
		world->contexts--;
	return SCARD_S_SUCCESS;
}

static LONG
list_readers(SCARDCONTEXT context, LPCSTR groups, LPSTR names, LPDWORD len)
{
	struct fake *f = world;
	size_t at = 0;
	LONG rv;

	assert_int_equal(context, CONTEXT);
	assert_null(groups);
	if ((rv = enter(FAKE_LIST)) != SCARD_S_SUCCESS)
		return rv;
	if (f->contexts == 0)
		return SCARD_E_INVALID_HANDLE;
	for (unsigned int i = 0; i < FAKE_READERS; i++) {
		const char *name = f->reader[i].name;

		if (name == NULL)
			continue;
		assert_true(at + strlen(name) + 2 <= *len);
		memcpy(names + at, name, strlen(name) + 1);
		at += strlen(name) + 1;
	}
	if (at == 0)
		return SCARD_E_NO_READERS_AVAILABLE;
	names[at++] = '\0';
	*len = at;
	return SCARD_S_SUCCESS;
}

static unsigned int
count_readers(const struct fake *f)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < FAKE_READERS; i++)
		n += f->reader[i].name != NULL;
	return n;
}

static const struct fake_reader *
find(const struct fake *f, const char *name)
{
	for (unsigned int i = 0; i < FAKE_READERS; i++) {
		if (f->reader[i].name != NULL &&
		    strcmp(f->reader[i].name, name) == 0)
			return &f->reader[i];
	}
	return NULL;
}

/* The event state of one entry, as pcsc-lite makes it. */
static DWORD
state_of(const struct fake *f, const SCARD_READERSTATE *entry)
{
	const struct fake_reader *reader;
	DWORD state;

	if (strcmp(entry->szReader, "\\\\?PnP?\\Notification") == 0) {
		if (!f->pnp)
			return SCARD_STATE_UNKNOWN | SCARD_STATE_CHANGED;
		state = (DWORD)count_readers(f) << 16;
		if (f->wolf || state != entry->dwCurrentState)
			state |= SCARD_STATE_CHANGED;
		return state;
	}
	if ((reader = find(f, entry->szReader)) == NULL)
		return SCARD_STATE_UNKNOWN | SCARD_STATE_CHANGED;
	state = reader->present ? SCARD_STATE_PRESENT : SCARD_STATE_EMPTY;
	state |= (DWORD)reader->counter << 16;
	if (state != entry->dwCurrentState)
		state |= SCARD_STATE_CHANGED;
	return state;
}

static LONG
get_status_change(SCARDCONTEXT context, DWORD timeout_ms,
    SCARD_READERSTATE *states, DWORD count)
{
	struct fake *f = world;
	const uint64_t until = f->now + timeout_ms;
	bool changed;
	LONG rv;

	assert_int_equal(context, CONTEXT);
	assert_true(f->guard_ms > timeout_ms);
	if ((rv = enter(FAKE_STATUS)) != SCARD_S_SUCCESS)
		return rv;
	for (;;) {
		if (!f->up)
			return SCARD_F_COMM_ERROR;
		if (f->contexts == 0)
			return SCARD_E_INVALID_HANDLE;
		changed = false;
		for (DWORD i = 0; i < count; i++) {
			states[i].dwEventState = state_of(f, &states[i]);
			changed = changed ||
			    (states[i].dwEventState & SCARD_STATE_CHANGED) != 0;
		}
		if (changed)
			return SCARD_S_SUCCESS;
		if (f->now >= until)
			return SCARD_E_TIMEOUT;
		pass(f, until);
	}
}

static LONG
connect_card(SCARDCONTEXT context, LPCSTR name, DWORD share_mode,
    DWORD protocols, LPSCARDHANDLE ret_card, LPDWORD ret_protocol)
{
	struct fake *f = world;
	const struct fake_reader *reader;
	LONG rv;

	assert_int_equal(context, CONTEXT);
	assert_int_equal(share_mode, SCARD_SHARE_SHARED);
	assert_int_equal(protocols, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1);
	if ((rv = enter(FAKE_CONNECT)) != SCARD_S_SUCCESS)
		return rv;
	if (f->on_connect != NULL) {
		f->on_connect(f);
		f->on_connect = NULL;
	}
	if ((reader = find(f, name)) == NULL)
		return SCARD_E_UNKNOWN_READER;
	if (!reader->present)
		return SCARD_E_NO_SMARTCARD;
	if (reader->dumb)
		return SCARD_W_UNRESPONSIVE_CARD;
	if (f->now < f->exclusive_until)
		return SCARD_E_SHARING_VIOLATION;
	assert_int_equal(f->handles, 0);
	f->handles++;
	f->connected = (unsigned int)(reader - f->reader) + 1;
	f->connected_count = reader->counter;
	f->was_reset = false;
	f->selected = false;
	*ret_card = HANDLE;
	*ret_protocol = SCARD_PROTOCOL_T1;
	return SCARD_S_SUCCESS;
}

/* What is true of every call on the handle. */
static LONG
check_handle(SCARDHANDLE card)
{
	struct fake *f = world;
	const struct fake_reader *reader;

	assert_int_equal(card, HANDLE);
	if (f->handles == 0)
		return SCARD_E_INVALID_HANDLE;
	reader = &f->reader[f->connected - 1];
	if (reader->name == NULL)
		return SCARD_E_READER_UNAVAILABLE;
	if (!reader->present || reader->counter != f->connected_count)
		return SCARD_W_REMOVED_CARD;
	if (f->was_reset)
		return SCARD_W_RESET_CARD;
	return SCARD_S_SUCCESS;
}

static LONG
reconnect(SCARDHANDLE card, DWORD share_mode, DWORD protocols,
    DWORD initialization, LPDWORD ret_protocol)
{
	LONG rv;

	(void)share_mode;
	(void)protocols;
	if ((rv = enter(FAKE_RECONNECT)) != SCARD_S_SUCCESS ||
	    (rv = check_handle(card)) != SCARD_S_SUCCESS)
		return rv;
	assert_int_equal(initialization, SCARD_RESET_CARD);
	assert_int_equal(world->transactions, 0);
	world->resets++;
	world->selected = false;
	world->verified = world->sticky;
	if (world->on_reset != NULL)
		world->on_reset(world);
	*ret_protocol = SCARD_PROTOCOL_T1;
	return SCARD_S_SUCCESS;
}

static LONG
disconnect(SCARDHANDLE card, DWORD disposition)
{
	struct fake *f = world;

	assert_true(f->guard_ms > 0);
	assert_int_equal(card, HANDLE);
	/* No verified PIN may stay behind. */
	assert_int_equal(disposition, SCARD_RESET_CARD);
	if (f->handles > 0)
		f->handles--;
	f->verified = false;
	if (f->on_reset != NULL)
		f->on_reset(f);
	return SCARD_S_SUCCESS;
}

static LONG
begin_transaction(SCARDHANDLE card)
{
	struct fake *f = world;
	LONG rv;

	if ((rv = enter(FAKE_BEGIN)) != SCARD_S_SUCCESS)
		return rv;
	if (f->transaction_until > f->now + f->guard_ms)
		return blocks(f);
	if (f->transaction_until > f->now)
		f->now = f->transaction_until;
	if ((rv = check_handle(card)) != SCARD_S_SUCCESS)
		return rv;
	f->transactions++;
	return SCARD_S_SUCCESS;
}

static LONG
end_transaction(SCARDHANDLE card, DWORD disposition)
{
	(void)disposition;
	assert_true(world->guard_ms > 0);
	assert_int_equal(card, HANDLE);
	if (world->transactions > 0)
		world->transactions--;
	return SCARD_S_SUCCESS;
}

/* --- the card --- */

static size_t
answer_sw(uint8_t *reply, unsigned int sw)
{
	reply[0] = (uint8_t)(sw >> 8);
	reply[1] = (uint8_t)sw;
	return 2;
}

static size_t
answer_verify(struct fake *f, size_t len, const uint8_t *command,
    uint8_t *reply)
{
	static const uint8_t right[] = { '2', '4', '6', '8', '0', '2', 0xff,
		0xff };

	if (len > 5) {
		f->verifies++;
		if (f->tries > 0 && len == 5 + sizeof(right) &&
		    memcmp(command + 5, right, sizeof(right)) == 0) {
			f->tries = 5;
			f->verified = true;
			return answer_sw(reply, 0x9000);
		}
		f->verified = false;
		if (f->tries > 0)
			f->tries--;
	} else if (f->verified) {
		return answer_sw(reply, 0x9000);
	}
	return answer_sw(reply,
	    f->tries == 0 ? 0x6983 : 0x63c0 + (unsigned int)f->tries);
}

static size_t
answer_cert(const struct fake *f, uint8_t *reply)
{
	const uint8_t head[] = { 0x53, 0x81, (uint8_t)(f->cert_len + 3), 0x70,
		0x81, (uint8_t)f->cert_len };

	memcpy(reply, head, sizeof(head));
	memcpy(reply + sizeof(head), f->cert, f->cert_len);
	return sizeof(head) + f->cert_len +
	    answer_sw(reply + sizeof(head) + f->cert_len, 0x9000);
}

static size_t
answer_sign(struct fake *f, uint8_t *reply)
{
	static const uint8_t sig[] = { 0x7c, 0x0a, 0x82, 0x08, 0x30, 6, 2, 1, 1,
		2, 1, 1, 0x90, 0x00 };

	if (!f->open && !f->verified)
		return answer_sw(reply, 0x6982);
	f->signatures++;
	memcpy(reply, sig, sizeof(sig));
	return sizeof(sig);
}

static size_t
answer(struct fake *f, const uint8_t *command, size_t len, uint8_t *reply)
{
	if (command[1] == 0xa4) {
		f->selected =
		    !f->reader[f->connected - 1].stranger && command[5] == 0xa0;
		return answer_sw(reply, f->selected ? 0x9000 : 0x6a82);
	}
	/* Nothing is sent to an application that is not ours. */
	assert_true(f->selected);
	switch (command[1]) {
	case 0x20:
		return answer_verify(f, len, command, reply);
	case 0xcb:
		return answer_cert(f, reply);
	case 0x87:
		return answer_sign(f, reply);
	default:
		return answer_sw(reply, 0x6d00);
	}
}

static LONG
transmit(SCARDHANDLE card, const SCARD_IO_REQUEST *send_pci, LPCBYTE command,
    DWORD command_len, SCARD_IO_REQUEST *recv_pci, LPBYTE reply,
    LPDWORD reply_len)
{
	struct fake *f = world;
	LONG rv;

	assert_ptr_equal(send_pci, SCARD_PCI_T1);
	assert_null(recv_pci);
	if ((rv = enter(FAKE_TRANSMIT)) != SCARD_S_SUCCESS ||
	    (rv = check_handle(card)) != SCARD_S_SUCCESS)
		return rv;
	/* Never outside a transaction. */
	assert_int_equal(f->transactions, 1);
	assert_true(*reply_len >= 258);
	if (f->mute_at_sign && command[1] == 0x87)
		return blocks(f);
	*reply_len = f->card != NULL
	    ? f->card(f, command, (size_t)command_len, reply)
	    : answer(f, command, (size_t)command_len, reply);
	/* It went while it carried out the command. */
	return check_handle(card);
}

static const struct winscard calls = {
	.establish_context = establish_context,
	.release_context = release_context,
	.list_readers = list_readers,
	.get_status_change = get_status_change,
	.connect = connect_card,
	.reconnect = reconnect,
	.disconnect = disconnect,
	.begin_transaction = begin_transaction,
	.end_transaction = end_transaction,
	.transmit = transmit,
};

/* --- the agent and the clock --- */

static uint64_t
now_ms(void *arg)
{
	const struct fake *f = arg;

	return f->now;
}

static void
sleep_ms(void *arg, unsigned int ms)
{
	struct fake *f = arg;
	const uint64_t until = f->now + ms;

	while (f->now < until)
		pass(f, until);
}

static void
guard(void *arg, unsigned int ms, enum sy_err code)
{
	struct fake *f = arg;

	f->guard_ms = ms;
	f->guard_code = code;
}

static void
say(struct fake *f, const char *what, int number)
{
	const size_t used = strlen(f->said);

	if (number < 0)
		(void)snprintf(f->said + used, sizeof(f->said) - used, "%s;",
		    what);
	else
		(void)snprintf(f->said + used, sizeof(f->said) - used, "%s %d;",
		    what, number);
}

/* The agent types the next PIN. */
static void
type(struct fake *f, fake_act *before)
{
	if (before != NULL)
		before(f);
	if (!f->silent && !f->eager && f->pins < FAKE_PINS &&
	    f->in_len[1 + f->pins] > 0)
		f->in_count = 2 + f->pins++;
}

static void
hear_failed(struct fake *f, const struct sy_frame *frame)
{
	struct sy_device_failed failed;
	char text[64];

	assert_int_equal(sy_device_get_failed(frame, &failed), SY_OK);
	(void)snprintf(text, sizeof(text), "failed %s %s",
	    sy_failure_name((enum sy_failure)failed.kind),
	    sy_err_name((enum sy_err)failed.code));
	say(f, text, failed.tries);
}

static void
hear(struct fake *f, const struct sy_frame *frame)
{
	static struct sy_device_card card;
	struct sy_device_waiting waiting;
	const uint8_t *sig;
	uint8_t left, max;
	size_t len;

	switch (frame->type) {
	case SY_DEVICE_WAITING:
		assert_int_equal(sy_device_get_waiting(frame, &waiting), SY_OK);
		say(f, waiting.old_card ? "waiting old" : "waiting",
		    waiting.readers);
		if (f->on_wait != NULL) {
			f->on_wait(f);
			f->on_wait = NULL;
		}
		break;
	case SY_DEVICE_CARD:
		assert_int_equal(sy_device_get_card(frame, &card), SY_OK);
		say(f, card.cert_len > 0 ? "card+" : "card", card.tries);
		type(f, f->on_card);
		break;
	case SY_DEVICE_PIN_WRONG:
		assert_int_equal(sy_device_get_pin_wrong(frame, &left), SY_OK);
		say(f, "wrong", left);
		type(f, f->on_wrong);
		break;
	case SY_DEVICE_PIN_FORMAT:
		assert_int_equal(sy_device_get_pin_format(frame, &left, &max),
		    SY_OK);
		say(f, "format", left);
		type(f, NULL);
		break;
	case SY_DEVICE_SIGNATURE:
		assert_int_equal(sy_device_get_signature(frame, &sig, &len),
		    SY_OK);
		say(f, "signature", -1);
		break;
	case SY_DEVICE_FAILED:
		hear_failed(f, frame);
		break;
	default:
		assert_non_null(f->heard);
		f->heard(f, frame);
	}
}

void
fake_note(struct fake *f, const char *what)
{
	say(f, what, -1);
}

void
fake_reply(struct fake *f, const void *frame, size_t len)
{
	assert_true(f->in_count < SY_COUNT(f->in));
	assert_true(len <= sizeof(f->in[0]));
	memcpy(f->in[f->in_count], frame, len);
	f->in_len[f->in_count++] = len;
}

static enum sy_err
send_frame(void *arg, const uint8_t *bytes, size_t len)
{
	struct fake *f = arg;
	struct sy_frame frame;
	size_t used;

	if (f->closed)
		return SY_ERR_CLOSED;
	if (f->dead)
		return SY_OK; /* the process has ended, nobody hears it */
	assert_int_equal(sy_frame_parse(bytes, len, SY_DEVICE_FRAME_MAX, &frame,
			     &used),
	    SY_OK);
	assert_int_equal(used, len);
	hear(f, &frame);
	return SY_OK;
}

static enum sy_err
wait_for_agent(void *arg, unsigned int ms)
{
	struct fake *f = arg;
	const uint64_t until = f->now + ms;

	for (;;) {
		if (f->closed || f->dead)
			return SY_ERR_CLOSED;
		if (f->in_at < f->in_count)
			return SY_OK;
		if (f->now >= until)
			return SY_ERR_TIMEOUT;
		pass(f, until);
	}
}

static enum sy_err
receive(void *arg, uint8_t *buffer, size_t cap, struct sy_frame *ret_frame)
{
	struct fake *f = arg;
	size_t used;

	if (f->closed)
		return SY_ERR_CLOSED;
	assert_true(f->in_at < f->in_count);
	assert_true(f->in_len[f->in_at] <= cap);
	memcpy(buffer, f->in[f->in_at], f->in_len[f->in_at]);
	return sy_frame_parse(buffer, f->in_len[f->in_at++], cap, ret_frame,
	    &used);
}

void
fake_init(struct fake *f)
{
	memset(f, 0, sizeof(*f));
	world = f;
	f->host.sc = &calls;
	f->host.now_ms = now_ms;
	f->host.sleep_ms = sleep_ms;
	f->host.guard = guard;
	f->host.send = send_frame;
	f->host.wait = wait_for_agent;
	f->host.receive = receive;
	f->host.arg = f;
	f->up = true;
	f->down = SCARD_E_NO_SERVICE;
	f->pnp = true;
	f->reader[0].name = "Reader A";
	f->tries = 5;
	f->start.drivers = 1U << SY_DRIVER_JPKI | 1U << SY_DRIVER_PIV;
	f->start.slot = SY_SLOT_PIN;
	f->start.reserve = 1;
	f->start.wait_ms = 10000;
	f->hash_len = 32;
	f->cert_len = mini_cert(SY_KEY_P256, f->cert);
}

static void
put_sign(struct fake *f, unsigned int n, const char *digits)
{
	static const uint8_t hash[SY_HASH_SIZE_MAX];
	SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;

	assert_int_equal(sy_secret_new(SY_DEVICE_PIN_MAX, &pin), SY_OK);
	assert_int_equal(sy_secret_append(pin, digits, strlen(digits)), SY_OK);
	assert_int_equal(sy_device_put_sign(hash, f->hash_len, pin, &frame),
	    SY_OK);
	f->in_len[n] = sy_secret_len(frame);
	assert_true(f->in_len[n] <= sizeof(f->in[n]));
	memcpy(f->in[n], sy_secret_bytes(frame), f->in_len[n]);
}

void
fake_ready(struct fake *f)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;

	assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
	assert_int_equal(sy_device_put_start(out, &f->start), SY_OK);
	f->in_len[0] = sy_buf_len(out);
	memcpy(f->in[0], sy_buf_data(out), f->in_len[0]);
	f->in_count = 1;
	for (unsigned int i = 0; i < FAKE_PINS; i++) {
		if (f->pin[i] != NULL)
			put_sign(f, 1 + i, f->pin[i]);
	}
	if (f->eager)
		f->in_count = 2;
}

void
fake_check_closed(const struct fake *f)
{
	if (f->dead)
		return;
	assert_int_equal(f->transactions, 0);
	assert_int_equal(f->handles, 0);
	assert_int_equal(f->contexts, 0);
	assert_false(f->verified);
	assert_int_equal(f->guard_ms, 0);
}
