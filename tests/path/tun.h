/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One end of the path: a network namespace with a TUN device in it. */
#ifndef PATH_TUN_H
#define PATH_TUN_H

#define PATH_DEVICE "path0"

struct tun {
    int fd;       /* packets, non-blocking */
    int netns_fd; /* the namespace */
};

/*
 * Moves the calling thread into the namespace at netns, or into a new one if that is NULL, and
 * makes the device there: 192.0.2.<host>/24, 2001:db8:7::<host>/64, no offloads, so that what
 * crosses it is what a wire would carry. 0, or -1 after a message.
 */
int tun_open(struct tun *tun, const char *netns, unsigned host, unsigned mtu);

#endif
