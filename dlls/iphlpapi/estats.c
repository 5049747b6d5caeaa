/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The four exports. Program memory is touched here and nowhere else: the row and Rw are read before
 * the unix side is called, the answer is written after it, so a bad pointer faults in the program's
 * own call, as with any DLL, before anything has been changed and with no lock held.
 */
#include <winsock2.h>
#include <windows.h>
#include <ws2ipdef.h>
#include <iphlpapi.h>

#include <string.h>

#include "../wineestats/gate.h"
#include "../wineestats/status.h"
#include "admin.h"
#include "check.h"
#include "../shim/debug.h"
#include "exports.h"
#include "../shim/helper.h"
#include "row.h"

/* The sizes we check for are those of the structures that programs are compiled with. */
#define TCPESTATS_BLOCK(upper, block, size32, size64)           \
    _Static_assert(sizeof(TCP_ESTATS_##upper##_##block##_v0) == \
                       (sizeof(void *) == 8 ? size64 : size32), \
                   #upper);
#include "tcpestats-fields.h"

static const struct check_env env = {helper_present, admin_may_set};

/* Faults on memory that cannot be written, and leaves it as it is. No block spans three pages. */
static void touch(void *ptr, size_t size)
{
    volatile BYTE *bytes = ptr;

    bytes[0] = bytes[0];
    bytes[size - 1] = bytes[size - 1];
}

static void copy_out(const struct check_get *get, const struct estats_get *wire)
{
    const BYTE *from[CHECK_BLOCK_COUNT] = {wire->rw, wire->ros, wire->rod};

    /* All before any: a fault must not leave an answer half written. */
    for (int i = 0; i < CHECK_BLOCK_COUNT; i++) {
        if (get->block[i].size)
            touch((void *)get->block[i].ptr, get->block[i].size);
    }
    for (int i = 0; i < CHECK_BLOCK_COUNT; i++)
        memcpy((void *)get->block[i].ptr, from[i], get->block[i].size);
}

static uint32_t get_stats(enum own_export which, const struct check_get *get)
{
    uint32_t error = check_get(get, &env, sizeof(void *));
    struct estats_get wire;
    int32_t status;

    if (error)
        return error;
    read_row(which, get->row, &wire.conn);
    wire.cls = get->cls;
    wire.abi = sizeof(void *) == 8 ? ESTATS_X86_64 : ESTATS_I386;
    wire.want = 0;
    wire.reserved = 0;
    for (int i = 0; i < CHECK_BLOCK_COUNT; i++)
        wire.want |= get->block[i].size ? ESTATS_WANT(i) : 0;
    status = helper_call(ESTATS_GET, &wire);
    if (status)
        return status_to_win32(status);
    copy_out(get, &wire);
    return NO_ERROR;
}

/* False when a member of Bandwidth's structure is none of the three values. */
static bool read_switches(const struct check_set *set, struct estats_set *wire)
{
    TCP_ESTATS_BANDWIDTH_RW_v0 both;

    if (set->cls != CHECK_BANDWIDTH) {
        /* Any value but 0 is TRUE. */
        wire->enable = *(const BYTE *)set->rw.ptr != 0;
        wire->enable_inbound = TcpBoolOptUnchanged;
        return true;
    }
    memcpy(&both, set->rw.ptr, sizeof(both));
    wire->enable = both.EnableCollectionOutbound;
    wire->enable_inbound = both.EnableCollectionInbound;
    if (check_switch(wire->enable) && check_switch(wire->enable_inbound))
        return true;
    wire->enable = wire->enable_inbound = TcpBoolOptUnchanged;
    return false;
}

static uint32_t set_stats(enum own_export which, const struct check_set *set)
{
    bool nothing_to_do, switches_valid;
    uint32_t error = check_set(set, &env, sizeof(void *), &nothing_to_do);
    struct estats_set wire;
    int32_t status;

    if (error || nothing_to_do)
        return error;
    read_row(which, set->row, &wire.conn);
    wire.cls = set->cls;
    wire.reserved = 0;
    /* Changing nothing still looks the connection up, whose error goes before ours. */
    switches_valid = read_switches(set, &wire);
    status = helper_call(ESTATS_SET, &wire);
    if (status)
        return status_to_win32(status);
    return switches_valid ? NO_ERROR : ERROR_INVALID_PARAMETER;
}

/* For a program that bound to a function of ours before it could be hidden. */
static uint32_t stock_get(enum own_export which, const struct check_get *get)
{
    typedef ULONG(WINAPI * get_fn)(const void *row, ULONG cls, const void *rw, ULONG rw_version,
                                   ULONG rw_size, const void *ros, ULONG ros_version,
                                   ULONG ros_size, const void *rod, ULONG rod_version,
                                   ULONG rod_size);
    get_fn stock = (get_fn)(void *)stock_function(which);
    const struct check_buffer *rw = &get->block[CHECK_RW], *ros = &get->block[CHECK_ROS],
                              *rod = &get->block[CHECK_ROD];

    if (!stock)
        return ERROR_NOT_SUPPORTED;
    return stock(get->row, get->cls, rw->ptr, rw->version, rw->size, ros->ptr, ros->version,
                 ros->size, rod->ptr, rod->version, rod->size);
}

static uint32_t stock_set(enum own_export which, const struct check_set *set)
{
    typedef ULONG(WINAPI * set_fn)(const void *row, ULONG cls, const void *rw, ULONG rw_version,
                                   ULONG rw_size, ULONG offset);
    set_fn stock = (set_fn)(void *)stock_function(which);

    if (!stock)
        return ERROR_NOT_SUPPORTED;
    return stock(set->row, set->cls, set->rw.ptr, set->rw.version, set->rw.size, set->offset);
}

static uint32_t traced_get(enum own_export which, const struct check_get *get)
{
    const struct check_buffer *b = get->block;
    const char *name = own_export_name(which);
    uint32_t error;

    if (is_hidden(which))
        return stock_get(which, get);
    TRACE(name,
          "row %p type %d rw %p version %u size %u ros %p version %u size %u rod %p "
          "version %u size %u\n",
          get->row, (int)get->cls, b[0].ptr, b[0].version, b[0].size, b[1].ptr, b[1].version,
          b[1].size, b[2].ptr, b[2].version, b[2].size);
    error = get_stats(which, get);
    TRACE(name, "-> %u\n", error);
    return error;
}

static uint32_t traced_set(enum own_export which, const struct check_set *set)
{
    const char *name = own_export_name(which);
    uint32_t error;

    if (is_hidden(which))
        return stock_set(which, set);
    TRACE(name, "row %p type %d rw %p version %u size %u offset %u\n", set->row, (int)set->cls,
          set->rw.ptr, set->rw.version, set->rw.size, set->offset);
    error = set_stats(which, set);
    TRACE(name, "-> %u\n", error);
    return error;
}

ULONG WINAPI SetPerTcpConnectionEStats(PMIB_TCPROW row, TCP_ESTATS_TYPE type, PUCHAR rw,
                                       ULONG rw_version, ULONG rw_size, ULONG offset)
{
    const struct check_set set = {row, (uint32_t)type, {rw, rw_version, rw_size}, offset};

    return traced_set(SET4, &set);
}

ULONG WINAPI SetPerTcp6ConnectionEStats(PMIB_TCP6ROW row, TCP_ESTATS_TYPE type, PUCHAR rw,
                                        ULONG rw_version, ULONG rw_size, ULONG offset)
{
    const struct check_set set = {row, (uint32_t)type, {rw, rw_version, rw_size}, offset};

    return traced_set(SET6, &set);
}

ULONG WINAPI GetPerTcpConnectionEStats(PMIB_TCPROW row, TCP_ESTATS_TYPE type, PUCHAR rw,
                                       ULONG rw_version, ULONG rw_size, PUCHAR ros,
                                       ULONG ros_version, ULONG ros_size, PUCHAR rod,
                                       ULONG rod_version, ULONG rod_size)
{
    const struct check_get get = {
        row,
        (uint32_t)type,
        {{rw, rw_version, rw_size}, {ros, ros_version, ros_size}, {rod, rod_version, rod_size}}};

    return traced_get(GET4, &get);
}

ULONG WINAPI GetPerTcp6ConnectionEStats(PMIB_TCP6ROW row, TCP_ESTATS_TYPE type, PUCHAR rw,
                                        ULONG rw_version, ULONG rw_size, PUCHAR ros,
                                        ULONG ros_version, ULONG ros_size, PUCHAR rod,
                                        ULONG rod_version, ULONG rod_size)
{
    const struct check_get get = {
        row,
        (uint32_t)type,
        {{rw, rw_version, rw_size}, {ros, ros_version, ros_size}, {rod, rod_version, rod_size}}};

    return traced_get(GET6, &get);
}
