/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VC_WIRE_H
#define VC_WIRE_H

#include <stdio.h>

#include "bytes.h"

/*
 * The control socket of a test device in its folder (the current directory),
 * both ends: one line in, lines of text out, the last one "ok" or "error: ...".
 */
#define VC_CONTROL_SOCKET "control"
#define VC_LINE_MAX       512U
#define VC_ANSWER_MAX     2048U

struct vc_answer {
	char text[VC_ANSWER_MAX];
	size_t len;
};

void vc_say(struct vc_answer *a, const char *format, ...) SY_PRINTF(2, 3);

/* Make the socket, in place of one that is left. IO. */
SY_MUST_USE enum sy_err vc_wire_open(int *ret_fd);
/* SIGTERM and SIGINT as a descriptor. IO. */
SY_MUST_USE enum sy_err vc_wire_signals(int *ret_fd);
/* Serve one waiting client: cut its line in two at the first blank. */
void vc_wire_serve(int fd,
    void (*run)(void *ctx, const char *word, const char *rest,
	struct vc_answer *a),
    void *ctx);
/*
 * As a client: send ${line}, get the answer. Waits for a device that is just
 * starting. IO, LIMIT.
 */
SY_MUST_USE enum sy_err vc_wire_ask(const char *line, char *text, size_t cap);
/* The same, printed; STATE if the answer is an error. */
SY_MUST_USE enum sy_err vc_wire_call(const char *line, FILE *out);
/* Ask "status" until the answer holds ${text}. TIMEOUT after five seconds. */
SY_MUST_USE enum sy_err vc_wire_wait(const char *text);

/* Milliseconds of a clock that only goes forward. */
long long vc_now_ms(void);

#endif /* VC_WIRE_H */
