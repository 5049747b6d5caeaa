/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The other end of every connection: it does what each request says. Built for Windows, where it is
 * a thread of the program or, as callers.exe --serve, another machine; and for Linux, where it
 * stands at the far end of an emulated path.
 */
#ifndef PEER_H
#define PEER_H

#include <stdint.h>

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
typedef SOCKET peer_socket;
#else
typedef int peer_socket;
#define INVALID_SOCKET (-1)
#endif

/* In this order on the wire, each member in network order. */
struct request {
    uint32_t bytes;    /* of payload that follow */
    uint32_t answer;   /* bytes to send back when all has been read */
    uint32_t delay_ms; /* before the payload is read */
};

/* A listener on the loopback or any address of a family; port 0: any. */
peer_socket peer_listen(int v6, int loopback, uint16_t port);
uint16_t peer_port(peer_socket listener);

/* Serves connections until the listener fails. */
void peer_serve(peer_socket listener);

#endif
