/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration reader: any text, every kind of question. */
#include <stdlib.h>

#include <sanyoso/conf.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
ask(struct sy_conf_section *s)
{
	struct sy_error e;
	const char *text = NULL;
	int64_t v = 0;
	bool b = false;

	if (sy_conf_int(s, "i", 0, -9, 9, &v, &e) == SY_OK && (v < -9 || v > 9))
		abort();
	if (sy_conf_seconds(s, "s", 1, 1, 86400, &v, &e) == SY_OK &&
	    (v < 1 || v > 86400))
		abort();
	if (sy_conf_bool(s, "b", false, &b, &e) != SY_OK && b)
		abort();
	if (sy_conf_text(s, "t", NULL, &text, &e) == SY_OK &&
	    (text == NULL || sy_conf_line(s, "t") == 0))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sy_conf *conf = NULL;
	struct sy_conf_section *s;
	struct sy_error e = { 0 };
	const char *name;

	if (sy_conf_parse("fuzz", (const char *)data, len, &conf, &e) !=
	    SY_OK) {
		if (conf != NULL || e.code == SY_OK || e.place[0] == '\0')
			abort();
		return 0;
	}
	for (size_t i = 0; (s = sy_conf_section(conf, "a", i, &name)) != NULL;
	     i++)
		ask(s);
	if (sy_conf_end(conf, &e) != SY_OK && e.place[0] == '\0')
		abort();
	sy_conf_free(&conf);
	return 0;
}
