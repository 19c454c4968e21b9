/* SPDX-License-Identifier: Apache-2.0 */
/* Fingerprints that a key keeps (CTAP 2.1 section 6.7). */
#include <string.h>

#include <fido/bio.h>

#include "lib/inherence/device/key.h"
#include "lib/possession/device/name.h"

#define SAMPLE_MS   20000 /* for the key to wait for a finger */
#define MARGIN_MS   5000  /* beyond what it was told */
#define SAMPLES_MAX 64    /* tries, good and bad */
#define STATUS_FULL 0x0c  /* FIDO_BIO_ENROLL_FP_DATABASE_FULL */

/* The key, able and with its PIN ready to be sent. */
static enum sy_err
bio_ready(struct key *key, const struct sy_secret *pin, uint8_t reserve,
    struct sy_secret **ret_copy, const char **ret_text, uint8_t *reterr_tries)
{
	*reterr_tries = KEY_TRIES_UNKNOWN;
	if (!key->found.bio_enroll || !key->found.pin_supported)
		return SY_ERR_KEY_UNFIT;
	return key_pin_ready(key, pin, reserve, ret_copy, ret_text,
	    reterr_tries);
}

/* --- ENROLL --- */

struct enrolment {
	struct key *key;
	fido_bio_template_t *template;
	fido_bio_enroll_t *enroll;
	const char *pin;
	key_sample_fn *on_sample;
	void *arg;
};

/* How many samples there will be, where the key tells. */
static uint8_t
samples_wanted(struct key *key)
{
	fido_bio_info_t *info;
	uint8_t n = 0;

	if ((info = fido_bio_info_new()) == NULL)
		return 0;
	key_begin(key, KEY_CALL_MS);
	if (key_result(key, fido_bio_dev_get_info(key->dev, info)) == SY_OK)
		n = fido_bio_info_max_samples(info);
	fido_bio_info_free(&info);
	return n;
}

/* How the last sample went; DATABASE_FULL ends it. */
static enum sy_err
sample_status(const struct enrolment *e, uint8_t *ret_status)
{
	const uint8_t status = fido_bio_enroll_last_status(e->enroll);

	if (status == STATUS_FULL)
		return SY_ERR_EXISTS;
	*ret_status =
	    status < SY_KEY_SAMPLE_COUNT ? status : SY_KEY_SAMPLE_POOR;
	return SY_OK;
}

static enum sy_err
first_sample(const struct enrolment *e)
{
	enum sy_err err;

	if ((err = e->on_sample(e->arg, SY_KEY_SAMPLE_GOOD,
		 samples_wanted(e->key))) != SY_OK)
		return err;
	if (e->key->channel->why != SY_OK)
		return e->key->channel->why;
	key_begin(e->key, SAMPLE_MS + MARGIN_MS);
	if ((err = key_result(e->key,
		 fido_bio_dev_enroll_begin(e->key->dev, e->template, e->enroll,
		     SAMPLE_MS, e->pin))) != SY_OK)
		return err;
	/* libfido2 takes an answer without a finger for one without more to
	 * do. */
	return fido_bio_template_id_len(e->template) > 0 ? SY_OK : SY_ERR_CARD;
}

static enum sy_err
next_sample(const struct enrolment *e)
{
	const uint8_t left = fido_bio_enroll_remaining_samples(e->enroll);
	uint8_t status;
	enum sy_err err;

	if ((err = sample_status(e, &status)) != SY_OK ||
	    (err = e->on_sample(e->arg, status, left)) != SY_OK)
		return err;
	key_begin(e->key, SAMPLE_MS + MARGIN_MS);
	return key_result(e->key,
	    fido_bio_dev_enroll_continue(e->key->dev, e->template, e->enroll,
		SAMPLE_MS));
}

/* All samples, from the first touch to the last. */
static enum sy_err
take_samples(const struct enrolment *e)
{
	enum sy_err err;

	if ((err = first_sample(e)) != SY_OK)
		return err;
	for (unsigned int n = 0;
	     fido_bio_enroll_remaining_samples(e->enroll) > 0; n++) {
		err = n < SAMPLES_MAX ? next_sample(e) : SY_ERR_TIMEOUT;
		if (err == SY_OK)
			continue;
		/* Half a finger is of no use; the key forgets it. */
		if (e->key->channel->why == SY_OK) {
			key_begin(e->key, KEY_CALL_MS);
			(void)fido_bio_dev_enroll_cancel(e->key->dev);
		}
		return err;
	}
	return SY_OK;
}

/* The name is no more than a help for its owner: a key need not keep it. */
static enum sy_err
name_finger(const struct enrolment *e, const char *name)
{
	if (name[0] == '\0')
		return SY_OK;
	if (fido_bio_template_set_name(e->template, name) != FIDO_OK)
		return SY_ERR_NOMEM;
	key_begin(e->key, KEY_CALL_MS);
	(void)fido_bio_dev_set_template_name(e->key->dev, e->template, e->pin);
	return e->key->channel->why;
}

static enum sy_err
run_enrolment(struct enrolment *e, const char *name)
{
	enum sy_err err = SY_ERR_NOMEM;

	e->template = fido_bio_template_new();
	e->enroll = fido_bio_enroll_new();
	if (e->template != NULL && e->enroll != NULL &&
	    (err = take_samples(e)) == SY_OK)
		err = name_finger(e, name);
	fido_bio_template_free(&e->template);
	fido_bio_enroll_free(&e->enroll);
	return err;
}

enum sy_err
key_enroll(struct key *key, const struct sy_keydevice_enroll *in,
    uint8_t reserve, key_sample_fn *on_sample, void *arg, uint8_t *reterr_tries)
{
	SY_AUTO(sy_secret_free) struct sy_secret *copy = NULL;
	struct enrolment e = { .key = key, .on_sample = on_sample, .arg = arg };
	enum sy_err err;

	if ((err = bio_ready(key, in->pin, reserve, &copy, &e.pin,
		 reterr_tries)) != SY_OK)
		return err;
	if ((err = run_enrolment(&e, in->name)) != SY_OK)
		return key_count_tries(key, err, reterr_tries);
	return key_refresh(key);
}

/* --- FINGERS, FORGET --- */

static enum sy_err
take_finger(const fido_bio_template_t *template,
    struct sy_keydevice_finger *out)
{
	const char *name = fido_bio_template_name(template);
	const size_t len = fido_bio_template_id_len(template);

	if (len == 0 || len > sizeof(out->template_id))
		return SY_ERR_CARD;
	memcpy(out->template_id, fido_bio_template_id_ptr(template), len);
	out->template_len = (uint16_t)len;
	device_copy_name(out->name, sizeof(out->name),
	    name == NULL ? "" : name);
	return SY_OK;
}

static enum sy_err
take_list(const fido_bio_template_array_t *array, struct sy_keydevice_list *out)
{
	const size_t count = fido_bio_template_array_count(array);
	enum sy_err err;

	if (count > SY_COUNT(out->fingers))
		return SY_ERR_CARD;
	for (size_t i = 0; i < count; i++) {
		if ((err = take_finger(fido_bio_template(array, i),
			 &out->fingers[i])) != SY_OK)
			return err;
	}
	out->count = (uint16_t)count;
	return SY_OK;
}

static enum sy_err
read_list(struct key *key, const char *pin, struct sy_keydevice_list *out)
{
	fido_bio_template_array_t *array;
	enum sy_err err;
	int result;

	if ((array = fido_bio_template_array_new()) == NULL)
		return SY_ERR_NOMEM;
	key_begin(key, KEY_CALL_MS);
	result = fido_bio_dev_get_template_array(key->dev, array, pin);
	/* A key without any says that the option is invalid. */
	if (key->channel->why == SY_OK && result == FIDO_ERR_INVALID_OPTION)
		err = SY_OK;
	else if ((err = key_result(key, result)) == SY_OK)
		err = take_list(array, out);
	fido_bio_template_array_free(&array);
	return err;
}

enum sy_err
key_fingers(struct key *key, const struct sy_secret *pin, uint8_t reserve,
    struct sy_keydevice_list *ret, uint8_t *reterr_tries)
{
	SY_AUTO(sy_secret_free) struct sy_secret *copy = NULL;
	struct sy_keydevice_list list = { .count = 0 };
	const char *text;
	enum sy_err err;

	if ((err = bio_ready(key, pin, reserve, &copy, &text, reterr_tries)) !=
	    SY_OK)
		return err;
	if ((err = read_list(key, text, &list)) != SY_OK)
		return key_count_tries(key, err, reterr_tries);
	*ret = list;
	return SY_OK;
}

static enum sy_err
remove_finger(struct key *key, const struct sy_keydevice_forget *in,
    const char *pin)
{
	fido_bio_template_t *template;
	enum sy_err err = SY_ERR_NOMEM;

	if ((template = fido_bio_template_new()) == NULL)
		return SY_ERR_NOMEM;
	if (fido_bio_template_set_id(template, in->template_id,
		in->template_len) == FIDO_OK) {
		key_begin(key, KEY_CALL_MS);
		err = key_result(key,
		    fido_bio_dev_enroll_remove(key->dev, template, pin));
	}
	fido_bio_template_free(&template);
	return err;
}

enum sy_err
key_forget(struct key *key, const struct sy_keydevice_forget *in,
    uint8_t reserve, uint8_t *reterr_tries)
{
	SY_AUTO(sy_secret_free) struct sy_secret *copy = NULL;
	const char *text;
	enum sy_err err;

	if ((err = bio_ready(key, in->pin, reserve, &copy, &text,
		 reterr_tries)) != SY_OK)
		return err;
	if ((err = remove_finger(key, in, text)) != SY_OK)
		return key_count_tries(key, err, reterr_tries);
	return key_refresh(key);
}
