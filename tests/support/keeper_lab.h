/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KEEPER_LAB_H
#define KEEPER_LAB_H

#include <stdbool.h>
#include <sys/types.h>

#include "server/keeper/keeper.h"
#include "server/log_end.h"

/*
 * A keeper in a folder of its own, and a log to show it, as the ledger would
 * have it. Anything that fails unexpectedly ends the test.
 */
#define LAB_RECORDS 64
struct keeper_lab {
	char dir[64];
	struct keeper *k;
	pid_t pid;
	bool ours; /* started from here on it has our user's rights */
	/* The log: all leaves, and where it ends. */
	uint8_t leaf[LAB_RECORDS][SY_DIGEST_SIZE];
	struct log_end end;
};

struct lab_head {
	uint8_t head[SY_HEAD_SIZE];
	uint8_t signature[SY_ED25519_SIG_SIZE];
};

void keeper_lab_make(struct keeper_lab *lab);
void keeper_lab_remove(struct keeper_lab *lab);
void keeper_lab_start(struct keeper_lab *lab);
/* What keeper_start says. */
enum sy_err keeper_lab_try(struct keeper_lab *lab, struct sy_error *reterr);
void keeper_lab_stop(struct keeper_lab *lab);
/* The path of its log.state; valid until the next call. */
const char *keeper_lab_state(const struct keeper_lab *lab);

/* Run the batch that was begun; the result of its one operation. */
enum sy_err keeper_lab_run(struct keeper_lab *lab, const uint8_t **ret,
    size_t *ret_len);

/* Append a leaf that is made of ${seed}. */
void keeper_lab_add(struct keeper_lab *lab, uint8_t seed);
/* The head of the log as it ends now. */
void keeper_lab_head(const struct keeper_lab *lab, struct lab_head *ret);
/* Have the keeper sign it, from record ${base} on. */
enum sy_err keeper_lab_sign(struct keeper_lab *lab, uint64_t base,
    struct lab_head *ret);
enum sy_err keeper_lab_confirm(struct keeper_lab *lab, uint64_t size);
uint64_t keeper_lab_history(struct keeper_lab *lab, bool *ret_fresh);
/* Show it the leaves from ${from} to ${to}, and ${head} as the newest. */
enum sy_err keeper_lab_resume(struct keeper_lab *lab, uint64_t from,
    uint64_t to, const struct lab_head *head);
/* The same of a keeper that saw no log, of which ${tree} is all it is shown. */
enum sy_err keeper_lab_adopt(struct keeper_lab *lab, const struct sy_tree *tree,
    const struct lab_head *head);

#endif /* KEEPER_LAB_H */
