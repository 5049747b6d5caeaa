/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The four functions by name, connections' rows, and buffers that notice a stray write. */
#ifndef ESTATS_H
#define ESTATS_H

#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <iphlpapi.h>
#include <tcpestats.h>

enum family { V4, V6, FAMILIES };

/* A connection as its caller names it. */
struct row {
    enum family family;
    union {
        MIB_TCPROW v4;
        MIB_TCP6ROW v6;
        BYTE bytes[sizeof(MIB_TCP6ROW)];
    };
};

/* Answer of a function that the DLL does not export; no Win32 code. */
#define NOT_EXPORTED 0xe0000127u

enum block { RW, ROS, ROD, BLOCKS };
#define CLASSES 9

struct class_info {
    const char *name;
    ULONG size[BLOCKS];      /* 0: the class has no such block */
    ULONG other_abi[BLOCKS]; /* sizes in the other of the two ABIs */
};
extern const struct class_info classes[CLASSES];
extern const char *const block_names[BLOCKS];
extern const char *const family_names[FAMILIES];

/* Arguments of a call; zero them and set what the check is about. */
struct args {
    const struct row *row;
    const void *raw_row; /* instead of row, for odd pointers */
    int type;
    struct {
        void *ptr;
        ULONG version, size;
    } block[BLOCKS];
    ULONG offset; /* Set only */
    enum family family;
};

typedef ULONG(WINAPI *get_fn)(const void *row, int type, void *rw, ULONG rw_version, ULONG rw_size,
                              void *ros, ULONG ros_version, ULONG ros_size, void *rod,
                              ULONG rod_version, ULONG rod_size);
typedef ULONG(WINAPI *set_fn)(const void *row, int type, void *rw, ULONG rw_version, ULONG rw_size,
                              ULONG offset);

struct estats_api {
    HMODULE module;
    get_fn get[FAMILIES];
    set_fn set[FAMILIES];
};
extern struct estats_api api;
extern const char *const get_names[FAMILIES];
extern const char *const set_names[FAMILIES];
void load_api(void);

ULONG call_get(const struct args *a);
ULONG call_set(const struct args *a);
const char *code_name(ULONG code);

/* A buffer between canaries. */
#define BOX_ROOM 256
#define BOX_CANARY 64
struct box {
    BYTE fill;
    BYTE mem[BOX_CANARY + BOX_ROOM + BOX_CANARY] __attribute__((aligned(16)));
};
void box_fill(struct box *b, BYTE fill);
BYTE *box_ptr(struct box *b);
/* Whether everything but the first used bytes is as it was filled. */
int box_untouched(const struct box *b, ULONG used);
int all_bytes_are(const void *ptr, BYTE value, size_t n);

/* A call's three buffers. */
struct boxes {
    struct box block[BLOCKS];
};
void boxes_fill(struct boxes *b, BYTE fill);
/* Arguments for a faultless Get of all that the class has. */
struct args get_args(const struct row *row, int cls, struct boxes *b);
/* Arguments for a faultless Set; rw is class_info.size[RW] bytes. */
struct args set_args(const struct row *row, int cls, void *rw);

/* Switches a class on or off (Bandwidth: both ways). */
ULONG set_class(const struct row *row, int cls, int on);
/* Reads Rw alone; -1 when the call fails. For Bandwidth: outbound + 2 * inbound. */
int get_rw(const struct row *row, int cls);
ULONG get_rod(const struct row *row, int cls, void *rod);
ULONG get_ros(const struct row *row, int cls, void *ros);

#endif
