/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/lab_case.h"

struct key_lab lab;

int
lab_set_up(void **state)
{
	(void)state;
	lab_begin(&lab);
	(void)lab_add_usual(&lab);
	return 0;
}

int
lab_tear_down(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

struct vk_key *
vk(void)
{
	return lab.key[0].key;
}
