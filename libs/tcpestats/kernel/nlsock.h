/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Netlink sockets that ask the kernel, and the two system calls of a look-up. */
#ifndef TE_NLSOCK_H
#define TE_NLSOCK_H

#include <stddef.h>
#include <sys/types.h>

#include "kernel/netns.h"

/* A descriptor that only the kernel can write to; or a negative errno. */
int te_nlsock_open(const struct te_netns *ns, int protocol);

/*
 * Sends one message to the kernel. 0 or a negative errno. Should the descriptor have become a
 * stranger's: TCP, MPTCP, UDP, raw, packet, vsock and unix stream and datagram sockets refuse the
 * message and stay as they were.
 */
int te_nlsock_send(int fd, const void *msg, size_t len);

/*
 * Receives one datagram without waiting. Its full length, even when that is more than size; or a
 * negative errno, -EAGAIN when there is none. Takes nothing from a stranger's TCP or UDP socket.
 */
ssize_t te_nlsock_recv(int fd, void *buf, size_t size);

#endif
