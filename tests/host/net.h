/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Networks of a test's own: namespaces, interfaces, TCP connections. What cannot be set up ends the
 * test as failed; only where a sandbox forbids namespaces is there something to skip.
 */
#ifndef NET_H
#define NET_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/kernel.h"

/*
 * Puts the calling thread into a new network namespace with lo up, by way of a user namespace where
 * that takes one. False, with a line that says so, when the machine forbids it.
 */
bool net_enter(void);

/* Another such namespace; the thread is in it now. */
void net_another(void);

/* Descriptor of the calling thread's namespace, and the way back into it. */
int net_here(void);
void net_go(int ns);

/* Runs a command of iproute2 or another, printf-like. */
__attribute__((format(printf, 1, 2))) void net_run(const char *format, ...);

/*
 * Makes a veth pair: name_a in the thread's namespace, name_b in that of ns_b (or here, when -1),
 * both up, with addresses that need no waiting.
 */
void net_veth(const char *name_a, const char *name_b, int ns_b);

/* The link-local address of an interface, as text. */
const char *net_link_local(const char *device);

/*
 * The namespace that the calling thread is in, for the functions of libs/tcpestats/kernel, and
 * te_diag_lookup() there: opens the socket anew where it is of another.
 */
const struct te_netns *net_ns(void);
int net_look(struct te_diag *diag, const struct te_query *query, struct te_snapshot *s);

/* How to connect. All members but `to` may be left 0. */
struct net_options {
    const char *to;     /* address that the server listens on; decides the family */
    const char *from;   /* address of the client, if not the kernel's choice */
    const char *device; /* bind the client to this device */
    const char *server_device;
    unsigned scope; /* interface index for link-local addresses, for client and server */
    unsigned server_scope;
    uint16_t port; /* of the server, 0: any */
    uint16_t client_port;
    bool dual_server;         /* a v6 socket serves a v4 client */
    bool dual_client;         /* a v6 socket connects to a v4 address */
    int client_ns, server_ns; /* 0: where we are */
};

/* An established connection. */
struct net_pair {
    int listener, client, server;
    struct te_tuple client_tuple; /* local is the client */
    struct te_tuple server_tuple; /* local is the server */
};

void net_connect(struct net_pair *pair, const struct net_options *options);
void net_close(struct net_pair *pair);

/* Sends n bytes through and reads them at the other end. */
void net_transfer(int from, int to, size_t n);

/* The connected socket's tuple, as it calls itself (mapped addresses stay mapped). */
void net_tuple(int fd, struct te_tuple *tuple);

/* The same tuple in the words of a v6 socket: the inverse of te_tuple_canonical(). */
void net_map(struct te_tuple *tuple);

/* Waits until the socket is in the state, at most a minute. */
bool net_wait_state(int fd, unsigned state);

/* How often to repeat something: n, or a hundredth of it under a tool that makes it slow. */
unsigned net_times(unsigned n);

/* How many descriptors this process has open. */
unsigned net_descriptors(void);

#endif
