/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "owners.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef DWORD(WINAPI *extended_fn)(void *table, DWORD *size, BOOL sorted, ULONG af, int cls,
                                   ULONG reserved);

/* By family and kind of class: basic, with owner, with owner's module. */
static const struct {
    size_t head, stride;
} shapes[FAMILIES][3] = {
    {{offsetof(MIB_TCPTABLE, table), sizeof(MIB_TCPROW)},
     {offsetof(MIB_TCPTABLE_OWNER_PID, table), sizeof(MIB_TCPROW_OWNER_PID)},
     {offsetof(MIB_TCPTABLE_OWNER_MODULE, table), sizeof(MIB_TCPROW_OWNER_MODULE)}},
    {{offsetof(MIB_TCP6TABLE, table), sizeof(MIB_TCP6ROW)},
     {offsetof(MIB_TCP6TABLE_OWNER_PID, table), sizeof(MIB_TCP6ROW_OWNER_PID)},
     {offsetof(MIB_TCP6TABLE_OWNER_MODULE, table), sizeof(MIB_TCP6ROW_OWNER_MODULE)}},
};

static BYTE *read_table(enum family family, int cls, ULONG *code)
{
    extended_fn get = (extended_fn)(void *)GetProcAddress(api.module, "GetExtendedTcpTable");
    DWORD size = 0;
    BYTE *table = NULL;

    *code = get ? ERROR_INSUFFICIENT_BUFFER : ERROR_NOT_SUPPORTED;
    for (int turn = 0; *code == ERROR_INSUFFICIENT_BUFFER && turn < 10; turn++) {
        *code = get(table, &size, TRUE, family == V4 ? AF_INET : AF_INET6, cls, 0);
        if (*code != ERROR_INSUFFICIENT_BUFFER)
            break;
        free(table);
        size += 4096; /* it may grow meanwhile */
        table = malloc(size);
    }
    if (*code == NO_ERROR && table)
        return table;
    free(table);
    return NULL;
}

static void take_row(struct owned_row *out, const BYTE *entry, enum family family, int kind)
{
    memset(out, 0, sizeof(*out));
    out->row.family = family;
    if (family == V4) {
        /* The larger ones begin with it, and are cast to it. */
        memcpy(&out->row.v4, entry, sizeof(out->row.v4));
        out->state = out->row.v4.dwState;
        if (kind)
            out->pid = ((const MIB_TCPROW_OWNER_PID *)entry)->dwOwningPid;
    } else if (!kind) {
        memcpy(&out->row.v6, entry, sizeof(out->row.v6));
        out->state = (DWORD)out->row.v6.State;
    } else {
        MIB_TCP6ROW_OWNER_PID r;

        memcpy(&r, entry, sizeof(r));
        memcpy(&out->row.v6.LocalAddr, r.ucLocalAddr, 16);
        memcpy(&out->row.v6.RemoteAddr, r.ucRemoteAddr, 16);
        out->row.v6.dwLocalScopeId = r.dwLocalScopeId;
        out->row.v6.dwRemoteScopeId = r.dwRemoteScopeId;
        out->row.v6.dwLocalPort = r.dwLocalPort;
        out->row.v6.dwRemotePort = r.dwRemotePort;
        out->row.v6.State = (MIB_TCP_STATE)r.dwState;
        out->state = r.dwState;
        out->pid = r.dwOwningPid;
    }
}

struct owned_row *owned_rows(enum family family, int cls, size_t *count, ULONG *code)
{
    int kind = cls >= TCP_TABLE_OWNER_MODULE_LISTENER ? 2 : cls >= TCP_TABLE_OWNER_PID_LISTENER;
    BYTE *table = read_table(family, cls, code);
    struct owned_row *rows;

    *count = 0;
    if (!table)
        return NULL;
    *count = *(DWORD *)table;
    rows = malloc((*count + 1) * sizeof(*rows));
    for (size_t i = 0; rows && i < *count; i++)
        take_row(&rows[i], table + shapes[family][kind].head + i * shapes[family][kind].stride,
                 family, kind);
    free(table);
    return rows;
}

int same_connection(const struct row *a, const struct row *b)
{
    if (a->family != b->family)
        return 0;
    if (a->family == V4)
        return !memcmp(&a->v4.dwLocalAddr, &b->v4.dwLocalAddr, 16);
    return !memcmp(&a->v6.LocalAddr, &b->v6.LocalAddr, 16) &&
           !memcmp(&a->v6.RemoteAddr, &b->v6.RemoteAddr, 16) &&
           a->v6.dwLocalPort == b->v6.dwLocalPort && a->v6.dwRemotePort == b->v6.dwRemotePort;
}

const struct owned_row *owned_find(const struct owned_row *rows, size_t count,
                                   const struct row *wanted)
{
    for (size_t i = 0; rows && i < count; i++)
        if (same_connection(&rows[i].row, wanted))
            return &rows[i];
    return NULL;
}
