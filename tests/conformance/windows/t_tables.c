/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows straight from the connection tables, as nearly every program gets them. */
#include "tests.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef ULONG(WINAPI *table_fn)(void *table, DWORD *size, BOOL sorted);
typedef ULONG(WINAPI *extended_fn)(void *table, DWORD *size, BOOL sorted, ULONG af, int which,
                                   ULONG reserved);

/* How a table's rows look; 0 in extended: a function of its own. */
struct table_kind {
    const char *topic, *function;
    enum family family;
    int extended; /* TCP_TABLE_CLASS + 1 */
    unsigned head, stride;
    void (*to_row)(struct row *row, const BYTE *entry);
};

static void from_v4(struct row *row, const BYTE *entry)
{
    memcpy(&row->v4, entry, sizeof(row->v4)); /* the larger ones begin with it */
}

static void from_v6(struct row *row, const BYTE *entry)
{
    memcpy(&row->v6, entry, sizeof(row->v6));
}

static void from_v6_row2(struct row *row, const BYTE *entry)
{
    MIB_TCP6ROW2 r;

    memcpy(&r, entry, sizeof(r));
    row->v6.State = r.State;
    row->v6.LocalAddr = r.LocalAddr;
    row->v6.dwLocalScopeId = r.dwLocalScopeId;
    row->v6.dwLocalPort = r.dwLocalPort;
    row->v6.RemoteAddr = r.RemoteAddr;
    row->v6.dwRemoteScopeId = r.dwRemoteScopeId;
    row->v6.dwRemotePort = r.dwRemotePort;
}

/* MIB_TCP6ROW_OWNER_MODULE begins alike. */
static void from_v6_owner(struct row *row, const BYTE *entry)
{
    MIB_TCP6ROW_OWNER_PID r;

    memcpy(&r, entry, sizeof(r));
    row->v6.State = r.dwState;
    memcpy(&row->v6.LocalAddr, r.ucLocalAddr, 16);
    row->v6.dwLocalScopeId = r.dwLocalScopeId;
    row->v6.dwLocalPort = r.dwLocalPort;
    memcpy(&row->v6.RemoteAddr, r.ucRemoteAddr, 16);
    row->v6.dwRemoteScopeId = r.dwRemoteScopeId;
    row->v6.dwRemotePort = r.dwRemotePort;
}

#define SHAPE(whole, entry) offsetof(whole, table), sizeof(entry)
static const struct table_kind kinds[] = {
    {"GetTcpTable", "GetTcpTable", V4, 0, SHAPE(MIB_TCPTABLE, MIB_TCPROW), from_v4},
    {"GetTcpTable2", "GetTcpTable2", V4, 0, SHAPE(MIB_TCPTABLE2, MIB_TCPROW2), from_v4},
    {"GetExtendedTcpTable.basic", "GetExtendedTcpTable", V4, TCP_TABLE_BASIC_ALL + 1,
     SHAPE(MIB_TCPTABLE, MIB_TCPROW), from_v4},
    {"GetExtendedTcpTable.pid", "GetExtendedTcpTable", V4, TCP_TABLE_OWNER_PID_ALL + 1,
     SHAPE(MIB_TCPTABLE_OWNER_PID, MIB_TCPROW_OWNER_PID), from_v4},
    {"GetExtendedTcpTable.module", "GetExtendedTcpTable", V4, TCP_TABLE_OWNER_MODULE_ALL + 1,
     SHAPE(MIB_TCPTABLE_OWNER_MODULE, MIB_TCPROW_OWNER_MODULE), from_v4},
    {"GetTcp6Table", "GetTcp6Table", V6, 0, SHAPE(MIB_TCP6TABLE, MIB_TCP6ROW), from_v6},
    {"GetTcp6Table2", "GetTcp6Table2", V6, 0, SHAPE(MIB_TCP6TABLE2, MIB_TCP6ROW2), from_v6_row2},
    {"GetExtendedTcpTable6.pid", "GetExtendedTcpTable", V6, TCP_TABLE_OWNER_PID_ALL + 1,
     SHAPE(MIB_TCP6TABLE_OWNER_PID, MIB_TCP6ROW_OWNER_PID), from_v6_owner},
    {"GetExtendedTcpTable6.module", "GetExtendedTcpTable", V6, TCP_TABLE_OWNER_MODULE_ALL + 1,
     SHAPE(MIB_TCP6TABLE_OWNER_MODULE, MIB_TCP6ROW_OWNER_MODULE), from_v6_owner},
};

/* The table grows while it is read, so ask until it fits. */
static BYTE *read_table(const struct table_kind *kind)
{
    void *function = (void *)GetProcAddress(api.module, kind->function);
    DWORD size = 64 * 1024;
    BYTE *table = NULL;

    for (int turn = 0; function && turn < 10; turn++) {
        ULONG code;

        free(table);
        size += 4096;
        table = malloc(size);
        if (!table)
            return NULL;
        code = kind->extended ? ((extended_fn)function)(table, &size, TRUE,
                                                        kind->family == V4 ? AF_INET : AF_INET6,
                                                        kind->extended - 1, 0)
                              : ((table_fn)function)(table, &size, TRUE);
        if (code == NO_ERROR)
            return table;
        if (code != ERROR_INSUFFICIENT_BUFFER)
            break;
    }
    free(table);
    return NULL;
}

static int same_ends(const struct row *a, const struct row *b)
{
    if (a->family == V4)
        return !memcmp(&a->v4.dwLocalAddr, &b->v4.dwLocalAddr, 16);
    return !memcmp(&a->v6.LocalAddr, &b->v6.LocalAddr, 16) &&
           !memcmp(&a->v6.RemoteAddr, &b->v6.RemoteAddr, 16) &&
           a->v6.dwLocalPort == b->v6.dwLocalPort && a->v6.dwRemotePort == b->v6.dwRemotePort;
}

static int find_in_table(const struct table_kind *kind, const struct row *wanted, struct row *found)
{
    BYTE *table = read_table(kind);
    DWORD n = 0;
    int hit = 0;

    if (!table)
        return 0;
    memcpy(&n, table, sizeof(n));
    for (DWORD i = 0; i < n && !hit; i++) {
        memset(found, 0, sizeof(*found));
        found->family = kind->family;
        kind->to_row(found, table + kind->head + i * kind->stride);
        hit = same_ends(found, wanted);
    }
    free(table);
    return hit;
}

int row_from_table(const struct row *wanted, struct row *found)
{
    for (unsigned k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
        if (kinds[k].family == wanted->family)
            return find_in_table(&kinds[k], wanted, found);
    return 0;
}

int row_in_state(enum family family, DWORD state, struct row *found)
{
    const struct table_kind *kind = kinds;
    BYTE *table;
    DWORD n = 0;
    int hit = 0;

    while (kind->family != family)
        kind++;
    table = read_table(kind);
    if (table)
        memcpy(&n, table, sizeof(n));
    for (DWORD i = 0; i < n && !hit; i++) {
        memset(found, 0, sizeof(*found));
        found->family = family;
        kind->to_row(found, table + kind->head + i * kind->stride);
        hit = (family == V4 ? found->v4.dwState : (DWORD)found->v6.State) == state;
    }
    free(table);
    return hit;
}

static void check_row(const struct row *from_table, const struct row *own)
{
    BYTE rod[160];

    FOR_SWITCHES(cls)
    {
        expect_code(set_class(from_table, cls, 1), NO_ERROR, NULL);
        expect_rw(from_table, cls, RW_ON(cls));
        expect_rw(own, cls, RW_ON(cls));
        expect_code(get_rod(from_table, cls, rod), NO_ERROR, NULL);
        expect_code(set_class(from_table, cls, 0), NO_ERROR, NULL);
        expect_rw(own, cls, 0);
    }
}

static void check_table(const struct table_kind *kind, const struct conn *c, const char *what)
{
    const struct row *ends[] = {&c->client_row, &c->server_row};

    for (int end = 0; end < 2; end++) {
        struct row row;

        if (ends[end]->family != kind->family)
            continue;
        topic("table.%s.%s.found", kind->topic, what);
        int found = find_in_table(kind, ends[end], &row);

        ok(found, "our own %s connection is not in the table", end ? "server's" : "client's");
        if (found && kind->family == V6) {
            /* How a program knows its own connection: getsockname() and getpeername() say so. */
            topic("table.%s.%s.scope", kind->topic, what);
            ok(row.v6.dwLocalScopeId == ends[end]->v6.dwLocalScopeId &&
                   row.v6.dwRemoteScopeId == ends[end]->v6.dwRemoteScopeId,
               "scopes %lu and %lu, the socket says %lu and %lu", row.v6.dwLocalScopeId,
               row.v6.dwRemoteScopeId, ends[end]->v6.dwLocalScopeId, ends[end]->v6.dwRemoteScopeId);
        }
        topic("table.%s.%s.estats", kind->topic, what);
        if (found)
            check_row(&row, ends[end]);
    }
}

void test_tables(void)
{
    struct conn plain[FAMILIES], dual;
    int have_dual = 0, have[FAMILIES] = {0};

    topic("table");
    FOR_FAMILIES(f) have[f] = test_conn(&plain[f], f, 0);
    if (wt_on_wine()) /* Windows shows both ends as v4 rows; Wine the accepted one as v6 */
        have_dual = test_conn(&dual, V4, CONN_DUAL_STACK);
    for (unsigned k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        topic("table.%s", kinds[k].topic);
        if (!GetProcAddress(api.module, kinds[k].function)) {
            skip("%s is not there", kinds[k].function);
            continue;
        }
        if (have[kinds[k].family])
            check_table(&kinds[k], &plain[kinds[k].family], "loopback");
        if (have_dual)
            check_table(&kinds[k], &dual, "dual-stack");
    }
    FOR_FAMILIES(f) if (have[f]) conn_close(&plain[f]);
    if (have_dual)
        conn_close(&dual);
}
