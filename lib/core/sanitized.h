/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_CORE_SANITIZED_H
#define SY_CORE_SANITIZED_H

/* 1 where AddressSanitizer watches, whose shadow is memory like any other: what
 * holds of the memory of a process does not hold there. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SY_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SY_SANITIZED 1
#endif
#ifndef SY_SANITIZED
#define SY_SANITIZED 0
#endif

#endif /* SY_CORE_SANITIZED_H */
