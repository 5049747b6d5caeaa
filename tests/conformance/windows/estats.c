/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "estats.h"
#include "sizes.h"

#include <string.h>

#ifdef _WIN64
#define THIS_ABI(i386, x86_64) x86_64
#define OTHER_ABI(i386, x86_64) i386
#else
#define THIS_ABI(i386, x86_64) i386
#define OTHER_ABI(i386, x86_64) x86_64
#endif

#define CLASS(name, rw, ros, rod32, rod64) \
    {#name, {rw, ros, THIS_ABI(rod32, rod64)}, {rw, ros, OTHER_ABI(rod32, rod64)}},
const struct class_info classes[CLASSES] = {ALL_SIZES(CLASS)};

const char *const block_names[BLOCKS] = {"rw", "ros", "rod"};
const char *const family_names[FAMILIES] = {"v4", "v6"};
const char *const get_names[FAMILIES] = {"GetPerTcpConnectionEStats", "GetPerTcp6ConnectionEStats"};
const char *const set_names[FAMILIES] = {"SetPerTcpConnectionEStats", "SetPerTcp6ConnectionEStats"};

struct estats_api api;

void load_api(void)
{
    api.module = LoadLibraryA("iphlpapi.dll");
    for (int f = 0; f < FAMILIES; f++) {
        api.get[f] = (get_fn)(void *)GetProcAddress(api.module, get_names[f]);
        api.set[f] = (set_fn)(void *)GetProcAddress(api.module, set_names[f]);
    }
}

static const void *row_pointer(const struct args *a)
{
    return a->row ? (const void *)a->row->bytes : a->raw_row;
}

ULONG call_get(const struct args *a)
{
    get_fn get = api.get[a->row ? a->row->family : a->family];

    if (!get)
        return NOT_EXPORTED;
    return get(row_pointer(a), a->type, a->block[RW].ptr, a->block[RW].version, a->block[RW].size,
               a->block[ROS].ptr, a->block[ROS].version, a->block[ROS].size, a->block[ROD].ptr,
               a->block[ROD].version, a->block[ROD].size);
}

ULONG call_set(const struct args *a)
{
    set_fn set = api.set[a->row ? a->row->family : a->family];

    if (!set)
        return NOT_EXPORTED;
    return set(row_pointer(a), a->type, a->block[RW].ptr, a->block[RW].version, a->block[RW].size,
               a->offset);
}

const char *code_name(ULONG code)
{
    static const struct {
        ULONG code;
        const char *name;
    } known[] = {
        {NO_ERROR, "NO_ERROR"},
        {ERROR_ACCESS_DENIED, "ACCESS_DENIED"},
        {ERROR_NOT_SUPPORTED, "NOT_SUPPORTED"},
        {ERROR_INVALID_PARAMETER, "INVALID_PARAMETER"},
        {ERROR_INSUFFICIENT_BUFFER, "INSUFFICIENT_BUFFER"},
        {ERROR_NOACCESS, "NOACCESS"},
        {ERROR_NOT_FOUND, "NOT_FOUND"},
        {ERROR_INVALID_NETNAME, "INVALID_NETNAME"},
        {ERROR_INVALID_USER_BUFFER, "INVALID_USER_BUFFER"},
        {NOT_EXPORTED, "(not exported)"},
    };

    for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].code == code)
            return known[i].name;
    return "another code";
}

void box_fill(struct box *b, BYTE fill)
{
    b->fill = fill;
    memset(b->mem, fill, sizeof(b->mem));
}

BYTE *box_ptr(struct box *b)
{
    return b->mem + BOX_CANARY;
}

int all_bytes_are(const void *ptr, BYTE value, size_t n)
{
    const BYTE *p = ptr;

    while (n && p[n - 1] == value)
        n--;
    return !n;
}

int box_untouched(const struct box *b, ULONG used)
{
    return all_bytes_are(b->mem, b->fill, BOX_CANARY) &&
           all_bytes_are(b->mem + BOX_CANARY + used, b->fill, BOX_ROOM + BOX_CANARY - used);
}

void boxes_fill(struct boxes *b, BYTE fill)
{
    for (int i = 0; i < BLOCKS; i++)
        box_fill(&b->block[i], fill);
}

struct args get_args(const struct row *row, int cls, struct boxes *b)
{
    struct args a = {.row = row, .type = cls};

    for (int i = 0; i < BLOCKS; i++) {
        a.block[i].size = classes[cls].size[i];
        a.block[i].ptr = a.block[i].size ? box_ptr(&b->block[i]) : NULL;
    }
    return a;
}

struct args set_args(const struct row *row, int cls, void *rw)
{
    struct args a = {.row = row, .type = cls};

    a.block[RW].ptr = rw;
    a.block[RW].size = classes[cls].size[RW];
    return a;
}

ULONG set_class(const struct row *row, int cls, int on)
{
    TCP_ESTATS_BANDWIDTH_RW_v0 both = {!!on, !!on};
    BYTE one = !!on;
    struct args a = set_args(row, cls, cls == TcpConnectionEstatsBandwidth ? (void *)&both : &one);

    return call_set(&a);
}

int get_rw(const struct row *row, int cls)
{
    struct args a = {.row = row, .type = cls};
    union {
        BYTE byte;
        TCP_ESTATS_BANDWIDTH_RW_v0 both;
    } rw;

    memset(&rw, 0xcc, sizeof(rw));
    a.block[RW].ptr = &rw;
    a.block[RW].size = classes[cls].size[RW];
    if (call_get(&a) != NO_ERROR)
        return -1;
    if (cls == TcpConnectionEstatsBandwidth)
        return rw.both.EnableCollectionOutbound + 2 * rw.both.EnableCollectionInbound;
    return rw.byte;
}

static ULONG get_one(const struct row *row, int cls, enum block block, void *ptr)
{
    struct args a = {.row = row, .type = cls};

    a.block[block].ptr = ptr;
    a.block[block].size = classes[cls].size[block];
    return call_get(&a);
}

ULONG get_rod(const struct row *row, int cls, void *rod)
{
    return get_one(row, cls, ROD, rod);
}

ULONG get_ros(const struct row *row, int cls, void *ros)
{
    return get_one(row, cls, ROS, ros);
}
