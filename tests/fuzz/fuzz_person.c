/* SPDX-License-Identifier: Apache-2.0 */
/* Name, reading and birth of a person, separated by NUL. */
#include <stdlib.h>
#include <string.h>

#include "server/identity/person.h"

#define NOW (INT64_C(1775001600) * 1000000) /* 2026-04-01 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char text[3][SY_NAME_SIZE] = { "", "", "" }, person[PERSON_SIZE];
	size_t part = 0, at = 0;
	enum sy_err err;

	for (size_t i = 0; i < len && part < SY_COUNT(text); i++) {
		if (data[i] == '\0') {
			part++;
			at = 0;
		} else if (at + 1 < sizeof(text[0])) {
			text[part][at++] = (char)data[i];
		}
	}
	err = person_normal(text[0], text[1], text[2], person);
	if (err != SY_OK && err != SY_ERR_FORMAT && err != SY_ERR_LIMIT)
		abort();
	if (err != SY_OK && person[0] != '\0')
		abort();
	if (!sy_text_is_clean(person, strlen(person)))
		abort();
	/* What has the right shape is no broken text. */
	if (person_is_kana(text[1]) &&
	    !sy_text_is_clean(text[1], strlen(text[1])))
		abort();
	if (person_is_born(text[2], NOW) && strlen(text[2]) != 10)
		abort();
	return 0;
}
