/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_KEEPER_KEEPER_H
#define SERVER_KEEPER_KEEPER_H

#include <stdbool.h>
#include <sys/types.h>

#include <sanyoso/audit.h>
#include <sanyoso/secret.h>

/*
 * The keeper: a process of its own without network that holds every private
 * key and offers typed operations only, in batches, over socketpairs. This is
 * the client's side; each struct keeper is one channel, for one thread.
 *
 * Keys (one file each, 0600, in the keeper's directory):
 *   ca.pem       signs terminal and server certificates (P-256; ca.crt)
 *   head.key     Ed25519, signs log heads that extend the one before only
 *   row.key      HMAC-SHA-256 of deciding rows
 *   index.key    HMAC-SHA-256 blind indexes, a subkey per table and column
 *   seal.key     AES-256-GCM, a subkey per table and column
 *   pepper.key   HMAC-SHA-256 over hashes of passwords
 * and log.state, in which it keeps where the log ended (kept.h).
 */
struct keeper;

/* Make all keys and the CA certificate "NAME Sanyoso CA" in ${dir}, which must
 * be empty. EXISTS, IO. */
SY_MUST_USE enum sy_err keeper_create(const char *dir, const char *name,
    struct sy_error *reterr);

/*
 * Fork the keeper from a process that is still single-threaded: it loads its
 * keys, drops to ${uid}, ${gid} (if started as root), gives up the network and
 * every system call it does not need. ${channels} clients are made. The keeper
 * ends when all its channels are closed. IO, KEEPER, PERM.
 */
SY_MUST_USE enum sy_err keeper_start(const char *dir, uid_t uid, gid_t gid,
    size_t channels, struct keeper **ret_channels, pid_t *ret_pid,
    struct sy_error *reterr);
void keeper_close(struct keeper **channel);
/* After all channels were closed: TIMEOUT if it does not end, because it hangs.
 * It is left behind then. */
SY_MUST_USE enum sy_err keeper_wait(pid_t pid);

/*
 * A channel on which the keeper ended, or did not answer for two seconds, is
 * lost for good: an answer that comes later would be taken for another's.
 * ${tell} is called once, by the thread that was waiting; set it before there
 * are threads. Any thread may ask.
 */
typedef void (*keeper_lost)(void *ctx);
void keeper_watch(struct keeper *k, keeper_lost tell, void *ctx);
bool keeper_is_lost(const struct keeper *k);

/* A batch of operations: add any number, run once, read the results in order.
 * Views stay valid until the next keeper_begin or keeper_hear on this channel.
 */
void keeper_begin(struct keeper *k);
/* Sealed data are so much longer. Names of tables and columns: up to 31 bytes;
 * data: up to 64 KiB. */
#define KEEPER_SEALED_EXTRA 29
void keeper_add_seal(struct keeper *k, const char *table, const char *column,
    int64_t row, const void *data, size_t len);
void keeper_add_unseal(struct keeper *k, const char *table, const char *column,
    int64_t row, const void *data, size_t len);
void keeper_add_index(struct keeper *k, const char *table, const char *column,
    const void *data, size_t len);
void keeper_add_mac(struct keeper *k, const void *data, size_t len);
/* The pepper over the hash of a password: what is stored and compared. Bound to
 * the ID ${owner} (its row). The result has SY_DIGEST_SIZE bytes. */
void keeper_add_pepper(struct keeper *k, int64_t owner, const void *hash,
    size_t len);
/* A MAC over parts one behind the other: bytes, or (${data} NULL) the result of
 * operation number ${len} of this batch, counted from 0. At most 256 parts. */
struct keeper_part {
	const void *data;
	size_t len;
};
void keeper_add_mac_parts(struct keeper *k, const struct keeper_part *parts,
    size_t count);
void keeper_add_check(struct keeper *k, const void *data, size_t len,
    const uint8_t mac[SY_DIGEST_SIZE]);

/*
 * The log's heads. The keeper signs one only if it extends the last one that
 * was committed, or the last one that it signed: by the ${count} ${leaves} (one
 * behind the other) that follow record ${base}. Building on the latter says
 * that it is committed, as keeper_add_confirm does; from then on nothing is
 * signed that does not extend it. STATE: there is no such base, or a head of
 * this size was signed before; HISTORY: the head is not that of these leaves;
 * STORE_FULL, IO: the keeper could not keep what was confirmed.
 */
#define KEEPER_LEAVES_MAX 16384
void keeper_add_head(struct keeper *k, uint64_t base, const uint8_t *leaves,
    size_t count, const uint8_t head[SY_HEAD_SIZE]);
void keeper_add_confirm(struct keeper *k, uint64_t size);

/*
 * After a start: keeper_add_history asks up to where the keeper knows the log
 * (u8 1 if it has seen none, u64 size); it is shown all leaves from there on,
 * and then the newest head with its signature. HISTORY: the log is shorter or
 * another than the keeper knows. ${edge}: the log's tree (sy_tree_encode) if it
 * has seen none, else NULL.
 */
void keeper_add_history(struct keeper *k);
void keeper_add_show(struct keeper *k, const uint8_t *leaves, size_t count);
void keeper_add_resume(struct keeper *k, const uint8_t *edge, size_t edge_len,
    const uint8_t head[SY_HEAD_SIZE],
    const uint8_t signature[SY_ED25519_SIG_SIZE]);

/*
 * Certificates: for a terminal from its CSR (the keeper checks the CSR's own
 * signature and key and sets subject, usage and dates itself), for the server
 * from its CSR and name. Results are PEM. ${not_after} in seconds since 1970.
 *
 * A terminal has one because it was invited: the record "terminal.invite" that
 * names it is in the committed log and no older than KEEPER_INVITED_LIFE.
 * STATE: the log never had that size for certain; PERM: the record is not in
 * it, or invites nobody of this name; EXPIRED; ROW_ALTERED, FORMAT.
 */
#define KEEPER_INVITED_LIFE 3600 /* seconds */
struct keeper_invited {
	uint64_t size; /* of the log in which the record is */
	uint64_t seq;
	int64_t time;
	const uint8_t *sealed; /* its body, as it is stored */
	size_t sealed_len;
	const struct sy_tree_path *path; /* up to the root of that size */
};
void keeper_add_terminal_cert(struct keeper *k, const char *terminal,
    const char *csr_pem, int64_t not_after,
    const struct keeper_invited *invited);
/*
 * Or because it has one: ${certificate} (PEM) of our CA, for the same name, not
 * over, whose key has signed SY_RENEW_LABEL and the text of the CSR
 * (ECDSA, DER, SHA-256). CERT, CERT_PATH, CERT_DATE, PERM (another name),
 * SIGNATURE, FORMAT.
 */
struct keeper_renewed {
	const char *certificate;
	const uint8_t *signature;
	size_t signature_len;
};
void keeper_add_terminal_renewal(struct keeper *k, const char *terminal,
    const char *csr_pem, int64_t not_after,
    const struct keeper_renewed *renewed);
void keeper_add_server_cert(struct keeper *k, const char *name,
    const char *csr_pem, int64_t not_after);
/*
 * For a key that a person's card made and has proven: ${handle} (letters and
 * digits, the card's, not the person's) is all that it says of its owner. It is
 * good for logging in with a card, not for TLS. The result is DER.
 */
void keeper_add_person_cert(struct keeper *k, const char *handle,
    const uint8_t *spki, size_t len, int64_t not_after);

/*
 * Run the batch. SY_ERR_KEEPER if the keeper is lost or refused the batch as
 * malformed; SY_ERR_LIMIT if it was too large; each operation has its own
 * result.
 */
SY_MUST_USE enum sy_err keeper_run(struct keeper *k);
/*
 * Its two halves, for who has something to do while the keeper works: to build
 * the next batch, among other things. That is asked when the answer to the
 * first was heard; one that nobody heard is dropped.
 */
SY_MUST_USE enum sy_err keeper_ask(struct keeper *k);
SY_MUST_USE enum sy_err keeper_hear(struct keeper *k);
/* The next result: SY_OK with a view (empty for a check), or why the operation
 * failed (SY_ERR_ROW_ALTERED: unseal or check). */
SY_MUST_USE enum sy_err keeper_next(struct keeper *k, const uint8_t **ret_view,
    size_t *ret_len);

/* What the keeper tells of itself: CA certificate (PEM, with NUL) and the
 * public key of log heads. Valid as long as the channel. */
const char *keeper_ca(const struct keeper *k);
const uint8_t *keeper_head_key(const struct keeper *k);

#endif /* SERVER_KEEPER_KEEPER_H */
