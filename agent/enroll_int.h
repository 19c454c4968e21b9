/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_ENROLL_INT_H
#define AGENT_ENROLL_INT_H

#include "enroll.h"

/*
 * What the parts of an enrolment share: enroll.c (the code, cards, how it ends)
 * and enroll_key.c (FIDO2 keys).
 */

/* --- enroll.c --- */

/* It ended here; the server is told why. */
void enroll_end(struct enroll *enroll, const struct ending *ending);
/* The same with a sentence of its own. */
void enroll_end_with(struct enroll *enroll, unsigned int kind, enum sy_err code,
    enum sy_result result, enum text_id text);
/* Somebody broke the protocol, or memory ran out. */
void enroll_end_broken(struct enroll *enroll, enum sy_err code);
/* It is done: ${text} with ${values}. */
void enroll_finish_done(struct enroll *enroll,
    const struct sy_enroll_step *step, enum text_id text,
    const struct text_values *values);

/* --- enroll_key.c --- */

/* "make": which key, what for. */
void enroll_on_make(struct enroll *enroll, const struct sy_enroll_step *step);
/* "assert": the credential was taken, it is to sign. */
void enroll_on_assert(struct enroll *enroll, const struct sy_enroll_step *step);
/* "done" behind an assertion. */
void enroll_on_key_done(struct enroll *enroll,
    const struct sy_enroll_step *step);
/* Whether events of the device are the key's. */
bool enroll_key_is_on(const struct enroll *enroll);
void enroll_key_on_answer(struct enroll *enroll, uint32_t number,
    struct sy_secret **answer);
void enroll_key_on_timer(struct enroll *enroll);
/* Let the key go; nothing typed is kept. */
void enroll_key_stop(struct enroll *enroll);

#endif /* AGENT_ENROLL_INT_H */
