/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "ctl/client.h"
#include "ctl/output.h"

#define ADMIN_SOCKET "/run/sanyoso/server/admin.sock"
/* A verification of a large log takes its time; a hang does not. */
#define CALL_TIMEOUT 3600L

struct answer {
	char *text; /* holds codes: wiped by client_call */
	size_t len, cap;
};

static void
answer_clear(struct answer *a)
{
	if (a->text != NULL)
		sy_memzero(a->text, a->cap);
	free(a->text);
}

static size_t
take(char *data, size_t size, size_t n, void *ctx)
{
	struct answer *a = ctx;

	(void)size;
	if (n > a->cap - 1 - a->len)
		return 0; /* ends the transfer */
	memcpy(a->text + a->len, data, n);
	a->len += n;
	a->text[a->len] = '\0';
	return n;
}

static enum ctl_exit
failed(const struct answer *a)
{
	struct sy_failure_reply f;

	if (sy_message_decode(&sy_message_failure, a->text, a->len, &f, NULL) !=
	    SY_OK) {
		fprintf(stderr, "sanyosoctl: %s\n",
		    _("The server's answer can't be read."));
		return CTL_REFUSED;
	}
	fprintf(stderr, "sanyosoctl: %s", output_error(f.error));
	if (f.text[0] != '\0')
		fprintf(stderr, " (%s%s%s)", f.place,
		    f.place[0] != '\0' ? ": " : "", f.text);
	fputc('\n', stderr);
	return CTL_REFUSED;
}

static CURLcode
transfer(CURL *curl, const char *socket, const char *path, const char *body,
    size_t len, struct answer *a, long *ret_status)
{
	char url[128], wire[32];
	struct curl_slist *headers = NULL;
	CURLcode code;

	(void)snprintf(url, sizeof(url), "http://localhost%s", path);
	(void)snprintf(wire, sizeof(wire), "%s: %d", SY_WIRE_HEADER,
	    SY_WIRE_VERSION);
	headers = curl_slist_append(headers, wire);
	headers = curl_slist_append(headers, "Content-Type: application/json");
	headers = curl_slist_append(headers, "Expect:");
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)len);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, a);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, CALL_TIMEOUT);
	code = curl_easy_perform(curl);
	if (code == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
	curl_slist_free_all(headers);
	return code;
}

static enum ctl_exit
no_connection(const char *socket, CURLcode code)
{
	fprintf(stderr, "sanyosoctl: ");
	fprintf(stderr, _("No connection to the server at %s: %s."), socket,
	    curl_easy_strerror(code));
	fprintf(stderr, " %s\n",
	    _("Is sanyosod running, and are you root on its machine?"));
	return CTL_NO_CONNECTION;
}

enum ctl_exit
client_call(const struct ctl_context *ctx, const char *path,
    const struct sy_message *ask, const void *value,
    const struct sy_message *reply, void *ret)
{
	SY_AUTO(sy_message_free) char *body = NULL;
	SY_AUTO(answer_clear) struct answer a = { .cap = SY_REPLY_SIZE_MAX };
	struct sy_error error = { 0 };
	char socket[4096];
	size_t len;
	long status = 0;
	CURLcode code;
	CURL *curl;

	if ((size_t)snprintf(socket, sizeof(socket), "%s" ADMIN_SOCKET,
		ctx->root) >= sizeof(socket))
		return no_connection(ctx->root, CURLE_URL_MALFORMAT);
	a.text = calloc(1, a.cap);
	curl = curl_easy_init();
	if (a.text == NULL || curl == NULL ||
	    sy_message_encode(ask, value, &body, &len) != SY_OK) {
		curl_easy_cleanup(curl);
		fprintf(stderr, "sanyosoctl: %s\n", _("Out of memory."));
		return CTL_REFUSED;
	}
	code = transfer(curl, socket, path, body, len, &a, &status);
	curl_easy_cleanup(curl);
	if (code != CURLE_OK)
		return no_connection(socket, code);
	if (status != 200)
		return failed(&a);
	if (sy_message_decode(reply, a.text, a.len, ret, &error) != SY_OK) {
		fprintf(stderr, "sanyosoctl: %s (%s: %s)\n",
		    _("The server's answer can't be read."), error.place,
		    error.text);
		return CTL_REFUSED;
	}
	output_mode = ctx->json ? OUTPUT_JSON : OUTPUT_TEXT;
	if (ctx->json)
		printf("%s\n", a.text);
	return CTL_DONE;
}
