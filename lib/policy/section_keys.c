/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "policy_int.h"

/*
 * [keys]: which models of FIDO2 keys are enrolled and let in, and which of them
 * count as a finger. Attestation by model and no fingerprint keys where the
 * file says nothing.
 */
static bool
has(const struct sy_policy_models *models, const uint8_t aaguid[SY_AAGUID_SIZE])
{
	for (size_t i = 0; i < models->count; i++) {
		if (memcmp(models->aaguid[i], aaguid, SY_AAGUID_SIZE) == 0)
			return true;
	}
	return false;
}

static enum sy_err
add(const struct sy_policy_section *s, const char *key, const char *word,
    struct sy_policy_models *models)
{
	static const uint8_t nobody[SY_AAGUID_SIZE];
	uint8_t aaguid[SY_AAGUID_SIZE];

	if (!sy_aaguid_parse(word, aaguid))
		return sy_policy_refuse(s, SY_ERR_FORMAT, key,
		    "\"%s\" is no AAGUID", word);
	/* All keys without a model have this one. */
	if (memcmp(aaguid, nobody, sizeof(nobody)) == 0)
		return sy_policy_refuse(s, SY_ERR_FORMAT, key,
		    "an AAGUID of zeros is no model");
	if (has(models, aaguid))
		return sy_policy_refuse(s, SY_ERR_FORMAT, key,
		    "named twice: \"%s\"", word);
	if (models->count == SY_POLICY_MODELS_MAX)
		return sy_policy_refuse(s, SY_ERR_LIMIT, key,
		    "more than %d models", SY_POLICY_MODELS_MAX);
	memcpy(models->aaguid[models->count++], aaguid, sizeof(aaguid));
	return SY_OK;
}

static enum sy_err
read_models(const struct sy_policy_section *s, const char *key,
    struct sy_policy_models *models)
{
	char word[SY_POLICY_WORD_SIZE];
	const char *text;
	enum sy_err err;

	if ((err = sy_conf_text(s->values, key, "", &text, s->reterr)) != SY_OK)
		return err;
	while (sy_policy_next_word(&text, " ", word)) {
		if ((err = add(s, key, word, models)) != SY_OK)
			return err;
	}
	if (models->count == 0 && sy_conf_line(s->values, key) != 0)
		return sy_policy_refuse(s, SY_ERR_FORMAT, key,
		    "an AAGUID is missing");
	return SY_OK;
}

static enum sy_err
read_words(const struct sy_policy_section *s, struct sy_keys_policy *keys)
{
	const char *attestation, *counter;
	enum sy_err err;

	if ((err = sy_conf_text(s->values, "attestation",
		 sy_attestation_name(keys->attestation), &attestation,
		 s->reterr)) != SY_OK ||
	    (err = sy_conf_text(s->values, "counter", "stop", &counter,
		 s->reterr)) != SY_OK)
		return err;
	if (!sy_attestation_by_name(attestation, &keys->attestation))
		return sy_policy_refuse(s, SY_ERR_FORMAT, "attestation",
		    "\"%s\" is none of model, self and none", attestation);
	if (strcmp(counter, "stop") != 0 && strcmp(counter, "alarm") != 0)
		return sy_policy_refuse(s, SY_ERR_FORMAT, "counter",
		    "\"%s\" is neither stop nor alarm", counter);
	keys->counter_stops = strcmp(counter, "stop") == 0;
	return SY_OK;
}

/* Models of ${key} that the other lists shut out. */
static enum sy_err
check_open(const struct sy_policy_section *s, const char *key,
    const struct sy_policy_models *models,
    const struct sy_policy_key_models *all)
{
	char text[SY_AAGUID_TEXT_SIZE];

	for (size_t i = 0; i < models->count; i++) {
		const uint8_t *aaguid = models->aaguid[i];

		sy_aaguid_text(aaguid, text);
		if (has(&all->deny, aaguid))
			return sy_policy_refuse(s, SY_ERR_POLICY, key,
			    "\"deny\" names %s too", text);
		if (all->allow.count > 0 && !has(&all->allow, aaguid))
			return sy_policy_refuse(s, SY_ERR_POLICY, key,
			    "\"allow\" does not name %s", text);
	}
	return SY_OK;
}

static enum sy_err
check_lists(const struct sy_policy_section *s, const struct sy_policy *policy)
{
	const struct sy_policy_key_models *all = &policy->key_models;
	enum sy_err err;

	/* Without a certificate a key names whatever model it likes. */
	if (all->allow.count > 0 &&
	    policy->keys.attestation != SY_ATTESTATION_MODEL)
		return sy_policy_refuse(s, SY_ERR_POLICY, "allow",
		    "a list of models needs attestation = model");
	if ((err = check_open(s, "allow", &all->allow, all)) != SY_OK)
		return err;
	return check_open(s, "fingerprint", &all->fingerprint, all);
}

enum sy_err
sy_policy_read_keys(struct sy_conf *conf, struct sy_policy *policy,
    struct sy_error *reterr)
{
	struct sy_policy_section s = { .reterr = reterr };
	struct sy_policy_key_models *models = &policy->key_models;
	enum sy_err err;

	policy->keys = (struct sy_keys_policy){
		.attestation = SY_ATTESTATION_MODEL,
		.counter_stops = true,
	};
	/* The reader of the file sees to it that a section comes once. */
	if (!sy_policy_section_at(conf, "keys", 0, &s))
		return SY_OK;
	if (s.name[0] != '\0')
		return sy_policy_refuse(&s, SY_ERR_FORMAT, NULL,
		    "this section has no name");
	if ((err = read_words(&s, &policy->keys)) != SY_OK ||
	    (err = read_models(&s, "allow", &models->allow)) != SY_OK ||
	    (err = read_models(&s, "deny", &models->deny)) != SY_OK ||
	    (err = read_models(&s, "fingerprint", &models->fingerprint)) !=
		SY_OK)
		return err;
	return check_lists(&s, policy);
}

const struct sy_keys_policy *
sy_policy_keys(const struct sy_policy *policy)
{
	return &policy->keys;
}

bool
sy_policy_allows_model(const struct sy_policy *policy,
    const uint8_t aaguid[SY_AAGUID_SIZE])
{
	const struct sy_policy_key_models *models = &policy->key_models;

	return !has(&models->deny, aaguid) &&
	    (models->allow.count == 0 || has(&models->allow, aaguid));
}

bool
sy_policy_is_fingerprint(const struct sy_policy *policy,
    const uint8_t aaguid[SY_AAGUID_SIZE])
{
	return has(&policy->key_models.fingerprint, aaguid);
}
