/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * As much of Wine's headers as the series' file for nsiproxy.sys needs for a compiler to look at
 * it: whether what is taken from the library is there whole, and fits together.
 */
#ifndef STANDIN_H
#define STANDIN_H

#include <stdint.h>
#include <sys/socket.h>

typedef int BOOL, INT, NTSTATUS;
typedef unsigned char BYTE;
typedef unsigned short USHORT;
typedef unsigned int UINT;
typedef uint64_t UINT64;
typedef int64_t INT64;

#define TRUE 1
#define FALSE 0
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define WS_AF_INET 2
#define WS_AF_INET6 23

enum {
    STATUS_SUCCESS,
    STATUS_NOT_FOUND,
    STATUS_NOT_SUPPORTED,
    STATUS_NO_MEMORY,
    STATUS_UNSUCCESSFUL,
    STATUS_INVALID_PARAMETER
};

union standin_address {
    USHORT si_family;
    struct {
        USHORT sin_family, sin_port;
        BYTE sin_addr[4];
    } Ipv4;
    struct {
        USHORT sin6_family, sin6_port;
        UINT sin6_flowinfo;
        BYTE sin6_addr[16];
        UINT sin6_scope_id;
    } Ipv6;
};

struct nsi_tcp_conn_key {
    union standin_address local, remote;
};

struct wine_rb_entry {
    struct wine_rb_entry *next;
};

struct wine_rb_tree {
    int (*compare)(const void *key, const struct wine_rb_entry *entry);
    struct wine_rb_entry *root;
};

struct wine_rb_entry *wine_rb_get(const struct wine_rb_tree *tree, const void *key);
int wine_rb_put(struct wine_rb_tree *tree, const void *key, struct wine_rb_entry *entry);
#define WINE_RB_ENTRY_VALUE(entry, type, field) ((type *)((char *)(entry)-offsetof(type, field)))
#define WINE_RB_FOR_EACH_ENTRY_DESTRUCTOR(cursor, following, tree, type, field) \
    for ((cursor) = (type *)(tree)->root;                                       \
         (cursor) && ((following) = (type *)(cursor)->field.next, 1); (cursor) = (following))

typedef NTSTATUS(standin_get)(const void *key, UINT key_size, void *rw_data, UINT rw_size,
                              void *dynamic_data, UINT dynamic_size, void *static_data,
                              UINT static_size);
typedef NTSTATUS(standin_set)(const void *key, UINT key_size, const void *rw_data, UINT rw_size);

struct module_table {
    UINT table, sizes[4];
    NTSTATUS (*enumerate_all)(void);
    standin_get *get_all_parameters;
    NTSTATUS (*get_parameter)(void);
    standin_set *set_all_parameters;
};

struct module {
    const int *module;
    const struct module_table *tables;
};

extern const int NPI_MS_TCP_MODULEID;
extern const struct module tcp_estats_module;

#endif
