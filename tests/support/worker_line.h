/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_LINE_H
#define WORKER_LINE_H

#include <getopt.h>
#include <sys/types.h>

#include <sanyoso/frame.h>
#include <sanyoso/secret.h>

/*
 * The agent's end of one worker, for programs that play the agent's part: the
 * worker is started through the launcher, what it reports is handed over frame
 * by frame. Whatever the program does wrong itself ends it (STATUS_USAGE).
 */

/* What such a program ends with; from GO_ON on, what it goes on with. */
enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,
	STATUS_SILENT = 2,
	STATUS_WRONG = 3,
	STATUS_USAGE = 4,
	STATUS_HUNG_UP = 5,
	STATUS_STAYED = 6,
	STATUS_GO_ON = 100,
	STATUS_NEXT = 101,
};

/*
 * Options of every such program, for getopt_long; theirs have letters:
 *
 *   --on WORD COMMAND  run COMMAND when WORD is reported for the first time
 *   --hang-up WORD     close the line when WORD is reported
 *   --user UID:GID     of the worker, when we are root (default 65534:65534)
 */
#define LINE_ON      256
#define LINE_HANG_UP 257
#define LINE_USER    258
#define LINE_OPTIONS                                                           \
	{ "on", required_argument, NULL, LINE_ON },                            \
	    { "hang-up", required_argument, NULL, LINE_HANG_UP },              \
	    { "user", required_argument, NULL, LINE_USER },                    \
	{                                                                      \
		NULL, 0, NULL, 0                                               \
	}

/* Say ${what} on stderr and exit. */
_Noreturn void die(const char *what);
/* Take the option ${c} in; dies of one that is not of LINE_OPTIONS. */
void line_option(int c, char **argv);

/* Start ${worker} and send it START, as ${err} came of putting it. */
void line_start(const char *worker, enum sy_err err,
    const struct sy_buf *start);
/* Send it something; that it is gone shows in what it said before. */
void line_send(const void *data, size_t len);
/* Send what ${err} came of, and free it. */
void line_send_secret(enum sy_err err, struct sy_secret **frame);

/* Do what was asked for at this word: GO_ON, HUNG_UP or STAYED. */
enum status line_word(const char *word);
/* A worker's FAILED, printed. */
enum status line_failed(const struct sy_frame *frame);

/*
 * Give each frame to ${serve} until it has come to an end, which is returned.
 * After NEXT ${ask}, if there is one, says what follows.
 */
enum status line_converse(enum status (*serve)(const struct sy_frame *frame),
    enum status (*ask)(void));
/* Close the line and end the launcher. */
void line_end(void);

#endif /* WORKER_LINE_H */
