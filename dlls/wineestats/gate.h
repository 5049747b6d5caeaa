/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What crosses from the Windows side to the unix side: one set of structs for 64- and 32-bit
 * callers alike, so fixed widths, no pointers, and every 8-byte member at a multiple of 8 (the
 * i386 ABIs of Windows and of Linux disagree on where the compiler would put it).
 *
 * The unix side trusts a pointer to one of these and nothing in it. Callers copy the program's
 * memory in and out on their own side, because a fault inside a unix call cannot be turned into an
 * exception that the program could handle.
 *
 * A change of any call or struct needs a new ESTATS_PROTOCOL. INFO keeps its number and its layout
 * for ever: it is how two halves of different age find out.
 */
#ifndef WINEESTATS_GATE_H
#define WINEESTATS_GATE_H

#include <stddef.h>
#include <stdint.h>

#define ESTATS_PROTOCOL 4u

enum estats_call {
    ESTATS_INFO = 0,  /* struct estats_info */
    ESTATS_GET,       /* struct estats_get */
    ESTATS_SET,       /* struct estats_set */
    ESTATS_FIELD,     /* struct estats_field */
    ESTATS_COLLECTOR, /* struct estats_collector */
    ESTATS_FIND,      /* struct estats_find */
    ESTATS_TOTALS,    /* struct estats_totals */
    RAS_LINKS,        /* struct ras_links */
    RAS_STATUS,       /* struct ras_status */
    RAS_GET,          /* struct ras_get */
    RAS_CLEAR,        /* struct ras_clear */
    ESTATS_CALL_COUNT
};

struct estats_info {
    uint32_t protocol; /* out: ESTATS_PROTOCOL of the unix side */
    uint32_t calls;    /* out: ESTATS_CALL_COUNT of the unix side */
    uint32_t fields;   /* out: members in the field table */
    uint32_t reserved; /* 0 */
    char version[32];  /* out: tcpestats_version() */
};

enum estats_family { ESTATS_IPV4 = 4, ESTATS_IPV6 = 6 };

struct estats_conn {
    uint16_t family;      /* enum estats_family */
    uint16_t local_port;  /* host byte order */
    uint16_t remote_port; /* host byte order */
    uint16_t reserved;    /* 0 */
    uint8_t local[16];    /* network byte order; IPv4 uses the first four bytes */
    uint8_t remote[16];
    uint32_t local_scope; /* as the program gave them: Wine's own tables hold no interface index */
    uint32_t remote_scope;
};

/* Layouts of Windows' structures; they differ where SIZE_T occurs. */
enum estats_abi { ESTATS_I386 = 0, ESTATS_X86_64 = 1 };

enum estats_block { ESTATS_RW = 0, ESTATS_ROS = 1, ESTATS_ROD = 2 };

#define ESTATS_WANT(block) (1u << (block))
#define ESTATS_WANT_VALUES (1u << 3)

#define ESTATS_RW_MAX 8
#define ESTATS_ROS_MAX 16
#define ESTATS_ROD_MAX 160
#define ESTATS_VALUES_MAX 40

struct estats_get {
    struct estats_conn conn;
    uint32_t cls;              /* TCP_ESTATS_TYPE */
    uint32_t abi;              /* enum estats_abi */
    uint32_t want;             /* what is to be filled: ESTATS_WANT() of blocks, _VALUES */
    uint32_t reserved;         /* 0 */
    uint64_t cookie;           /* out: the connection's identity within one boot */
    uint64_t time_ns;          /* out: monotonic clock of the reading */
    int32_t enabled;           /* out: 1 or 0; of Bandwidth the outbound direction */
    int32_t enabled_inbound;   /* out: Bandwidth only */
    uint32_t first;            /* out: field id of status[0] */
    uint32_t count;            /* out: members in status and fidelity */
    uint8_t rw[ESTATS_RW_MAX]; /* out: blocks that were wanted, exactly their size filled */
    uint8_t ros[ESTATS_ROS_MAX];
    uint8_t rod[ESTATS_ROD_MAX];
    /* With ESTATS_WANT_VALUES: */
    uint8_t status[ESTATS_VALUES_MAX];   /* out: per member, enum tcpestats_status */
    uint8_t fidelity[ESTATS_VALUES_MAX]; /* out: per member, enum tcpestats_fidelity */
    uint8_t backend[ESTATS_VALUES_MAX];  /* out: per member, enum tcpestats_backend */
    uint16_t row[ESTATS_VALUES_MAX];     /* out: per member, for struct estats_field */
};

struct estats_set {
    struct estats_conn conn;
    uint32_t cls;           /* TCP_ESTATS_TYPE */
    int32_t enable;         /* TCP_BOOLEAN_OPTIONAL; of Bandwidth the outbound direction */
    int32_t enable_inbound; /* Bandwidth only */
    uint32_t reserved;      /* 0 */
};

/* What the host knows of a connection besides its numbers. */
struct estats_find {
    struct estats_conn conn;
    uint32_t state;   /* out: Linux' number, as struct tcpestats_conn */
    uint32_t ifindex; /* out: the interface that it is bound to, of a link-local one always; or 0 */
    uint64_t cookie;  /* out */
};

enum estats_protocol { ESTATS_TCP = 6, ESTATS_UDP = 17 };

/* What the host has received and sent altogether: segments, or datagrams. */
struct estats_totals {
    uint32_t family;   /* enum estats_family */
    uint32_t protocol; /* enum estats_protocol */
    uint64_t in;       /* out */
    uint64_t out;      /* out */
};

/* Where this machine gets a member from now, or where a number of struct estats_get came from. */
struct estats_field {
    uint32_t id;           /* enum tcpestats_field_id */
    uint32_t fidelity;     /* out: enum tcpestats_fidelity */
    uint32_t clock_driven; /* out: moves with time alone */
    uint16_t row;          /* of the number, 0: the member */
    uint8_t backend;       /* of the number; out: enum tcpestats_backend */
    uint8_t reserved;      /* 0 */
    char source[128];      /* out: strings as in struct tcpestats_source, "" for none */
    char since[32];
    char note[512];
};

/* How it stands with the collector: as struct tcpestats_collector. */
struct estats_collector {
    uint32_t state;
    uint32_t features;
    uint32_t records;
    uint32_t in_use;
    uint32_t clients;
    uint32_t attached;
};

/* What of a link crosses: strings are UTF-8 as far as the host's are, and end with a zero. */
struct ras_link {
    uint32_t handle;    /* never 0 */
    uint32_t index;     /* of the host's interface */
    uint32_t connected; /* 1 or 0 */
    uint32_t reserved;  /* 0 */
    char name[16];
    char kind[16];        /* netlink's word */
    char device_type[16]; /* Windows' word, RASDT_ */
    char device_name[32];
};

#define RAS_LINKS_MAX 32

/* Connected links by ascending index; more than fit are asked for by further calls. */
struct ras_links {
    uint32_t after;    /* only those with a greater index */
    uint32_t count;    /* out */
    uint32_t more;     /* out: 1 when there are more */
    uint32_t reserved; /* 0 */
    struct ras_link link[RAS_LINKS_MAX];
};

struct ras_status {
    uint32_t handle;
    uint32_t reserved; /* 0 */
    struct ras_link link;
};

#define RAS_VALUES 14

struct ras_get {
    uint32_t handle;
    uint32_t subentry;          /* 0: of the connection */
    uint32_t value[RAS_VALUES]; /* out: RAS_STATS after dwSize */
    uint32_t since;             /* out: enum lk_since */
    uint32_t reserved;          /* 0 */
};

struct ras_clear {
    uint32_t handle;
    uint32_t subentry; /* 0: the connection */
};

#define ESTATS_LAYOUT(type, member, offset) \
    _Static_assert(offsetof(struct type, member) == (offset), #type "." #member " moved")

_Static_assert(sizeof(struct estats_info) == 48, "estats_info");
_Static_assert(sizeof(struct estats_conn) == 48, "estats_conn");
_Static_assert(sizeof(struct estats_get) == 480, "estats_get");
_Static_assert(sizeof(struct estats_set) == 64, "estats_set");
_Static_assert(sizeof(struct estats_find) == 64, "estats_find");
_Static_assert(sizeof(struct estats_totals) == 24, "estats_totals");
_Static_assert(sizeof(struct estats_field) == 688, "estats_field");
_Static_assert(sizeof(struct estats_collector) == 24, "estats_collector");
_Static_assert(sizeof(struct ras_link) == 96, "ras_link");
_Static_assert(sizeof(struct ras_links) == 16 + 96 * RAS_LINKS_MAX, "ras_links");
_Static_assert(sizeof(struct ras_status) == 104, "ras_status");
_Static_assert(sizeof(struct ras_get) == 72, "ras_get");
_Static_assert(sizeof(struct ras_clear) == 8, "ras_clear");
ESTATS_LAYOUT(estats_info, version, 16);
ESTATS_LAYOUT(estats_conn, remote_scope, 44);
ESTATS_LAYOUT(estats_get, cookie, 64);
ESTATS_LAYOUT(estats_get, count, 92);
ESTATS_LAYOUT(estats_get, rod, 120);
ESTATS_LAYOUT(estats_get, fidelity, 320);
ESTATS_LAYOUT(estats_get, row, 400);
ESTATS_LAYOUT(estats_set, enable_inbound, 56);
ESTATS_LAYOUT(estats_find, cookie, 56);
ESTATS_LAYOUT(estats_field, note, 176);

#endif
