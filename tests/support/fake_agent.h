/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_AGENT_H
#define FAKE_AGENT_H

#include <stddef.h>
#include <stdint.h>

#include <sanyoso/dialog.h>

/*
 * An agent that follows a script, on a real socket in a thread of its own. It
 * serves one connection and closes it at the end of the script; FAKE_NEXT waits
 * for another.
 */
enum fake_what {
	FAKE_END = 0,   /* close the connection */
	FAKE_AUTH,      /* expect AUTH of user ${text} */
	FAKE_STATUS,    /* expect STATUS */
	FAKE_ENROLL,    /* expect ENROLL of user ${text} */
	FAKE_ACCOUNT,   /* expect ACCOUNT of user ${text}, evidence ${more} */
	FAKE_CHANGE,    /* the same of CHANGE; ${number} is "expired" */
	FAKE_OPEN,      /* the same of OPEN */
	FAKE_CLOSE,     /* the same of CLOSE */
	FAKE_NEXT,      /* close the connection and take another */
	FAKE_INFO,      /* say ${text} */
	FAKE_ERROR,     /* say ${text} */
	FAKE_PROMPT,    /* ask ${text} under ${number}, echo off */
	FAKE_PROMPT_ON, /* the same with echo */
	FAKE_ANSWER,    /* expect ${text} for ${number} */
	FAKE_NO_ANSWER, /* expect "not given" for ${number} */
	FAKE_WAIT,      /* send WAIT */
	FAKE_PAUSE,     /* do nothing for ${number} milliseconds */
	FAKE_EVIDENCE,  /* the next result carries evidence ${text} */
	FAKE_RESULT,    /* result ${number} for login ${text}, words ${more} */
	FAKE_RAW,       /* send ${number} bytes of ${text} */
	FAKE_KILL,      /* kill the process on the other side */
	FAKE_HANG,      /* do nothing until the other side closes */
};

struct fake_step {
	enum fake_what what;
	const char *text;
	uint32_t number;
	const char *more;
};

struct fake_agent;

/* A folder for sockets that a PAM module of root's may trust; NULL if there is
 * none. fake_folder_remove removes it with what lies in it. */
char *fake_folder_new(void);
void fake_folder_remove(char *folder);

/* Listen on ${path} and follow ${steps}, which end with FAKE_END. */
struct fake_agent *fake_agent_start(const char *path,
    const struct fake_step *steps);
/* The same on a connection that is there already; it is closed by the agent. */
struct fake_agent *fake_agent_start_fd(int fd, const struct fake_step *steps);
/*
 * Wait for its end and free it. NULL if everything went as the script says,
 * otherwise what did not; ${ret_auth}, if not NULL, is the last AUTH it got.
 */
const char *fake_agent_stop(struct fake_agent *agent,
    struct sy_dialog_auth *ret_auth);
/* The last phase it was asked for; before fake_agent_stop, after the call. */
const struct sy_dialog_phase *fake_agent_phase(const struct fake_agent *agent);

#endif /* FAKE_AGENT_H */
