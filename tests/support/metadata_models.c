/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: metadata-models FILE ROOT.pem SECONDS
 *
 * Import a metadata file as of a moment (seconds since 1970) and print its
 * number and day, then a line for each model. The status is 1, with the reason
 * on stdout, if it is refused.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <sanyoso/metadata.h>

static char *
read_file(const char *path, size_t *ret_len)
{
	FILE *file = fopen(path, "rb");
	char *bytes = malloc(SY_METADATA_MAX);

	if (file == NULL || bytes == NULL) {
		perror(path);
		exit(2);
	}
	*ret_len = fread(bytes, 1, SY_METADATA_MAX, file);
	(void)fclose(file);
	return bytes;
}

static void
print_model(const struct sy_model *model)
{
	char aaguid[SY_AAGUID_TEXT_SIZE];

	sy_aaguid_text(model->aaguid, aaguid);
	(void)printf("%s %s finger=%d pin=%d uv=%d uvm=%d roots=%zu %s\n",
	    aaguid, sy_model_status_name(model->status), model->fingerprint,
	    model->client_pin, model->built_in, model->uvm, model->root_count,
	    model->name);
}

int
main(int argc, char **argv)
{
	struct sy_metadata *metadata = NULL;
	struct sy_error error = { 0 };
	char *blob, *root;
	size_t blob_len, root_len;
	enum sy_err err;

	if (argc != 4) {
		(void)fprintf(stderr,
		    "usage: metadata-models FILE ROOT.pem SECONDS\n");
		return 2;
	}
	blob = read_file(argv[1], &blob_len);
	root = read_file(argv[2], &root_len);
	err = sy_metadata_import(blob, blob_len, root, root_len,
	    strtoll(argv[3], NULL, 10), &metadata, &error);
	if (err != SY_OK) {
		(void)printf("%s\n", sy_err_name(err));
	} else {
		(void)printf("no=%" PRId64 " next=%" PRId64 "\n",
		    sy_metadata_number(metadata),
		    sy_metadata_next_update(metadata));
		for (size_t i = 0; i < sy_metadata_count(metadata); i++)
			print_model(sy_metadata_at(metadata, i));
	}
	sy_metadata_free(&metadata);
	free(root);
	free(blob);
	return err == SY_OK ? 0 : 1;
}
