/* SPDX-License-Identifier: Apache-2.0 */
#include "server/ledger/ledger_int.h"

void
queue_init(struct request_queue *queue)
{
	queue->first = NULL;
	queue->last = &queue->first;
	queue->count = 0;
}

void
queue_push(struct request_queue *queue, struct request *request)
{
	request->next = NULL;
	*queue->last = request;
	queue->last = &request->next;
	queue->count++;
}

struct request *
queue_pop(struct request_queue *queue)
{
	struct request *request = queue->first;

	if (request == NULL)
		return NULL;
	queue->first = request->next;
	if (queue->first == NULL)
		queue->last = &queue->first;
	queue->count--;
	request->next = NULL;
	return request;
}

void
queue_move(struct request_queue *to, struct request_queue *from)
{
	if (from->first == NULL)
		return;
	*to->last = from->first;
	to->last = from->last;
	to->count += from->count;
	queue_init(from);
}
