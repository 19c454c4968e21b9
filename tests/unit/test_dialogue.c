/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <sanyoso/code.h>
#include <sanyoso/keydevice.h>
#include <sanyoso/policy.h>

#include "agent/dialogue.h"
#include "agent/sessions.h"
#include "agent/text.h"
#include "tests/support/agent_lab.h"
#include "tests/support/testca.h"

/*
 * Whole dialogues: a caller on one side, on the other a worker and a server
 * that are scripted, everything between them the agent's. Caller and worker
 * are threads, the agent's loop is the test. MFA-4 (cards, keys), CARD-7.
 */
struct world {
	struct agent_lab lab;
	struct services services;
	struct tls_server *server;
	EVP_PKEY *card_key;
	uint8_t *spki;
	size_t spki_len;
	/* server */
	uint8_t nonce[SY_NONCE_SIZE];
	char paths[512];
	bool proven;
	const char *methods;
	const char *change; /* of the verdict */
	char verdicts[16];  /* of /v1/auth/password, in turn: y, n, w wrong */
	size_t asked;
	int busy; /* so often */
	char passwords[128];
	char closed[64];
	char session_verdict[8];
	unsigned int slow_ms; /* before a session is opened */
	bool lose_proof;      /* close instead of answering the proof */
	/* worker */
	const char *worker; /* script: w WAITING, c CARD, s wait for SIGN,
			       b PIN_WRONG, S SIGNATURE, g card gone,
			       j junk, q quit */
	pthread_t worker_thread;
	int worker_fd;
	bool worker_runs;
	char pins[64];
	bool enroll;
	bool key; /* a FIDO2 key with a PIN, which signs when it is right */
	/* caller */
	pthread_t caller_thread;
	int caller_fd;
	bool hasty; /* gone as soon as the server has heard of it, which answers
		       after that */
	_Atomic bool gone;
	const char *answers[4];
	struct sy_secret *opening;
	struct sy_dialog_result result;
	bool got_result;
	char said[4096];
};

static const char txn[] = "00112233445566778899aabbccddeeff";

/* --- the server --- */

static bool
verifies(const struct world *w, const struct sy_auth_proof *proof,
    const char *service, const char *purpose)
{
	struct sy_challenge c = { .server = LAB_SERVER,
		.terminal = LAB_TERMINAL,
		.login = "suzuki",
		.service = service,
		.purpose = purpose };
	SY_AUTO(sy_key_free) struct sy_key *key = NULL;
	uint8_t digest[SY_HASH_SIZE_MAX];
	size_t len;

	assert_int_equal(sy_key_from_spki(w->spki, w->spki_len, &key, NULL),
	    SY_OK);
	assert_int_equal(sy_text_unhex(txn, c.txn, sizeof(c.txn)), SY_OK);
	memcpy(c.server_nonce, w->nonce, sizeof(c.server_nonce));
	memcpy(c.agent_nonce, proof->agent_nonce, sizeof(c.agent_nonce));
	assert_int_equal(sy_challenge_digest(&c, SY_HASH_SHA256, digest, &len),
	    SY_OK);
	return sy_key_verify(key, digest, len, proof->signature,
		   proof->signature_len) == SY_OK;
}

static void
judge_password(struct world *w, const char *body, size_t len,
    struct sy_auth_step *step)
{
	static struct sy_auth_password message;
	const char verdict = w->verdicts[w->asked++];

	assert_int_equal(sy_message_decode(&sy_message_auth_password, body, len,
			     &message, NULL),
	    SY_OK);
	(void)snprintf(w->passwords + strlen(w->passwords),
	    sizeof(w->passwords) - strlen(w->passwords), "%.*s ",
	    (int)message.password_len, (const char *)message.password);
	w->proven = verdict == 'y';
	if (verdict == 'w') {
		(void)snprintf(step->step, sizeof(step->step), "present");
		(void)snprintf(step->methods, sizeof(step->methods),
		    "password");
		(void)snprintf(step->drivers, sizeof(step->drivers), "jpki");
		step->verdict[0] = '\0';
		step->wrong = true;
		step->left = 3;
	}
}

/* A change, an account, a session. NULL: another path. */
static char *
other_step(struct world *w, const char *path, const char *body, size_t len)
{
	struct sy_password_step password = { .step = "changed" };
	struct sy_account_step account = { .verdict = "allow",
		.login = "suzuki" };
	struct sy_session_step session = { .session = 5 };
	struct sy_session_close close;

	if (strcmp(path, "/v1/password/change") == 0)
		return agent_lab_encode(&sy_message_password_step, &password);
	if (strcmp(path, "/v1/account") == 0) {
		memcpy(account.txn, txn, sizeof(txn));
		return agent_lab_encode(&sy_message_account_step, &account);
	}
	if (strcmp(path, "/v1/session/open") == 0) {
		(void)usleep(w->slow_ms * 1000);
		(void)snprintf(session.verdict, sizeof(session.verdict), "%s",
		    w->session_verdict);
		return agent_lab_encode(&sy_message_session_step, &session);
	}
	if (strcmp(path, "/v1/session/close") != 0)
		return NULL;
	assert_int_equal(sy_message_decode(&sy_message_session_close, body, len,
			     &close, NULL),
	    SY_OK);
	(void)snprintf(w->closed + strlen(w->closed),
	    sizeof(w->closed) - strlen(w->closed), "%lld ",
	    (long long)close.session);
	return agent_lab_encode(&sy_message_empty, &close);
}

/* "assert", a second time for a look, and what came of it. False: another
 * path. */
static bool
key_step(struct world *w, const char *path, const char *body, size_t len,
    struct sy_auth_step *step)
{
	static struct sy_credential shown = { .id = { 3 }, .id_len = 32 };
	static struct sy_auth_assertion in;

	if (strcmp(path, "/v1/auth/look") == 0) {
		assert_int_equal(sy_message_decode(&sy_message_auth_assertion,
				     body, len, &in, NULL),
		    SY_OK);
		assert_int_equal(in.pins_wrong, 0);
		assert_string_equal(w->pins, "");
	}
	if (strcmp(path, "/v1/auth/key") == 0 ||
	    strcmp(path, "/v1/auth/look") == 0) {
		*step = (struct sy_auth_step){ .step = "assert",
			.login = "suzuki",
			.rp_id = "auth.city.example",
			.origin = "https://auth.city.example",
			.uv = true,
			.life = 60,
			.nonce_len = SY_NONCE_SIZE,
			.credentials = { .items = &shown, .count = 1 } };
		memcpy(step->txn, txn, sizeof(txn));
		memcpy(step->nonce, w->nonce, sizeof(step->nonce));
		return true;
	}
	if (strcmp(path, "/v1/auth/assertion") != 0)
		return false;
	assert_int_equal(sy_message_decode(&sy_message_auth_assertion, body,
			     len, &in, NULL),
	    SY_OK);
	assert_int_equal(in.pins_wrong, 1);
	assert_false(in.built_in);
	assert_int_equal(in.credential[0], 3);
	w->proven = in.signature_len == 70;
	return false;
}

static char *
auth_step(struct world *w, const char *path, const char *body, size_t len)
{
	struct sy_auth_step step = {
		.step = "verdict", .verdict = "deny", .support = "L-1"
	};
	struct sy_auth_proof proof;

	memcpy(step.txn, txn, sizeof(txn));
	if (strcmp(path, "/v1/auth") == 0) {
		for (int i = 0; i < 1000 && w->hasty && !w->gone; i++)
			(void)usleep(1000);
		step = (struct sy_auth_step){ .step = "present",
			.drivers = "jpki piv",
			.fresh = true,
			.reserve = 1 };
		(void)snprintf(step.methods, sizeof(step.methods), "%s",
		    w->methods);
		memcpy(step.txn, txn, sizeof(txn));
	} else if (strcmp(path, "/v1/auth/card") == 0) {
		step = (struct sy_auth_step){ .step = "prove",
			.login = "suzuki",
			.life = 60,
			.nonce_len = SY_NONCE_SIZE };
		memcpy(step.txn, txn, sizeof(txn));
		memcpy(step.nonce, w->nonce, sizeof(step.nonce));
	} else if (strcmp(path, "/v1/auth/proof") == 0) {
		assert_int_equal(sy_message_decode(&sy_message_auth_proof, body,
				     len, &proof, NULL),
		    SY_OK);
		w->proven = verifies(w, &proof, "login", "privileged");
	} else if (strcmp(path, "/v1/auth/password") == 0) {
		judge_password(w, body, len, &step);
	} else if (key_step(w, path, body, len, &step)) {
		return agent_lab_encode(&sy_message_auth_step, &step);
	}
	if (w->proven && strcmp(path, "/v1/auth/abandon") != 0) {
		(void)snprintf(step.verdict, sizeof(step.verdict), "allow");
		(void)snprintf(step.login, sizeof(step.login), "suzuki");
		(void)snprintf(step.change, sizeof(step.change), "%s",
		    w->change);
	}
	return agent_lab_encode(&sy_message_auth_step, &step);
}

static char *
enroll_step(struct world *w, const char *path, const char *body, size_t len)
{
	struct sy_enroll_step step = {
		.step = "refused", .reason = "signature", .text = "bad"
	};
	struct sy_auth_proof proof;

	if (strcmp(path, "/v1/enroll") == 0) {
		step = (struct sy_enroll_step){ .step = "present",
			.drivers = "jpki",
			.method = "card-pin",
			.reserve = 1,
			.login = "suzuki",
			.name = "Suzuki" };
	} else if (strcmp(path, "/v1/enroll/card") == 0) {
		step = (struct sy_enroll_step){ .step = "prove",
			.login = "suzuki",
			.name = "Suzuki",
			.subject = "SUZUKI TARO",
			.issuer = "Some CA",
			.algorithm = "P-256",
			.not_after = 2000000000,
			.life = 60,
			.nonce_len = SY_NONCE_SIZE };
		memcpy(step.nonce, w->nonce, sizeof(step.nonce));
	} else if (strcmp(path, "/v1/enroll/proof") == 0) {
		assert_int_equal(sy_message_decode(&sy_message_auth_proof, body,
				     len, &proof, NULL),
		    SY_OK);
		if (verifies(w, &proof, "enroll", "enroll"))
			step = (struct sy_enroll_step){ .step = "done",
				.token = "token:7" };
	}
	memcpy(step.txn, txn, sizeof(txn));
	return agent_lab_encode(&sy_message_enroll_step, &step);
}

static void
handle(void *arg, const char *path, const char *body, size_t len,
    struct tls_answer *answer)
{
	struct world *w = arg;

	(void)snprintf(w->paths + strlen(w->paths),
	    sizeof(w->paths) - strlen(w->paths), "%s ", path);
	if (strcmp(path, "/v1/auth/password") == 0 && w->busy > 0) {
		struct sy_failure_reply busy = { .error = "busy",
			.retry_after = 1 };

		w->busy--;
		answer->status = 503;
		answer->body = agent_lab_encode(&sy_message_failure, &busy);
		return;
	}
	if ((answer->body = other_step(w, path, body, len)) != NULL)
		return;
	if (strncmp(path, "/v1/enroll", strlen("/v1/enroll")) == 0)
		answer->body = enroll_step(w, path, body, len);
	else
		answer->body = auth_step(w, path, body, len);
	if (w->lose_proof && strcmp(path, "/v1/auth/proof") == 0) {
		free(answer->body);
		answer->body = NULL;
		answer->close = 1;
	}
}

/* --- the worker --- */

static void
send_out(int fd, struct sy_buf *out)
{
	/* The agent may be gone already. */
	if (sy_frame_send(fd, sy_buf_data(out), sy_buf_len(out), NULL) != SY_OK)
		return;
}

static bool
take_sign(struct world *w, uint8_t *hash, size_t *hash_len)
{
	SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
	uint8_t in[SY_DEVICE_FRAME_MAX];
	struct sy_frame frame;

	if (sy_frame_receive(w->worker_fd, in, sizeof(in), NULL, &frame) !=
	    SY_OK)
		return false;
	assert_int_equal(sy_secret_new(SY_DEVICE_PIN_MAX, &pin), SY_OK);
	assert_int_equal(sy_device_get_sign(&frame, hash, hash_len, pin),
	    SY_OK);
	(void)snprintf(w->pins + strlen(w->pins),
	    sizeof(w->pins) - strlen(w->pins), "%.*s ", (int)sy_secret_len(pin),
	    (const char *)sy_secret_bytes(pin));
	return true;
}

static void
put_card(struct world *w, struct sy_buf *out)
{
	struct sy_device_card card = { .driver = SY_DRIVER_JPKI,
		.slot = SY_SLOT_PIN,
		.tries = 3,
		.reader = "Reader 0" };

	memcpy(card.spki, w->spki, w->spki_len);
	card.spki_len = (uint16_t)w->spki_len;
	if (w->enroll) {
		size_t len;
		uint8_t *der = testca_der(w->lab.terminal_cert, &len);

		memcpy(card.cert, der, len);
		card.cert_len = (uint16_t)len;
		free(der);
	}
	assert_int_equal(sy_device_put_card(out, &card), SY_OK);
}

/* What a key is asked for comes as it was sent; it wants the PIN "2468". */
static bool
serve_key(struct world *w, struct sy_buf *out)
{
	SY_AUTO(sy_keydevice_assert_clear)
	struct sy_keydevice_assert in = { .uv = 0 };
	const struct sy_keydevice_refused wrong = { .code = SY_ERR_PIN_WRONG,
		.tries = 7 };
	struct sy_keydevice_signed made = { .credential = { .id = { 3 },
						.len = 32 },
		.authdata_len = 37,
		.signature_len = 70 };
	uint8_t frame_bytes[SY_DEVICE_FRAME_MAX];
	struct sy_frame frame;
	size_t len;

	if (sy_frame_receive(w->worker_fd, frame_bytes, sizeof(frame_bytes),
		NULL, &frame) != SY_OK)
		return false;
	assert_int_equal(sy_keydevice_get_assert(&frame, &in), SY_OK);
	made.uv = in.uv;
	if (in.uv == SY_KEY_UV_LOOK) {
		assert_int_equal(sy_keydevice_put_signed(out, &made), SY_OK);
		send_out(w->worker_fd, out);
		return true;
	}
	assert_int_equal(in.uv, SY_KEY_UV_PIN);
	len = sy_secret_len(in.pin);
	(void)snprintf(w->pins + strlen(w->pins),
	    sizeof(w->pins) - strlen(w->pins), "%.*s ", (int)len,
	    (const char *)sy_secret_bytes(in.pin));
	if (len == 4 && memcmp(sy_secret_bytes(in.pin), "2468", 4) == 0)
		assert_int_equal(sy_keydevice_put_signed(out, &made), SY_OK);
	else
		assert_int_equal(sy_keydevice_put_refused(out, &wrong), SY_OK);
	send_out(w->worker_fd, out);
	return true;
}

static void
work_with_key(struct world *w)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	const struct sy_keydevice_found found = { .place = "Key",
		.pin_supported = true,
		.pin_set = true,
		.pin_min = 4,
		.pin_tries = 8,
		.uv_tries = 255 };
	uint8_t in[SY_DEVICE_FRAME_MAX];
	struct sy_keydevice_start start;
	struct sy_frame frame;

	assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
	assert_int_equal(sy_frame_receive(w->worker_fd, in, sizeof(in), NULL,
			     &frame),
	    SY_OK);
	assert_int_equal(sy_keydevice_get_start(&frame, &start), SY_OK);
	assert_string_equal(start.rp_id, "auth.city.example");
	assert_int_equal(start.credential_count, 1);
	assert_int_equal(sy_keydevice_put_found(out, &found), SY_OK);
	send_out(w->worker_fd, out);
	while (serve_key(w, out))
		continue;
}

static void *
work(void *arg)
{
	static const uint8_t junk[] = { 0, 0, 0, 2, 9, 9 };
	struct world *w = arg;
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct sy_device_waiting waiting = { .readers = 1 };
	struct sy_device_failed gone = { .kind = SY_FAILURE_DEVICE,
		.code = SY_ERR_CARD_GONE,
		.tries = 255,
		.place = "Reader 0" };
	uint8_t in[SY_DEVICE_FRAME_MAX], hash[SY_HASH_SIZE_MAX], sig[512];
	struct sy_device_start start;
	struct sy_frame frame;
	size_t hash_len = 0, len;
	bool quit = false;

	if (w->key) {
		work_with_key(w);
		(void)close(w->worker_fd);
		return NULL;
	}
	assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
	assert_int_equal(sy_frame_receive(w->worker_fd, in, sizeof(in), NULL,
			     &frame),
	    SY_OK);
	assert_int_equal(sy_device_get_start(&frame, &start), SY_OK);
	assert_int_equal(start.enroll, w->enroll);
	assert_true(start.fresh);
	for (bool more = true; more && *w->worker != '\0'; w->worker++)
		switch (*w->worker) {
		case 'w':
			assert_int_equal(sy_device_put_waiting(out, &waiting),
			    SY_OK);
			send_out(w->worker_fd, out);
			break;
		case 'c':
			put_card(w, out);
			send_out(w->worker_fd, out);
			break;
		case 's':
			more = take_sign(w, hash, &hash_len);
			break;
		case 'b':
			assert_int_equal(sy_device_put_pin_wrong(out, 2),
			    SY_OK);
			send_out(w->worker_fd, out);
			break;
		case 'S':
			len = testca_sign(w->card_key, hash, hash_len, sig);
			assert_int_equal(sy_device_put_signature(out, sig, len),
			    SY_OK);
			send_out(w->worker_fd, out);
			break;
		case 'g':
			assert_int_equal(sy_device_put_failed(out, &gone),
			    SY_OK);
			send_out(w->worker_fd, out);
			break;
		case 'j':
			(void)send(w->worker_fd, junk, sizeof(junk),
			    MSG_NOSIGNAL);
			break;
		default: /* 'q': this worker ends, the next goes on */
			more = false;
			quit = true;
			break;
		}
	/* Stay until the agent lets go, unless told to quit. */
	if (!quit)
		(void)recv(w->worker_fd, in, 1, 0);
	(void)close(w->worker_fd);
	return NULL;
}

static enum sy_err
spawn(void *arg, int *ret_fd)
{
	struct world *w = arg;
	int fds[2];

	if (w->worker_runs)
		(void)pthread_join(w->worker_thread, NULL);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	w->worker_fd = fds[1];
	w->worker_runs = true;
	assert_int_equal(pthread_create(&w->worker_thread, NULL, work, w), 0);
	*ret_fd = fds[0];
	return SY_OK;
}

/* --- the caller --- */

static void
answer(struct world *w, uint32_t number, const char *text)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;

	assert_int_equal(sy_dialog_put_answer(number, true, text, strlen(text),
			     &frame),
	    SY_OK);
	assert_int_equal(sy_frame_send(w->caller_fd, sy_secret_bytes(frame),
			     sy_secret_len(frame), NULL),
	    SY_OK);
}

static void
hear(struct world *w, const struct sy_frame *frame)
{
	char text[SY_DIALOG_TEXT_SIZE];

	assert_int_equal(sy_dialog_get_text(frame, text), SY_OK);
	(void)snprintf(w->said + strlen(w->said),
	    sizeof(w->said) - strlen(w->said), "%s\n", text);
}

static void *
call(void *arg)
{
	struct world *w = arg;
	uint8_t in[SY_FRAME_MAX];
	struct sy_dialog_prompt prompt;
	struct sy_frame frame;
	size_t given = 0;

	(void)send(w->caller_fd, sy_secret_bytes(w->opening),
	    sy_secret_len(w->opening), MSG_NOSIGNAL);
	if (w->hasty) {
		for (int i = 0; i < 10000 && w->paths[0] == '\0'; i++)
			(void)usleep(1000);
		(void)close(w->caller_fd);
		w->gone = true;
		return NULL;
	}
	while (sy_frame_receive(w->caller_fd, in, sizeof(in), NULL, &frame) ==
	    SY_OK)
		switch (frame.type) {
		case SY_DIALOG_INFO:
		case SY_DIALOG_ERROR:
			hear(w, &frame);
			break;
		case SY_DIALOG_PROMPT:
			assert_int_equal(sy_dialog_get_prompt(&frame, &prompt),
			    SY_OK);
			if (w->answers[given] == NULL) {
				(void)shutdown(w->caller_fd, SHUT_RDWR);
				break;
			}
			answer(w, prompt.number, w->answers[given++]);
			break;
		case SY_DIALOG_RESULT:
			assert_int_equal(sy_dialog_get_result(&frame,
					     &w->result),
			    SY_OK);
			w->got_result = true;
			break;
		default:
			break;
		}
	(void)close(w->caller_fd);
	return NULL;
}

/* --- the test --- */

static void
on_idle(void *owner)
{
	struct world *w = owner;
	const struct timeval soon = { .tv_usec = 30000 };

	/* What is said to the server last may still be on its way. */
	(void)event_base_loopexit(w->services.base, &soon);
}

/* --- where callers live --- */

static bool elsewhere; /* there is a systemd, and they are in no session */

static bool
has_systemd(void)
{
	return elsewhere;
}

static bool
is_alive(int pidfd)
{
	return pidfd >= 0;
}

static enum sy_err
no_session(pid_t pid, char ret[ORIGIN_SESSION_SIZE])
{
	(void)pid;
	(void)ret;
	return SY_ERR_NOT_FOUND;
}

static enum sy_err
no_manager(pid_t pid, uid_t *ret)
{
	(void)pid;
	(void)ret;
	return SY_ERR_NOT_FOUND;
}

static const struct origin_ops origin = {
	.booted = has_systemd,
	.alive = is_alive,
	.session_of = no_session,
	.manager_of = no_manager,
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	text_open("/nonexistent", SY_LANG_EN);
	agent_lab_open(&w->lab);
	w->card_key = testca_key(TESTCA_P256);
	w->spki = testca_spki(w->card_key, &w->spki_len);
	memset(w->nonce, 0x33, sizeof(w->nonce));
	w->server = agent_lab_server(&w->lab, handle, w);
	w->worker = "";
	w->methods = "card-pin";
	w->change = "";
	(void)snprintf(w->session_verdict, sizeof(w->session_verdict), "allow");
	settings_defaults(&w->services.settings);
	/* A handshake of a busy machine is no server that is away. */
	w->services.settings.connect_timeout_ms = 10000;
	w->lab.credentials.home.port = tls_server_port(w->server);
	w->services.credentials = &w->lab.credentials;
	w->services.base = event_base_new();
	w->services.idle = on_idle;
	w->services.origin = &origin;
	w->services.idle_owner = w;
	assert_int_equal(link_new(w->services.base, &w->services.settings,
			     &w->lab.credentials, &w->services.link),
	    SY_OK);
	assert_int_equal(device_new(w->services.base, spawn, w,
			     &w->services.device),
	    SY_OK);
	assert_int_equal(accounts_new(w->services.base, &w->services.accounts),
	    SY_OK);
	assert_int_equal(evidence_new(&w->services.evidence), SY_OK);
	(void)snprintf(w->services.boot, sizeof(w->services.boot), "%032d", 7);
	assert_int_equal(sessions_new(&w->services, NULL,
			     &w->services.sessions),
	    SY_OK);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	sessions_free(&w->services.sessions);
	evidence_free(&w->services.evidence);
	accounts_free(&w->services.accounts);
	device_free(&w->services.device);
	if (w->worker_runs)
		(void)pthread_join(w->worker_thread, NULL);
	link_free(&w->services.link);
	event_base_free(w->services.base);
	tls_server_stop(&w->server);
	agent_lab_close(&w->lab);
	free(w->spki);
	sy_secret_free(&w->opening);
	free(w);
	testca_free_keys();
	return 0;
}

static void
open_with(struct world *w, const void *data, size_t len)
{
	sy_secret_free(&w->opening);
	assert_int_equal(sy_secret_new(len, &w->opening), SY_OK);
	assert_int_equal(sy_secret_append(w->opening, data, len), SY_OK);
}

static void
run(struct world *w, uid_t uid)
{
	int fds[2];

	w->got_result = false;
	w->said[0] = '\0';
	w->paths[0] = '\0';
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	w->caller_fd = fds[1];
	assert_int_equal(pthread_create(&w->caller_thread, NULL, call, w), 0);
	assert_int_equal(dialogue_open(&w->services, fds[0], uid, getpid()),
	    SY_OK);
	(void)event_base_dispatch(w->services.base);
	assert_int_equal(w->services.dialogues, 0);
	(void)pthread_join(w->caller_thread, NULL);
}

static void
run_auth_of(struct world *w, uid_t uid, enum sy_purpose purpose,
    const char *user)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct sy_dialog_auth auth = { .service = "login",
		.purpose = (uint8_t)purpose };

	(void)snprintf(auth.user, sizeof(auth.user), "%s", user);

	assert_int_equal(sy_buf_new(SY_FRAME_MAX, &out), SY_OK);
	assert_int_equal(sy_dialog_put_auth(out, &auth), SY_OK);
	open_with(w, sy_buf_data(out), sy_buf_len(out));
	run(w, uid);
}

/* No terminal of a test has an account suzuki: who needs one would end there.
 * An unlock of root's needs none. */
static void
run_auth(struct world *w, uid_t uid, enum sy_purpose purpose)
{
	run_auth_of(w, uid, purpose, "suzuki");
}

static void
run_phase(struct world *w, uid_t uid, enum sy_dialog_type type,
    const char *evidence)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct sy_dialog_phase phase = { .user = "suzuki",
		.service = "login",
		.tty = "tty1",
		.expired = 1,
		.purpose = SY_PURPOSE_PRIVILEGED };

	(void)snprintf(phase.evidence, sizeof(phase.evidence), "%s", evidence);
	assert_int_equal(sy_buf_new(SY_FRAME_MAX, &out), SY_OK);
	assert_int_equal(sy_dialog_put_phase(out, type, &phase), SY_OK);
	open_with(w, sy_buf_data(out), sy_buf_len(out));
	run(w, uid);
}

static void
a_card_and_its_pin_log_in(void **state)
{
	struct world *w = *state;

	w->worker = "wcsS";
	w->answers[0] = "1234";
	run_auth(w, 0, SY_PURPOSE_PRIVILEGED);
	assert_true(w->got_result);
	assert_int_equal(w->result.result, SY_RESULT_ALLOWED);
	assert_string_equal(w->result.login, "suzuki");
	assert_string_equal(w->pins, "1234 ");
	assert_string_equal(w->paths, "/v1/auth /v1/auth/card /v1/auth/proof ");
	assert_non_null(strstr(w->said, "Insert your card"));
	assert_non_null(strstr(w->said, "3 tries left"));
}

static void
a_wrong_pin_is_asked_for_again_in_the_same_call(void **state)
{
	struct world *w = *state;

	w->worker = "wcsbsS";
	w->answers[0] = "9999";
	w->answers[1] = "1234";
	run_auth(w, 0, SY_PURPOSE_PRIVILEGED);
	assert_int_equal(w->result.result, SY_RESULT_ALLOWED);
	assert_string_equal(w->pins, "9999 1234 ");
	assert_non_null(strstr(w->said, "The PIN is wrong. 2 tries left."));
}

static void
a_key_and_its_pin_log_in(void **state)
{
	struct world *w = *state;

	w->key = true;
	w->methods = "fido2-uv";
	w->answers[0] = "1357";
	w->answers[1] = "2468";
	run_auth(w, 0, SY_PURPOSE_PRIVILEGED);
	assert_int_equal(w->result.result, SY_RESULT_ALLOWED);
	assert_string_equal(w->result.login, "suzuki");
	assert_string_equal(w->pins, "1357 2468 ");
	assert_string_equal(w->paths,
	    "/v1/auth /v1/auth/key /v1/auth/look /v1/auth/assertion ");
	assert_non_null(strstr(w->said, "8 tries left"));
	assert_non_null(strstr(w->said, "The PIN is wrong. 7 tries left."));
}

static void
a_card_taken_out_may_come_back(void **state)
{
	struct world *w = *state;

	w->worker = "wcgqwcsS";
	w->answers[0] = "1234";
	w->answers[1] = "1234";
	run_auth(w, 0, SY_PURPOSE_PRIVILEGED);
	assert_int_equal(w->result.result, SY_RESULT_ALLOWED);
	/* What was typed into the prompt that died went nowhere. */
	assert_string_equal(w->pins, "1234 ");
}

static void
a_verdict_whose_answer_was_lost_is_fetched(void **state)
{
	struct world *w = *state;

	w->worker = "wcsS";
	w->answers[0] = "1234";
	w->lose_proof = true;
	run_auth(w, 0, SY_PURPOSE_PRIVILEGED);
	assert_int_equal(w->result.result, SY_RESULT_ALLOWED);
	assert_string_equal(w->paths,
	    "/v1/auth /v1/auth/card /v1/auth/proof /v1/auth/verdict ");
}

static void
a_worker_that_dies_or_talks_nonsense_ends_in_no(void **state)
{
	static const char *const scripts[] = { "q", "wq", "wcq", "wcsq", "j",
		"wcj" };
	struct world *w = *state;

	w->answers[0] = "1234";
	for (size_t i = 0; i < SY_COUNT(scripts); i++) {
		print_message("  %s\n", scripts[i]);
		w->worker = scripts[i];
		run_auth(w, 0, SY_PURPOSE_PRIVILEGED);
		assert_true(w->got_result);
		assert_int_equal(w->result.result, SY_RESULT_ERROR);
		assert_non_null(strstr(w->paths, "/v1/auth/abandon"));
	}
}

static void
a_caller_who_goes_away_is_told_to_the_server(void **state)
{
	struct world *w = *state;

	w->worker = "wc";
	run_auth(w, 0, SY_PURPOSE_PRIVILEGED);
	assert_false(w->got_result);
	assert_string_equal(w->paths,
	    "/v1/auth /v1/auth/card /v1/auth/abandon ");
}

static void
wait_until_abandoned(struct world *w)
{
	for (int i = 0; i < 1000 && strstr(w->paths, "abandon ") == NULL; i++) {
		(void)event_base_loop(w->services.base, EVLOOP_NONBLOCK);
		(void)usleep(10000);
	}
	assert_string_equal(w->paths, "/v1/auth /v1/auth/abandon ");
}

/* Whoever may ask could leave logins open at the server in this way, until the
 * terminal has no room for another. */
static void
a_login_whose_asker_was_gone_before_it_began_is_given_up(void **state)
{
	struct world *w = *state;

	w->hasty = true;
	run_auth(w, 0, SY_PURPOSE_PRIVILEGED);
	assert_false(w->got_result);
	wait_until_abandoned(w);
	/* To change a password is to log in first. */
	w->gone = false;
	run_phase(w, 0, SY_DIALOG_CHANGE, "");
	assert_false(w->got_result);
	wait_until_abandoned(w);
}

static void
no_server_is_said_as_such(void **state)
{
	struct world *w = *state;

	tls_server_stop(&w->server);
	run_auth(w, 0, SY_PURPOSE_PRIVILEGED);
	assert_true(w->got_result);
	assert_int_equal(w->result.result, SY_RESULT_UNAVAILABLE);
	assert_string_equal(w->result.support, "S70");
}

static void
only_root_may_ask_for_others(void **state)
{
	struct world *w = *state;

	run_auth(w, 1000, SY_PURPOSE_LOGIN);
	assert_true(w->got_result);
	assert_int_equal(w->result.result, SY_RESULT_FORBIDDEN);
	/* Nobody here is called suzuki. */
	run_auth(w, 1000, SY_PURPOSE_UNLOCK);
	assert_int_equal(w->result.result, SY_RESULT_FORBIDDEN);
	assert_string_equal(w->paths, "");
}

/* PW-1, PW-7 */
static void
a_password_logs_in_through_busy_and_wrong(void **state)
{
	struct world *w = *state;

	w->methods = "password";
	w->busy = 1;
	memcpy(w->verdicts, "wy", 2);
	w->answers[0] = "wrong";
	w->answers[1] = "right one";
	run_auth(w, 0, SY_PURPOSE_PRIVILEGED);
	assert_true(w->got_result);
	assert_int_equal(w->result.result, SY_RESULT_ALLOWED);
	assert_string_equal(w->result.login, "suzuki");
	assert_int_equal(strlen(w->result.evidence), SY_EVIDENCE_SIZE - 1);
	/* While it was busy nothing was lost, nor typed again. */
	assert_string_equal(w->passwords, "wrong right one ");
	assert_non_null(strstr(w->said, "The server is busy"));
	assert_non_null(strstr(w->said, "3 tries left"));
}

static void
an_account_that_is_missing_is_said_so(void **state)
{
	struct world *w = *state;

	w->methods = "password";
	memcpy(w->verdicts, "y", 1);
	w->answers[0] = "right one";
	run_auth(w, 0, SY_PURPOSE_LOGIN);
	assert_int_equal(w->result.result, SY_RESULT_NO_ACCOUNT);
	assert_string_equal(w->result.evidence, "");
}

static void
a_user_may_unlock_what_is_his(void **state)
{
	struct world *w = *state;

	/* uid 0 is root's everywhere; 1 is "daemon" on Debian. */
	w->worker = "wj";
	run_auth_of(w, 1, SY_PURPOSE_UNLOCK, "daemon");
	assert_non_null(strstr(w->paths, "/v1/auth "));
	run_auth_of(w, 2, SY_PURPOSE_UNLOCK, "daemon");
	assert_int_equal(w->result.result, SY_RESULT_FORBIDDEN);
	assert_string_equal(w->paths, "");
}

/* The same user's cron job or ssh session is not at the screen. */
static void
who_is_in_no_session_may_unlock_nothing(void **state)
{
	struct world *w = *state;

	w->worker = "wj";
	elsewhere = true;
	run_auth_of(w, 1, SY_PURPOSE_UNLOCK, "daemon");
	elsewhere = false;
	assert_int_equal(w->result.result, SY_RESULT_FORBIDDEN);
	assert_string_equal(w->paths, "");
	/* Root asks for whomever it wants, wherever it is. */
	elsewhere = true;
	run_auth(w, 0, SY_PURPOSE_UNLOCK);
	elsewhere = false;
	assert_non_null(strstr(w->paths, "/v1/auth "));
}

static void
a_login_goes_through_account_and_session(void **state)
{
	char id[SY_EVIDENCE_SIZE], handle[SY_EVIDENCE_SIZE];
	struct world *w = *state;

	w->methods = "password";
	memcpy(w->verdicts, "y", 1);
	w->answers[0] = "right one";
	run_auth(w, 0, SY_PURPOSE_PRIVILEGED);
	memcpy(id, w->result.evidence, sizeof(id));
	run_phase(w, 0, SY_DIALOG_OPEN, id);
	assert_int_equal(w->result.result, SY_RESULT_DENIED);
	run_phase(w, 0, SY_DIALOG_ACCOUNT, id);
	assert_int_equal(w->result.result, SY_RESULT_ALLOWED);
	assert_string_equal(w->paths, "");
	run_phase(w, 0, SY_DIALOG_OPEN, id);
	assert_int_equal(w->result.result, SY_RESULT_ALLOWED);
	assert_string_equal(w->paths, "/v1/session/open ");
	assert_int_equal(sessions_count(w->services.sessions, false), 1);
	memcpy(handle, w->result.evidence, sizeof(handle));
	/* Once. */
	run_phase(w, 0, SY_DIALOG_OPEN, id);
	assert_int_equal(w->result.result, SY_RESULT_DENIED);
	run_phase(w, 0, SY_DIALOG_CLOSE, handle);
	assert_int_equal(w->result.result, SY_RESULT_ALLOWED);
	assert_string_equal(w->closed, "5 ");
	assert_int_equal(sessions_count(w->services.sessions, true), 0);
	run_phase(w, 0, SY_DIALOG_CLOSE, handle);
	assert_int_equal(w->result.result, SY_RESULT_DENIED);
}

static void
a_forced_change_goes_before_the_session(void **state)
{
	char id[SY_EVIDENCE_SIZE];
	struct world *w = *state;

	w->methods = "password";
	w->change = "temporary";
	memcpy(w->verdicts, "y", 1);
	w->answers[0] = "right one";
	run_auth(w, 0, SY_PURPOSE_PRIVILEGED);
	memcpy(id, w->result.evidence, sizeof(id));
	run_phase(w, 0, SY_DIALOG_ACCOUNT, id);
	assert_int_equal(w->result.result, SY_RESULT_CHANGE);
	w->answers[0] = w->answers[1] = "a quite new one 1";
	run_phase(w, 0, SY_DIALOG_CHANGE, id);
	assert_int_equal(w->result.result, SY_RESULT_ALLOWED);
	assert_non_null(strstr(w->said, "Your duties"));
	assert_string_equal(w->paths, "/v1/password/change ");
	run_phase(w, 0, SY_DIALOG_ACCOUNT, w->result.evidence);
	assert_int_equal(w->result.result, SY_RESULT_ALLOWED);
}

static void
a_session_whose_asker_was_killed_is_closed(void **state)
{
	const struct timeval a_while = { .tv_usec = 500000 };
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct sy_dialog_phase phase = { .user = "suzuki",
		.service = "login",
		.purpose = SY_PURPOSE_PRIVILEGED };
	struct world *w = *state;
	int fds[2];

	run_phase(w, 0, SY_DIALOG_ACCOUNT, "");
	assert_int_equal(w->result.result, SY_RESULT_ALLOWED);
	memcpy(phase.evidence, w->result.evidence, sizeof(phase.evidence));
	w->slow_ms = 100;
	assert_int_equal(sy_buf_new(SY_FRAME_MAX, &out), SY_OK);
	assert_int_equal(sy_dialog_put_phase(out, SY_DIALOG_OPEN, &phase),
	    SY_OK);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(send(fds[1], sy_buf_data(out), sy_buf_len(out), 0),
	    (ssize_t)sy_buf_len(out));
	assert_int_equal(dialogue_open(&w->services, fds[0], 0, 0), SY_OK);
	assert_int_equal(event_base_loop(w->services.base, EVLOOP_ONCE), 0);
	close(fds[1]);
	(void)event_base_loopexit(w->services.base, &a_while);
	while (w->closed[0] == '\0' &&
	    event_base_dispatch(w->services.base) == 0 &&
	    !event_base_got_exit(w->services.base))
		continue;
	for (int i = 0; i < 100 && w->closed[0] == '\0'; i++) {
		(void)event_base_loop(w->services.base, EVLOOP_NONBLOCK);
		usleep(10000);
	}
	assert_string_equal(w->closed, "5 ");
}

static void
run_enroll(struct world *w, uid_t uid)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct sy_dialog_enroll enroll = { .user = "suzuki" };

	assert_int_equal(sy_buf_new(SY_FRAME_MAX, &out), SY_OK);
	assert_int_equal(sy_dialog_put_enroll(out, &enroll), SY_OK);
	open_with(w, sy_buf_data(out), sy_buf_len(out));
	run(w, uid);
}

/* Whether the caller at ${fd} was turned away, as far as the loop has come. */
static bool
is_turned_away(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct sy_dialog_result result;
	uint8_t in[SY_FRAME_MAX];
	struct sy_frame frame;

	while (poll(&p, 1, 0) > 0 &&
	    sy_frame_receive(fd, in, sizeof(in), NULL, &frame) == SY_OK) {
		if (frame.type != SY_DIALOG_RESULT)
			continue;
		assert_int_equal(sy_dialog_get_result(&frame, &result), SY_OK);
		if (result.result != SY_RESULT_BUSY)
			return false;
		assert_non_null(strstr(result.text, "Too many programs"));
		return true;
	}
	return false;
}

/* Ask as root; returns the caller's end. */
static int
ask_as(struct world *w, const char *ruser, const char *user,
    enum sy_purpose purpose, bool change)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct sy_dialog_auth auth = { .service = "login",
		.purpose = (uint8_t)purpose };
	struct sy_dialog_phase phase = { .service = "login",
		.purpose = (uint8_t)purpose };
	int fds[2];

	(void)snprintf(auth.user, sizeof(auth.user), "%s", user);
	(void)snprintf(auth.ruser, sizeof(auth.ruser), "%s", ruser);
	memcpy(phase.user, auth.user, sizeof(phase.user));
	memcpy(phase.ruser, auth.ruser, sizeof(phase.ruser));
	assert_int_equal(sy_buf_new(SY_FRAME_MAX, &out), SY_OK);
	assert_int_equal(change
		? sy_dialog_put_phase(out, SY_DIALOG_CHANGE, &phase)
		: sy_dialog_put_auth(out, &auth),
	    SY_OK);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(dialogue_open(&w->services, fds[0], 0, 0), SY_OK);
	send_out(fds[1], out);
	return fds[1];
}

struct guests {
	struct world *w;
	size_t count;
	int end[64];
	bool busy[64]; /* is to be turned away */
};

static void
guest(struct guests *g, const char *ruser, const char *user,
    enum sy_purpose purpose, bool change, bool busy)
{
	g->busy[g->count] = busy;
	g->end[g->count++] = ask_as(g->w, ruser, user, purpose, change);
}

/* All of them in one turn of the loop, in the order in which they came: nobody
 * of them is through with his server by then, however slow the machine is. */
static void
let_in(struct guests *g)
{
	(void)event_base_loop(g->w->services.base, EVLOOP_NONBLOCK);
	for (size_t i = 0; i < g->count; i++) {
		assert_int_equal(is_turned_away(g->end[i]), g->busy[i]);
		(void)close(g->end[i]);
	}
	dialogue_cancel_all();
	g->count = 0;
}

static void
what_anybody_can_call_keeps_nobody_from_the_terminal(void **state)
{
	struct guests g = { .w = *state };
	char name[16];

	/* A user and as many su as he likes, whomever he wants to be. */
	for (unsigned int i = 0; i < 4; i++) {
		(void)snprintf(name, sizeof(name), "user%u", i);
		guest(&g, "mallory", name, SY_PURPOSE_PRIVILEGED, false, false);
	}
	guest(&g, "mallory", "root", SY_PURPOSE_PRIVILEGED, false, true);
	guest(&g, "mallory", "mallory", SY_PURPOSE_LOGIN, true, true);
	/* Many strangers at the network's door. */
	for (unsigned int i = 4; i < 24; i++) {
		(void)snprintf(name, sizeof(name), "user%u", i);
		guest(&g, "", name, SY_PURPOSE_REMOTE, false, false);
	}
	guest(&g, "", "suzuki", SY_PURPOSE_REMOTE, false, true);
	guest(&g, "", "suzuki", SY_PURPOSE_LOGIN, false, false);
	let_in(&g);
	guest(&g, "mallory", "root", SY_PURPOSE_PRIVILEGED, false, false);
	let_in(&g);
}

static void
a_card_is_enrolled_with_its_code(void **state)
{
	static const uint8_t bytes[16] = { 1, 2, 3 };
	SY_AUTO(sy_secret_free) struct sy_secret *code = NULL;
	struct world *w = *state;
	char typed[SY_CODE_TEXT_MAX] = "";

	assert_int_equal(sy_code_format(bytes, sizeof(bytes), &code), SY_OK);
	memcpy(typed, sy_secret_bytes(code), sy_secret_len(code));
	w->enroll = true;
	w->worker = "wcsS";
	w->answers[0] = "no code";
	w->answers[1] = typed;
	w->answers[2] = "1234";
	run_enroll(w, 0);
	assert_int_equal(w->result.result, SY_RESULT_ALLOWED);
	assert_non_null(strstr(w->result.text, "token:7"));
	assert_non_null(strstr(w->said, "SUZUKI TARO"));
	assert_non_null(strstr(w->said, "This is not an enrolment code"));
	assert_string_equal(w->paths,
	    "/v1/enroll /v1/enroll/card /v1/enroll/proof ");
}

static void
enrolment_is_for_root(void **state)
{
	struct world *w = *state;

	run_enroll(w, 1000);
	assert_int_equal(w->result.result, SY_RESULT_FORBIDDEN);
	assert_string_equal(w->paths, "");
}

static void
status_is_one_line_and_no_permission(void **state)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct world *w = *state;

	assert_int_equal(sy_buf_new(SY_FRAME_MAX, &out), SY_OK);
	assert_int_equal(sy_dialog_put_empty(out, SY_DIALOG_STATUS), SY_OK);
	open_with(w, sy_buf_data(out), sy_buf_len(out));
	run(w, 1000);
	assert_true(w->got_result);
	assert_int_equal(w->result.result, SY_RESULT_DENIED);
	assert_non_null(strstr(w->result.text, LAB_TERMINAL));
}

static void
openings_that_are_none_are_refused(void **state)
{
	static const struct {
		const char *what;
		uint8_t bytes[16];
		size_t len;
	} tc[] = {
		{ "an answer first", { 0, 0, 0, 7, 1, 2, 0, 0, 0, 1, 1 }, 11 },
		{ "another version", { 0, 0, 0, 2, 9, 4 }, 6 },
		{ "no such type", { 0, 0, 0, 2, 1, 0x55 }, 6 },
		{ "a cut AUTH", { 0, 0, 0, 3, 1, 1, 0 }, 7 },
		{ "too long", { 0x7f, 0xff, 0xff, 0xff, 1, 1 }, 6 },
		{ "shorter than its header", { 0, 0, 0, 1, 1 }, 5 },
	};
	struct world *w = *state;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		open_with(w, tc[i].bytes, tc[i].len);
		run(w, 0);
		if (w->got_result)
			assert_int_equal(w->result.result, SY_RESULT_ERROR);
		assert_string_equal(w->paths, "");
	}
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_card_and_its_pin_log_in),
		CASE(a_wrong_pin_is_asked_for_again_in_the_same_call),
		CASE(a_key_and_its_pin_log_in),
		CASE(a_card_taken_out_may_come_back),
		CASE(a_verdict_whose_answer_was_lost_is_fetched),
		CASE(a_worker_that_dies_or_talks_nonsense_ends_in_no),
		CASE(a_caller_who_goes_away_is_told_to_the_server),
		CASE(a_login_whose_asker_was_gone_before_it_began_is_given_up),
		CASE(no_server_is_said_as_such),
		CASE(only_root_may_ask_for_others),
		CASE(a_password_logs_in_through_busy_and_wrong),
		CASE(an_account_that_is_missing_is_said_so),
		CASE(a_user_may_unlock_what_is_his),
		CASE(who_is_in_no_session_may_unlock_nothing),
		CASE(a_login_goes_through_account_and_session),
		CASE(a_forced_change_goes_before_the_session),
		CASE(a_session_whose_asker_was_killed_is_closed),
		CASE(what_anybody_can_call_keeps_nobody_from_the_terminal),
		CASE(a_card_is_enrolled_with_its_code),
		CASE(enrolment_is_for_root),
		CASE(status_is_one_line_and_no_permission),
		CASE(openings_that_are_none_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
