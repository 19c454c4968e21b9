/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <sanyoso/dialog.h>
#include <sanyoso/policy.h>

/* A frame's header, then u32 number, u8 given, u16 length. */
#define ANSWER_HEAD (SY_FRAME_HEADER + 7)

/* A clean text that ends inside its array of ${size} bytes. */
static enum sy_err
put_text(struct sy_buf *out, const char *text, size_t size)
{
	const size_t len = strnlen(text, size);

	if (len == size || !sy_text_is_clean(text, len))
		return SY_ERR_FORMAT;
	return sy_buf_text(out, text);
}

static enum sy_err
put_words(struct sy_buf *out, const char *text, size_t size)
{
	return text[0] == '\0' ? SY_ERR_FORMAT : put_text(out, text, size);
}

static enum sy_err
get_words(struct sy_reader *r, char *out, size_t cap)
{
	enum sy_err err;

	if ((err = sy_reader_text(r, out, cap)) != SY_OK)
		return err;
	return out[0] == '\0' ? SY_ERR_FORMAT : SY_OK;
}

/* A byte below ${end}. */
static enum sy_err
get_below(struct sy_reader *r, uint8_t end, uint8_t *ret)
{
	uint8_t v;
	enum sy_err err;

	if ((err = sy_reader_u8(r, &v)) != SY_OK)
		return err;
	if (v >= end)
		return SY_ERR_FORMAT;
	*ret = v;
	return SY_OK;
}

static enum sy_err
get_bool(struct sy_reader *r, bool *ret)
{
	uint8_t v;
	enum sy_err err;

	if ((err = get_below(r, 2, &v)) == SY_OK)
		*ret = v != 0;
	return err;
}

/* Open the body of a frame that must be of ${type}. */
static enum sy_err
open_body(const struct sy_frame *frame, enum sy_dialog_type type,
    struct sy_reader *ret)
{
	if (frame->version != SY_DIALOG_VERSION || frame->type != type)
		return SY_ERR_FORMAT;
	sy_reader_init(ret, frame->body, frame->len);
	return SY_OK;
}

/* Are the two numbers of an AUTH such as exist? */
static bool
numbers_ok(uint8_t purpose, uint8_t lang)
{
	return purpose >= SY_PURPOSE_LOGIN && purpose < SY_PURPOSE_COUNT &&
	    lang <= SY_LANG_EN;
}

/* Nobody is named exactly where the card is to tell who it is. */
static bool
user_ok(const struct sy_dialog_auth *auth)
{
	return auth->identify == (auth->user[0] == '\0' ? 1 : 0);
}

enum sy_err
sy_dialog_put_auth(struct sy_buf *out, const struct sy_dialog_auth *auth)
{
	enum sy_err err;

	if (!numbers_ok(auth->purpose, auth->lang) || !user_ok(auth))
		return SY_ERR_FORMAT;
	sy_frame_begin(out, SY_DIALOG_VERSION, SY_DIALOG_AUTH);
	if ((err = put_text(out, auth->user, sizeof(auth->user))) != SY_OK ||
	    (err = put_words(out, auth->service, sizeof(auth->service))) !=
		SY_OK ||
	    (err = put_text(out, auth->tty, sizeof(auth->tty))) != SY_OK ||
	    (err = put_text(out, auth->ruser, sizeof(auth->ruser))) != SY_OK ||
	    (err = put_text(out, auth->rhost, sizeof(auth->rhost))) != SY_OK ||
	    (err = sy_buf_u8(out, auth->purpose)) != SY_OK ||
	    (err = sy_buf_u8(out, auth->lang)) != SY_OK ||
	    (err = sy_buf_u8(out, auth->identify)) != SY_OK)
		return err;
	return sy_frame_end(out);
}

enum sy_err
sy_dialog_get_auth(const struct sy_frame *frame, struct sy_dialog_auth *ret)
{
	struct sy_dialog_auth a = { 0 };
	struct sy_reader r;
	enum sy_err err;

	if ((err = open_body(frame, SY_DIALOG_AUTH, &r)) != SY_OK ||
	    (err = sy_reader_text(&r, a.user, sizeof(a.user))) != SY_OK ||
	    (err = get_words(&r, a.service, sizeof(a.service))) != SY_OK ||
	    (err = sy_reader_text(&r, a.tty, sizeof(a.tty))) != SY_OK ||
	    (err = sy_reader_text(&r, a.ruser, sizeof(a.ruser))) != SY_OK ||
	    (err = sy_reader_text(&r, a.rhost, sizeof(a.rhost))) != SY_OK ||
	    (err = sy_reader_u8(&r, &a.purpose)) != SY_OK ||
	    (err = sy_reader_u8(&r, &a.lang)) != SY_OK ||
	    (err = get_below(&r, 2, &a.identify)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!numbers_ok(a.purpose, a.lang) || !user_ok(&a))
		return SY_ERR_FORMAT;
	*ret = a;
	return SY_OK;
}

static bool
is_phase(uint8_t type)
{
	return type == SY_DIALOG_ACCOUNT || type == SY_DIALOG_CHANGE ||
	    type == SY_DIALOG_OPEN || type == SY_DIALOG_CLOSE;
}

enum sy_err
sy_dialog_put_phase(struct sy_buf *out, enum sy_dialog_type type,
    const struct sy_dialog_phase *phase)
{
	enum sy_err err;

	if (!is_phase((uint8_t)type))
		return SY_ERR_ARG;
	if (!numbers_ok(phase->purpose, phase->lang) || phase->expired > 1)
		return SY_ERR_FORMAT;
	sy_frame_begin(out, SY_DIALOG_VERSION, (uint8_t)type);
	if ((err = put_text(out, phase->evidence, sizeof(phase->evidence))) !=
		SY_OK ||
	    (err = put_words(out, phase->user, sizeof(phase->user))) != SY_OK ||
	    (err = put_words(out, phase->service, sizeof(phase->service))) !=
		SY_OK ||
	    (err = put_text(out, phase->tty, sizeof(phase->tty))) != SY_OK ||
	    (err = put_text(out, phase->ruser, sizeof(phase->ruser))) !=
		SY_OK ||
	    (err = put_text(out, phase->rhost, sizeof(phase->rhost))) !=
		SY_OK ||
	    (err = sy_buf_u8(out, phase->purpose)) != SY_OK ||
	    (err = sy_buf_u8(out, phase->lang)) != SY_OK ||
	    (err = sy_buf_u8(out, phase->expired)) != SY_OK)
		return err;
	return sy_frame_end(out);
}

enum sy_err
sy_dialog_get_phase(const struct sy_frame *frame, struct sy_dialog_phase *ret)
{
	struct sy_dialog_phase p = { 0 };
	struct sy_reader r;
	enum sy_err err;

	if (!is_phase(frame->type))
		return SY_ERR_FORMAT;
	if ((err = open_body(frame, frame->type, &r)) != SY_OK ||
	    (err = sy_reader_text(&r, p.evidence, sizeof(p.evidence))) !=
		SY_OK ||
	    (err = get_words(&r, p.user, sizeof(p.user))) != SY_OK ||
	    (err = get_words(&r, p.service, sizeof(p.service))) != SY_OK ||
	    (err = sy_reader_text(&r, p.tty, sizeof(p.tty))) != SY_OK ||
	    (err = sy_reader_text(&r, p.ruser, sizeof(p.ruser))) != SY_OK ||
	    (err = sy_reader_text(&r, p.rhost, sizeof(p.rhost))) != SY_OK ||
	    (err = sy_reader_u8(&r, &p.purpose)) != SY_OK ||
	    (err = sy_reader_u8(&r, &p.lang)) != SY_OK ||
	    (err = get_below(&r, 2, &p.expired)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!numbers_ok(p.purpose, p.lang))
		return SY_ERR_FORMAT;
	*ret = p;
	return SY_OK;
}

/* A card has no options; a managed key is one whose finger is enrolled. */
static bool
enroll_options_ok(uint8_t key, uint8_t options)
{
	if (key > 1 || (options & ~SY_ENROLL_OPTIONS) != 0)
		return false;
	if (key == 0)
		return options == 0;
	return (options & SY_ENROLL_MANAGED) == 0 ||
	    ((options & SY_ENROLL_BIO) != 0 && (options & SY_ENROLL_PIN) == 0);
}

enum sy_err
sy_dialog_put_enroll(struct sy_buf *out, const struct sy_dialog_enroll *enroll)
{
	enum sy_err err;

	if (enroll->lang > SY_LANG_EN ||
	    !enroll_options_ok(enroll->key, enroll->options))
		return SY_ERR_FORMAT;
	sy_frame_begin(out, SY_DIALOG_VERSION, SY_DIALOG_ENROLL);
	if ((err = put_words(out, enroll->user, sizeof(enroll->user))) !=
		SY_OK ||
	    (err = sy_buf_u8(out, enroll->lang)) != SY_OK ||
	    (err = sy_buf_u8(out, enroll->key)) != SY_OK ||
	    (err = sy_buf_u8(out, enroll->options)) != SY_OK)
		return err;
	return sy_frame_end(out);
}

enum sy_err
sy_dialog_get_enroll(const struct sy_frame *frame, struct sy_dialog_enroll *ret)
{
	struct sy_dialog_enroll e = { 0 };
	struct sy_reader r;
	enum sy_err err;

	if ((err = open_body(frame, SY_DIALOG_ENROLL, &r)) != SY_OK ||
	    (err = get_words(&r, e.user, sizeof(e.user))) != SY_OK ||
	    (err = get_below(&r, SY_LANG_EN + 1, &e.lang)) != SY_OK ||
	    (err = get_below(&r, 2, &e.key)) != SY_OK ||
	    (err = get_below(&r, SY_ENROLL_OPTIONS + 1, &e.options)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!enroll_options_ok(e.key, e.options))
		return SY_ERR_FORMAT;
	*ret = e;
	return SY_OK;
}

enum sy_err
sy_dialog_put_office(struct sy_buf *out, const struct sy_dialog_office *office)
{
	enum sy_err err;

	if (office->lang > SY_LANG_EN || office->task == 0 ||
	    office->task >= SY_DIALOG_TASKS)
		return SY_ERR_FORMAT;
	sy_frame_begin(out, SY_DIALOG_VERSION, SY_DIALOG_OFFICE);
	if ((err = put_words(out, office->user, sizeof(office->user))) !=
		SY_OK ||
	    (err = sy_buf_u8(out, office->lang)) != SY_OK ||
	    (err = sy_buf_u8(out, office->task)) != SY_OK)
		return err;
	return sy_frame_end(out);
}

enum sy_err
sy_dialog_get_office(const struct sy_frame *frame, struct sy_dialog_office *ret)
{
	struct sy_dialog_office o = { 0 };
	struct sy_reader r;
	enum sy_err err;

	if ((err = open_body(frame, SY_DIALOG_OFFICE, &r)) != SY_OK ||
	    (err = get_words(&r, o.user, sizeof(o.user))) != SY_OK ||
	    (err = get_below(&r, SY_LANG_EN + 1, &o.lang)) != SY_OK ||
	    (err = get_below(&r, SY_DIALOG_TASKS, &o.task)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (o.task == 0)
		return SY_ERR_FORMAT;
	*ret = o;
	return SY_OK;
}

/* A finger to be removed has a name, one to be added may have one. */
static bool
key_task_ok(uint8_t task, const char *finger)
{
	if (task == 0 || task >= SY_KEY_TASKS)
		return false;
	if (task == SY_KEY_REMOVE_FINGER)
		return finger[0] != '\0';
	return task == SY_KEY_ADD_FINGER || finger[0] == '\0';
}

enum sy_err
sy_dialog_put_key(struct sy_buf *out, const struct sy_dialog_key *key)
{
	enum sy_err err;

	if (key->lang > SY_LANG_EN || !key_task_ok(key->task, key->finger))
		return SY_ERR_FORMAT;
	sy_frame_begin(out, SY_DIALOG_VERSION, SY_DIALOG_KEY);
	if ((err = put_words(out, key->user, sizeof(key->user))) != SY_OK ||
	    (err = sy_buf_u8(out, key->lang)) != SY_OK ||
	    (err = sy_buf_u8(out, key->task)) != SY_OK ||
	    (err = put_text(out, key->finger, sizeof(key->finger))) != SY_OK)
		return err;
	return sy_frame_end(out);
}

enum sy_err
sy_dialog_get_key(const struct sy_frame *frame, struct sy_dialog_key *ret)
{
	struct sy_dialog_key k = { 0 };
	struct sy_reader r;
	enum sy_err err;

	if ((err = open_body(frame, SY_DIALOG_KEY, &r)) != SY_OK ||
	    (err = get_words(&r, k.user, sizeof(k.user))) != SY_OK ||
	    (err = get_below(&r, SY_LANG_EN + 1, &k.lang)) != SY_OK ||
	    (err = get_below(&r, SY_KEY_TASKS, &k.task)) != SY_OK ||
	    (err = sy_reader_text(&r, k.finger, sizeof(k.finger))) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!key_task_ok(k.task, k.finger))
		return SY_ERR_FORMAT;
	*ret = k;
	return SY_OK;
}

enum sy_err
sy_dialog_put_text(struct sy_buf *out, enum sy_dialog_type type,
    const char *text)
{
	enum sy_err err;

	if (type != SY_DIALOG_INFO && type != SY_DIALOG_ERROR)
		return SY_ERR_ARG;
	sy_frame_begin(out, SY_DIALOG_VERSION, (uint8_t)type);
	if (strnlen(text, SY_DIALOG_TEXT_SIZE) == SY_DIALOG_TEXT_SIZE)
		return SY_ERR_LIMIT;
	if ((err = put_text(out, text, SY_DIALOG_TEXT_SIZE)) != SY_OK)
		return err;
	return sy_frame_end(out);
}

enum sy_err
sy_dialog_get_text(const struct sy_frame *frame, char ret[SY_DIALOG_TEXT_SIZE])
{
	struct sy_reader r;
	char text[SY_DIALOG_TEXT_SIZE];
	enum sy_err err;

	if (frame->type != SY_DIALOG_INFO && frame->type != SY_DIALOG_ERROR)
		return SY_ERR_FORMAT;
	if ((err = open_body(frame, frame->type, &r)) != SY_OK ||
	    (err = sy_reader_text(&r, text, sizeof(text))) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	memcpy(ret, text, sizeof(text));
	return SY_OK;
}

enum sy_err
sy_dialog_put_prompt(struct sy_buf *out, const struct sy_dialog_prompt *prompt)
{
	enum sy_err err;

	sy_frame_begin(out, SY_DIALOG_VERSION, SY_DIALOG_PROMPT);
	if ((err = sy_buf_u32(out, prompt->number)) != SY_OK ||
	    (err = sy_buf_u8(out, prompt->echo ? 1 : 0)) != SY_OK ||
	    (err = put_text(out, prompt->text, sizeof(prompt->text))) != SY_OK)
		return err;
	return sy_frame_end(out);
}

enum sy_err
sy_dialog_get_prompt(const struct sy_frame *frame, struct sy_dialog_prompt *ret)
{
	struct sy_dialog_prompt p = { 0 };
	struct sy_reader r;
	enum sy_err err;

	if ((err = open_body(frame, SY_DIALOG_PROMPT, &r)) != SY_OK ||
	    (err = sy_reader_u32(&r, &p.number)) != SY_OK ||
	    (err = get_bool(&r, &p.echo)) != SY_OK ||
	    (err = sy_reader_text(&r, p.text, sizeof(p.text))) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	*ret = p;
	return SY_OK;
}

/* Only who was allowed has a name, and evidence for the next phase. */
static bool
result_ok(const struct sy_dialog_result *result)
{
	return result->result < SY_RESULT_COUNT &&
	    (result->result == SY_RESULT_ALLOWED ||
		result->result == SY_RESULT_CHANGE ||
		(result->login[0] == '\0' && result->evidence[0] == '\0'));
}

enum sy_err
sy_dialog_put_result(struct sy_buf *out, const struct sy_dialog_result *result)
{
	enum sy_err err;

	if (!result_ok(result))
		return SY_ERR_FORMAT;
	sy_frame_begin(out, SY_DIALOG_VERSION, SY_DIALOG_RESULT);
	if ((err = sy_buf_u8(out, result->result)) != SY_OK ||
	    (err = put_text(out, result->login, sizeof(result->login))) !=
		SY_OK ||
	    (err = put_text(out, result->evidence, sizeof(result->evidence))) !=
		SY_OK ||
	    (err = put_text(out, result->support, sizeof(result->support))) !=
		SY_OK ||
	    (err = put_text(out, result->text, sizeof(result->text))) != SY_OK)
		return err;
	return sy_frame_end(out);
}

enum sy_err
sy_dialog_get_result(const struct sy_frame *frame, struct sy_dialog_result *ret)
{
	struct sy_dialog_result a = { 0 };
	struct sy_reader r;
	enum sy_err err;

	if ((err = open_body(frame, SY_DIALOG_RESULT, &r)) != SY_OK ||
	    (err = sy_reader_u8(&r, &a.result)) != SY_OK ||
	    (err = sy_reader_text(&r, a.login, sizeof(a.login))) != SY_OK ||
	    (err = sy_reader_text(&r, a.evidence, sizeof(a.evidence))) !=
		SY_OK ||
	    (err = sy_reader_text(&r, a.support, sizeof(a.support))) != SY_OK ||
	    (err = sy_reader_text(&r, a.text, sizeof(a.text))) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!result_ok(&a))
		return SY_ERR_FORMAT;
	*ret = a;
	return SY_OK;
}

enum sy_err
sy_dialog_put_empty(struct sy_buf *out, enum sy_dialog_type type)
{
	if (type != SY_DIALOG_WAIT && type != SY_DIALOG_STATUS)
		return SY_ERR_ARG;
	sy_frame_begin(out, SY_DIALOG_VERSION, (uint8_t)type);
	return sy_frame_end(out);
}

enum sy_err
sy_dialog_get_empty(const struct sy_frame *frame, enum sy_dialog_type type)
{
	struct sy_reader r;
	enum sy_err err;

	if (type != SY_DIALOG_WAIT && type != SY_DIALOG_STATUS)
		return SY_ERR_ARG;
	if ((err = open_body(frame, type, &r)) != SY_OK)
		return err;
	return sy_reader_end(&r);
}

enum sy_err
sy_dialog_put_answer(uint32_t number, bool given, const void *answer,
    size_t len, struct sy_secret **ret_frame)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	enum sy_err err;

	if (!given && len != 0)
		return SY_ERR_ARG;
	if (len > SY_DIALOG_ANSWER_MAX)
		return SY_ERR_LIMIT;

	const uint32_t length = (uint32_t)(ANSWER_HEAD - 4 + len);
	const uint8_t head[ANSWER_HEAD] = { (uint8_t)(length >> 24),
		(uint8_t)(length >> 16), (uint8_t)(length >> 8),
		(uint8_t)length, SY_DIALOG_VERSION, SY_DIALOG_ANSWER,
		(uint8_t)(number >> 24), (uint8_t)(number >> 16),
		(uint8_t)(number >> 8), (uint8_t)number, given ? 1 : 0,
		(uint8_t)(len >> 8), (uint8_t)len };
	if ((err = sy_secret_new(sizeof(head) + len, &frame)) != SY_OK ||
	    (err = sy_secret_append(frame, head, sizeof(head))) != SY_OK ||
	    (len > 0 && (err = sy_secret_append(frame, answer, len)) != SY_OK))
		return err;
	*ret_frame = frame;
	frame = NULL;
	return SY_OK;
}

enum sy_err
sy_dialog_get_answer(const struct sy_frame *frame, uint32_t *ret_number,
    bool *ret_given, struct sy_secret *ret_answer)
{
	struct sy_reader r;
	const uint8_t *answer;
	uint32_t number;
	size_t len;
	bool given;
	enum sy_err err;

	if ((err = open_body(frame, SY_DIALOG_ANSWER, &r)) != SY_OK ||
	    (err = sy_reader_u32(&r, &number)) != SY_OK ||
	    (err = get_bool(&r, &given)) != SY_OK ||
	    (err = sy_reader_bytes16(&r, SY_DIALOG_ANSWER_MAX, &answer,
		 &len)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!given && len != 0)
		return SY_ERR_FORMAT;
	if (len > 0 &&
	    (err = sy_secret_append(ret_answer, answer, len)) != SY_OK)
		return err;
	*ret_number = number;
	*ret_given = given;
	return SY_OK;
}
