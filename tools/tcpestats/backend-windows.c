/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The system as iphlpapi.dll shows it: real Windows', or the one that wine-estats puts into a
 * prefix. The numbers always come from its functions; only their status and their origin, for which
 * Windows has no functions, come from the helper where there is one.
 */
#include "backend.h"

#include <winsock2.h>
#include <windows.h>
#include <iphlpapi.h>
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>

#include "conns.h"
#include "helper-windows.h"
#include "tables-windows.h"
#include "wine-version.h"

#define ABI (sizeof(void *) == 8 ? TCPESTATS_ABI_X86_64 : TCPESTATS_ABI_I386)

/*
 * mingw-w64 declares these functions in terms of its own <tcpestats.h>, whose name is that of this
 * project's header. The row is a MIB_TCPROW or a MIB_TCP6ROW.
 */
typedef ULONG(WINAPI *get_fn)(void *row, int type, void *rw, ULONG rw_version, ULONG rw_size,
                              void *ros, ULONG ros_version, ULONG ros_size, void *rod,
                              ULONG rod_version, ULONG rod_size);
typedef ULONG(WINAPI *set_fn)(void *row, int type, void *rw, ULONG rw_version, ULONG rw_size,
                              ULONG offset);

/* By family: IPv4, IPv6. */
static struct {
    get_fn get;
    set_fn set;
} api[2];

static int system_open(const char *netns, struct failure *failure)
{
    if (netns)
        return fail_with(failure, TOOL_NOT_SUPPORTED,
                         "network namespaces are for the command of the host");
    api[0].get = (get_fn)tables_function("GetPerTcpConnectionEStats");
    api[0].set = (set_fn)tables_function("SetPerTcpConnectionEStats");
    api[1].get = (get_fn)tables_function("GetPerTcp6ConnectionEStats");
    api[1].set = (set_fn)tables_function("SetPerTcp6ConnectionEStats");
    return TOOL_OK; /* list works without them */
}

static int system_open_all(struct failure *failure)
{
    return system_open("", failure);
}

static void system_close(void)
{
    tables_free();
}

static size_t system_netns_count(void)
{
    return 1;
}

static uint32_t system_netns_at(size_t i)
{
    (void)i;
    return 0;
}

static const char *system_netns_name(const struct conn *conn)
{
    (void)conn;
    return NULL;
}

static int fail_code(struct failure *failure, ULONG error)
{
    switch (error) {
    case ERROR_NOT_FOUND:
    case ERROR_INVALID_NETNAME: /* seen on some versions of Windows for a closed connection */
        return fail_with(failure, TOOL_NOT_FOUND,
                         "no such TCP connection, or it has closed; 'tcpestats list' shows those "
                         "there are");
    case ERROR_ACCESS_DENIED:
        return fail_with(
            failure, TOOL_NOT_PERMITTED,
            "switching collection on and off needs an elevated administrator; use 'Run as "
            "administrator'");
    case ERROR_NOT_SUPPORTED: /* of a row in TIME_WAIT, where the functions work */
        if (helper_present() || !helper_is_wine())
            return fail_with(failure, TOOL_NOT_FOUND, "the TCP connection has closed");
        /* fall through */
    case ERROR_CALL_NOT_IMPLEMENTED:
        return fail_with(
            failure, TOOL_NOT_SUPPORTED, "%s",
            helper_is_wine()
                ? "TCP extended statistics are not installed for this Wine prefix or "
                  "program; 'wine-estats install' installs them, 'wine-estats check' says "
                  "what is missing"
                : "this version of Windows offers no TCP extended statistics");
    default:
        return tables_fail(failure, "iphlpapi.dll", error);
    }
}

static DWORD row_port(uint16_t port)
{
    return (DWORD)((port & 0xff) << 8 | port >> 8);
}

static bool is_v6(const struct conn *conn)
{
    return conn->local.address.family == FAMILY_V6;
}

union row {
    MIB_TCPROW v4;
    MIB_TCP6ROW v6;
};

static void make_row(const struct conn *conn, union row *row)
{
    memset(row, 0, sizeof(*row));
    if (!is_v6(conn)) {
        row->v4.dwState = MIB_TCP_STATE_ESTAB;
        memcpy(&row->v4.dwLocalAddr, conn->local.address.bytes, 4);
        memcpy(&row->v4.dwRemoteAddr, conn->remote.address.bytes, 4);
        row->v4.dwLocalPort = row_port(conn->local.port);
        row->v4.dwRemotePort = row_port(conn->remote.port);
        return;
    }
    row->v6.State = MIB_TCP_STATE_ESTAB;
    memcpy(&row->v6.LocalAddr, conn->local.address.bytes, 16);
    memcpy(&row->v6.RemoteAddr, conn->remote.address.bytes, 16);
    row->v6.dwLocalPort = row_port(conn->local.port);
    row->v6.dwRemotePort = row_port(conn->remote.port);
    row->v6.dwLocalScopeId = conn->scope;
    row->v6.dwRemoteScopeId = conn->remote_scope ? conn->remote_scope : conn->scope;
}

struct rw {
    BYTE bytes[RW_SIZE_MAX]; /* EnableCollection, or the two directions of Bandwidth */
};

static ULONG call_get(const struct conn *conn, unsigned cls, struct rw *rw, void *ros,
                      ULONG ros_size, void *rod, ULONG rod_size)
{
    ULONG rw_size = (ULONG)tcpestats_block_size(cls, TCPESTATS_RW, ABI);
    get_fn get = api[is_v6(conn)].get;
    union row row;

    if (!get)
        return ERROR_CALL_NOT_IMPLEMENTED;
    make_row(conn, &row);
    return get(&row, (int)cls, rw_size ? rw->bytes : NULL, 0, rw_size, ros_size ? ros : NULL, 0,
               ros_size, rod_size ? rod : NULL, 0, rod_size);
}

/* Both switches out of an answer; those without a second have it off. */
static void read_switches(unsigned cls, const struct rw *rw, bool *enabled, bool *inbound)
{
    int32_t directions[2];

    memcpy(directions, rw->bytes, sizeof(directions));
    *enabled = cls == TCPESTATS_SYN_OPTS ||
               (cls == TCPESTATS_BANDWIDTH ? directions[0] == TCPESTATS_ON : rw->bytes[0] != 0);
    *inbound = cls == TCPESTATS_BANDWIDTH && directions[1] == TCPESTATS_ON;
}

static void conn_to_gate(const struct conn *conn, struct estats_conn *out)
{
    out->family = is_v6(conn) ? ESTATS_IPV6 : ESTATS_IPV4;
    out->local_port = conn->local.port;
    out->remote_port = conn->remote.port;
    memcpy(out->local, conn->local.address.bytes, sizeof(out->local));
    memcpy(out->remote, conn->remote.address.bytes, sizeof(out->remote));
    out->local_scope = conn->scope;
    out->remote_scope = conn->remote_scope;
}

static bool helper_status(const struct conn *conn, unsigned cls, struct estats_get *get)
{
    memset(get, 0, sizeof(*get));
    conn_to_gate(conn, &get->conn);
    get->cls = cls;
    get->abi = ABI;
    get->want = ESTATS_WANT_VALUES;
    return helper_call(ESTATS_GET, get);
}

static int read_class(const struct conn *conn, unsigned cls, struct reading *reading,
                      struct failure *failure)
{
    ULONG ros_size = (ULONG)tcpestats_block_size(cls, TCPESTATS_ROS, ABI), error;
    ULONG rod_size = (ULONG)tcpestats_block_size(cls, TCPESTATS_ROD, ABI);
    struct estats_get get;
    struct rw rw;

    /* Somebody may throw the switch between the two calls. */
    for (int tries = 0; tries < 4; tries++) {
        memset(reading, 0, sizeof(*reading));
        memset(&rw, 0, sizeof(rw));
        reading->has_status = helper_status(conn, cls, &get);
        error = call_get(conn, cls, &rw, reading->ros, ros_size, reading->rod, rod_size);
        reading->time_ns = backend_now_ns();
        if (error)
            return fail_code(failure, error);
        read_switches(cls, &rw, &reading->enabled, &reading->enabled_inbound);
        if (!reading->has_status || cls == TCPESTATS_SYN_OPTS ||
            (reading->enabled == (get.enabled == TCPESTATS_ON) &&
             reading->enabled_inbound == (cls == TCPESTATS_BANDWIDTH && get.enabled_inbound == 1)))
            break;
    }
    reading->cls = cls;
    reading->abi = ABI;
    if (reading->has_status) {
        memcpy(reading->status, get.status, sizeof(reading->status));
        memcpy(reading->fidelity, get.fidelity, sizeof(reading->fidelity));
        memcpy(reading->backend, get.backend, sizeof(reading->backend));
        memcpy(reading->row, get.row, sizeof(reading->row));
    }
    return TOOL_OK;
}

static int system_set(const struct conn *conn, unsigned cls, bool on, struct failure *failure)
{
    ULONG size = (ULONG)tcpestats_block_size(cls, TCPESTATS_RW, ABI), error;
    int32_t directions[2] = {on, on};
    set_fn set = api[is_v6(conn)].set;
    struct rw rw = {{on}};
    union row row;

    if (cls == TCPESTATS_BANDWIDTH)
        memcpy(rw.bytes, directions, sizeof(directions));
    make_row(conn, &row);
    error = set ? set(&row, (int)cls, rw.bytes, 0, size, 0) : ERROR_CALL_NOT_IMPLEMENTED;
    return error ? fail_code(failure, error) : TOOL_OK;
}

static void system_classes(struct conn *conn)
{
    conn->classes = 0;
    conn->classes_known = true;
    for (unsigned cls = TCPESTATS_DATA; cls < TCPESTATS_CLASS_COUNT; cls++) {
        bool enabled, inbound;
        struct rw rw;

        memset(&rw, 0, sizeof(rw));
        if (call_get(conn, cls, &rw, NULL, 0, NULL, 0)) {
            conn->classes_known = false;
            return;
        }
        read_switches(cls, &rw, &enabled, &inbound);
        if (enabled || inbound)
            conn->classes |= 1u << cls;
    }
}

static int system_list(int (*visit)(const struct conn *, void *), void *arg,
                       struct failure *failure)
{
    return tables_list(visit, arg, failure);
}

struct search {
    struct conn *conn;
    bool found;
};

static int visit_search(const struct conn *conn, void *arg)
{
    struct search *search = arg;
    const struct conn *key = search->conn;

    if (memcmp(&conn->local, &key->local, sizeof(key->local)) ||
        memcmp(&conn->remote, &key->remote, sizeof(key->remote)) ||
        (key->scope && conn->scope && key->scope != conn->scope))
        return 0;
    search->found = true;
    /* Wine's table does not tell the interface; the user may have. */
    if (conn->scope || !key->scope)
        *search->conn = *conn;
    else
        search->conn->state = conn->state;
    return 1;
}

/* What the host knows of a connection that is in no table of Wine's. */
static void ask_helper(struct conn *conn)
{
    struct estats_find find;

    memset(&find, 0, sizeof(find));
    conn_to_gate(conn, &find.conn);
    if (!helper_call(ESTATS_FIND, &find))
        return;
    conn->state = state_of_linux(find.state);
    if (address_is_link_local(&conn->local.address))
        conn->scope = find.ifindex;
}

static int system_find(struct conn *conn, struct failure *failure)
{
    struct search search = {conn, false};
    struct rw rw;
    int code;
    ULONG error;

    conn->has_owner = true;
    code = tables_list(visit_search, &search, failure);
    if (search.found)
        return TOOL_OK;
    if (code)
        return code;
    /* Newer versions of Wine list only Wine's own connections, but the functions know all. */
    error = call_get(conn, TCPESTATS_DATA, &rw, NULL, 0, NULL, 0);
    if (error == ERROR_NOT_FOUND || error == ERROR_INVALID_NETNAME || error == ERROR_NOT_SUPPORTED)
        return fail_code(failure, error);
    ask_helper(conn);
    return TOOL_OK;
}

static const char *system_list_limits(void)
{
    return wine_is_at_least(9, 17)
               ? "this Wine lists the connections of its own programs only; any other of the host "
                 "can be read by its addresses and ports"
               : NULL;
}

static int system_take(const struct conn *conn, unsigned classes,
                       struct reading readings[TCPESTATS_CLASS_COUNT], struct failure *failure)
{
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        if (classes & 1u << cls && read_class(conn, cls, &readings[cls], failure))
            return failure->code;
    return TOOL_OK;
}

struct sweep {
    unsigned classes;
    int (*visit)(const struct conn *, const struct reading *, void *);
    void *arg;
};

/* One that has closed since it was listed is passed over. */
static int visit_listed(const struct conn *conn, void *arg)
{
    const struct sweep *sweep = arg;
    struct reading readings[TCPESTATS_CLASS_COUNT];
    struct failure ignored;

    return system_take(conn, sweep->classes, readings, &ignored)
               ? 0
               : sweep->visit(conn, readings, sweep->arg);
}

static int system_begun(const struct conn *conn, unsigned classes, struct reading *begun,
                        struct reading *now, struct failure *failure)
{
    (void)conn;
    (void)classes;
    (void)begun;
    (void)now;
    return fail_with(
        failure, TOOL_NOT_SUPPORTED,
        "Windows does not tell since when a class is on: watch for some seconds instead");
}

static int system_sweep(unsigned classes,
                        int (*visit)(const struct conn *, const struct reading *, void *),
                        void *arg, struct failure *failure)
{
    struct sweep sweep = {classes, visit, arg};

    return system_list(visit_listed, &sweep, failure);
}

static void from_field(const struct estats_field *field, struct source *source)
{
    *source = (struct source){
        .fidelity = fidelity_name(field->fidelity),
        .source = field->source,
        .note = field->note[0] ? field->note : NULL,
        .since = field->since[0] ? field->since : NULL,
        .clock_driven = field->clock_driven != 0,
        .backend = backend_name(field->backend),
    };
}

static int system_source(unsigned id, struct source *source, struct failure *failure)
{
    static struct estats_field field;

    memset(&field, 0, sizeof(field));
    field.id = id;
    if (helper_call(ESTATS_FIELD, &field)) {
        from_field(&field, source);
        return TOOL_OK;
    }
    if (helper_is_wine() || !api[0].get)
        return fail_code(failure, ERROR_CALL_NOT_IMPLEMENTED);
    *source = (struct source){.source = "Windows' own", .clock_driven = -1};
    return TOOL_OK;
}

static bool system_value_source(const struct reading *reading, unsigned id, struct source *source)
{
    static struct estats_field field;
    unsigned at = id - class_first(reading->cls);

    memset(&field, 0, sizeof(field));
    field.row = reading->row[at];
    field.backend = reading->backend[at];
    if (!field.row || !helper_call(ESTATS_FIELD, &field))
        return false;
    from_field(&field, source);
    return true;
}

static void system_collector(struct collector *collector)
{
    struct estats_collector found;

    memset(&found, 0, sizeof(found));
    *collector = (struct collector){.state = NULL};
    if (helper_call(ESTATS_COLLECTOR, &found))
        *collector = (struct collector){
            .state = collector_name(found.state),
            .records = found.records,
            .in_use = found.in_use,
            .attached = found.attached,
        };
}

static int system_owners_load(struct failure *failure)
{
    return tables_owners_load(failure);
}

/* What people know an interface by; under Wine that is the host's name of it. */
static uint32_t index_of_alias(const char *zone)
{
    DWORD(WINAPI * to_luid)
    (const WCHAR *, ULONG64 *) = (DWORD(WINAPI *)(const WCHAR *, ULONG64 *))tables_function(
        "ConvertInterfaceAliasToLuid");
    DWORD(WINAPI * to_index)
    (const ULONG64 *, ULONG *) = (DWORD(WINAPI *)(const ULONG64 *, ULONG *))tables_function(
        "ConvertInterfaceLuidToIndex");
    WCHAR wide[ZONE_MAX];
    ULONG64 luid = 0;
    ULONG index = 0;

    if (!to_luid || !to_index ||
        !MultiByteToWideChar(CP_UTF8, 0, zone, -1, wide, sizeof(wide) / sizeof(wide[0])) ||
        to_luid(wide, &luid) || to_index(&luid, &index))
        return 0;
    return index;
}

static int system_user(const char *name, uint32_t *uid, struct failure *failure)
{
    (void)name;
    (void)uid;
    return fail_with(failure, TOOL_NOT_SUPPORTED, "uid: selects by Linux' users, on the host");
}

static bool system_user_is(const struct conn *conn, const char *name, uint32_t uid)
{
    (void)name;
    return conn->has_uid && conn->uid == uid;
}

static const char *system_user_name(const struct conn *conn)
{
    (void)conn;
    return NULL;
}

static int system_cgroup_check(const char *path, struct failure *failure)
{
    (void)path;
    return fail_with(failure, TOOL_NOT_SUPPORTED,
                     "cgroup: selects by Linux' control groups, on the host");
}

static const char *system_cgroup(const struct conn *conn)
{
    (void)conn;
    return NULL;
}

static bool system_cgroup_has(const char *path, const struct conn *conn)
{
    (void)path;
    (void)conn;
    return false;
}

static uint32_t system_zone(uint32_t netns, const char *zone)
{
    ULONG(WINAPI * function)
    (const char *) = (ULONG(WINAPI *)(const char *))tables_function("if_nametoindex");
    uint32_t index = function ? function(zone) : 0;
    char *end;
    unsigned long number = strtoul(zone, &end, 10);

    (void)netns;
    if (!index)
        index = index_of_alias(zone);
    if (index)
        return index;
    return *zone >= '1' && *zone <= '9' && !*end ? (uint32_t)number : 0;
}

static void system_zone_name(const struct conn *conn, char zone[ZONE_MAX])
{
    zone[0] = 0;
    if (conn->scope)
        snprintf(zone, ZONE_MAX, "%u", (unsigned)conn->scope);
}

const struct backend_calls backend_system = {
    .open = system_open,
    .open_all = system_open_all,
    .close = system_close,
    .netns_count = system_netns_count,
    .netns_at = system_netns_at,
    .netns_name = system_netns_name,
    .list = system_list,
    .list_limits = system_list_limits,
    .find = system_find,
    .take = system_take,
    .begun = system_begun,
    .sweep = system_sweep,
    .set = system_set,
    .classes = system_classes,
    .source = system_source,
    .value_source = system_value_source,
    .collector = system_collector,
    .owners_load = system_owners_load,
    .owners = tables_owners,
    .process = tables_process,
    .process_is = tables_process_is,
    .owner_unknown = tables_owner_unknown,
    .user = system_user,
    .user_is = system_user_is,
    .user_name = system_user_name,
    .cgroup_check = system_cgroup_check,
    .cgroup = system_cgroup,
    .cgroup_has = system_cgroup_has,
    .zone = system_zone,
    .zone_name = system_zone_name,
};

/* FILETIME counts 100 ns since 1601. */
uint64_t backend_wall_ns(void)
{
    FILETIME now;

    GetSystemTimeAsFileTime(&now);
    return (((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime) - 116444736000000000) * 100;
}

uint64_t backend_now_ns(void)
{
    static LARGE_INTEGER frequency;
    LARGE_INTEGER now;

    if (!frequency.QuadPart)
        QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    return (uint64_t)(now.QuadPart / frequency.QuadPart) * 1000000000 +
           (uint64_t)(now.QuadPart % frequency.QuadPart) * 1000000000 /
               (uint64_t)frequency.QuadPart;
}

static UINT console_code_page;

static void restore_console(void)
{
    SetConsoleOutputCP(console_code_page);
}

int wmain(int argc, wchar_t **argv);
int wmain(int argc, wchar_t **argv)
{
    char **args = calloc((size_t)argc + 1, sizeof(*args));

    _setmode(_fileno(stdout), _O_BINARY); /* lines end as on Linux */
    _setmode(_fileno(stdin), _O_BINARY);
    console_code_page = GetConsoleOutputCP();
    if (console_code_page && SetConsoleOutputCP(CP_UTF8))
        atexit(restore_console);
    for (int i = 0; args && i < argc; i++) {
        int size = WideCharToMultiByte(CP_UTF8, 0, argv[i], -1, NULL, 0, NULL, NULL);

        args[i] = malloc((size_t)size + 1);
        if (!args[i])
            return TOOL_OTHER;
        args[i][0] = 0;
        WideCharToMultiByte(CP_UTF8, 0, argv[i], -1, args[i], size, NULL, NULL);
    }
    return args ? tool_main(argc, args) : TOOL_OTHER;
}
