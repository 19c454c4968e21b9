/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_OFFICE_INT_H
#define AGENT_OFFICE_INT_H

#include "office.h"

/*
 * What the parts of a visit to the card office share: office.c (the server, how
 * it begins and ends), office_typed.c (code and PINs) and office_card.c (the
 * card).
 */

/* --- office.c --- */

/* It ended here; the server is told why. */
void office_end(struct office *office, const struct ending *ending);
/* The same with a sentence of its own. */
void office_end_with(struct office *office, unsigned int kind, enum sy_err code,
    enum sy_result result, enum text_id text);
/* Somebody broke the protocol, or memory ran out. */
void office_end_broken(struct office *office, enum sy_err code);
/* Ask the server for the task; ${code}: as typed, NULL if it needs none. */
void office_begin(struct office *office, const struct sy_secret *code);

/* --- office_typed.c --- */

void office_ask_code(struct office *office);
void office_ask_old(struct office *office);
void office_ask_new(struct office *office);
/* Whether one of these prompts is out. */
bool office_is_asking(const struct office *office);

/* --- office_card.c --- */

/* Ask for the card. */
void office_wait_for_card(struct office *office);
/* Have the card do what stands in ${frame}. */
void office_work(struct office *office, const struct sy_secret *frame);
/* Have it keep its certificate. */
void office_store(struct office *office, const uint8_t *cert, size_t len);
/* Have it change its PIN from the old one to the new. */
void office_change(struct office *office);

#endif /* AGENT_OFFICE_INT_H */
