/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/dates.h"

enum sy_err
dates_check(struct job *job, int64_t from, int64_t to, enum sy_kind kind)
{
	if (to != 0 && to <= from)
		return job_refuse(job, SY_ERR_FORMAT, "valid_to",
		    "the end is not after the beginning");
	if (to == 0 &&
	    (kind == SY_KIND_CONTRACTOR || kind == SY_KIND_DEVELOPER))
		return job_refuse(job, SY_ERR_FORMAT, "valid_to",
		    "an ID of this kind must have an end");
	return SY_OK;
}
