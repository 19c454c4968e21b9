/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules, on any bytes: the first three say how long the password, the
 * present one and the name are. What is taken in stays the same when it is made
 * normal again, and no rule fails on it.
 */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/password.h>
#include <sanyoso/text.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct sy_password_policy policy = {
	.min_length = 10, .classes = 3, .max_repeat = 3, .max_sequence = 4
};
static const char words[] = "sakura\nyakusho\nsaku\nさくら\n役所\nab\nabc\n";

/* The next ${n} bytes made normal; NULL if they are no password. */
static struct sy_secret *
take(const uint8_t **data, size_t *len, size_t n)
{
	SY_AUTO(sy_secret_free) struct sy_secret *typed = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *again = NULL;
	struct sy_secret *normal = NULL;

	n = n < *len ? n : *len;
	if (sy_secret_new(n + 1, &typed) != SY_OK ||
	    sy_secret_append(typed, *data, n) != SY_OK)
		abort();
	*data += n;
	*len -= n;
	if (sy_password_normal(typed, &normal) == SY_OK &&
	    (sy_password_normal(normal, &again) != SY_OK ||
		!sy_secret_equal(normal, again)))
		abort();
	return normal;
}

/* With a NUL behind it. */
static void
copy_text(const struct sy_secret *text, char *out)
{
	memcpy(out, sy_secret_bytes(text), sy_secret_len(text));
	out[sy_secret_len(text)] = '\0';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	SY_AUTO(sy_blocklist_free) struct sy_blocklist *list = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *password = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *present = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *name = NULL;
	struct sy_password_person person = { "login", NULL, NULL, "0012",
		"1985-04-01" };
	char text[SY_PASSWORD_BYTES_MAX + 1];
	const uint8_t *rest = data;
	unsigned int broken = 0;

	if (len < 3)
		return 0;
	rest += 3;
	len -= 3;
	password = take(&rest, &len, data[0]);
	present = take(&rest, &len, data[1]);
	name = take(&rest, &len, data[2]);
	if (password == NULL ||
	    sy_blocklist_parse("words", words, strlen(words), &list, NULL) !=
		SY_OK)
		return 0;
	if (name != NULL) {
		copy_text(name, text);
		person.name = text;
		person.kana = text;
	}
	if (sy_password_check(&policy, &person, list, password, present,
		&broken) != SY_OK ||
	    broken >= 1U << SY_PASSWORD_RULES)
		abort();
	return 0;
}
