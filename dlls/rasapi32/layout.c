/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layout.h"

#include <string.h>

/* mingw-w64's structures are of an older generation; the same packing goes on. */
#pragma pack(push, 4)
struct conn_a {
    RASCONNA conn;
    GUID correlation;
};
struct conn_w {
    RASCONNW conn;
    GUID correlation;
};
struct tunnel_end {
    DWORD type; /* 0: unknown */
    BYTE address[16];
};
#define STATUS_MEMBERS(CHARACTER)                   \
    DWORD size;                                     \
    DWORD state;                                    \
    DWORD error;                                    \
    CHARACTER device_type[RAS_MaxDeviceType + 1];   \
    CHARACTER device_name[RAS_MaxDeviceName + 1];   \
    CHARACTER phone_number[RAS_MaxPhoneNumber + 1]; \
    struct tunnel_end local, remote;                \
    DWORD substate;
struct status_a {
    STATUS_MEMBERS(CHAR)
};
struct status_w {
    STATUS_MEMBERS(WCHAR)
};
#pragma pack(pop)

#define IS_64_BIT (sizeof(void *) == 8)

/* By A and W. */
static const WORD conn_sizes[][2] = {
#define CONN(winver, windows, a32, a64, w32, w64) {IS_64_BIT ? a64 : a32, IS_64_BIT ? w64 : w32},
#include "generations.def"
};
static const WORD status_sizes[][2] = {
#define STATUS(winver, windows, a, w) {a, w},
#include "generations.def"
};

#define END_OF(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))
#define UP(n) (((n) + 3) & ~(size_t)3)

/* A generation ends with a member, and is filled up to a multiple of 4. */
#define CHECK(type, member, a32, a64) \
    _Static_assert(UP(END_OF(type, member)) == (IS_64_BIT ? (a64) : (a32)), #type "." #member)
CHECK(RASCONNA, szDeviceName, 412, 416);
CHECK(RASCONNW, szDeviceName, 816, 820);
CHECK(RASCONNA, dwSubEntry, 676, 680);
CHECK(RASCONNW, dwSubEntry, 1340, 1344);
CHECK(RASCONNA, guidEntry, 692, 696);
CHECK(RASCONNW, guidEntry, 1356, 1360);
CHECK(RASCONNA, luid, 704, 708);
CHECK(RASCONNW, luid, 1368, 1372);
CHECK(struct conn_a, correlation, 720, 724);
CHECK(struct conn_w, correlation, 1384, 1388);
CHECK(RASCONNSTATUSA, szDeviceName, 160, 160);
CHECK(RASCONNSTATUSW, szDeviceName, 304, 304);
CHECK(struct status_a, device_name, 160, 160);
CHECK(struct status_w, device_name, 304, 304);
CHECK(struct status_a, phone_number, 288, 288);
CHECK(struct status_w, phone_number, 564, 564);
CHECK(struct status_a, substate, 332, 332);
CHECK(struct status_w, substate, 608, 608);
_Static_assert(sizeof(struct conn_w) <= CONN_MAX && sizeof(struct status_w) <= STATUS_MAX, "room");

/* NT 3.51 had shorter names. Ours never get there, but for what a code page makes of them. */
#define OLD_ENTRY_NAME 20
#define OLD_DEVICE_NAME 32

bool conn_size_known(DWORD size, bool wide)
{
    for (size_t i = 0; i < ARRAYSIZE(conn_sizes); i++)
        if (size && conn_sizes[i][wide] == size)
            return true;
    return false;
}

bool status_size_known(DWORD size, bool wide)
{
    for (size_t i = 0; i < ARRAYSIZE(status_sizes); i++)
        if (status_sizes[i][wide] == size)
            return true;
    return false;
}

DWORD conn_size_newest(bool wide)
{
    return conn_sizes[ARRAYSIZE(conn_sizes) - 1][wide];
}

/* The host's strings are UTF-8; what is not becomes U+FFFD. to is all zeros. */
static void put_wide(WCHAR *to, int room, const char *from)
{
    MultiByteToWideChar(CP_UTF8, 0, from, -1, to, room - 1);
}

static void put_ansi(CHAR *to, int room, const char *from)
{
    WCHAR wide[64] = {0};

    put_wide(wide, ARRAYSIZE(wide), from);
    WideCharToMultiByte(CP_ACP, 0, wide, -1, to, room - 1, NULL, NULL);
    /* One that was cut off need not have an end. */
    to[room - 1] = 0;
}

#define FILL_CONN(put)                                                                     \
    do {                                                                                   \
        full.conn.dwSize = size;                                                           \
        full.conn.hrasconn = (HRASCONN)(ULONG_PTR)link->handle;                            \
        put(full.conn.szEntryName, ARRAYSIZE(full.conn.szEntryName), link->name);          \
        put(full.conn.szDeviceType, ARRAYSIZE(full.conn.szDeviceType), link->device_type); \
        put(full.conn.szDeviceName, ARRAYSIZE(full.conn.szDeviceName), link->device_name); \
        full.conn.dwSubEntry = 1;                                                          \
        full.conn.dwFlags = RASCF_AllUsers;                                                \
    } while (0)

void conn_fill(BYTE *conn, DWORD size, bool wide, const struct ras_link *link)
{
    if (wide) {
        struct conn_w full;

        memset(&full, 0, sizeof(full));
        FILL_CONN(put_wide);
        if (size < UP(END_OF(RASCONNW, szDeviceName)))
            memset(full.conn.szEntryName + OLD_ENTRY_NAME, 0, sizeof(WCHAR) * 4);
        memcpy(conn, &full, size);
    } else {
        struct conn_a full;

        memset(&full, 0, sizeof(full));
        FILL_CONN(put_ansi);
        if (size < UP(END_OF(RASCONNA, szDeviceName)))
            memset(full.conn.szEntryName + OLD_ENTRY_NAME, 0, 8);
        memcpy(conn, &full, size);
    }
}

#define FILL_STATUS(put)                                                       \
    do {                                                                       \
        full.size = size;                                                      \
        full.state = link->connected ? RASCS_Connected : RASCS_Disconnected;   \
        put(full.device_type, ARRAYSIZE(full.device_type), link->device_type); \
        put(full.device_name, ARRAYSIZE(full.device_name), link->device_name); \
    } while (0)

void status_fill(BYTE *status, DWORD size, bool wide, const struct ras_link *link)
{
    if (wide) {
        struct status_w full;

        memset(&full, 0, sizeof(full));
        FILL_STATUS(put_wide);
        if (size < UP(END_OF(struct status_w, device_name)))
            memset(full.device_name + OLD_DEVICE_NAME, 0, sizeof(WCHAR) * 4);
        memcpy(status, &full, size);
    } else {
        struct status_a full;

        memset(&full, 0, sizeof(full));
        FILL_STATUS(put_ansi);
        if (size < UP(END_OF(struct status_a, device_name)))
            memset(full.device_name + OLD_DEVICE_NAME, 0, 8);
        memcpy(status, &full, size);
    }
}
