/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_HELLO_H
#define AGENT_HELLO_H

#include "dialogue.h"

/* The link's probe: say hello to one server and look at the answer. The
 * owner is a struct services. */
void hello_probe(void *owner, int server);

#endif /* AGENT_HELLO_H */
