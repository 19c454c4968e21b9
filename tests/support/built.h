/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BUILT_H
#define BUILT_H

/* The absolute path of the program ${name} of the build tree; valid until the
 * next call. */
const char *built(const char *name);

#endif /* BUILT_H */
