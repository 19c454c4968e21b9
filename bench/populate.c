/* SPDX-License-Identifier: Apache-2.0 */
/*
 * populate: many people in the database of a server that stands still, faster
 * than they could be registered one by one.
 *
 *   populate ROOT NAME PREFIX COUNT [mixed] [memory=MIB] [keys=DIR|cards=DIR]
 *                                                                 < password
 *
 * PREFIX-0, PREFIX-1, ... become active IDs with the one password that stands
 * on standard input, hashed once (same salt, MIB of memory) and peppered for
 * each. ROOT is the server's ("" for /), NAME its name. With "mixed" every
 * other one is an operator. Each has a FIDO2 key without attestation, or a My
 * Number card, of the P-256 key DIR/PREFIX-0.spki.der, ..., if DIR is given.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sanyoso/password.h>

#include "bench/person.h"
#include "server/keeper/keeper.h"
#include "server/ledger/ledger.h"
#include "server/paths.h"
#include "server/privilege.h"
#include "server/store/tables.h"

#define IN_FLIGHT 512
#define CARD_LIFE (30 * 86400 * INT64_C(1000000))

struct crowd {
	struct ledger *ledger;
	struct keeper *keepers[3]; /* writer, reader, pepper */
	const char *prefix;
	long count, begun, done;
	bool mixed;
	bool cards;       /* else FIDO2 keys */
	const char *keys; /* folder of their public keys, or NULL */
	struct sy_hash_params params;
	uint8_t hash[SY_HASH_OUTPUT_SIZE];
	int wake[2];
};

/* One person on the way; freed when the ledger has it. */
struct newcomer {
	struct crowd *crowd;
	struct id_row id;
	struct password_row password;
	struct token_row token; /* spki_len 0: none */
};

static void __attribute__((format(printf, 1, 2), noreturn))
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	exit(1);
}

static const uint8_t salt[SY_HASH_SALT_SIZE] = "one salt for all";

static void
hash_password(struct crowd *c)
{
	struct sy_secret *typed = NULL, *normal = NULL;
	char line[256];

	if (fgets(line, sizeof(line), stdin) == NULL)
		die("no password");
	line[strcspn(line, "\n")] = '\0';
	if (sy_secret_new(sizeof(line), &typed) != SY_OK ||
	    sy_secret_append(typed, line, strlen(line)) != SY_OK ||
	    sy_password_normal(typed, &normal) != SY_OK ||
	    sy_password_hash(normal, &c->params, salt, c->hash) != SY_OK)
		die("the password can't be hashed");
	sy_secret_free(&typed);
	sy_secret_free(&normal);
}

/* The pepper is bound to the ID, whose row we don't know before it is made:
 * ids are given out in order, so it is asked for inside the transaction. */
static void
pepper(struct newcomer *p)
{
	struct keeper *k = p->crowd->keepers[2];
	const uint8_t *view;
	size_t len;

	keeper_begin(k);
	keeper_add_pepper(k, p->id.id, p->crowd->hash, sizeof(p->crowd->hash));
	if (keeper_run(k) != SY_OK || keeper_next(k, &view, &len) != SY_OK ||
	    len > sizeof(p->password.hash))
		die("pepper");
	memcpy(p->password.hash, view, len);
	p->password.hash_len = (uint16_t)len;
}

static enum sy_err
add_token(struct ledger_tx *tx, struct newcomer *p)
{
	struct credential_row credential = { .owner = p->id.id,
		.attestation = SY_ATTESTATION_NONE,
		.credential_len = PERSON_CREDENTIAL_SIZE,
		.aaguid_len = SY_AAGUID_SIZE };
	struct key_counter_row counter = { .changed = ledger_now(tx) };
	enum sy_err err;

	p->token.owner = p->id.id;
	p->token.enrolled = ledger_now(tx);
	if (p->crowd->cards)
		p->token.not_after = ledger_now(tx) + CARD_LIFE;
	person_credential(p->id.login, credential.credential);
	err = row_insert(tx, &row_type_token, &p->token);
	if (err != SY_OK || p->crowd->cards)
		return err;
	credential.token = p->token.id;
	counter.token = p->token.id;
	if ((err = row_insert(tx, &row_type_credential, &credential)) != SY_OK)
		return err;
	return row_insert(tx, &row_type_key_counter, &counter);
}

static enum sy_err
add(struct ledger_tx *tx, void *ctx)
{
	static const struct sy_audit_record record = {
		.actor = "bench",
		.terminal = "",
		.subject = "",
		.action = "user.add",
		.outcome = SY_OUTCOME_DONE,
		.reason = "",
	};
	struct newcomer *p = ctx;
	uint64_t seq;
	enum sy_err err;

	p->id.created = ledger_now(tx);
	p->password.created = ledger_now(tx);
	if ((err = ledger_audit(tx, &record, &seq)) != SY_OK ||
	    (err = row_insert(tx, &row_type_id, &p->id)) != SY_OK)
		return err;
	p->password.owner = p->id.id;
	pepper(p);
	if ((err = row_insert(tx, &row_type_password, &p->password)) != SY_OK ||
	    p->token.spki_len == 0)
		return err;
	return add_token(tx, p);
}

static void
added(void *ctx, enum sy_err result)
{
	struct newcomer *p = ctx;

	if (result != SY_OK)
		die("%s: %s", p->id.login, sy_err_text(result));
	p->crowd->done++;
	free(p);
}

static void
read_key(const struct crowd *c, struct newcomer *p)
{
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s.spki.der", c->keys,
	    p->id.login);
	if ((f = fopen(path, "r")) == NULL)
		die("%s", path);
	p->token.spki_len =
	    (uint16_t)fread(p->token.spki, 1, sizeof(p->token.spki), f);
	(void)fclose(f);
	p->token.driver = c->cards ? SY_DRIVER_PIV : SY_DRIVER_FIDO2;
	p->token.method = c->cards ? SY_METHOD_CARD_PIN : SY_METHOD_FIDO2;
	p->token.alg = SY_KEY_P256;
	p->token.origin = c->cards ? SY_ORIGIN_ISSUER : SY_ORIGIN_UNPROVEN;
	p->token.state = TOKEN_ACTIVE;
	(void)snprintf(p->token.basis, sizeof(p->token.basis), "load");
}

static void
begin(struct crowd *c)
{
	struct newcomer *p = calloc(1, sizeof(*p));

	if (p == NULL)
		die("out of memory");
	p->crowd = c;
	(void)snprintf(p->id.login, sizeof(p->id.login), "%s-%ld", c->prefix,
	    c->begun);
	(void)snprintf(p->id.name, sizeof(p->id.name), "Person %ld", c->begun);
	p->id.kind =
	    c->mixed && c->begun % 2 == 1 ? SY_KIND_OPERATOR : SY_KIND_STAFF;
	p->id.state = ID_ACTIVE;
	p->password.state = PASSWORD_ACTIVE;
	memcpy(p->password.salt, salt, sizeof(salt));
	p->password.salt_len = sizeof(salt);
	p->password.memory = c->params.memory;
	p->password.passes = c->params.passes;
	if (c->keys != NULL)
		read_key(c, p);
	if (ledger_submit(c->ledger, add, added, p) != SY_OK)
		die("submit");
	c->begun++;
}

static void
wake(void *ctx)
{
	const struct crowd *c = ctx;

	if (write(c->wake[1], "", 1) != 1)
		die("wake");
}

static void
run(struct crowd *c)
{
	char seen[64];

	while (c->done < c->count) {
		while (c->begun < c->count && c->begun - c->done < IN_FLIGHT)
			begin(c);
		if (read(c->wake[0], seen, sizeof(seen)) < 1)
			die("read");
		ledger_dispatch(c->ledger);
	}
}

static void
option(struct crowd *c, const char *word)
{
	if (strcmp(word, "mixed") == 0)
		c->mixed = true;
	else if (strncmp(word, "memory=", 7) == 0)
		c->params.memory = (uint32_t)strtoul(word + 7, NULL, 10) * 1024;
	else if (strncmp(word, "keys=", 5) == 0)
		c->keys = word + 5;
	else if (strncmp(word, "cards=", 6) == 0)
		c->keys = word + 6;
	else
		die("what is %s?", word);
	c->cards = c->cards || strncmp(word, "cards=", 6) == 0;
}

int
main(int argc, char **argv)
{
	static struct crowd c;
	struct sy_error error = { .code = SY_OK };
	struct paths paths;
	struct users users;
	pid_t pid;

	if (argc < 5)
		die("usage: populate ROOT NAME PREFIX COUNT [mixed] "
		    "[memory=MIB] [keys=DIR|cards=DIR] < password");
	c.prefix = argv[3];
	c.count = strtol(argv[4], NULL, 10);
	c.params = (struct sy_hash_params){ SY_HASH_MEMORY, SY_HASH_PASSES };
	for (int i = 5; i < argc; i++)
		option(&c, argv[i]);
	hash_password(&c);
	if (pipe(c.wake) != 0 || paths_init(argv[1], &paths, &error) != SY_OK ||
	    privilege_users(&users, &error) != SY_OK ||
	    keeper_start(paths.keeper, users.keeper_uid, users.keeper_gid, 3,
		c.keepers, &pid, &error) != SY_OK ||
	    privilege_drop(&users) != SY_OK)
		die("%s: %s", error.place, error.text);
	const struct ledger_config config = { .path = paths.database,
		.node = argv[2],
		.writer_keeper = c.keepers[0],
		.reader_keeper = c.keepers[1],
		.wake = wake,
		.wake_ctx = &c };
	if (ledger_open(&config, &c.ledger, &error) != SY_OK)
		die("%s: %s", error.place, error.text);
	run(&c);
	ledger_close(&c.ledger);
	for (size_t i = 0; i < SY_COUNT(c.keepers); i++)
		keeper_close(&c.keepers[i]);
	(void)waitpid(pid, NULL, 0);
	return 0;
}
