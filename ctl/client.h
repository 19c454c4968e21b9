/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include "ctl/ctl.h"

/*
 * One request to the server's local socket. CTL_DONE with ${ret} filled (clear
 * it with sy_message_clear); with --json the reply was printed as it came.
 * Otherwise what went wrong stands on stderr: CTL_NO_CONNECTION, CTL_REFUSED.
 */
enum ctl_exit client_call(const struct ctl_context *ctx, const char *path,
    const struct sy_message *ask, const void *value,
    const struct sy_message *reply, void *ret);

#endif /* CTL_CLIENT_H */
