/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line. */
#ifndef TCPESTATSD_OPTIONS_H
#define TCPESTATSD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
    const char *socket; /* NULL: the service manager's, else the default path */
    const char *group;
    const char *user;   /* NULL: tcpestatsd where there is one, else nobody */
    const char *cgroup; /* NULL: found */
    uint64_t records, quota, clients;
    uint64_t idle_exit; /* seconds, 0: never */
    uint64_t lease;     /* seconds */
    bool status, json, help, version;
};

/* False: a usage error, which has been said. */
bool options_parse(struct options *options, int argc, char **argv);

void options_help(void);

#endif
