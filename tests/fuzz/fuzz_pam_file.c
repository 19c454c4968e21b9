/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of PAM files: any bytes give lines that are sound, or an error
 * that names its place. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/check/pamfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
look_at(const struct pamfile_line *line)
{
	size_t total = strlen(line->name);

	if (line->name[0] == '\0' || line->number == 0 ||
	    line->type > PAMFILE_ANY || line->arg_count > PAMFILE_WORDS_MAX)
		abort();
	if (line->kind != PAMFILE_MODULE && strstr(line->name, "..") != NULL)
		abort();
	for (size_t i = 0; line->kind == PAMFILE_MODULE && i < line->arg_count;
	     i++)
		total += strlen(line->args[i]);
	if (total > PAMFILE_LINE_MAX)
		abort();
	for (size_t i = 0; i < PAMFILE_RETURNS; i++)
		if (line->actions[i] < PAMFILE_RESET ||
		    line->actions[i] > PAMFILE_JUMP_MAX)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct pamfile *file = NULL;
	struct sy_error e = { .code = SY_OK };

	if (pamfile_parse("fuzz", (const char *)data, len, &file, &e) !=
	    SY_OK) {
		if (file != NULL || e.code == SY_OK ||
		    strncmp(e.place, "fuzz", 4) != 0)
			abort();
		return 0;
	}
	for (size_t i = 0; i < pamfile_count(file); i++)
		look_at(pamfile_line(file, i));
	pamfile_free(&file);
	return 0;
}
