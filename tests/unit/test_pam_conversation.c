/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include <sanyoso/api.h>

#include "pam/conversation.h"
#include "tests/support/fake_agent.h"
#include "tests/support/pam_place.h"

#define SAYS "\xe3\x82\xab\xe3\x83\xbc\xe3\x83\x89"

static struct sy_pam_conversation
begin(struct pam_host *host)
{
	pam_place_start_bare(host);
	return (struct sy_pam_conversation){ .pamh = host->pamh };
}

static void
each_message_is_a_call_of_its_own(void **state)
{
	static const char *const answers[] = { "1234", "", NULL };
	struct pam_host host = { .answers = answers };
	struct sy_pam_conversation c = begin(&host);
	char *answer;

	(void)state;
	sy_pam_tell(&c, false, SAYS);
	sy_pam_tell(&c, true, "wrong");
	answer = sy_pam_ask(&c, false, "PIN: ");
	assert_string_equal(answer, "1234");
	sy_pam_forget(&answer);
	assert_null(answer);
	answer = sy_pam_ask(&c, true, "name: ");
	assert_string_equal(answer, ""); /* given, though empty */
	sy_pam_forget(&answer);
	sy_pam_forget(&answer);
	sy_pam_forget(NULL);
	assert_string_equal(host.log,
	    "I:" SAYS "\nE:wrong\nP:PIN: \nO:name: \n");
	assert_false(c.failed);
	assert_false(host.clumsy);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
}

static void
silence_hides_messages_but_not_prompts(void **state)
{
	static const char *const answers[] = { "1234", NULL };
	struct pam_host host = { .answers = answers };
	struct sy_pam_conversation c = begin(&host);
	char *answer;

	(void)state;
	c.silent = true;
	sy_pam_tell(&c, false, SAYS);
	sy_pam_tell(&c, true, "wrong");
	answer = sy_pam_ask(&c, false, "PIN: ");
	assert_non_null(answer);
	sy_pam_forget(&answer);
	assert_string_equal(host.log, "P:PIN: \n");
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
}

static void
a_conversation_that_failed_is_not_tried_again(void **state)
{
	static const struct {
		const char *what;
		struct pam_host host;
	} tc[] = {
		{ "fails", { .fail_at = 1 } },
		{ "fails with an answer",
		    { .fail_at = 1, .fail_with_response = true } },
		{ "gives no response", { .empty_handed = true } },
		{ "gives a response without text", { .null_answer = true } },
	};
	static const char *const answers[] = { "1234", "5678", NULL };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct pam_host host = tc[i].host;
		struct sy_pam_conversation c;

		print_message("  %s\n", tc[i].what);
		host.answers = answers;
		c = begin(&host);
		assert_null(sy_pam_ask(&c, false, "PIN: "));
		assert_true(c.failed);
		assert_null(sy_pam_ask(&c, false, "again: "));
		sy_pam_tell(&c, false, "anybody?");
		assert_string_equal(host.log, "P:PIN: \n");
		assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
	}
}

/* systemd and cron have nobody to show anything to. */
static void
where_nobody_need_hear_a_message_its_failure_is_none(void **state)
{
	static const char *const answers[] = { "1234", NULL };
	struct pam_host host = { .answers = answers, .fail_at = 1 };
	struct sy_pam_conversation c = begin(&host);
	char *answer;

	(void)state;
	c.optional = true;
	sy_pam_tell(&c, false, "anybody?");
	assert_false(c.failed);
	sy_pam_tell(&c, false, "nobody");
	answer = sy_pam_ask(&c, false, "PIN: ");
	assert_non_null(answer);
	sy_pam_forget(&answer);
	assert_string_equal(host.log, "I:anybody?\nP:PIN: \n");
	/* A prompt that fails is a failure all the same. */
	assert_null(sy_pam_ask(&c, false, "PIN: "));
	assert_true(c.failed);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
}

static void
messages_may_bring_back_nothing_or_too_much(void **state)
{
	struct pam_host host = { .empty_handed = true };
	struct pam_host chatty = { .answer_infos = true };
	struct sy_pam_conversation c = begin(&host);

	(void)state;
	sy_pam_tell(&c, false, "a");
	assert_false(c.failed);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
	c = begin(&chatty); /* the leak checker sees what is not freed */
	sy_pam_tell(&c, false, "a");
	assert_false(c.failed);
	assert_int_equal(pam_host_end(&chatty), PAM_SUCCESS);
}

static void
a_host_without_a_conversation_has_failed(void **state)
{
	struct pam_host host = { .calls = 0 };
	struct sy_pam_conversation c = begin(&host);
	const struct pam_conv none = { .conv = NULL };

	(void)state;
	assert_int_equal(pam_set_item(host.pamh, PAM_CONV, &none), PAM_SUCCESS);
	assert_null(sy_pam_ask(&c, false, "PIN: "));
	assert_true(c.failed);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
}

/* LightDM's greeter: what comes last must wait for the person, and a message
 * that is too long for it comes in pages. */
static void
where_texts_are_told_together_the_last_ones_wait_for_enter(void **state)
{
	static const char *const answers[] = { "", "", "", NULL };
	struct pam_host host = { .answers = answers };
	struct sy_pam_conversation c = begin(&host);
	const size_t lines = SY_PAM_PAGE / SY_PAM_COLUMNS;
	char text[SY_PAM_PAGE + 3];
	char *answer;

	(void)state;
	sy_pam_tell(&c, false, "alone");
	sy_pam_settle(&c);
	assert_string_equal(host.log, "I:alone\n");

	c.together = true;
	sy_pam_settle(&c);
	sy_pam_tell(&c, false, "b");
	sy_pam_settle(&c);
	sy_pam_tell(&c, false, "c");
	sy_pam_tell(&c, true, "d");
	sy_pam_settle(&c);
	sy_pam_settle(&c);
	assert_string_equal(host.log,
	    "I:alone\nI:b\nP:b [Enter] \nI:c\nE:d\nI:c\nd\n"
	    "P:c\nd [Enter] \n");
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);

	for (size_t i = 0; i < SY_PAM_PAGE; i++)
		text[i] = (i + 1) % SY_PAM_COLUMNS == 0 ? '\n' : 'a';
	strcpy(text + SY_PAM_PAGE, " b");
	memset(&host, 0, sizeof(host));
	host.answers = answers;
	c = begin(&host);
	c.together = true;
	sy_pam_tell(&c, false, text);
	answer = sy_pam_ask(&c, false, "PIN: ");
	assert_non_null(answer);
	sy_pam_forget(&answer);
	/* Three times the lines that fit, once what is left. */
	assert_int_equal(strlen(host.log),
	    3 * (lines * SY_PAM_COLUMNS - 1) +
		(SY_PAM_PAGE - lines * SY_PAM_COLUMNS) + strlen(" b") +
		strlen("I:\nI:\nP: [Enter] \nI:\nP:PIN: \n"));
	assert_non_null(strstr(host.log, " b\nP:PIN: \n"));
	assert_false(c.failed);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
}

static void
a_last_text_that_nobody_can_read_fails_the_conversation(void **state)
{
	struct pam_host host = { .fail_at = 2 };
	struct sy_pam_conversation c = begin(&host);

	(void)state;
	c.together = true;
	sy_pam_tell(&c, false, "notice");
	sy_pam_settle(&c);
	assert_true(c.failed);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);

	/* Where nobody need hear it, nobody is waited for. */
	memset(&host, 0, sizeof(host));
	c = begin(&host);
	c.together = true;
	c.optional = true;
	sy_pam_tell(&c, false, "notice");
	sy_pam_settle(&c);
	assert_false(c.failed);
	assert_string_equal(host.log, "I:notice\n");
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_message_is_a_call_of_its_own),
		cmocka_unit_test(silence_hides_messages_but_not_prompts),
		cmocka_unit_test(a_conversation_that_failed_is_not_tried_again),
		cmocka_unit_test(
		    where_nobody_need_hear_a_message_its_failure_is_none),
		cmocka_unit_test(messages_may_bring_back_nothing_or_too_much),
		cmocka_unit_test(a_host_without_a_conversation_has_failed),
		cmocka_unit_test(
		    where_texts_are_told_together_the_last_ones_wait_for_enter),
		cmocka_unit_test(
		    a_last_text_that_nobody_can_read_fails_the_conversation),
	};

	return cmocka_run_group_tests_name("pam_conversation", tests,
	    pam_place_setup, pam_place_teardown);
}
