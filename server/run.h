/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_RUN_H
#define SERVER_RUN_H

#include "server/paths.h"

/*
 * "sanyosod run": start the keeper, give up root, open the ledger, serve until
 * a signal says stop. The exit status: 0 after an orderly stop, 1 otherwise.
 */
int run_main(const struct paths *paths);

#endif /* SERVER_RUN_H */
