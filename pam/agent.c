/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "pam/agent.h"
#include "pam/clock.h"

/* Longer than any frame that an agent sends (a result is the longest). */
#define FRAME_ROOM 2048
/* Room for the longest request. */
#define REQUEST_ROOM 1536

struct talk {
	int fd;
	const struct sy_pam_limits *limits;
	struct sy_pam_conversation *conversation;
	struct timespec end; /* of the whole dialogue */
	bool heard;          /* something, since we last spoke */
	bool done;
	struct sy_dialog_result result;
	struct sy_error *error;
	char held[SY_DIALOG_TEXT_SIZE]; /* information, until what follows */
};

static enum sy_err
fail(const struct talk *talk, enum sy_err err)
{
	return sy_error_set(talk->error, err, "agent", "%s", sy_err_text(err));
}

/* Until when the agent may be silent from now on. */
static struct timespec
silence_end(const struct talk *talk)
{
	const struct timespec t = sy_pam_deadline(talk->limits->silence);

	return sy_pam_before(&t, &talk->end) ? t : talk->end;
}

/* What an error of the socket means. An agent that spoke since we did is there:
 * when all the time is up then, it is the person who did not act. */
static enum sy_err
socket_error(const struct talk *talk, const struct timespec *limit,
    enum sy_err err)
{
	if (err == SY_ERR_TIMEOUT && talk->heard &&
	    !sy_pam_before(limit, &talk->end))
		return fail(talk, SY_ERR_CANCELLED);
	if (err == SY_ERR_FORMAT || err == SY_ERR_LIMIT)
		return fail(talk, SY_ERR_PROTOCOL);
	return fail(talk, err);
}

static enum sy_err
speak(struct talk *talk, const void *frame, size_t len)
{
	const struct timespec limit = silence_end(talk);
	enum sy_err err;

	if ((err = sy_frame_send(talk->fd, frame, len, &limit)) != SY_OK)
		return socket_error(talk, &limit, err);
	talk->heard = false;
	return SY_OK;
}

static enum sy_err
put_request(struct sy_buf *out, const struct sy_pam_request *request)
{
	if (request->type == SY_DIALOG_AUTH)
		return sy_dialog_put_auth(out, &request->auth);
	if (request->type == SY_DIALOG_STATUS)
		return sy_dialog_put_empty(out, SY_DIALOG_STATUS);
	return sy_dialog_put_phase(out, request->type, &request->phase);
}

static enum sy_err
send_request(struct talk *talk, const struct sy_pam_request *request)
{
	SY_AUTO(sy_buf_free) struct sy_buf *frame = NULL;
	enum sy_err err;

	if ((err = sy_buf_new(REQUEST_ROOM, &frame)) != SY_OK ||
	    (err = put_request(frame, request)) != SY_OK)
		return fail(talk, err);
	return speak(talk, sy_buf_data(frame), sy_buf_len(frame));
}

/* The person is gone: don't wait long for what the agent makes of it. */
static void
hurry(struct talk *talk)
{
	const struct timespec t = sy_pam_deadline(talk->limits->goodbye);

	if (talk->conversation->failed && sy_pam_before(&t, &talk->end))
		talk->end = t;
}

static enum sy_err
answer_prompt(struct talk *talk, const struct sy_dialog_prompt *prompt)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	SY_AUTO(sy_pam_forget) char *answer = NULL;
	size_t len = 0;
	enum sy_err err;

	answer = sy_pam_ask(talk->conversation, prompt->echo, prompt->text);
	/* What is too long for an answer is none. */
	if (answer != NULL && (len = strlen(answer)) > SY_DIALOG_ANSWER_MAX)
		sy_pam_forget(&answer);
	if (answer == NULL)
		len = 0;
	if ((err = sy_dialog_put_answer(prompt->number, answer != NULL, answer,
		 len, &frame)) != SY_OK)
		return fail(talk, err);
	sy_pam_forget(&answer);
	err = speak(talk, sy_secret_bytes(frame), sy_secret_len(frame));
	/* While the person was typing the agent may have ended it and gone:
	 * what it said last is still to be read. */
	if (err != SY_ERR_CLOSED)
		return err;
	talk->error->code = SY_OK;
	return SY_OK;
}

/* What was held back is shown before what comes now; where nothing comes
 * because the person is to act first, it is what he must be shown. */
static void
show_held(struct talk *talk, uint8_t next)
{
	if (talk->held[0] == '\0')
		return;
	if (next == SY_DIALOG_WAIT)
		sy_pam_pause(talk->conversation, talk->held);
	else
		sy_pam_tell(talk->conversation, false, talk->held);
	talk->held[0] = '\0';
}

static enum sy_err
take_text(struct talk *talk, const struct sy_frame *frame)
{
	char text[SY_DIALOG_TEXT_SIZE];
	enum sy_err err;

	if ((err = sy_dialog_get_text(frame, text)) != SY_OK)
		return err;
	if (frame->type == SY_DIALOG_INFO && talk->conversation->enter)
		memcpy(talk->held, text, sizeof(text));
	else
		sy_pam_tell(talk->conversation, frame->type == SY_DIALOG_ERROR,
		    text);
	return SY_OK;
}

static enum sy_err
take_prompt(struct talk *talk, const struct sy_frame *frame)
{
	struct sy_dialog_prompt prompt;
	enum sy_err err;

	if ((err = sy_dialog_get_prompt(frame, &prompt)) != SY_OK)
		return err;
	return answer_prompt(talk, &prompt);
}

static enum sy_err
take_result(struct talk *talk, const struct sy_frame *frame)
{
	enum sy_err err;

	if ((err = sy_dialog_get_result(frame, &talk->result)) == SY_OK)
		talk->done = true;
	return err;
}

static enum sy_err
take_frame(struct talk *talk, const struct sy_frame *frame)
{
	enum sy_err err;

	show_held(talk, frame->type);
	switch (frame->type) {
	case SY_DIALOG_INFO:
	case SY_DIALOG_ERROR:
		err = take_text(talk, frame);
		break;
	case SY_DIALOG_PROMPT:
		err = take_prompt(talk, frame);
		break;
	case SY_DIALOG_WAIT:
		err = sy_dialog_get_empty(frame, SY_DIALOG_WAIT);
		break;
	case SY_DIALOG_RESULT:
		err = take_result(talk, frame);
		break;
	default:
		err = SY_ERR_FORMAT;
		break;
	}
	return err == SY_ERR_FORMAT ? fail(talk, SY_ERR_PROTOCOL) : err;
}

static enum sy_err
listen_once(struct talk *talk)
{
	uint8_t buffer[FRAME_ROOM];
	const struct timespec limit = silence_end(talk);
	struct sy_frame frame;
	enum sy_err err;

	if ((err = sy_frame_receive(talk->fd, buffer, sizeof(buffer), &limit,
		 &frame)) != SY_OK)
		return socket_error(talk, &limit, err);
	talk->heard = true;
	return take_frame(talk, &frame);
}

enum sy_err
sy_pam_talk(int fd, const struct sy_pam_request *request,
    const struct sy_pam_limits *limits,
    struct sy_pam_conversation *conversation,
    struct sy_dialog_result *ret_result, struct sy_error *reterr)
{
	struct talk talk = { .fd = fd,
		.limits = limits,
		.conversation = conversation,
		.end = sy_pam_deadline(limits->total),
		.error = reterr };
	enum sy_err err;

	if ((err = send_request(&talk, request)) != SY_OK)
		return err;
	while (!talk.done) {
		if ((err = listen_once(&talk)) != SY_OK)
			return err;
		hurry(&talk);
	}
	*ret_result = talk.result;
	return SY_OK;
}
