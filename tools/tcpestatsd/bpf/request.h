/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What user space and the programs tell each other, beside the records. */
#ifndef COLLECTOR_REQUEST_H
#define COLLECTOR_REQUEST_H

#ifndef __bpf__
#include <stdint.h>
#endif

/* The programs `enable` and `release` are run with this as their packet. */
struct request {
    uint8_t ethernet[16]; /* a header that nobody looks at, but must be there */
    uint64_t cookie, netns;
    uint64_t epoch;
    uint8_t local[16], remote[16];
    uint16_t family, local_port, remote_port, reserved;
    int32_t nsid; /* of the target's namespace in ours, -1: it is ours */
    uint32_t slot;
    uint32_t classes;
    uint32_t reserved2;
};

/* Their answers, as the program's return value. */
enum outcome { DONE, NO_SOCKET, OTHER_SOCKET, BUSY, NO_MEMORY, BAD_REQUEST };

enum notice_kind { NOTICE_DEAD = 1, NOTICE_HALF_CLOSED = 2 };

struct notice {
    uint64_t epoch;
    uint32_t slot;
    uint32_t kind; /* enum notice_kind */
};

#endif
