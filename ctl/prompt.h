/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CTL_PROMPT_H
#define CTL_PROMPT_H

#include <stdbool.h>

#include <sanyoso/secret.h>

/*
 * Ask the person at the controlling terminal, without echo unless ${echo};
 * where there is no terminal, read a line from standard input. The line goes
 * into ${ret} without its end. False if there is no answer.
 */
bool prompt_read(const char *text, bool echo, struct sy_secret *ret);

#endif /* CTL_PROMPT_H */
