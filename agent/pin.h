/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_PIN_H
#define AGENT_PIN_H

#include <stdbool.h>

#include "text.h"

/* The card does not tell how many tries are left. */
#define PIN_TRIES_UNKNOWN 255

/* Whether ${pin} is one that a card of ${driver} can have: JPKI four
 * digits, PIV 6 to 8 (SP 800-73-5 part 2, 2.4.3). The worker looks again. */
bool pin_is_wellformed(enum sy_driver driver, const struct sy_secret *pin);

/* The information before the prompt, and the prompt; each says all by
 * itself. */
void pin_texts(enum sy_lang lang, enum sy_driver driver, unsigned int tries,
    char info[SY_DIALOG_TEXT_SIZE], char prompt[SY_DIALOG_TEXT_SIZE]);

#endif /* AGENT_PIN_H */
