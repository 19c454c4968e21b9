/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: check_policy
 *
 * Milliseconds to load the largest policy there can be: 64 rules, each with 16
 * combinations of four methods of the most origins and grades.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sanyoso/policy.h>

#define RULES        64
#define COMBINATIONS 16

/* Those with the most origins and grades first. */
static const char *const devices[] = { "fido2-bio", "card", "card-pin",
	"card-mac", "card-id", "fido2", "fido2-uv" };
#define DEVICES 7

/* The ${n}-th set of ${size} devices in that order, joined by "+". */
static void
print_devices(FILE *out, int size, int n)
{
	for (unsigned int set = 0; set < 1u << DEVICES; set++) {
		bool first = true;

		if (__builtin_popcount(set) != size || n-- != 0)
			continue;
		for (int d = 0; d < DEVICES; d++) {
			if ((set & 1u << d) == 0)
				continue;
			(void)fprintf(out, "%s%s", first ? "" : "+",
			    devices[d]);
			first = false;
		}
	}
}

/* Each rule governs one place; where two categories are needed, a password is
 * in each combination. */
static void
print_rule(FILE *out, int rule)
{
	const enum sy_zone zone = (enum sy_zone)(SY_ZONE_INTERNET - rule / 30);
	const enum sy_purpose purpose = (enum sy_purpose)(1 + rule % 30 / 6);
	const bool one =
	    zone != SY_ZONE_MYNUMBER && purpose <= SY_PURPOSE_UNLOCK;

	(void)fprintf(out,
	    "[rule r%d]\nzone = %s\npurpose = %s\nkind = %s\nrequire = %d\n"
	    "origin = unproven issuer personalised attested\n"
	    "grade = none signed managed terminal\nallow = ",
	    rule, sy_zone_name(zone), sy_purpose_name(purpose),
	    sy_kind_name((enum sy_kind)(1 + rule % 6)), one ? 1 : 2);
	for (int c = 0; c < COMBINATIONS; c++) {
		(void)fprintf(out, "%s%s", c > 0 ? "," : "",
		    one ? "" : "password+");
		print_devices(out, one ? 4 : 3, c);
	}
	(void)fprintf(out, "\n");
}

int
main(void)
{
	struct timespec before, after;
	struct sy_policy *policy = NULL;
	struct sy_error e = { 0 };
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return 1;
	(void)fprintf(out,
	    "[policy]\nname = largest\nidentifier_cards = accept\n");
	for (int rule = 0; rule < RULES; rule++)
		print_rule(out, rule);
	if (fclose(out) != 0)
		return 1;
	(void)clock_gettime(CLOCK_MONOTONIC, &before);
	if (sy_policy_parse("largest", text, len, &policy, &e) != SY_OK) {
		(void)fprintf(stderr, "%s: %s\n", e.place, e.text);
		return 1;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &after);
	(void)printf("%.3f\n",
	    (double)(after.tv_sec - before.tv_sec) * 1e3 +
		(double)(after.tv_nsec - before.tv_nsec) / 1e6);
	sy_policy_free(&policy);
	free(text);
	return 0;
}
