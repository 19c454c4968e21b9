/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pam_time: how long a PAM login takes once the person has answered.
 *
 *   pam_time CONFDIR SERVICE USER PIN COUNT
 *
 * PIN "refused": every login must be refused; only the time is of interest.
 *
 * Each turn is pam_start, pam_authenticate, pam_acct_mgmt, pam_end. "fixed" is
 * what PAM itself takes (start and end: reading files, loading the module);
 * "answered" runs from the moment the conversation hands over the PIN to the
 * return of pam_acct_mgmt; "whole" is their sum. Prints one JSON object, in
 * microseconds. A PIN in argv is fine here: the card is a program.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <security/pam_appl.h>

#include "bench/tls.h"

#define COUNT_MAX 10000

struct turn {
	const char *pin;
	double answered;
};

static int
converse(int n, const struct pam_message **msg, struct pam_response **ret,
    void *data)
{
	struct turn *t = data;
	struct pam_response *r = calloc((size_t)n, sizeof(*r));

	for (int i = 0; i < n; i++)
		if (msg[i]->msg_style == PAM_PROMPT_ECHO_OFF) {
			r[i].resp = strdup(t->pin);
			t->answered = bench_now();
		}
	*ret = r;
	return PAM_SUCCESS;
}

/* Instead of the pause after a refusal, which is meant to be long. */
static void
no_delay(int status, unsigned int usec, void *data)
{
	(void)status;
	(void)usec;
	(void)data;
}

int
main(int argc, char **argv)
{
	static double fixed[COUNT_MAX], answered[COUNT_MAX], whole[COUNT_MAX],
	    authenticate[COUNT_MAX];
	size_t count, failed = 0;
	bool refused;

	if (argc != 6)
		bench_die("usage: pam_time CONFDIR SERVICE USER PIN COUNT");
	refused = strcmp(argv[4], "refused") == 0;
	count = strtoul(argv[5], NULL, 10);
	if (count == 0 || count > COUNT_MAX)
		bench_die("1 to %d", COUNT_MAX);
	for (size_t i = 0; i < count; i++) {
		struct turn turn = { .pin = argv[4] };
		const struct pam_conv conv = { converse, &turn };
		pam_handle_t *pamh = NULL;
		double begun = bench_now(), started, ended;
		int status;

		if (pam_start_confdir(argv[2], argv[3], &conv, argv[1],
			&pamh) != PAM_SUCCESS)
			bench_die("pam_start");
		if (pam_set_item(pamh, PAM_FAIL_DELAY,
			(const void *)(uintptr_t)no_delay) != PAM_SUCCESS)
			bench_die("pam_set_item");
		started = bench_now();
		if ((status = pam_authenticate(pamh, 0)) == PAM_SUCCESS)
			status = pam_acct_mgmt(pamh, 0);
		ended = bench_now();
		pam_end(pamh, status);
		authenticate[i] = ended - started;
		fixed[i] = started - begun + bench_now() - ended;
		answered[i] = ended - turn.answered;
		whole[i] = fixed[i] + answered[i];
		failed += (status != PAM_SUCCESS) != refused;
	}
	if (failed > 0)
		bench_die("%zu of %zu logins did not end as expected", failed,
		    count);
	printf("{\"count\":%zu,\"authenticate_p50\":%.0f,\"fixed_p50\":%.0f,"
	       "\"answered_p50\":%.0f,"
	       "\"answered_p99\":%.0f,\"whole_p50\":%.0f,\"whole_p99\":%.0f}\n",
	    count, bench_quantile(authenticate, count, 0.5),
	    bench_quantile(fixed, count, 0.5),
	    bench_quantile(answered, count, 0.5),
	    bench_quantile(answered, count, 0.99),
	    bench_quantile(whole, count, 0.5),
	    bench_quantile(whole, count, 0.99));
	return 0;
}
