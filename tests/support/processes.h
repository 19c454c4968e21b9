/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROCESSES_H
#define PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What /proc says of processes. What can't be read ends the test. */

/* Our children, up to ${max}; their number. */
size_t process_children(pid_t *ret, size_t max);
/* The number behind ${key} in its status, in ${base}. */
unsigned long long process_status(pid_t pid, const char *key, int base);
/* The file ${name} of it, whole; its length. */
size_t process_file(pid_t pid, const char *name, char *ret, size_t size);
/* Wait for its status to be ${state} ('S', 'T', ...). */
void process_wait_state(pid_t pid, char state);

#endif /* PROCESSES_H */
