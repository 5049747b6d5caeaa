/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the four functions say about their arguments, and in which order. Plain C without Windows'
 * headers, so that the host's tests and fuzzers can run it.
 */
#ifndef IPHLPAPI_CHECK_H
#define IPHLPAPI_CHECK_H

#include <stdbool.h>
#include <stdint.h>

/* The Win32 codes in question, by Windows' values. */
enum check_code {
    CHECK_NO_ERROR = 0,
    CHECK_ACCESS_DENIED = 5,
    CHECK_NOT_SUPPORTED = 50,
    CHECK_INVALID_PARAMETER = 87,
    CHECK_INVALID_USER_BUFFER = 1784
};

/* The nine classes: CHECK_SYN_OPTS to CHECK_FINE_RTT. */
enum check_class {
#define TCPESTATS_CLASS(number, name, upper) CHECK_##upper = number,
#include "tcpestats-fields.h"
    CHECK_CLASS_COUNT
};

/* One of the up to three buffers of a call. */
struct check_buffer {
    const void *ptr;
    uint32_t version;
    uint32_t size;
};

enum check_block { CHECK_RW, CHECK_ROS, CHECK_ROD, CHECK_BLOCK_COUNT };

struct check_get {
    const void *row;
    uint32_t cls; /* a negative TCP_ESTATS_TYPE is a very large one */
    struct check_buffer block[CHECK_BLOCK_COUNT];
};

struct check_set {
    const void *row;
    uint32_t cls;
    struct check_buffer rw;
    uint32_t offset;
};

/* What has to be asked of the surroundings in mid-check. */
struct check_env {
    bool (*have_helper)(void);
    uint32_t (*may_set)(void); /* 0, or the code to fail with */
};

/* Size of a block in the layout of 4- or 8-byte pointers, 0 where the class has none. */
uint32_t check_block_size(uint32_t cls, enum check_block block, unsigned int pointer_size);

/* CHECK_NO_ERROR: go and look the connection up. */
uint32_t check_get(const struct check_get *get, const struct check_env *env,
                   unsigned int pointer_size);

/* As check_get(). When *nothing_to_do comes back true, the call has succeeded already. */
uint32_t check_set(const struct check_set *set, const struct check_env *env,
                   unsigned int pointer_size, bool *nothing_to_do);

/* A TCP_BOOLEAN_OPTIONAL that Set accepts. */
bool check_switch(int32_t value);

#endif
