/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_LAB_H
#define AGENT_LAB_H

#include "agent/credentials.h"
#include "tests/support/tls_server.h"

/*
 * A CA, a server's certificate and a joined terminal, for tests of what the
 * agent does over the network. Whatever fails here ends the program.
 */
#define LAB_SERVER   "server.example"
#define LAB_TERMINAL "pc1"

struct agent_lab {
	EVP_PKEY *ca_key;
	X509 *ca;
	EVP_PKEY *server_key;
	X509 *server_cert;
	EVP_PKEY *terminal_key;
	X509 *terminal_cert;
	struct credentials credentials; /* views; not to be freed */
};

void agent_lab_open(struct agent_lab *lab);
void agent_lab_close(struct agent_lab *lab);

/* A server of the lab with this handler. */
struct tls_server *agent_lab_server(const struct agent_lab *lab,
    tls_handler *handler, void *arg);
/* A certificate for the PEM request ${csr}, in PEM; free(). */
char *agent_lab_sign(const struct agent_lab *lab, const char *csr,
    const char *name);
/* The JSON of a message; free(). */
char *agent_lab_encode(const struct sy_message *message, const void *value);

#endif /* AGENT_LAB_H */
