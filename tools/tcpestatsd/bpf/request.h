/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What user space and the programs tell each other, beside the records. */
#ifndef COLLECTOR_REQUEST_H
#define COLLECTOR_REQUEST_H

#ifndef __bpf__
#include <stdint.h>
#endif

/* The programs `enable` and `release` are run with this as their packet. */
struct request {
    uint8_t ethernet[16];   /* a header that nobody looks at, but must be there */
    uint64_t cookie, netns; /* netns: as the kernel told of the client's socket */
    uint64_t epoch;
    uint8_t local[16], remote[16];
    uint16_t family, local_port, remote_port, reserved;
    int32_t nsid; /* of the target's namespace in ours, -1: it is ours */
    uint32_t slot;
    uint32_t classes;
    uint32_t ifindex;  /* of the device that the socket is bound to, 0: none */
    uint32_t may_wait; /* 1: a look-up can't find it, so its next segment has to */
    uint32_t reserved2;
};

/* Their answers, as the program's return value. */
enum outcome { DONE, NO_SOCKET, OTHER_SOCKET, BUSY, NO_MEMORY, BAD_REQUEST, WAITS };

/*
 * What only the socket's own user and root are told, so it is in an array that clients never see:
 * by slot. A sequence number of the record plus its start is the one on the wire.
 */
struct owner {
    uint64_t epoch; /* of the record that it is about; written last */
    uint32_t uid;
    uint32_t have_starts;
    uint32_t snd_start, rcv_start;
    uint32_t ifindex, reserved;
};

enum notice_kind { NOTICE_DEAD = 1, NOTICE_HALF_CLOSED = 2 };

struct notice {
    uint64_t epoch;
    uint32_t slot;
    uint32_t kind; /* enum notice_kind */
};

#endif
