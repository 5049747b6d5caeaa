/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tables-windows.h"

#include <winsock2.h>
#include <windows.h>
#include <iphlpapi.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <tlhelp32.h>

#include "helper-windows.h"

static struct owner *processes;
static size_t process_count, process_room;
static bool want_owners;
static bool owners_missing; /* the last list did not tell every connection's owner */

void *tables_function(const char *name)
{
    static HMODULE module;

    if (!module)
        module = LoadLibraryW(L"iphlpapi.dll");
    return module ? (void *)GetProcAddress(module, name) : NULL;
}

int tables_fail(struct failure *failure, const char *what, unsigned long error)
{
    WCHAR wide[256] = L"";
    char text[512] = "";

    FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0, wide,
                   sizeof(wide) / sizeof(wide[0]), NULL);
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, sizeof(text), NULL, NULL);
    text[strcspn(text, "\r\n")] = 0;
    return fail_with(failure, TOOL_OTHER, "%s: error %lu. %s", what, error, text);
}

/* Calls a function that fills a table of a size nobody knows beforehand. */
static void *fetch_table(DWORD (*get)(void *table, DWORD *size, void *function, unsigned family),
                         const char *name, unsigned family, int *code, struct failure *failure)
{
    void *function = tables_function(name), *table = NULL;
    DWORD size = 16384, error = ERROR_INSUFFICIENT_BUFFER;

    if (!function) {
        *code = fail_with(failure, TOOL_NOT_SUPPORTED, "this system has no %s", name);
        return NULL;
    }
    /* It may grow between two calls, but not for ever. */
    for (int tries = 0; tries < 10 && error == ERROR_INSUFFICIENT_BUFFER; tries++) {
        free(table);
        size += size / 4;
        table = malloc(size);
        error = table ? get(table, &size, function, family) : ERROR_NOT_ENOUGH_MEMORY;
    }
    *code = error ? tables_fail(failure, name, error) : TOOL_OK;
    if (!error)
        return table;
    free(table);
    return NULL;
}

/* Of GetTcpTable() and GetTcp6Table(); mingw-w64 does not declare the latter by itself. */
typedef ULONG(WINAPI *basic_fn)(void *table, ULONG *size, BOOL sorted);
typedef DWORD(WINAPI *extended_fn)(void *table, DWORD *size, BOOL sorted, ULONG family, int class,
                                   ULONG reserved);

static DWORD get_basic(void *table, DWORD *size, void *function, unsigned family)
{
    (void)family;
    return ((basic_fn)function)(table, size, FALSE);
}

static DWORD get_owned(void *table, DWORD *size, void *function, unsigned family)
{
    return ((extended_fn)function)(table, size, FALSE, family == FAMILY_V4 ? AF_INET : AF_INET6,
                                   TCP_TABLE_OWNER_PID_ALL, 0);
}

/* MIB_TCP_STATE; the states without statistics are not in the list. */
static enum conn_state state_from(DWORD state)
{
    static const enum conn_state states[] = {
        [3] = STATE_SYN_SENT,  [5] = STATE_ESTABLISHED, [6] = STATE_FIN_WAIT1,
        [7] = STATE_FIN_WAIT2, [8] = STATE_CLOSE_WAIT,  [9] = STATE_CLOSING,
        [10] = STATE_LAST_ACK,
    };

    return state < sizeof(states) / sizeof(states[0]) ? states[state] : STATE_UNKNOWN;
}

static void set_endpoint(struct endpoint *endpoint, unsigned family, const void *address,
                         DWORD port)
{
    memset(endpoint, 0, sizeof(*endpoint));
    endpoint->address.family = (uint16_t)family;
    memcpy(endpoint->address.bytes, address, family == FAMILY_V4 ? 4 : 16);
    address_canonical(&endpoint->address);
    endpoint->port = (uint16_t)((port & 0xff) << 8 | (port >> 8 & 0xff));
}

/* Row number i of a table of either kind and family. */
static void read_row(const void *table, unsigned family, size_t i, struct conn *conn)
{
    DWORD state;

    memset(conn, 0, sizeof(*conn));
    conn->has_owner = true;
    if (family == FAMILY_V4 && want_owners) {
        const MIB_TCPROW_OWNER_PID *row = ((const MIB_TCPTABLE_OWNER_PID *)table)->table + i;

        set_endpoint(&conn->local, family, &row->dwLocalAddr, row->dwLocalPort);
        set_endpoint(&conn->remote, family, &row->dwRemoteAddr, row->dwRemotePort);
        state = row->dwState;
        conn->pid = row->dwOwningPid;
    } else if (family == FAMILY_V4) {
        const MIB_TCPROW *row = ((const MIB_TCPTABLE *)table)->table + i;

        set_endpoint(&conn->local, family, &row->dwLocalAddr, row->dwLocalPort);
        set_endpoint(&conn->remote, family, &row->dwRemoteAddr, row->dwRemotePort);
        state = row->dwState;
    } else if (want_owners) {
        const MIB_TCP6ROW_OWNER_PID *row = ((const MIB_TCP6TABLE_OWNER_PID *)table)->table + i;

        set_endpoint(&conn->local, family, row->ucLocalAddr, row->dwLocalPort);
        set_endpoint(&conn->remote, family, row->ucRemoteAddr, row->dwRemotePort);
        state = row->dwState;
        conn->pid = row->dwOwningPid;
        conn->scope = row->dwLocalScopeId;
        conn->remote_scope = row->dwRemoteScopeId;
    } else {
        const MIB_TCP6ROW *row = ((const MIB_TCP6TABLE *)table)->table + i;

        set_endpoint(&conn->local, family, &row->LocalAddr, row->dwLocalPort);
        set_endpoint(&conn->remote, family, &row->RemoteAddr, row->dwRemotePort);
        state = (DWORD)row->State;
        conn->scope = row->dwLocalScopeId;
        conn->remote_scope = row->dwRemoteScopeId;
    }
    conn->state = state_from(state);
    /* Wine's tables hold numbers there that are no interfaces. */
    if (helper_is_wine())
        conn->scope = conn->remote_scope = 0;
}

static int list_family(unsigned family, int (*visit)(const struct conn *, void *), void *arg,
                       struct failure *failure)
{
    const char *basic = family == FAMILY_V4 ? "GetTcpTable" : "GetTcp6Table";
    int code;
    void *table = want_owners
                      ? fetch_table(get_owned, "GetExtendedTcpTable", family, &code, failure)
                      : fetch_table(get_basic, basic, family, &code, failure);

    if (!table)
        return code;
    for (size_t i = 0; i < *(const DWORD *)table && !code; i++) {
        struct conn conn;

        read_row(table, family, i, &conn);
        if (conn.state == STATE_UNKNOWN)
            continue;
        owners_missing |= want_owners && !conn.pid;
        code = visit(&conn, arg);
    }
    free(table);
    return code;
}

int tables_list(int (*visit)(const struct conn *, void *), void *arg, struct failure *failure)
{
    int code;

    owners_missing = false;
    code = list_family(FAMILY_V4, visit, arg, failure);
    return code ? code : list_family(FAMILY_V6, visit, arg, failure);
}

void tables_free(void)
{
    free(processes);
    processes = NULL;
    process_count = process_room = 0;
}

static int add_process(const PROCESSENTRY32W *entry)
{
    if (process_count == process_room) {
        size_t room = process_room ? 2 * process_room : 64;
        struct owner *grown = realloc(processes, room * sizeof(*grown));

        if (!grown)
            return -1;
        processes = grown;
        process_room = room;
    }
    memset(&processes[process_count], 0, sizeof(*processes));
    processes[process_count].pid = entry->th32ProcessID;
    /* What does not fit becomes "", which is "not known". */
    WideCharToMultiByte(CP_UTF8, 0, entry->szExeFile, -1, processes[process_count].name,
                        PROCESS_MAX, NULL, NULL);
    processes[process_count++].name[PROCESS_MAX - 1] = 0;
    return 0;
}

int tables_owners_load(struct failure *failure)
{
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    PROCESSENTRY32W entry = {.dwSize = sizeof(entry)};
    int error = 0;

    want_owners = true;
    process_count = 0;
    if (snapshot == INVALID_HANDLE_VALUE)
        return tables_fail(failure, "cannot list the processes", GetLastError());
    for (BOOL ok = Process32FirstW(snapshot, &entry); ok && !error;
         ok = Process32NextW(snapshot, &entry))
        error = add_process(&entry);
    CloseHandle(snapshot);
    return error ? fail_with(failure, TOOL_OTHER, "out of memory") : TOOL_OK;
}

const struct owner *tables_owners(const struct conn *conn, size_t *count)
{
    static struct owner unnamed;

    *count = conn->pid != 0;
    for (size_t i = 0; i < process_count; i++)
        if (conn->pid && processes[i].pid == conn->pid)
            return &processes[i];
    unnamed.pid = conn->pid;
    return &unnamed;
}

enum process_view tables_process(uint32_t pid, const char *name)
{
    for (size_t i = 0; i < process_count; i++)
        if ((!pid || processes[i].pid == pid) &&
            (!name[0] || tables_process_is(&processes[i], name)))
            return owners_missing ? PROCESS_HIDDEN : PROCESS_VISIBLE;
    return PROCESS_ABSENT;
}

bool tables_process_is(const struct owner *owner, const char *name)
{
    size_t length = strlen(name);

    return !strncasecmp(owner->name, name, length) &&
           (!owner->name[length] || !strcasecmp(owner->name + length, ".exe"));
}

int tables_owner_unknown(struct failure *failure)
{
    return fail_with(
        failure, TOOL_NOT_SUPPORTED,
        "owner unknown: this %s does not tell which process has which connection; select "
        "by address and port",
        helper_is_wine() ? "Wine" : "Windows");
}
