-- SPDX-License-Identifier: Apache-2.0
-- Schema 1. What is written here is never changed; what comes later is a new
-- file. BIGINT, BYTEA and TEXT only; BYTEA columns named *_idx are keyed blind
-- indexes, those of sealed columns hold ciphertext.

CREATE TABLE schema_version (
	version BIGINT NOT NULL
);
INSERT INTO schema_version (version) VALUES (1);

-- The audit log: nothing but appended to, no further index.
CREATE TABLE audit (
	seq BIGINT PRIMARY KEY,
	time BIGINT NOT NULL,
	commitment BYTEA NOT NULL,
	body BYTEA NOT NULL
);

-- A signed head for each commit group.
CREATE TABLE head (
	size BIGINT PRIMARY KEY,
	head BYTEA NOT NULL,
	signature BYTEA NOT NULL
);

-- The right edge of the Merkle tree: one row.
CREATE TABLE tree (
	id BIGINT PRIMARY KEY,
	edge BYTEA NOT NULL
);

-- The node of each 4096 leaves of the tree; id 0 is that of records 1 to 4096.
CREATE TABLE tree_block (
	id BIGINT PRIMARY KEY,
	node BYTEA NOT NULL
);

-- The last id given out in each table, so that none comes twice.
CREATE TABLE counter (
	name TEXT PRIMARY KEY,
	value BIGINT NOT NULL
);

-- Room is proven here before the log is written again after the disk was full.
CREATE TABLE room (
	id BIGINT PRIMARY KEY,
	filler BYTEA NOT NULL
);

CREATE TABLE id (
	id BIGINT PRIMARY KEY,
	seq BIGINT NOT NULL,
	mac BYTEA NOT NULL,
	login BYTEA NOT NULL,
	login_idx BYTEA UNIQUE,
	staff BYTEA NOT NULL,
	staff_idx BYTEA UNIQUE,
	name BYTEA NOT NULL,
	kana BYTEA NOT NULL,
	born BYTEA NOT NULL,
	person BYTEA NOT NULL,
	person_idx BYTEA,
	kind BIGINT NOT NULL,
	state BIGINT NOT NULL,
	valid_from BIGINT NOT NULL,
	valid_to BIGINT NOT NULL,
	created BIGINT NOT NULL
);
CREATE INDEX id_person ON id (person_idx);

-- What was done to an ID, on what application.
CREATE TABLE id_event (
	id BIGINT PRIMARY KEY,
	seq BIGINT NOT NULL,
	mac BYTEA NOT NULL,
	owner BIGINT NOT NULL REFERENCES id (id),
	time BIGINT NOT NULL,
	actor BYTEA NOT NULL,
	action BYTEA NOT NULL,
	basis BYTEA NOT NULL
);
CREATE INDEX id_event_owner ON id_event (owner);

-- The passwords of an ID: the one in force and former ones.
CREATE TABLE password (
	id BIGINT PRIMARY KEY,
	seq BIGINT NOT NULL,
	mac BYTEA NOT NULL,
	owner BIGINT NOT NULL REFERENCES id (id),
	state BIGINT NOT NULL,
	hash BYTEA NOT NULL,
	salt BYTEA NOT NULL,
	memory BIGINT NOT NULL,
	passes BIGINT NOT NULL,
	created BIGINT NOT NULL,
	expires BIGINT NOT NULL
);
CREATE INDEX password_owner ON password (owner);

-- Tries of a secret that the server verifies. Owners below 0 are slots for
-- names that nobody has.
CREATE TABLE lockout (
	id BIGINT PRIMARY KEY,
	seq BIGINT NOT NULL,
	mac BYTEA NOT NULL,
	owner BIGINT NOT NULL,
	epoch BIGINT NOT NULL,
	pending BIGINT NOT NULL,
	failed BIGINT NOT NULL,
	forgiven BIGINT NOT NULL,
	streak BIGINT NOT NULL,
	locks BIGINT NOT NULL,
	state BIGINT NOT NULL,
	until BIGINT NOT NULL,
	changed BIGINT NOT NULL
);
CREATE INDEX lockout_owner ON lockout (owner);

-- When a person was here last, and who tried meanwhile.
CREATE TABLE activity (
	id BIGINT PRIMARY KEY,
	seq BIGINT NOT NULL,
	mac BYTEA NOT NULL,
	owner BIGINT NOT NULL REFERENCES id (id),
	login BIGINT NOT NULL,
	login_terminal TEXT NOT NULL,
	logout BIGINT NOT NULL,
	logout_terminal TEXT NOT NULL,
	failures BIGINT NOT NULL
);
CREATE INDEX activity_owner ON activity (owner);

CREATE TABLE token (
	id BIGINT PRIMARY KEY,
	seq BIGINT NOT NULL,
	mac BYTEA NOT NULL,
	owner BIGINT NOT NULL REFERENCES id (id),
	driver BIGINT NOT NULL,
	method BIGINT NOT NULL,
	alg BIGINT NOT NULL,
	origin BIGINT NOT NULL,
	state BIGINT NOT NULL,
	enrolled BIGINT NOT NULL,
	not_after BIGINT NOT NULL,
	terminal BIGINT NOT NULL,
	spki BYTEA NOT NULL,
	spki_idx BYTEA,
	basis BYTEA NOT NULL
);
CREATE INDEX token_owner ON token (owner);
CREATE INDEX token_spki ON token (spki_idx);
-- A key belongs to one active token (state 1) at most.
CREATE UNIQUE INDEX token_spki_active ON token (spki_idx) WHERE state = 1;

-- What a FIDO2 token is besides.
CREATE TABLE credential (
	id BIGINT PRIMARY KEY,
	seq BIGINT NOT NULL,
	mac BYTEA NOT NULL,
	token BIGINT NOT NULL REFERENCES token (id),
	owner BIGINT NOT NULL REFERENCES id (id),
	credential BYTEA NOT NULL,
	credential_idx BYTEA UNIQUE,
	aaguid BYTEA NOT NULL,
	attestation BIGINT NOT NULL,
	firmware BIGINT NOT NULL,
	managed BIGINT NOT NULL,
	resident BIGINT NOT NULL,
	reader BIGINT NOT NULL
);
CREATE INDEX credential_token ON credential (token);
CREATE INDEX credential_owner ON credential (owner);

-- Signature counters of FIDO2 tokens.
CREATE TABLE key_counter (
	id BIGINT PRIMARY KEY,
	seq BIGINT NOT NULL,
	mac BYTEA NOT NULL,
	token BIGINT NOT NULL REFERENCES token (id),
	counter BIGINT NOT NULL,
	changed BIGINT NOT NULL
);
CREATE INDEX key_counter_token ON key_counter (token);

-- Which FIDO metadata are in force.
CREATE TABLE metadata (
	id BIGINT PRIMARY KEY,
	seq BIGINT NOT NULL,
	mac BYTEA NOT NULL,
	number BIGINT NOT NULL,
	next_update BIGINT NOT NULL,
	imported BIGINT NOT NULL,
	digest BYTEA NOT NULL
);

-- Management key and PUK of the cards that were personalised here.
CREATE TABLE card_secret (
	id BIGINT PRIMARY KEY,
	seq BIGINT NOT NULL,
	mac BYTEA NOT NULL,
	guid BYTEA NOT NULL,
	guid_idx BYTEA UNIQUE,
	token BIGINT NOT NULL,
	owner BIGINT NOT NULL REFERENCES id (id),
	state BIGINT NOT NULL,
	changed BIGINT NOT NULL,
	management BYTEA NOT NULL,
	puk BYTEA NOT NULL,
	former_management BYTEA NOT NULL,
	former_puk BYTEA NOT NULL
);
CREATE INDEX card_secret_token ON card_secret (token);
CREATE INDEX card_secret_owner ON card_secret (owner);

CREATE TABLE hold (
	id BIGINT PRIMARY KEY,
	seq BIGINT NOT NULL,
	mac BYTEA NOT NULL,
	token BIGINT NOT NULL,
	owner BIGINT NOT NULL,
	source BIGINT NOT NULL,
	since BIGINT NOT NULL,
	reason BYTEA NOT NULL
);
CREATE INDEX hold_token ON hold (token);
CREATE INDEX hold_owner ON hold (owner);

CREATE TABLE terminal (
	id BIGINT PRIMARY KEY,
	seq BIGINT NOT NULL,
	mac BYTEA NOT NULL,
	name TEXT NOT NULL,
	name_idx BYTEA UNIQUE,
	zone BIGINT NOT NULL,
	state BIGINT NOT NULL,
	cert BYTEA NOT NULL,
	cert_idx BYTEA,
	next_cert BYTEA NOT NULL,
	next_cert_idx BYTEA,
	not_after BIGINT NOT NULL,
	joined BIGINT NOT NULL
);
CREATE INDEX terminal_cert ON terminal (cert_idx);
CREATE INDEX terminal_next_cert ON terminal (next_cert_idx);

-- Sessions that are open.
CREATE TABLE session (
	id BIGINT PRIMARY KEY,
	seq BIGINT NOT NULL,
	mac BYTEA NOT NULL,
	owner BIGINT NOT NULL,
	terminal BIGINT NOT NULL REFERENCES terminal (id),
	account BYTEA NOT NULL,
	service TEXT NOT NULL,
	tty TEXT NOT NULL,
	purpose BIGINT NOT NULL,
	boot BYTEA NOT NULL,
	txn BYTEA NOT NULL,
	txn_idx BYTEA UNIQUE,
	opened BIGINT NOT NULL
);
CREATE INDEX session_owner ON session (owner);
CREATE INDEX session_terminal ON session (terminal);

CREATE TABLE invitation (
	id BIGINT PRIMARY KEY,
	seq BIGINT NOT NULL,
	mac BYTEA NOT NULL,
	kind BIGINT NOT NULL,
	code BYTEA NOT NULL,
	code_idx BYTEA UNIQUE,
	terminal BIGINT NOT NULL REFERENCES terminal (id),
	owner BIGINT NOT NULL,
	method BIGINT NOT NULL,
	expires BIGINT NOT NULL,
	failures BIGINT NOT NULL,
	replaces BIGINT NOT NULL,
	record BIGINT NOT NULL,
	basis BYTEA NOT NULL
);
CREATE INDEX invitation_terminal ON invitation (terminal);
CREATE INDEX invitation_owner ON invitation (owner);
