/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VC_WORDS_H
#define VC_WORDS_H

#include "bytes.h"

/* Lines of words, as in the kept state of a card and on the control socket. */

#define VC_WORDS_MAX 16

struct vc_line {
	char *word[VC_WORDS_MAX];
	size_t n;
};

/* Cut ${text} at its blanks, up to the end of the line. */
void vc_line_split(char *text, struct vc_line *ret);
/* The word as a number of 0 to ${max}, and no sign. FORMAT. */
SY_MUST_USE enum sy_err vc_number(const char *word, int base, unsigned long max,
    unsigned long *ret);
/* ${n} numbers, each at most ${max}, from word 1 on. FORMAT. */
SY_MUST_USE enum sy_err vc_line_numbers(const struct vc_line *l, size_t n,
    int base, unsigned long max, unsigned long *ret);
/* A word in hexadecimal; "-" stands for no bytes. FORMAT. */
SY_MUST_USE enum sy_err vc_line_bytes(const struct vc_line *l, size_t word,
    uint8_t *out, size_t cap, size_t *ret_len);
/* Cut the next word off ${rest}; NULL at the end. */
char *vc_next_word(char **rest);

#endif /* VC_WORDS_H */
