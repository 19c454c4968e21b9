/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PAM_TEXTS_H
#define PAM_TEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* LightDM sends no message to its greeter that is longer than 1024 bytes with
 * user name and lengths, and breaks down over one. */
#define SY_PAM_PAGE 900
/* The greeter breaks no lines. A character that is not ASCII takes two. */
#define SY_PAM_COLUMNS 72
/* As much as is said between two prompts. */
#define SY_PAM_TEXTS_ROOM 8192
/* What stood alone for so long, in ms, has been read. */
#define SY_PAM_TEXTS_READ 1000

/*
 * What was said to the person since the last answer, for hosts that show the
 * latest message only. Zeroed, it is empty.
 */
struct sy_pam_texts {
	char text[SY_PAM_TEXTS_ROOM]; /* lines */
	size_t len;
	unsigned int count;
	struct timespec until; /* then the last one has been read */
};

/*
 * Add ${text}, in lines that fit a screen. What was there is forgotten if it
 * has been read, or if there is no room for both. Returns what was added, as it
 * stands there.
 */
const char *sy_pam_texts_add(struct sy_pam_texts *texts, const char *text);
void sy_pam_texts_clear(struct sy_pam_texts *texts);

/* Is all that is there one message that fits a page: so it stands there. */
bool sy_pam_texts_stand(const struct sy_pam_texts *texts);

/*
 * Copy the page that begins at ${*from} and move ${*from} behind it; false if
 * there is nothing more. Pages end between lines or words if they can, and
 * between characters always.
 */
bool sy_pam_texts_page(const char *text, size_t *from,
    char ret_page[SY_PAM_PAGE + 1]);

#endif /* PAM_TEXTS_H */
