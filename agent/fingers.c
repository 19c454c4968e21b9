/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "fingers.h"

static size_t
count_name(const struct sy_keydevice_list *list, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++)
		n += strcmp(list->fingers[i].name, name) == 0;
	return n;
}

void
fingers_join(const struct sy_keydevice_list *list, char *out, size_t size)
{
	out[0] = '\0';
	for (size_t i = 0; i < list->count; i++) {
		const char *name = list->fingers[i].name;

		(void)snprintf(out + strlen(out), size - strlen(out), "%s%s",
		    i > 0 ? ", " : "", name[0] != '\0' ? name : "?");
	}
}

bool
fingers_find(const struct sy_keydevice_list *list, const char *name,
    struct sy_keydevice_finger *ret)
{
	if (count_name(list, name) != 1)
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->fingers[i].name, name) == 0)
			*ret = list->fingers[i];
	return true;
}

void
fingers_new_name(const struct sy_keydevice_list *list,
    char out[SY_KEYDEVICE_NAME_SIZE])
{
	/* It ends: a list has an end, and each turn another name. */
	unsigned int n = list->count;

	do
		(void)snprintf(out, SY_KEYDEVICE_NAME_SIZE, "finger %u", ++n);
	while (count_name(list, out) > 0);
}
