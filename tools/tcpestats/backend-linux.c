/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system as libtcpestats shows it. */
#include "backend.h"

#include <errno.h>
#include <net/if.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "backend-linux.h"
#include "cgroup-linux.h"
#include "conns.h"
#include "netns-linux.h"
#include "owners-linux.h"

static struct tcpestats_snapshot *snapshot;

/* The layout in which members are read: any would do. */
#define ABI TCPESTATS_ABI_X86_64

/* A switch is remembered for this boot and this network namespace, which files of /proc tell. */
static int fail_switch(struct failure *failure, int error)
{
    static const char *const needed[] = {"/proc/self/ns/net", "/proc/sys/kernel/random/boot_id"};

    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]) && error != -ENOENT; i++)
        if (access(needed[i], F_OK))
            return fail_with(failure, TOOL_NOT_SUPPORTED,
                             "%s is missing, and collection cannot be switched without it: is "
                             "/proc mounted here?",
                             needed[i]);
    return netns_fail(failure, error);
}

static int open_snapshot(struct failure *failure)
{
    int error = tcpestats_snapshot_new(&snapshot);

    return error ? netns_fail(failure, error) : TOOL_OK;
}

static int system_open(const char *netns, struct failure *failure)
{
    return open_snapshot(failure) ? failure->code : netns_open(netns, failure);
}

static int system_open_all(struct failure *failure)
{
    return open_snapshot(failure) ? failure->code : netns_open_all(failure);
}

static void system_close(void)
{
    netns_close();
    tcpestats_snapshot_free(snapshot);
    snapshot = NULL;
    owners_free();
    cgroup_free();
}

static size_t system_netns_count(void)
{
    return netns_count();
}

static uint32_t system_netns_at(size_t i)
{
    return netns_at(i)->number;
}

static const char *system_netns_name(const struct conn *conn)
{
    const struct netns *space = netns_is_all() ? netns_find(conn->netns) : NULL;

    return space ? space->name : NULL;
}

/* The handle for what is said of no connection. */
static struct tcpestats *first_handle(void)
{
    return netns_count() ? netns_at(0)->handle : NULL;
}

/* NULL, which the library refuses: its namespace is gone. */
static struct tcpestats *handle_of(const struct conn *conn)
{
    struct netns *space = netns_find(conn->netns);

    return space ? space->handle : NULL;
}

/* The namespace of a connection went while it was asked about. */
static int gone(const struct conn *conn, int error)
{
    return handle_of(conn) ? error : -ENOENT;
}

static void to_endpoint(struct endpoint *endpoint, uint16_t family, const uint8_t address[16],
                        uint16_t port)
{
    endpoint->address.family = family;
    memcpy(endpoint->address.bytes, address, sizeof(endpoint->address.bytes));
    address_canonical(&endpoint->address);
    endpoint->port = port;
}

void conn_from_library(struct conn *conn, uint32_t netns, const struct tcpestats_conn *found)
{
    memset(conn, 0, sizeof(*conn));
    to_endpoint(&conn->local, found->family, found->local, found->local_port);
    to_endpoint(&conn->remote, found->family, found->remote, found->remote_port);
    conn->state = state_of_linux(found->state);
    conn->scope = found->ifindex ? found->ifindex : found->scope_id;
    conn->identity = found->cookie;
    conn->netns = netns;
    conn->has_uid = true;
    conn->uid = found->uid;
    conn->cgroup = found->cgroup;
    conn->inode = found->inode;
    conn->has_owner = found->inode != 0;
    conn->classes_known = true;
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        conn->classes |= found->enabled & 1u << cls;
    if (found->enabled & 1u << 31) /* Bandwidth, inbound */
        conn->classes |= 1u << TCPESTATS_BANDWIDTH;
}

static struct tcpestats_conn to_library(const struct conn *conn)
{
    struct tcpestats_conn out = {.size = sizeof(out), .family = conn->local.address.family};

    out.local_port = conn->local.port;
    out.remote_port = conn->remote.port;
    memcpy(out.local, conn->local.address.bytes, sizeof(out.local));
    memcpy(out.remote, conn->remote.address.bytes, sizeof(out.remote));
    out.ifindex = conn->scope;
    return out;
}

struct visit {
    int (*visit)(const struct conn *, void *);
    void *arg;
    uint32_t netns;
};

static int visit_library(const struct tcpestats_conn *found, void *arg)
{
    const struct visit *to = arg;
    struct conn conn;

    conn_from_library(&conn, to->netns, found);
    return to->visit(&conn, to->arg);
}

/*
 * Of all namespaces one that cannot be asked hides no other. True: go on with the next. *first: the
 * first that could not.
 */
static bool goes_on(int *result, int *first)
{
    if (*result < 0 && netns_is_all()) {
        *first = *first ? *first : *result;
        *result = 0;
    }
    return !*result;
}

static int system_list(int (*visit)(const struct conn *, void *), void *arg,
                       struct failure *failure)
{
    int result = 0, first = 0;

    netns_refresh();
    for (size_t i = 0; i < netns_count() && goes_on(&result, &first); i++) {
        struct visit to = {visit, arg, netns_at(i)->number};

        result = tcpestats_list(netns_at(i)->handle, visit_library, &to);
    }
    goes_on(&result, &first);
    result = result ? result : first;
    return result < 0 ? netns_fail(failure, result) : result;
}

static const char *system_list_limits(void)
{
    return netns_has_hidden()
               ? "the network namespaces of processes that this user may not trace are left out"
               : NULL;
}

static int system_find(struct conn *conn, struct failure *failure)
{
    struct tcpestats_conn found = to_library(conn);
    int error = gone(conn, tcpestats_find(handle_of(conn), &found));

    if (error)
        return netns_fail(failure, error);
    conn_from_library(conn, conn->netns, &found);
    return TOOL_OK;
}

static int to_reading(const struct tcpestats_sample *sample, struct reading *reading)
{
    uint8_t *const blocks[] = {[TCPESTATS_ROS] = reading->ros, [TCPESTATS_ROD] = reading->rod};
    unsigned cls = sample->cls;

    memset(reading, 0, sizeof(*reading));
    for (unsigned block = TCPESTATS_ROS; block <= TCPESTATS_ROD; block++) {
        size_t size = tcpestats_block_size(cls, block, ABI);
        int error = size ? tcpestats_pack(sample, block, ABI, blocks[block], size) : 0;

        if (error)
            return error;
    }
    reading->cls = cls;
    reading->abi = ABI;
    reading->time_ns = sample->time_ns;
    reading->late_ns = 0;
    if (sample->since_ns)
        reading->late_ns = sample->time_ns > sample->since_ns ? sample->time_ns - sample->since_ns
                                                              : 1;
    reading->enabled = sample->enabled == TCPESTATS_ON;
    reading->enabled_inbound = cls == TCPESTATS_BANDWIDTH &&
                               sample->enabled_inbound == TCPESTATS_ON;
    reading->has_status = true;
    for (unsigned i = 0; i < sample->count && i < TCPESTATS_CLASS_FIELDS_MAX; i++) {
        reading->status[i] = sample->values[i].status;
        reading->fidelity[i] = sample->values[i].fidelity;
        reading->backend[i] = sample->values[i].backend;
        reading->row[i] = sample->values[i].row;
    }
    return 0;
}

static int read_snapshot(int (*read)(const struct tcpestats_snapshot *, enum tcpestats_class,
                                     struct tcpestats_sample *),
                         const struct tcpestats_snapshot *from, unsigned classes,
                         struct reading *readings, uint64_t *cookie)
{
    struct tcpestats_sample sample = {.size = sizeof(sample)};
    int error = 0;

    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT && !error; cls++) {
        if (!(classes & 1u << cls))
            continue;
        error = read(from, cls, &sample);
        if (!error)
            error = to_reading(&sample, &readings[cls]);
    }
    *cookie = sample.cookie;
    return error;
}

/* What a snapshot says; *cookie: of which connection. */
int readings_from_library(const struct tcpestats_snapshot *from, unsigned classes,
                          struct reading *readings, uint64_t *cookie)
{
    return read_snapshot(tcpestats_read, from, classes, readings, cookie);
}

static int system_take(const struct conn *conn, unsigned classes,
                       struct reading readings[TCPESTATS_CLASS_COUNT], struct failure *failure)
{
    struct tcpestats_conn key = to_library(conn);
    int error = gone(conn, tcpestats_take(handle_of(conn), &key, classes, snapshot));
    uint64_t cookie;

    if (!error)
        error = readings_from_library(snapshot, classes, readings, &cookie);
    /* Another connection on the same addresses and ports is not the one that was meant. */
    if (!error && conn->identity && cookie != conn->identity)
        error = -ENOENT;
    return error ? netns_fail(failure, error) : TOOL_OK;
}

static int system_begun(const struct conn *conn, unsigned classes, struct reading *begun,
                        struct reading *now, struct failure *failure)
{
    int code = system_take(conn, classes, now, failure), error;
    uint64_t cookie;

    if (code)
        return code;
    error = read_snapshot(tcpestats_read_begun, snapshot, classes, begun, &cookie);
    return error ? netns_fail(failure, error) : TOOL_OK;
}

struct sweep {
    unsigned classes;
    int (*visit)(const struct conn *, const struct reading *, void *);
    void *arg;
    uint32_t netns;
    struct reading readings[TCPESTATS_CLASS_COUNT];
};

static int visit_snapshot(const struct tcpestats_conn *found, const struct tcpestats_snapshot *from,
                          void *arg)
{
    struct sweep *sweep = arg;
    struct conn conn;
    uint64_t cookie;
    int error = readings_from_library(from, sweep->classes, sweep->readings, &cookie);

    if (error)
        return error;
    conn_from_library(&conn, sweep->netns, found);
    return sweep->visit(&conn, sweep->readings, sweep->arg);
}

static int system_sweep(unsigned classes,
                        int (*visit)(const struct conn *, const struct reading *, void *),
                        void *arg, struct failure *failure)
{
    struct sweep sweep = {.classes = classes, .visit = visit, .arg = arg};
    int result = 0, first = 0;

    netns_refresh();
    for (size_t i = 0; i < netns_count() && goes_on(&result, &first); i++) {
        sweep.netns = netns_at(i)->number;
        result = tcpestats_sweep(netns_at(i)->handle, classes, visit_snapshot, &sweep);
    }
    goes_on(&result, &first);
    result = result ? result : first;
    return result < 0 ? netns_fail(failure, result) : result;
}

static int system_set(const struct conn *conn, unsigned cls, bool on, struct failure *failure)
{
    struct tcpestats_conn key = to_library(conn);
    struct tcpestats_rw rw = {sizeof(rw), on, on};
    int error = 0;

    if (conn->identity) {
        struct tcpestats_conn now = key;

        error = gone(conn, tcpestats_find(handle_of(conn), &now));
        if (!error && now.cookie != conn->identity)
            error = -ENOENT;
    }
    if (!error)
        error = gone(conn, tcpestats_set(handle_of(conn), &key, cls, &rw));
    return error ? fail_switch(failure, error) : TOOL_OK;
}

static void system_classes(struct conn *conn)
{
    (void)conn; /* every connection comes with them */
}

static void from_source(const struct tcpestats_source *found, struct source *source)
{
    *source = (struct source){
        .fidelity = fidelity_name(found->fidelity),
        .source = found->source,
        .note = found->note,
        .since = found->since,
        .clock_driven = found->clock_driven != 0,
        .backend = backend_name(found->backend),
    };
}

static int system_source(unsigned id, struct source *source, struct failure *failure)
{
    struct tcpestats_source found = {.size = sizeof(found)};
    int error = tcpestats_field_source(first_handle(), id, &found);

    if (error)
        return netns_fail(failure, error);
    from_source(&found, source);
    return TOOL_OK;
}

static bool system_value_source(const struct reading *reading, unsigned id, struct source *source)
{
    unsigned at = id - class_first(reading->cls);
    const struct tcpestats_value value = {.row = reading->row[at], .backend = reading->backend[at]};
    struct tcpestats_source found = {.size = sizeof(found)};

    if (tcpestats_value_source(&value, &found))
        return false;
    from_source(&found, source);
    return true;
}

static void system_collector(struct collector *collector)
{
    struct tcpestats_collector found = {.size = sizeof(found)};

    *collector = (struct collector){.state = NULL};
    if (tcpestats_collector(first_handle(), &found))
        return;
    *collector = (struct collector){
        .state = collector_name(found.state),
        .records = found.records,
        .in_use = found.in_use,
        .attached = found.attached,
        .clients = found.clients,
        .lost_guard = found.lost_guard,
        .lost_busy = found.lost_busy,
    };
}

static int system_owners_load(struct failure *failure)
{
    return owners_load(failure);
}

static const struct owner *system_owners(const struct conn *conn, size_t *count)
{
    if (conn->inode)
        return owners_of(conn->inode, count);
    *count = 0;
    return NULL;
}

static enum process_view system_process(uint32_t pid, const char *name)
{
    return owners_process(pid, name);
}

static bool system_process_is(const struct owner *owner, const char *name)
{
    return owners_name_matches(owner->pid, name);
}

static int system_owner_unknown(struct failure *failure)
{
    return fail_with(
        failure, TOOL_NOT_PERMITTED,
        "owner unknown: this user may not see what the process has open; run as root or as "
        "its user, or select by address and port");
}

static int system_user(const char *name, uint32_t *uid, struct failure *failure)
{
    const struct passwd *user = getpwnam(name);
    char *end;
    unsigned long number;

    if (user) {
        *uid = user->pw_uid;
        return TOOL_OK;
    }
    errno = 0;
    number = strtoul(name, &end, 10);
    if (*name < '0' || *name > '9' || *end || errno || number >= UINT32_MAX)
        return fail_with(failure, TOOL_NOT_FOUND, "there is no user '%.64s'", name);
    *uid = (uint32_t)number;
    return TOOL_OK;
}

#define USER_NAME_MAX 40

static bool system_user_is(const struct conn *conn, const char *name, uint32_t uid)
{
    (void)name;
    return conn->has_uid && conn->uid == uid;
}

/* Asking for a name may take a server: once for each of the last few users. */
static const char *system_user_name(const struct conn *conn)
{
    static struct {
        uint32_t uid;
        char name[USER_NAME_MAX];
    } known[16];
    size_t at = conn->uid % (sizeof(known) / sizeof(known[0]));

    if (!conn->has_uid)
        return NULL;
    if (!known[at].name[0] || known[at].uid != conn->uid) {
        const struct passwd *user = getpwuid(conn->uid);

        known[at].uid = conn->uid;
        if (user)
            snprintf(known[at].name, USER_NAME_MAX, "%s", user->pw_name);
        else
            snprintf(known[at].name, USER_NAME_MAX, "%u", conn->uid);
    }
    return known[at].name;
}

static int system_cgroup_check(const char *path, struct failure *failure)
{
    if (!cgroup_mount())
        return fail_with(failure, TOOL_NOT_SUPPORTED,
                         "control groups of version 2 are not mounted here");
    if (!cgroup_exists(path))
        return fail_with(failure, TOOL_NOT_FOUND, "there is no control group '%.200s' below %s",
                         path, cgroup_mount());
    return TOOL_OK;
}

static const char *system_cgroup(const struct conn *conn)
{
    static char path[CGROUP_PATH_MAX];
    const struct owner *owner;
    size_t count;

    if (conn->cgroup)
        return cgroup_of_id(conn->cgroup);
    /* Before Linux 5.9. */
    owner = system_owners(conn, &count);
    return count && cgroup_of_process(owner->pid, path) ? path : NULL;
}

static bool system_cgroup_has(const char *path, const struct conn *conn)
{
    const char *own = system_cgroup(conn);

    return own && cgroup_is_within(own, path);
}

/* Interfaces are asked about within the namespace, or with -1 in the one that the program is in. */
static int zone_socket(uint32_t netns)
{
    const struct netns *space = netns_is_all() ? netns_find(netns) : NULL;

    return space ? space->socket : -1;
}

static uint32_t index_of(int fd, const char *zone)
{
    struct ifreq request;

    if (fd < 0)
        return netns_is_all() ? 0 : if_nametoindex(zone);
    memset(&request, 0, sizeof(request));
    if (strlen(zone) >= sizeof(request.ifr_name))
        return 0;
    strcpy(request.ifr_name, zone);
    return ioctl(fd, SIOCGIFINDEX, &request) ? 0 : (uint32_t)request.ifr_ifindex;
}

static uint32_t system_zone(uint32_t netns, const char *zone)
{
    uint32_t index = index_of(zone_socket(netns), zone);
    char *end;
    unsigned long number;

    if (index)
        return index;
    number = strtoul(zone, &end, 10);
    return *zone >= '1' && *zone <= '9' && !*end && number <= INT32_MAX ? (uint32_t)number : 0;
}

static bool name_of(int fd, uint32_t scope, char zone[ZONE_MAX])
{
    struct ifreq request;

    if (fd < 0)
        return !netns_is_all() && if_indextoname(scope, zone);
    memset(&request, 0, sizeof(request));
    request.ifr_ifindex = (int)scope;
    if (ioctl(fd, SIOCGIFNAME, &request))
        return false;
    snprintf(zone, ZONE_MAX, "%.*s", (int)sizeof(request.ifr_name), request.ifr_name);
    return true;
}

static void system_zone_name(const struct conn *conn, char zone[ZONE_MAX])
{
    zone[0] = 0;
    if (conn->scope && !name_of(zone_socket(conn->netns), conn->scope, zone))
        snprintf(zone, ZONE_MAX, "%u", conn->scope);
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
    .owners = system_owners,
    .process = system_process,
    .process_is = system_process_is,
    .owner_unknown = system_owner_unknown,
    .user = system_user,
    .user_is = system_user_is,
    .user_name = system_user_name,
    .cgroup_check = system_cgroup_check,
    .cgroup = system_cgroup,
    .cgroup_has = system_cgroup_has,
    .zone = system_zone,
    .zone_name = system_zone_name,
};

uint64_t backend_wall_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t backend_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int main(int argc, char **argv)
{
    return tool_main(argc, argv);
}
