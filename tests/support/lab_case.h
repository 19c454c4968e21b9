/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAB_CASE_H
#define LAB_CASE_H

#include "tests/support/key_lab.h"

/* The lab of programs whose cases have one usual key each. */
extern struct key_lab lab;

/* For cmocka, before and after each case. */
int lab_set_up(void **state);
int lab_tear_down(void **state);

/* The virtual key itself. */
struct vk_key *vk(void);

#endif /* LAB_CASE_H */
