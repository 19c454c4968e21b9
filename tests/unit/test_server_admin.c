/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/admin, server/identity/user.c and server/policy.c over a real ledger:
 * operators see what they ask for, leave a record, and can't put a policy in
 * force under which one factor would do (MFA-3).
 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include <sanyoso/safefile.h>

#include "server/job.h"
#include "server/policy.h"
#include "tests/support/office.h"

struct scene {
	struct office office;
	struct desk operators;
	struct sy_user user;
};

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	office_open(&s->office);
	desk_open(&s->office, LISTENER_ADMIN, NULL, &s->operators);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	desk_close(&s->operators);
	office_close(&s->office);
	free(s);
	return 0;
}

static void
finish_jobs(struct scene *s)
{
	while (s->office.server.jobs > 0)
		place_dispatch(&s->office.place);
}

/* --- persons --- */

static unsigned int
add(struct scene *s, const struct sy_user_add *in)
{
	return desk_call(&s->operators, "/v1/admin/user/add",
	    &sy_message_user_add, in, &sy_message_user, &s->user);
}

static void
a_person_is_added_shown_and_listed(void **state)
{
	struct scene *s = *state;
	const struct sy_user_add in = { .login = "suzuki",
		.staff = "1001",
		.name = "鈴木 花子",
		.kind = "contractor",
		.valid_from = 100,
		.valid_to = 4000000000,
		.basis = "申請 1" };
	struct sy_user_ref ref = { .login = "suzuki" };
	struct sy_user_list list;
	struct sy_user_shown shown;
	struct office_record r;
	const char empty = 0;

	assert_int_equal(add(s, &in), 200);
	assert_string_equal(s->user.state, "active");
	assert_true(s->user.created >= time(NULL) - 60);
	assert_int_equal(desk_call(&s->operators, "/v1/admin/user/show",
			     &sy_message_user_ref, &ref, &sy_message_user_shown,
			     &shown),
	    200);
	assert_memory_equal(&shown.user, &s->user, sizeof(s->user));
	assert_string_equal(shown.user.name, "鈴木 花子");
	assert_string_equal(shown.user.kind, "contractor");
	assert_int_equal(shown.user.valid_to, 4000000000);
	sy_message_clear(&sy_message_user_shown, &shown);
	assert_int_equal(desk_call(&s->operators, "/v1/admin/user/list",
			     &sy_message_empty, &empty, &sy_message_user_list,
			     &list),
	    200);
	assert_int_equal(list.users.count, 1);
	sy_message_clear(&sy_message_user_list, &list);
	assert_true(office_last_record(&s->office, "user.add", "name", &r));
	assert_string_equal(r.actor, "root");
	assert_string_equal(r.subject, "suzuki");
	assert_string_equal(r.fact, "鈴木 花子");
}

static void
what_no_person_can_be_is_refused_and_recorded(void **state)
{
#define A .login = "a", .basis = "申請 2"
	static const struct {
		const char *what;
		struct sy_user_add in;
		unsigned int status;
		const char *place;
	} tc[] = {
		{ "a capital",
		    { .login = "Suzuki", .kind = "staff", .basis = "申請 2" },
		    400, "login" },
		/* ID-1 */
		{ "no basis", { .login = "a", .kind = "staff" }, 400, "basis" },
		{ "a basis of spaces",
		    { .login = "a", .kind = "staff", .basis = " \u3000 " }, 400,
		    "basis" },
		{ "an unknown kind", { A, .kind = "boss" }, 400, "kind" },
		{ "a contractor without end", { A, .kind = "contractor" }, 400,
		    "valid_to" },
		{ "a developer without end", { A, .kind = "developer" }, 400,
		    "valid_to" },
		{ "an end before the beginning",
		    { A, .kind = "staff", .valid_from = 200, .valid_to = 200 },
		    400, "valid_to" },
		{ "a shared ID", { A, .kind = "shared" }, 409, "kind" },
		{ "a reading in kanji", { A, .kind = "staff", .kana = "鈴木" },
		    400, "kana" },
		{ "a day that no month has",
		    { A, .kind = "staff", .born = "1985-02-29" }, 400, "born" },
		{ "a login name that is taken",
		    { .login = "suzuki", .kind = "staff", .basis = "申請 2" },
		    409, "login" },
		{ "a staff number that is taken",
		    { A, .staff = "suzuki", .kind = "staff" }, 409, "staff" },
	};
#undef A
	struct scene *s = *state;

	(void)office_person(&s->office, "suzuki", SY_KIND_STAFF);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(add(s, &tc[i].in), tc[i].status);
		assert_string_equal(s->operators.failure.place, tc[i].place);
		assert_int_equal(place_count_records(&s->office.place,
				     "user.add", NULL),
		    i + 1);
	}
}

static void
who_is_not_there_is_not_found(void **state)
{
	struct scene *s = *state;
	struct sy_user_ref ref = { .login = "nobody" };
	struct sy_user_shown shown;

	assert_int_equal(desk_call(&s->operators, "/v1/admin/user/show",
			     &sy_message_user_ref, &ref, &sy_message_user_shown,
			     &shown),
	    404);
	assert_string_equal(s->operators.failure.error, "not-found");
}

/* --- the log --- */

static void
note(struct scene *s, const char *action, const char *subject,
    const char *terminal, const char *key, const char *value)
{
	const struct record record = { .actor = "server",
		.terminal = terminal,
		.subject = subject,
		.action = action,
		.outcome = SY_OUTCOME_DONE,
		.reason = "" };

	job_note(&s->office.server, &record, key, value);
	finish_jobs(s);
}

static size_t
search(struct scene *s, const struct sy_audit_search *in,
    struct sy_audit_item *first)
{
	struct sy_audit_page page;
	size_t count;

	assert_int_equal(desk_call(&s->operators, "/v1/admin/audit/search",
			     &sy_message_audit_search, in,
			     &sy_message_audit_page, &page),
	    200);
	count = page.records.count;
	if (count > 0)
		*first = *(struct sy_audit_item *)page.records.items;
	sy_message_clear(&sy_message_audit_page, &page);
	return count;
}

static void
records_are_found_by_what_they_are_about(void **state)
{
	struct scene *s = *state;
	struct sy_audit_item item;
	const int64_t id = office_person(&s->office, "suzuki", SY_KIND_STAFF);
	char reference[REFERENCE_SIZE];
	struct office_record r;

	record_reference("id", id, reference);
	note(s, "x.one", reference, "counter-1", NULL, NULL);
	note(s, "x.two", "token:7", "counter-1", "owner", reference);
	note(s, "xy.three", "", "counter-2", "token", "token:7");

	assert_int_equal(
	    search(s, &(struct sy_audit_search){ .limit = 9, .action = "x" },
		&item),
	    2);
	assert_string_equal(item.action, "x.two");
	assert_string_equal(item.subject, "token:7");
	assert_string_equal(item.outcome, "done");
	assert_int_equal(search(s,
			     &(struct sy_audit_search){
				 .limit = 9, .action = "x.one" },
			     &item),
	    1);
	assert_int_equal(search(s,
			     &(struct sy_audit_search){
				 .limit = 9, .subject = "suzuki" },
			     &item),
	    2);
	assert_int_equal(search(s,
			     &(struct sy_audit_search){
				 .limit = 9, .subject = "token:7" },
			     &item),
	    2);
	assert_int_equal(search(s,
			     &(struct sy_audit_search){ .limit = 9,
				 .subject = "token:7",
				 .terminal = "counter-2" },
			     &item),
	    1);
	assert_string_equal(item.details, "token=token:7");
	assert_int_equal(search(s, &(struct sy_audit_search){ .limit = 1 },
			     &item),
	    1);
	/* Who searched stands in the log too. */
	assert_string_equal(item.action, "audit.search");
	assert_true(office_last_record(&s->office, "audit.search", "limit",
	    &r));
	assert_string_equal(r.actor, "root");
	assert_string_equal(r.fact, "1");
}

static void
searching_goes_back_to_the_first_record(void **state)
{
	struct scene *s = *state;
	struct sy_audit_item item;

	note(s, "first.of-all", "", "", NULL, NULL);
	for (int i = 0; i < 600; i++)
		note(s, "filler", "", "", NULL, NULL);
	assert_int_equal(search(s,
			     &(struct sy_audit_search){
				 .limit = 5, .action = "first" },
			     &item),
	    1);
	assert_int_equal(search(s,
			     &(struct sy_audit_search){ .limit = 5,
				 .action = "first",
				 .before = item.seq },
			     &item),
	    0);
	assert_int_equal(search(s,
			     &(struct sy_audit_search){
				 .limit = 1000, .action = "filler" },
			     &item),
	    600);
}

static void
details_can_be_read_unambiguously(void **state)
{
	struct scene *s = *state;
	struct sy_audit_item item;

	note(s, "x", "", "", "text", "a \"b\" c=d \\");
	assert_int_equal(
	    search(s, &(struct sy_audit_search){ .limit = 9, .action = "x" },
		&item),
	    1);
	assert_string_equal(item.details, "text=\"a \\\"b\\\" c=d \\\\\"");
}

static void
verify_says_what_is_proven_and_what_is_not(void **state)
{
	struct scene *s = *state;
	struct sy_verify_report report;
	uint8_t key[SY_ED25519_KEY_SIZE];
	const char empty = 0;

	(void)office_person(&s->office, "suzuki", SY_KIND_STAFF);
	assert_int_equal(desk_call(&s->operators, "/v1/admin/audit/verify",
			     &sy_message_empty, &empty,
			     &sy_message_verify_report, &report),
	    200);
	assert_true(report.sound);
	assert_int_equal(report.problems.count, 0);
	assert_int_equal(report.rows, 1);
	assert_int_equal(strlen(report.head_key), 2 * SY_ED25519_KEY_SIZE);
	assert_true(sy_text_unhex(report.head_key, key, sizeof(key)) == SY_OK);
	assert_memory_equal(key, keeper_head_key(s->office.server.keeper),
	    sizeof(key));
	sy_message_clear(&sy_message_verify_report, &report);

	place_sql(&s->office.place, "UPDATE id SET state = 3");
	assert_int_equal(desk_call(&s->operators, "/v1/admin/audit/verify",
			     &sy_message_empty, &empty,
			     &sy_message_verify_report, &report),
	    200);
	assert_false(report.sound);
	assert_string_equal(report.head_key, "");
	assert_true(report.problems.count > 0);
	assert_string_equal(
	    ((struct sy_verify_problem *)report.problems.items)->place, "id:1");
	sy_message_clear(&sy_message_verify_report, &report);
}

/* --- status and policy --- */

static void
status(struct scene *s, struct sy_status *ret)
{
	const char empty = 0;

	assert_int_equal(desk_call(&s->operators, "/v1/admin/status/show",
			     &sy_message_empty, &empty, &sy_message_status,
			     ret),
	    200);
}

static void
status_counts_what_there_is(void **state)
{
	struct scene *s = *state;
	struct sy_status st;

	(void)office_person(&s->office, "suzuki", SY_KIND_STAFF);
	(void)office_person(&s->office, "tanaka", SY_KIND_STAFF);
	status(s, &st);
	assert_string_equal(st.server, OFFICE_SERVER);
	assert_string_equal(st.policy, "test");
	assert_int_equal(st.users, 2);
	assert_int_equal(st.records, 2);
	assert_int_equal(st.tokens, 0);
	assert_true(st.ledger_writable);
	assert_string_equal(st.alarm, "");
}

static void
write_policy(struct scene *s, const char *text)
{
	struct paths *paths = &s->office.server.paths;

	(void)snprintf(paths->policy, sizeof(paths->policy), "%s/policy.conf",
	    s->office.place.dir);
	assert_int_equal(sy_safefile_write(paths->policy, text, strlen(text),
			     0644, NULL),
	    SY_OK);
	policy_reload(&s->office.server);
	finish_jobs(s);
}

static void
a_good_policy_is_recorded_and_then_in_force(void **state)
{
	struct scene *s = *state;
	struct office_record r;
	struct sy_status st;

	write_policy(s,
	    "[policy]\nname = new\n[rule a]\nzone = mynumber\n"
	    "purpose = login\nkind = staff\nrequire = 2\nallow = card-pin\n"
	    "origin = issuer\n");
	status(s, &st);
	assert_string_equal(st.policy, "new");
	assert_true(office_last_record(&s->office, "policy.load", "policy",
	    &r));
	assert_string_equal(r.fact, "new");
}

static void
a_policy_that_would_not_do_is_refused_and_the_old_one_stays(void **state)
{
	static const char *const texts[] = {
		/* one factor */
		"[policy]\nname = bad\n[rule a]\nzone = mynumber\n"
		"purpose = login\nkind = staff\nrequire = 2\nallow = card\n"
		"origin = issuer\n",
		/* a method that this server can't verify */
		"[policy]\nname = bad\n[rule a]\nzone = mynumber\n"
		"purpose = login\nkind = staff\nrequire = 2\n"
		"allow = password+fido2\norigin = issuer attested\n",
		"no policy at all",
	};
	struct scene *s = *state;
	struct office_record r;
	struct sy_status st;

	for (size_t i = 0; i < SY_COUNT(texts); i++) {
		write_policy(s, texts[i]);
		status(s, &st);
		assert_string_equal(st.policy, "test");
		assert_int_equal(strncmp(st.alarm, "policy: ", 8), 0);
		assert_true(office_last_record(&s->office, "policy.refused", "",
		    &r));
		assert_int_equal(r.outcome, SY_OUTCOME_ALARM);
	}
	/* The alarm is over when a good one comes. */
	write_policy(s,
	    "[policy]\nname = new\n[rule a]\nzone = mynumber\n"
	    "purpose = login\nkind = staff\nrequire = 2\nallow = card-pin\n"
	    "origin = issuer\n");
	status(s, &st);
	assert_string_equal(st.policy, "new");
	assert_string_equal(st.alarm, "");
	/* What it can verify depends on server.conf. */
	office_fido2(&s->office);
	write_policy(s, texts[1]);
	status(s, &st);
	assert_string_equal(st.policy, "bad");
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_person_is_added_shown_and_listed),
		CASE(what_no_person_can_be_is_refused_and_recorded),
		CASE(who_is_not_there_is_not_found),
		CASE(records_are_found_by_what_they_are_about),
		CASE(searching_goes_back_to_the_first_record),
		CASE(details_can_be_read_unambiguously),
		CASE(verify_says_what_is_proven_and_what_is_not),
		CASE(status_counts_what_there_is),
		CASE(a_good_policy_is_recorded_and_then_in_force),
		CASE(
		    a_policy_that_would_not_do_is_refused_and_the_old_one_stays),
	};
	const int failed =
	    cmocka_run_group_tests_name("server_admin", tests, NULL, NULL);

	testca_free_keys();
	return failed;
}
