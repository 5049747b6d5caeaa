/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Netlink sockets that ask the kernel, without libnl's allocations and without harm to a stranger
 * who has got the descriptor's number since: between any check of a number and its use, another
 * thread may have closed it and opened something else.
 */
#ifndef TE_NLSOCK_H
#define TE_NLSOCK_H

#include <stddef.h>
#include <sys/types.h>

/* A descriptor above 2, closed on exec, that only the kernel can write to; or a negative errno. */
int te_nlsock_open(int protocol);

/*
 * Sends one message to the kernel. 0 or a negative errno. TCP, MPTCP, UDP, raw, packet, vsock and
 * unix stream and datagram sockets refuse it and stay as they were. (A connected unix seqpacket
 * socket or another netlink socket would take it: for those there is only the check beforehand.)
 */
int te_nlsock_send(int fd, const void *msg, size_t len);

/*
 * Receives one datagram without waiting. Its full length, even when that is more than size; 0 for
 * one that is not the kernel's; or a negative errno, -EAGAIN when there is none. Takes nothing from
 * the stream of a TCP socket nor from a UDP socket. (A unix socket has no such protection.)
 */
ssize_t te_nlsock_recv(int fd, void *buf, size_t size);

#endif
