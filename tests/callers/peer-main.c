/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callers-peer PORT: the far end of an emulated path, see windows/peer.h. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "windows/peer.h"

static void *serve_v6(void *arg)
{
    peer_serve(*(peer_socket *)arg);
    return NULL;
}

int main(int argc, char **argv)
{
    uint16_t port = argc == 2 ? (uint16_t)atoi(argv[1]) : 0;
    peer_socket v4 = peer_listen(0, 0, port), v6 = peer_listen(1, 0, port);
    pthread_t thread;

    if (v4 == INVALID_SOCKET || v6 == INVALID_SOCKET ||
        pthread_create(&thread, NULL, serve_v6, &v6)) {
        perror("callers-peer");
        return 1;
    }
    printf("listening\n");
    fflush(stdout);
    peer_serve(v4);
    return 1;
}
