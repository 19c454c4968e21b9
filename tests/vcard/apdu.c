/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "apdu.h"

#define SHORT_ALL    256U
#define EXTENDED_ALL 65536U

static enum sy_err
parse_t0(const uint8_t *p, size_t len, struct vc_apdu *a)
{
	if (len == 4)
		return SY_OK;
	a->p3 = p[4];
	if (len == 5)
		return SY_OK;
	/* Anything behind the P3 data bytes would be an Le: not in T=0. */
	if (a->p3 == 0 || len - 5 != a->p3)
		return SY_ERR_FORMAT;
	a->data = p + 5;
	a->lc = a->p3;
	return SY_OK;
}

static void
set_le(struct vc_apdu *a, size_t le, size_t all)
{
	a->ne = le == 0 ? all : le;
	a->le_exact = le != 0;
}

static enum sy_err
parse_short(const uint8_t *p, size_t len, struct vc_apdu *a)
{
	const size_t b5 = p[4];

	if (len == 5) {
		set_le(a, b5, SHORT_ALL);
		return SY_OK;
	}
	if (b5 == 0 || (len != 5 + b5 && len != 6 + b5))
		return SY_ERR_FORMAT;
	a->data = p + 5;
	a->lc = b5;
	if (len == 6 + b5)
		set_le(a, p[5 + b5], SHORT_ALL);
	return SY_OK;
}

static enum sy_err
parse_extended(const uint8_t *p, size_t len, struct vc_apdu *a)
{
	const size_t n = (size_t)p[5] << 8 | p[6];

	a->extended = true;
	if (len == 7) {
		set_le(a, n, EXTENDED_ALL);
		return SY_OK;
	}
	if (n == 0 || (len != 7 + n && len != 9 + n))
		return SY_ERR_FORMAT;
	a->data = p + 7;
	a->lc = n;
	if (len == 9 + n)
		set_le(a, (size_t)p[7 + n] << 8 | p[8 + n], EXTENDED_ALL);
	return SY_OK;
}

enum sy_err
vc_apdu_parse(enum vc_proto proto, bool extended, const uint8_t *p, size_t len,
    struct vc_apdu *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (len < 4)
		return SY_ERR_FORMAT;
	ret->cla = p[0];
	ret->ins = p[1];
	ret->p1 = p[2];
	ret->p2 = p[3];
	if (proto == VC_T0)
		return parse_t0(p, len, ret);
	if (len == 4)
		return SY_OK;
	if (p[4] == 0 && len >= 7)
		return extended ? parse_extended(p, len, ret) : SY_ERR_FORMAT;
	return parse_short(p, len, ret);
}

enum sy_err
vc_apdu_direct(enum vc_proto proto, enum vc_way way, struct vc_apdu *apdu)
{
	if (proto == VC_T1)
		return SY_OK;
	if (way == VC_OUT) {
		if (apdu->lc > 0)
			return SY_ERR_FORMAT;
		set_le(apdu, apdu->p3, SHORT_ALL);
		return SY_OK;
	}
	/* P3 promises data that never came. */
	return apdu->lc == 0 && apdu->p3 != 0 ? SY_ERR_FORMAT : SY_OK;
}
