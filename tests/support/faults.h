/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdbool.h>

/*
 * Failing allocations, for torture tests:
 *
 *	do {
 *		faults_arm(++n);
 *		err = call();
 *		if (faults_disarm())
 *			assert_int_equal(err, SY_ERR_NOMEM);
 *	} while (err == SY_ERR_NOMEM);
 *
 * Or to count them: faults_arm(UINT_MAX), call, faults_seen.
 *
 * Programs that use this link with $(FAULTS_WRAP); allocations inside
 * shared libraries are out of reach.
 */

/* Let the ${n}-th allocation from here fail (1 = the next). */
void faults_arm(unsigned int n);
/* Allocations since then, this side of UINT_MAX. */
unsigned int faults_seen(void);
/* Back to normal; true if an allocation did fail since faults_arm. */
bool faults_disarm(void);

#endif /* FAULTS_H */
