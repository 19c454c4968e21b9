/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_OFFICE_SECRET_H
#define SERVER_IDENTITY_OFFICE_SECRET_H

#include "server/identity/enrolments.h"
#include "server/job.h"
#include "server/store/tables.h"

/*
 * Management key and PUK of cards that are personalised here: made and kept
 * before a card gets them. A card that did not report back has the present ones
 * or the former; until it does report, no others are made. Ledger thread, but
 * for the functions that say otherwise.
 */

/* The secrets of the card with ${guid}, or of ${token}. NOT_FOUND. Any thread's
 * view. Wipe the row. */
SY_MUST_USE enum sy_err office_secret_of_card(struct row_view *view,
    const uint8_t guid[SY_DEVICE_GUID_SIZE], struct card_secret_row *ret);
SY_MUST_USE enum sy_err office_secret_of_token(struct row_view *view,
    int64_t token, struct card_secret_row *ret);

/*
 * After the job's record: what the card is to become. ${row} is the one it has,
 * or zero (but for its owner) for a card that we do not know: then it gets a
 * GUID too. ${whole}: with a new management key, not only a new PUK.
 */
SY_MUST_USE enum sy_err office_secret_renew(struct ledger_tx *tx,
    struct card_secret_row *row, bool whole);

/* After the job's record: the card ${secret} has shown that it has its present
 * secrets; it is ${token} from now on. */
SY_MUST_USE enum sy_err office_secret_set(struct ledger_tx *tx, int64_t secret,
    int64_t token, int64_t owner);

/* What the worker needs of ${row}. */
void office_secret_fill(const struct card_secret_row *row, bool whole,
    struct sy_office_step *ret);

#endif /* SERVER_IDENTITY_OFFICE_SECRET_H */
