/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_OPERATION_INT_H
#define DEVICE_OPERATION_INT_H

#include "lib/possession/device/card.h"
#include "lib/possession/device/link.h"
#include "lib/possession/device/name.h"
#include "lib/possession/device/operation.h"
#include "lib/possession/device/readers.h"

/* What operation.c (cards come and sign) and office.c (cards are changed)
 * share. */

/* A card of 60 ms a command and a long certificate takes half of this. */
#define READ_MS 10000

struct operation {
	const struct device_host *host;
	struct sy_buf *out;
	struct sy_device_start start;
	struct readers *readers;
	struct reader reader; /* the one with our card */
	struct link *link;
	struct card *card;
	uint8_t tries;
	bool refused; /* the card refused the last PIN for good */
	bool told;    /* WAITING was sent, as follows */
	struct sy_device_waiting waiting;
	struct sy_error error; /* where it failed */
};

/* As the host's guard. */
void operation_guard(const struct operation *op, unsigned int ms,
    enum sy_err code);
/* Send op->out if ${err}, that of putting it together, is SY_OK. */
enum sy_err operation_send(struct operation *op, enum sy_err err);
/* PROTOCOL if the agent has said something, CLOSED if it left. */
SY_MUST_USE enum sy_err operation_check_line(const struct operation *op);
/* Wait until the agent has said something, and watch the card meanwhile. */
SY_MUST_USE enum sy_err operation_wait(struct operation *op);
/* What it means that the card answered a PIN with ${err}: one at the reserve is
 * refused for good, as a blocked one. */
enum sy_err operation_weigh_pin(struct operation *op, enum sy_err err);
/* Serve the agent until a PIN was right, or none is taken any more: after a
 * wrong one, and one of another form, it is told so and sends another. */
typedef enum sy_err operation_serve(struct operation *op, void *arg);
SY_MUST_USE enum sy_err operation_serve_pins(struct operation *op,
    operation_serve *serve, void *arg);

/* --- office.c: the conversations of the other tasks, to their end --- */
SY_MUST_USE enum sy_err office_personalise(struct operation *op);
SY_MUST_USE enum sy_err office_unblock(struct operation *op);
SY_MUST_USE enum sy_err office_change(struct operation *op);

#endif /* DEVICE_OPERATION_INT_H */
