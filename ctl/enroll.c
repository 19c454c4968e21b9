/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <sanyoso/device.h>
#include <sanyoso/dialog.h>

#include "ctl/enroll.h"
#include "ctl/prompt.h"

#define AGENT_SOCKET "/run/sanyoso/agent/agent.sock"
/* The agent says something every SY_DIALOG_ALIVE seconds. */
#define SILENCE_MAX (SY_DIALOG_ALIVE * 3)

static enum ctl_exit
no_agent(const char *path, const char *why)
{
	fprintf(stderr, "sanyosoctl: ");
	fprintf(stderr, _("No connection to this terminal's agent at %s: %s."),
	    path, why);
	fprintf(stderr, " %s\n", _("Is sanyoso-agent running?"));
	return CTL_NO_CONNECTION;
}

static enum ctl_exit
connect_agent(const struct ctl_context *ctx, int *ret_fd)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const int n = snprintf(sun.sun_path, sizeof(sun.sun_path),
	    "%s" AGENT_SOCKET, ctx->root);
	int fd, e;

	if (n < 0 || (size_t)n >= sizeof(sun.sun_path))
		return no_agent(ctx->root, strerror(ENAMETOOLONG));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) != 0) {
		e = errno;
		if (fd >= 0)
			close(fd);
		return no_agent(sun.sun_path, strerror(e));
	}
	*ret_fd = fd;
	return CTL_DONE;
}

static enum sy_err
send_frame(int fd, const struct sy_buf *out)
{
	return sy_frame_send(fd, sy_buf_data(out), sy_buf_len(out), NULL);
}

/* The language of what the agent says. */
static uint8_t
language(void)
{
	/* TRANSLATORS: the code of this language, for the agent: "ja", "en" */
	return strcmp(_("en"), "ja") == 0 ? SY_LANG_JA : SY_LANG_EN;
}

static enum sy_err
answer_prompt(int fd, const struct sy_frame *frame)
{
	SY_AUTO(sy_secret_free) struct sy_secret *typed = NULL, *out = NULL;
	struct sy_dialog_prompt prompt;
	enum sy_err err;
	bool given;

	if ((err = sy_dialog_get_prompt(frame, &prompt)) != SY_OK ||
	    (err = sy_secret_new(SY_DIALOG_ANSWER_MAX, &typed)) != SY_OK)
		return err;
	given = prompt_read(prompt.text, prompt.echo, typed);
	if ((err = sy_dialog_put_answer(prompt.number, given,
		 sy_secret_bytes(typed), sy_secret_len(typed), &out)) != SY_OK)
		return err;
	err = sy_frame_send(fd, sy_secret_bytes(out), sy_secret_len(out), NULL);
	/* Who waited too long for the answer has left its last words. */
	return err == SY_ERR_CLOSED ? SY_OK : err;
}

static enum sy_err
show_text(const struct sy_frame *frame, FILE *to)
{
	char text[SY_DIALOG_TEXT_SIZE];
	const enum sy_err err = sy_dialog_get_text(frame, text);

	if (err == SY_OK)
		fprintf(to, "%s\n", text);
	return err;
}

static enum sy_err
show_result(const struct sy_frame *frame, enum ctl_exit *ret_status)
{
	struct sy_dialog_result r;
	const enum sy_err err = sy_dialog_get_result(frame, &r);

	if (err != SY_OK)
		return err;
	*ret_status = r.result == SY_RESULT_ALLOWED ? CTL_DONE
	    : r.result == SY_RESULT_UNAVAILABLE     ? CTL_NO_CONNECTION
						    : CTL_REFUSED;
	if (r.text[0] != '\0')
		fprintf(*ret_status == CTL_DONE ? stdout : stderr, "%s\n",
		    r.text);
	return SY_OK;
}

/* One frame of the agent's; ${ret_ended} once the result came. */
static enum sy_err
take_frame(int fd, const struct sy_frame *frame, bool *ret_ended,
    enum ctl_exit *ret_status)
{
	switch (frame->type) {
	case SY_DIALOG_INFO:
		return show_text(frame, stdout);
	case SY_DIALOG_ERROR:
		return show_text(frame, stderr);
	case SY_DIALOG_PROMPT:
		return answer_prompt(fd, frame);
	case SY_DIALOG_WAIT:
		return SY_OK;
	case SY_DIALOG_RESULT:
		*ret_ended = true;
		return show_result(frame, ret_status);
	default:
		return SY_ERR_PROTOCOL;
	}
}

static enum sy_err
converse(int fd, enum ctl_exit *ret_status)
{
	static uint8_t buffer[SY_FRAME_MAX];
	bool ended = false;
	enum sy_err err = SY_OK;

	while (!ended && err == SY_OK) {
		struct timespec deadline;
		struct sy_frame frame;

		clock_gettime(CLOCK_MONOTONIC, &deadline);
		deadline.tv_sec += SILENCE_MAX;
		err = sy_frame_receive(fd, buffer, sizeof(buffer), &deadline,
		    &frame);
		if (err == SY_OK && frame.version != SY_DIALOG_VERSION)
			err = SY_ERR_VERSION;
		if (err == SY_OK)
			err = take_frame(fd, &frame, &ended, ret_status);
		fflush(stdout);
	}
	return err;
}

/* The dialogue that the frame ${opening} begins, if ${err} says that it was
 * put. */
static enum ctl_exit
run(const struct ctl_context *ctx, const struct sy_buf *opening,
    enum sy_err err)
{
	enum ctl_exit status = CTL_REFUSED;
	int fd;

	if (err == SY_OK) {
		if ((status = connect_agent(ctx, &fd)) != CTL_DONE)
			return status;
		status = CTL_REFUSED;
		if ((err = send_frame(fd, opening)) == SY_OK)
			err = converse(fd, &status);
		close(fd);
	}
	if (err == SY_OK)
		return status;
	fprintf(stderr, "sanyosoctl: ");
	fprintf(stderr,
	    _("The agent broke off: %s. Nothing was enrolled unless you were "
	      "told so."),
	    sy_err_text(err));
	fputc('\n', stderr);
	return CTL_NO_CONNECTION;
}

#define FLAG(s, m)                                                             \
	{                                                                      \
		.name = #m, .type = SY_FIELD_BOOL, .optional = true,           \
		.offset = offsetof(struct s, m)                                \
	}
#define WORD(s, m)                                                             \
	{                                                                      \
		.name = #m, .type = SY_FIELD_TEXT,                             \
		.offset = offsetof(struct s, m),                               \
		.size = sizeof(((struct s *)NULL)->m)                          \
	}

static const struct sy_field enroll_fields[] = {
	WORD(enroll_words, user),
	FLAG(enroll_words, fido2),
	FLAG(enroll_words, bio),
	FLAG(enroll_words, pin),
	FLAG(enroll_words, managed),
	FLAG(enroll_words, resident),
};

const struct sy_message enroll_words = {
	.name = "enroll_words",
	.size = sizeof(struct enroll_words),
	.fields = enroll_fields,
	.count = SY_COUNT(enroll_fields),
};

static const struct sy_field key_fields[] = {
	WORD(key_words, user),
	FLAG(key_words, fido2),
	WORD(key_words, finger),
};

const struct sy_message key_words = {
	.name = "key_words",
	.size = sizeof(struct key_words),
	.fields = key_fields,
	.count = SY_COUNT(key_fields),
};

static bool
bad_options(const char *why)
{
	fprintf(stderr, "sanyosoctl: %s\n", why);
	return false;
}

/* What stands after "token enroll", as the agent is asked; false if it does not
 * go together. */
static bool
take_options(const struct enroll_words *w, struct sy_dialog_enroll *ret)
{
	ret->key = w->fido2;
	if (w->bio || w->managed)
		ret->options |= SY_ENROLL_BIO;
	if (w->pin)
		ret->options |= SY_ENROLL_PIN;
	if (w->managed)
		ret->options |= SY_ENROLL_MANAGED;
	if (w->resident)
		ret->options |= SY_ENROLL_RESIDENT;
	if (ret->options != 0 && !w->fido2)
		return bad_options(_("--bio, --pin, --managed and --resident "
				     "are of FIDO2 keys: add --fido2."));
	if (w->managed && w->pin)
		return bad_options(_("With --managed nobody knows the key's "
				     "PIN: leave --pin out."));
	return true;
}

enum ctl_exit
enroll_run(const struct ctl_context *ctx, const void *words)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct sy_dialog_enroll enroll = { .lang = language() };
	const struct enroll_words *w = words;
	enum sy_err err;

	if (!take_options(w, &enroll))
		return CTL_USAGE;
	memcpy(enroll.user, w->user, sizeof(enroll.user));
	if ((err = sy_buf_new(SY_FRAME_MAX, &out)) == SY_OK)
		err = sy_dialog_put_enroll(out, &enroll);
	return run(ctx, out, err);
}

static enum ctl_exit
run_office(const struct ctl_context *ctx, enum sy_task task,
    const struct key_words *w)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct sy_dialog_office office = { .lang = language(),
		.task = (uint8_t)task };
	enum sy_err err;

	memcpy(office.user, w->user, sizeof(office.user));
	if ((err = sy_buf_new(SY_FRAME_MAX, &out)) == SY_OK)
		err = sy_dialog_put_office(out, &office);
	return run(ctx, out, err);
}

enum ctl_exit
office_personalise(const struct ctl_context *ctx, const void *words)
{
	return run_office(ctx, SY_TASK_PERSONALISE, words);
}

enum ctl_exit
office_unblock(const struct ctl_context *ctx, const void *words)
{
	return run_office(ctx, SY_TASK_PIN_UNBLOCK, words);
}

static enum ctl_exit
run_key(const struct ctl_context *ctx, enum sy_key_task task,
    const struct key_words *w)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct sy_dialog_key key = { .lang = language(),
		.task = (uint8_t)task };
	enum sy_err err;

	memcpy(key.user, w->user, sizeof(key.user));
	memcpy(key.finger, w->finger, sizeof(key.finger));
	if ((err = sy_buf_new(SY_FRAME_MAX, &out)) == SY_OK)
		err = sy_dialog_put_key(out, &key);
	return run(ctx, out, err);
}

enum ctl_exit
pin_change(const struct ctl_context *ctx, const void *words)
{
	const struct key_words *w = words;

	return w->fido2 ? run_key(ctx, SY_KEY_CHANGE_PIN, w)
			: run_office(ctx, SY_TASK_PIN_CHANGE, w);
}

enum ctl_exit
finger_list(const struct ctl_context *ctx, const void *words)
{
	return run_key(ctx, SY_KEY_LIST_FINGERS, words);
}

enum ctl_exit
finger_add(const struct ctl_context *ctx, const void *words)
{
	return run_key(ctx, SY_KEY_ADD_FINGER, words);
}

enum ctl_exit
finger_remove(const struct ctl_context *ctx, const void *words)
{
	return run_key(ctx, SY_KEY_REMOVE_FINGER, words);
}
