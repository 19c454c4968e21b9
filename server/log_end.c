/* SPDX-License-Identifier: Apache-2.0 */
#include "server/log_end.h"

#include <string.h>

enum sy_err
log_end_add(struct log_end *end, const uint8_t leaf[SY_DIGEST_SIZE])
{
	uint8_t chain[SY_DIGEST_SIZE];
	enum sy_err err;

	if ((err = sy_audit_chain(end->chain, leaf, chain)) != SY_OK ||
	    (err = sy_tree_add(&end->tree, leaf)) != SY_OK)
		return err;
	memcpy(end->chain, chain, SY_DIGEST_SIZE);
	return SY_OK;
}

enum sy_err
log_end_head(const struct log_end *end, struct sy_head *ret)
{
	*ret = (struct sy_head){ .size = end->tree.size, .time = end->time };
	memcpy(ret->chain, end->chain, SY_DIGEST_SIZE);
	return sy_tree_root(&end->tree, ret->root);
}
