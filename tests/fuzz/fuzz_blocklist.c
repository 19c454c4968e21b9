/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of words: what is refused is named; what is taken can be used. */
#include <stdlib.h>

#include <sanyoso/password.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct sy_password_policy policy = { .min_length = 1 };
	static const struct sy_password_person person = { .login = "login" };
	SY_AUTO(sy_blocklist_free) struct sy_blocklist *list = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *password = NULL;
	struct sy_error e = { 0 };
	unsigned int broken = 0;

	if (sy_blocklist_parse("fuzz", (const char *)data, len, &list, &e) !=
	    SY_OK) {
		if (list != NULL || e.code == SY_OK || e.place[0] == '\0')
			abort();
		return 0;
	}
	if (sy_secret_new(16, &password) != SY_OK ||
	    sy_secret_append(password, "Yakusho-2024", 12) != SY_OK ||
	    sy_password_check(&policy, &person, list, password, NULL,
		&broken) != SY_OK)
		abort();
	return 0;
}
