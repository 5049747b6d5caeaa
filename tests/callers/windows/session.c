/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session.h"

#include <stdlib.h>
#include <string.h>

struct place place;

int session_open(struct session *session, enum family family)
{
    union address to;
    DWORD patience = 30000;
    int error;

    memset(session, 0, sizeof(*session));
    memset(&to, 0, sizeof(to));
    session->s = socket(family == V4 ? AF_INET : AF_INET6, SOCK_STREAM, IPPROTO_TCP);
    if (family == V4) {
        to.v4.sin_family = AF_INET;
        to.v4.sin_port = htons(place.port[V4]);
        error = inet_pton(AF_INET, place.address[V4], &to.v4.sin_addr) != 1;
    } else {
        to.v6.sin6_family = AF_INET6;
        to.v6.sin6_port = htons(place.port[V6]);
        error = inet_pton(AF_INET6, place.address[V6], &to.v6.sin6_addr) != 1;
    }
    if (error || session->s == INVALID_SOCKET ||
        connect(session->s, &to.sa, family == V4 ? sizeof(to.v4) : sizeof(to.v6)) ||
        row_of_socket(&session->row, session->s)) {
        skip("no connection to [%s]:%u: WSA error %d", place.address[family], place.port[family],
             WSAGetLastError());
        closesocket(session->s);
        return -1;
    }
    setsockopt(session->s, SOL_SOCKET, SO_RCVTIMEO, (char *)&patience, sizeof(patience));
    return 0;
}

void session_close(struct session *session)
{
    struct linger hard = {1, 0};

    setsockopt(session->s, SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof(hard));
    closesocket(session->s);
}

void session_finish(struct session *session)
{
    char byte;

    shutdown(session->s, SD_SEND);
    recv(session->s, &byte, 1, 0);
    closesocket(session->s);
    /* Until nothing of it is alive any more. */
    for (int i = 0; i < 100 && get_rw(&session->row, TcpConnectionEstatsData) >= 0; i++)
        Sleep(20);
}

static int write_all(struct session *session, const char *data, DWORD bytes)
{
    while (bytes) {
        int sent = send(session->s, data, (int)bytes, 0);

        if (sent <= 0)
            return -1;
        session->out += (ULONG64)sent;
        data += sent;
        bytes -= (DWORD)sent;
    }
    return 0;
}

int session_ask(struct session *session, DWORD bytes, DWORD answer, DWORD delay_ms)
{
    struct request request = {htonl(bytes), htonl(answer), htonl(delay_ms)};
    static char payload[65536];

    if (write_all(session, (const char *)&request, sizeof(request)))
        return -1;
    while (bytes) {
        DWORD chunk = bytes < sizeof(payload) ? bytes : sizeof(payload);

        if (write_all(session, payload, chunk))
            return -1;
        bytes -= chunk;
    }
    return 0;
}

int session_read(struct session *session, DWORD answer)
{
    char buffer[16384];

    while (answer) {
        int got = recv(session->s, buffer, (int)(answer < sizeof(buffer) ? answer : sizeof(buffer)),
                       0);

        if (got <= 0)
            return -1;
        session->in += (ULONG64)got;
        answer -= (DWORD)got;
    }
    return 0;
}

int session_talk(struct session *session, DWORD bytes, DWORD answer)
{
    return session_ask(session, bytes, answer, 0) || session_read(session, answer);
}

static int is_same(const struct row *a, const struct row *b)
{
    if (a->family == V4)
        return a->v4.dwLocalAddr == b->v4.dwLocalAddr && a->v4.dwLocalPort == b->v4.dwLocalPort &&
               a->v4.dwRemoteAddr == b->v4.dwRemoteAddr && a->v4.dwRemotePort == b->v4.dwRemotePort;
    return !memcmp(&a->v6.LocalAddr, &b->v6.LocalAddr,
                   sizeof(a->v6) - offsetof(MIB_TCP6ROW, LocalAddr));
}

int session_row_of_table(const struct session *session, struct row *row)
{
    typedef ULONG(WINAPI * table_fn)(void *table, ULONG *size, BOOL sorted);
    enum family f = session->row.family;
    table_fn get = (table_fn)(void *)GetProcAddress(api.module,
                                                    f == V4 ? "GetTcpTable" : "GetTcp6Table");
    size_t stride = f == V4 ? sizeof(MIB_TCPROW) : sizeof(MIB_TCP6ROW);
    ULONG size = 1 << 20;
    BYTE *table = malloc(size);
    int found = 0;

    if (get && table && get(table, &size, FALSE) == NO_ERROR) {
        for (DWORD i = 0; i < *(DWORD *)table && !found; i++) {
            row->family = f;
            memcpy(row->bytes, table + sizeof(DWORD) + i * stride, stride);
            found = is_same(row, &session->row);
        }
    }
    free(table);
    return found;
}
