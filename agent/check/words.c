/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/check/words.h"

const char *
words_of_error(enum sy_err err)
{
	static const struct {
		enum sy_err err;
		const char *words;
	} all[] = {
		{ SY_ERR_NET, N_("no connection") },
		{ SY_ERR_TIMEOUT, N_("no answer in time") },
		{ SY_ERR_TLS, N_("no trusted connection") },
		{ SY_ERR_CLOSED, N_("the connection was closed") },
		{ SY_ERR_HTTP, N_("not an answer of sanyosod") },
		{ SY_ERR_PERM, N_("no permission") },
		{ SY_ERR_NOT_FOUND, N_("there is none") },
		{ SY_ERR_IO, N_("the system refuses it") },
		{ SY_ERR_LIMIT, N_("too large") },
		{ SY_ERR_NOMEM, N_("out of memory") },
		{ SY_ERR_PCSC, N_("pcscd does not answer") },
		{ SY_ERR_READER, N_("no reader") },
	};

	for (size_t i = 0; i < SY_COUNT(all); i++)
		if (all[i].err == err)
			return _(all[i].words);
	return sy_err_text(err);
}
