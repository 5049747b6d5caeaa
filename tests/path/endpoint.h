/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two ways to come by a connection. Failures end the program with a message. */
#ifndef PATH_ENDPOINT_H
#define PATH_ENDPOINT_H

#include <stdbool.h>

struct socket_options {
    const char *cc;     /* congestion control, or NULL */
    int sndbuf, rcvbuf; /* 0: the system's */
    int mss;            /* 0: the path's */
    unsigned pace;      /* bytes a second, 0: no limit */
    bool nodelay;
};

/* Listens, says so in a line of JSON, takes one connection and stops listening. */
int endpoint_serve(const char *address, const char *port, const struct socket_options *options);

/* Connects; local is NULL or "ADDRESS[,PORT]" and is written to. */
int endpoint_call(const char *address, const char *port, char *local,
                  const struct socket_options *options);

/* Prints the connection's two ends as members of a JSON object. */
void endpoint_print(int fd);

#endif
