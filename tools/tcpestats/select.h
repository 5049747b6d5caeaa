/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connection selectors: what a user types to say which connections are meant. Either the one
 * connection LOCAL-REMOTE, or conditions KEY:VALUE[,KEY:VALUE...] that must all hold.
 *
 * Pure: no system calls, no allocation, any input.
 */
#ifndef SELECT_H
#define SELECT_H

#include "address.h"

#define ZONE_MAX 64
#define PROCESS_MAX 256
#define USER_MAX 64
#define CGROUP_MAX 1024

struct endpoint {
    struct address address;
    uint16_t port; /* host byte order */
};

struct selector {
    bool exact; /* one connection; else conditions */
    struct endpoint local, remote;
    char zone[ZONE_MAX]; /* interface behind an address, as typed; "" none */

    struct address any;        /* addr: either end; family FAMILY_ANY: no such condition */
    uint16_t any_port;         /* port: either end; ports 0: no such condition */
    uint32_t pid;              /* 0: no such condition */
    char process[PROCESS_MAX]; /* "": no such condition */
    char user[USER_MAX];       /* uid: a name or a number as typed; "": no such condition */
    uint32_t uid;              /* which is this, once selection_parse() has looked it up */
    char cgroup[CGROUP_MAX];   /* begins with a slash; "": no such condition */
};

/*
 * Parses a selector. NULL, or a phrase that says what is wrong ("the port is not ..."); out is then
 * undefined.
 */
const char *selector_parse(const char *text, struct selector *out);

/* Do the addresses and ports of a connection fit? (The owner and the zone are not looked at.) */
bool selector_matches(const struct selector *selector, const struct endpoint *local,
                      const struct endpoint *remote);

/* Needs the owners of connections to be known. */
bool selector_wants_owner(const struct selector *selector);

#define ENDPOINT_TEXT_MAX (ADDRESS_TEXT_MAX + ZONE_MAX + 10)

/* Writes an endpoint as selector_parse() reads it; zone may be "". */
void endpoint_format(const struct endpoint *endpoint, const char *zone,
                     char text[ENDPOINT_TEXT_MAX]);

/* Is a control group the other, or within it? */
bool cgroup_is_within(const char *path, const char *outer);

#endif
