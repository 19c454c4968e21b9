/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VC_APDU_H
#define VC_APDU_H

#include "bytes.h"

/* Status words, ISO/IEC 7816-4 table 5 and 6. */
enum vc_sw {
	SW_OK = 0x9000,
	SW_MORE = 0x6100, /* low byte: bytes that wait for GET RESPONSE */
	SW_END_OF_FILE = 0x6282,
	SW_TRIES = 0x63c0, /* low nibble: tries left */
	SW_NOT_SAVED = 0x6581,
	SW_WRONG_LENGTH = 0x6700,
	SW_LAST_OF_CHAIN = 0x6883,
	SW_NO_CHAINING = 0x6884,
	SW_FILE_TYPE = 0x6981,
	SW_SECURITY = 0x6982,
	SW_BLOCKED = 0x6983,
	SW_BLOCKED_DATA = 0x6984,
	SW_CONDITIONS = 0x6985,
	SW_NO_FILE = 0x6986,
	SW_WRONG_DATA = 0x6a80,
	SW_NO_FUNCTION = 0x6a81,
	SW_NOT_FOUND = 0x6a82,
	SW_NO_SPACE = 0x6a84,
	SW_WRONG_P1P2 = 0x6a86,
	SW_NO_REFERENCE = 0x6a88,
	SW_WRONG_OFFSET = 0x6b00,
	SW_EXACT_LE = 0x6c00, /* low byte: the right Le */
	SW_WRONG_INS = 0x6d00,
	SW_WRONG_CLA = 0x6e00,
	SW_FAILED = 0x6f00,
};

/* CLA bit of a command that is continued in the next one. */
#define VC_CLA_CHAIN 0x10U

enum vc_proto { VC_T0, VC_T1 };

/* Which way the data of an instruction goes: T=0 cannot see it in the bytes. */
enum vc_way { VC_IN, VC_OUT };

struct vc_apdu {
	uint8_t cla, ins, p1, p2;
	uint8_t p3;          /* T=0 only; 0 if there were four bytes */
	const uint8_t *data; /* view into the command */
	size_t lc;
	size_t ne;     /* bytes wanted at most; 0 = no Le */
	bool le_exact; /* Le was a number, not "all there is" */
	bool extended;
};

/*
 * Read the ${len} bytes of a command as ISO/IEC 7816-3 12.1.3 (T=1) or as a
 * T=0 TPDU: header, P3, and data of exactly P3 bytes or none. ${extended}
 * allows three-byte length fields (T=1). SY_ERR_FORMAT if no case fits: the
 * card then answers 6700.
 */
SY_MUST_USE enum sy_err vc_apdu_parse(enum vc_proto proto, bool extended,
    const uint8_t *p, size_t len, struct vc_apdu *ret);

/*
 * Settle what P3 of a T=0 command means once the instruction is known: Lc for
 * VC_IN, Le for VC_OUT. SY_ERR_FORMAT if data and direction do not match.
 * Leaves commands of T=1 alone.
 */
SY_MUST_USE enum sy_err vc_apdu_direct(enum vc_proto proto, enum vc_way way,
    struct vc_apdu *apdu);

#endif /* VC_APDU_H */
