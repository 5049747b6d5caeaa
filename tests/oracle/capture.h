/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Captures the headers of all packets of a device into a pcap file, by a packet socket's ring: no
 * packet waits for us, and the memory is not charged to a socket buffer, so that a user namespace's
 * root may do it too.
 */
#ifndef ORACLE_CAPTURE_H
#define ORACLE_CAPTURE_H

#include <stdint.h>

struct capture;

/* Starts, in the calling thread's network namespace. NULL after a message. */
struct capture *capture_start(const char *device, const char *file);

/* CLOCK_REALTIME of the last packet so far, 0: none. */
uint64_t capture_last_ns(const struct capture *capture);

/* Ends and frees. Packets that were missed; negative: the file is not whole. */
long capture_stop(struct capture *capture);

#endif
