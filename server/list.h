/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_LIST_H
#define SERVER_LIST_H

#include <sanyoso/message.h>

/*
 * Room for one more zeroed item of ${size} bytes at the end of ${list}; the
 * list belongs to the message that holds it. NOMEM, LIMIT.
 */
SY_MUST_USE enum sy_err list_add(struct sy_list *list, size_t size,
    void **ret_item);

#endif /* SERVER_LIST_H */
