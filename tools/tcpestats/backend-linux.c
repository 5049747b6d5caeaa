/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system as libtcpestats shows it. */
#include "backend.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "conns.h"
#include "owners-linux.h"

static struct tcpestats *handle;
static struct tcpestats_snapshot *snapshot;

/* The layout in which members are read: any would do. */
#define ABI TCPESTATS_ABI_X86_64

static int fail_errno(struct failure *failure, int error)
{
    static const struct {
        int error, code;
        const char *hint;
    } known[] = {
        {-ENOENT, TOOL_NOT_FOUND, " 'tcpestats list' shows those there are."},
        {-ESHUTDOWN, TOOL_NOT_FOUND, ""},
        {-EACCES, TOOL_NOT_PERMITTED, " See FILES in tcpestats(1)."},
        {-EPERM, TOOL_NOT_PERMITTED, " See FILES in tcpestats(1)."},
        {-EOPNOTSUPP, TOOL_NOT_SUPPORTED, " The module tcp_diag may be missing."},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].error == error)
            return fail_with(failure, known[i].code, "%s%s", tcpestats_strerror(error),
                             known[i].hint);
    return fail_with(failure, TOOL_OTHER, "%s", tcpestats_strerror(error));
}

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
    return fail_errno(failure, error);
}

static int fail_netns(struct failure *failure, const char *netns, int error)
{
    switch (error) {
    case ENOENT:
    case ESRCH:
        return fail_with(failure, TOOL_NOT_FOUND, "there is no network namespace '%.64s'", netns);
    case EACCES:
    case EPERM:
        return fail_with(failure, TOOL_NOT_PERMITTED,
                         "only root may look into the network namespace '%.64s'", netns);
    case EINVAL:
        return fail_with(failure, TOOL_USAGE, "'%.64s' is no network namespace", netns);
    default:
        return fail_with(failure, TOOL_OTHER, "network namespace '%.64s': %s", netns,
                         strerror(error));
    }
}

/* A descriptor, or -1 with errno. */
static int open_netns(const char *netns)
{
    bool is_path = strchr(netns, '/'), is_pid = !netns[strspn(netns, "0123456789")];
    char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s%s%s",
                 is_path  ? ""
                 : is_pid ? "/proc/"
                          : "/run/netns/",
                 netns, is_pid && !is_path ? "/ns/net" : "") >= (int)sizeof(path)) {
        errno = ENOENT;
        return -1;
    }
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

int backend_open(const char *netns, struct failure *failure)
{
    struct tcpestats_options options = {
        .size = sizeof(options),
        .freshness_ms = TCPESTATS_FRESHNESS_MS,
    };
    int error = tcpestats_snapshot_new(&snapshot);

    if (error)
        return fail_errno(failure, error);
    if (!netns) {
        error = tcpestats_open(&handle, &options);
        return error ? fail_errno(failure, error) : TOOL_OK;
    }
    options.flags = TCPESTATS_OPEN_NETNS;
    options.netns_fd = open_netns(netns);
    if (options.netns_fd < 0)
        return fail_netns(failure, netns, errno);
    error = -tcpestats_open(&handle, &options);
    /*
     * For what has no handle: the names of interfaces, and links. Who has a handle and may not
     * enter is there.
     */
    if (!error && setns(options.netns_fd, CLONE_NEWNET) && errno != EPERM)
        error = errno;
    close(options.netns_fd);
    return error ? fail_netns(failure, netns, error) : TOOL_OK;
}

void backend_close(void)
{
    tcpestats_close(handle);
    handle = NULL;
    tcpestats_snapshot_free(snapshot);
    snapshot = NULL;
    owners_free();
}

static void to_endpoint(struct endpoint *endpoint, uint16_t family, const uint8_t address[16],
                        uint16_t port)
{
    endpoint->address.family = family;
    memcpy(endpoint->address.bytes, address, sizeof(endpoint->address.bytes));
    address_canonical(&endpoint->address);
    endpoint->port = port;
}

static void from_library(struct conn *conn, const struct tcpestats_conn *found)
{
    memset(conn, 0, sizeof(*conn));
    to_endpoint(&conn->local, found->family, found->local, found->local_port);
    to_endpoint(&conn->remote, found->family, found->remote, found->remote_port);
    conn->state = state_of_linux(found->state);
    conn->scope = found->ifindex ? found->ifindex : found->scope_id;
    conn->identity = found->cookie;
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
};

static int visit_library(const struct tcpestats_conn *found, void *arg)
{
    const struct visit *to = arg;
    struct conn conn;

    from_library(&conn, found);
    return to->visit(&conn, to->arg);
}

int backend_list(int (*visit)(const struct conn *, void *), void *arg, struct failure *failure)
{
    struct visit to = {visit, arg};
    int result = tcpestats_list(handle, visit_library, &to);

    return result < 0 ? fail_errno(failure, result) : result;
}

const char *backend_list_limits(void)
{
    return NULL;
}

int backend_find(struct conn *conn, struct failure *failure)
{
    struct tcpestats_conn found = to_library(conn);
    int error = tcpestats_find(handle, &found);

    if (error)
        return fail_errno(failure, error);
    from_library(conn, &found);
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

/* What a snapshot says; *cookie: of which connection. */
static int read_snapshot(const struct tcpestats_snapshot *from, unsigned classes,
                         struct reading *readings, uint64_t *cookie)
{
    struct tcpestats_sample sample = {.size = sizeof(sample)};
    int error = 0;

    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT && !error; cls++) {
        if (!(classes & 1u << cls))
            continue;
        error = tcpestats_read(from, cls, &sample);
        if (!error)
            error = to_reading(&sample, &readings[cls]);
    }
    *cookie = sample.cookie;
    return error;
}

int backend_take(const struct conn *conn, unsigned classes,
                 struct reading readings[TCPESTATS_CLASS_COUNT], struct failure *failure)
{
    struct tcpestats_conn key = to_library(conn);
    int error = tcpestats_take(handle, &key, classes, snapshot);
    uint64_t cookie;

    if (!error)
        error = read_snapshot(snapshot, classes, readings, &cookie);
    /* Another connection on the same addresses and ports is not the one that was meant. */
    if (!error && conn->identity && cookie != conn->identity)
        error = -ENOENT;
    return error ? fail_errno(failure, error) : TOOL_OK;
}

struct sweep {
    unsigned classes;
    int (*visit)(const struct conn *, const struct reading *, void *);
    void *arg;
    struct reading readings[TCPESTATS_CLASS_COUNT];
};

static int visit_snapshot(const struct tcpestats_conn *found, const struct tcpestats_snapshot *from,
                          void *arg)
{
    struct sweep *sweep = arg;
    struct conn conn;
    uint64_t cookie;
    int error = read_snapshot(from, sweep->classes, sweep->readings, &cookie);

    if (error)
        return error;
    from_library(&conn, found);
    return sweep->visit(&conn, sweep->readings, sweep->arg);
}

int backend_sweep(unsigned classes,
                  int (*visit)(const struct conn *, const struct reading *, void *), void *arg,
                  struct failure *failure)
{
    struct sweep sweep = {.classes = classes, .visit = visit, .arg = arg};
    int result = tcpestats_sweep(handle, classes, visit_snapshot, &sweep);

    return result < 0 ? fail_errno(failure, result) : result;
}

int backend_set(const struct conn *conn, unsigned cls, bool on, struct failure *failure)
{
    struct tcpestats_conn key = to_library(conn);
    struct tcpestats_rw rw = {sizeof(rw), on, on};
    int error = 0;

    if (conn->identity) {
        struct tcpestats_conn now = key;

        error = tcpestats_find(handle, &now);
        if (!error && now.cookie != conn->identity)
            error = -ENOENT;
    }
    if (!error)
        error = tcpestats_set(handle, &key, cls, &rw);
    return error ? fail_switch(failure, error) : TOOL_OK;
}

void backend_classes(struct conn *conn)
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

int backend_source(unsigned id, struct source *source, struct failure *failure)
{
    struct tcpestats_source found = {.size = sizeof(found)};
    int error = tcpestats_field_source(handle, id, &found);

    if (error)
        return fail_errno(failure, error);
    from_source(&found, source);
    return TOOL_OK;
}

bool backend_value_source(const struct reading *reading, unsigned id, struct source *source)
{
    unsigned at = id - class_first(reading->cls);
    const struct tcpestats_value value = {.row = reading->row[at], .backend = reading->backend[at]};
    struct tcpestats_source found = {.size = sizeof(found)};

    if (tcpestats_value_source(&value, &found))
        return false;
    from_source(&found, source);
    return true;
}

void backend_collector(struct collector *collector)
{
    struct tcpestats_collector found = {.size = sizeof(found)};

    *collector = (struct collector){.state = NULL};
    if (tcpestats_collector(handle, &found))
        return;
    *collector = (struct collector){collector_name(found.state), found.records, found.in_use,
                                    found.attached};
}

int backend_owners_load(struct failure *failure)
{
    return owners_load(failure);
}

const struct owner *backend_owners(const struct conn *conn, size_t *count)
{
    if (conn->inode)
        return owners_of(conn->inode, count);
    *count = 0;
    return NULL;
}

enum process_view backend_process(uint32_t pid, const char *name)
{
    return owners_process(pid, name);
}

bool backend_process_is(const struct owner *owner, const char *name)
{
    return owners_name_matches(owner->pid, name);
}

int backend_owner_unknown(struct failure *failure)
{
    return fail_with(
        failure, TOOL_NOT_PERMITTED,
        "owner unknown: this user may not see what the process has open; run as root or as "
        "its user, or select by address and port");
}

uint32_t backend_zone(const char *zone)
{
    unsigned index = if_nametoindex(zone);
    char *end;
    unsigned long number;

    if (index)
        return index;
    number = strtoul(zone, &end, 10);
    return *zone >= '1' && *zone <= '9' && !*end && number <= INT32_MAX ? (uint32_t)number : 0;
}

void backend_zone_name(uint32_t scope, char zone[ZONE_MAX])
{
    zone[0] = 0;
    if (scope && !if_indextoname(scope, zone))
        snprintf(zone, ZONE_MAX, "%u", scope);
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
