/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The unix side: hands the calls of gate.h on to libtcpestats, those about links to unix-ras.c.
 * Runs in a Wine process, on Wine's own stack for unix calls, and may be killed with its thread at
 * any instruction; so it holds nothing between calls but the one handle and, for a moment, an
 * answer (answers.h).
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "tcpestats.h"

#include "answers.h"
#include "gate.h"
#include "unixlib.h"

/* The loader of Wine looks these two up by name: the calls of 64- and of 32-bit programs. */
extern unix_call *const __wine_unix_call_funcs[];
extern unix_call *const __wine_unix_call_wow64_funcs[];

_Static_assert((int)ESTATS_RW == (int)TCPESTATS_RW, "blocks");
_Static_assert((int)ESTATS_ROS == (int)TCPESTATS_ROS, "blocks");
_Static_assert((int)ESTATS_ROD == (int)TCPESTATS_ROD, "blocks");
_Static_assert((int)ESTATS_I386 == (int)TCPESTATS_ABI_I386, "layouts");
_Static_assert((int)ESTATS_X86_64 == (int)TCPESTATS_ABI_X86_64, "layouts");
_Static_assert(ESTATS_VALUES_MAX == TCPESTATS_CLASS_FIELDS_MAX, "members of a class");

/*
 * One handle for the process, made when Wine loads this library: no thread can race for it then.
 */
static struct tcpestats *handle;

__attribute__((constructor)) static void open_handle(void)
{
    struct tcpestats_options options = {
        .size = sizeof(options),
        .freshness_ms = TCPESTATS_FRESHNESS_MS,
    };

    if (tcpestats_open(&handle, &options) < 0)
        handle = NULL;
    answers_init();
}

ntstatus status_from_error(int error)
{
    static const struct {
        int error;
        ntstatus status;
    } table[] = {
#define ERRNO(error, status, win32, text) {error, status},
#include "base/errors.def"
#undef ERRNO
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].error == -error)
            return table[i].status;
    }
    return STATUS_UNSUCCESSFUL;
}

/* A program has one scope id for each end; either may be the one that means something. */
static bool conn_from_gate(const struct estats_conn *in, struct tcpestats_conn *out)
{
    memset(out, 0, sizeof(*out));
    out->size = sizeof(*out);
    switch (in->family) {
    case ESTATS_IPV4:
        out->family = AF_INET;
        memcpy(out->local, in->local, 4);
        memcpy(out->remote, in->remote, 4);
        break;
    case ESTATS_IPV6:
        out->family = AF_INET6;
        memcpy(out->local, in->local, 16);
        memcpy(out->remote, in->remote, 16);
        out->scope_id = in->local_scope ? in->local_scope : in->remote_scope;
        break;
    default:
        return false;
    }
    out->local_port = in->local_port;
    out->remote_port = in->remote_port;
    return true;
}

void copy_string(char *to, size_t size, const char *from)
{
    size_t length = from ? strnlen(from, size - 1) : 0;

    memcpy(to, from ? from : "", length);
    memset(to + length, 0, size - length);
}

static ntstatus call_info(void *args)
{
    struct estats_info *info = args;

    info->protocol = ESTATS_PROTOCOL;
    info->calls = ESTATS_CALL_COUNT;
    info->fields = TCPESTATS_FIELD_COUNT;
    info->reserved = 0;
    copy_string(info->version, sizeof(info->version), tcpestats_version());
    return STATUS_SUCCESS;
}

/* Packs one block into the answer if the caller wants it. */
static int pack(const struct tcpestats_sample *sample, const struct estats_get *get,
                enum tcpestats_block block, uint8_t *buf, size_t room)
{
    size_t size;

    if (!(get->want & ESTATS_WANT(block)))
        return 0;
    size = tcpestats_block_size(get->cls, block, get->abi);
    if (!size || size > room)
        return -EINVAL;
    return tcpestats_pack(sample, block, get->abi, buf, size);
}

/* Where the numbers came from: programs do not ask, tcpestats.exe does. */
static void describe(const struct tcpestats_sample *sample, struct estats_get *get)
{
    for (uint32_t i = 0; i < sample->count && i < ESTATS_VALUES_MAX; i++) {
        get->status[i] = sample->values[i].status;
        get->fidelity[i] = sample->values[i].fidelity;
        get->backend[i] = sample->values[i].backend;
        get->row[i] = sample->values[i].row;
    }
}

static ntstatus call_get(void *args)
{
    struct estats_get *get = args;
    struct tcpestats_sample sample; /* filled by the library, and large */
    struct tcpestats_conn conn;
    int ret;

    if (!handle)
        return STATUS_NO_MEMORY;
    if (!conn_from_gate(&get->conn, &conn))
        return STATUS_INVALID_PARAMETER;
    sample.size = sizeof(sample);
    ret = answers_get(handle, &conn, get->cls, &sample);
    if (ret < 0)
        return status_from_error(ret);

    if ((ret = pack(&sample, get, TCPESTATS_RW, get->rw, sizeof(get->rw))) < 0 ||
        (ret = pack(&sample, get, TCPESTATS_ROS, get->ros, sizeof(get->ros))) < 0 ||
        (ret = pack(&sample, get, TCPESTATS_ROD, get->rod, sizeof(get->rod))) < 0)
        return status_from_error(ret);

    get->cookie = sample.cookie;
    get->time_ns = sample.time_ns;
    get->enabled = sample.enabled;
    get->enabled_inbound = sample.enabled_inbound;
    get->first = sample.first;
    get->count = sample.count;
    if (get->want & ESTATS_WANT_VALUES)
        describe(&sample, get);
    return STATUS_SUCCESS;
}

static ntstatus call_set(void *args)
{
    const struct estats_set *set = args;
    struct tcpestats_rw rw = {
        .size = sizeof(rw),
        .enable = set->enable,
        .enable_inbound = set->enable_inbound,
    };
    struct tcpestats_conn conn;
    int ret;

    if (!handle)
        return STATUS_NO_MEMORY;
    if (!conn_from_gate(&set->conn, &conn))
        return STATUS_INVALID_PARAMETER;
    ret = tcpestats_set(handle, &conn, set->cls, &rw);
    answers_forget();
    return ret < 0 ? status_from_error(ret) : STATUS_SUCCESS;
}

static ntstatus call_find(void *args)
{
    struct estats_find *find = args;
    struct tcpestats_conn conn;
    int ret;

    if (!handle)
        return STATUS_NO_MEMORY;
    if (!conn_from_gate(&find->conn, &conn))
        return STATUS_INVALID_PARAMETER;
    ret = tcpestats_find(handle, &conn);
    if (ret < 0)
        return status_from_error(ret);
    find->state = conn.state;
    find->ifindex = conn.ifindex;
    find->cookie = conn.cookie;
    return STATUS_SUCCESS;
}

static ntstatus call_field(void *args)
{
    struct estats_field *field = args;
    struct tcpestats_source source = {.size = sizeof(source)};
    int ret;

    if (!handle)
        return STATUS_NO_MEMORY;
    if (field->row) {
        const struct tcpestats_value value = {.row = field->row, .backend = field->backend};

        ret = tcpestats_value_source(&value, &source);
    } else {
        ret = tcpestats_field_source(handle, field->id, &source);
    }
    if (ret < 0)
        return status_from_error(ret);
    field->fidelity = source.fidelity;
    field->clock_driven = source.clock_driven;
    field->backend = (uint8_t)source.backend;
    field->reserved = 0;
    copy_string(field->source, sizeof(field->source), source.source);
    copy_string(field->since, sizeof(field->since), source.since);
    copy_string(field->note, sizeof(field->note), source.note);
    return STATUS_SUCCESS;
}

static ntstatus call_collector(void *args)
{
    struct estats_collector *collector = args;
    struct tcpestats_collector status = {.size = sizeof(status)};
    int ret;

    if (!handle)
        return STATUS_NO_MEMORY;
    ret = tcpestats_collector(handle, &status);
    if (ret < 0)
        return status_from_error(ret);
    collector->state = status.state;
    collector->features = status.features;
    collector->records = status.records;
    collector->in_use = status.in_use;
    collector->clients = status.clients;
    collector->attached = status.attached;
    return STATUS_SUCCESS;
}

/* The structs are the same for both kinds of callers, and so are the functions. */
#define CALLS                                                                               \
    {                                                                                       \
        [ESTATS_INFO] = call_info, [ESTATS_GET] = call_get, [ESTATS_SET] = call_set,        \
        [ESTATS_FIELD] = call_field, [ESTATS_COLLECTOR] = call_collector,                   \
        [ESTATS_FIND] = call_find, [ESTATS_TOTALS] = call_totals, [RAS_LINKS] = call_links, \
        [RAS_STATUS] = call_status, [RAS_GET] = call_ras_get, [RAS_CLEAR] = call_ras_clear  \
    }

#define EXPORT __attribute__((visibility("default")))

EXPORT unix_call *const __wine_unix_call_funcs[] = CALLS;
EXPORT unix_call *const __wine_unix_call_wow64_funcs[] = CALLS;

_Static_assert(sizeof(__wine_unix_call_funcs) / sizeof(unix_call *) == ESTATS_CALL_COUNT,
               "a function for each call of gate.h");
_Static_assert(sizeof(__wine_unix_call_wow64_funcs) / sizeof(unix_call *) == ESTATS_CALL_COUNT,
               "a function for each call of gate.h");
