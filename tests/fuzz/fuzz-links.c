/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's descriptions of links, by way of libnl-route to the members of RAS_STATS; and the
 * file of what is remembered of them.
 *
 * Input: what it is (1 byte: even a message, odd a file), and what RAS_STATS is cleared by (1),
 * then the message after its nlmsghdr, or the file after its boot.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>

#include "fuzz.h"
#include "identity.h"
#include "kinds.h"
#include "parse.h"
#include "base/base.h"
#include "stats.h"
#include "store.h"

static void check_name(const char name[LK_NAME_MAX])
{
    const char *end = memchr(name, 0, LK_NAME_MAX);

    MUST(end);
    for (const char *at = end; at < name + LK_NAME_MAX; at++)
        MUST(!*at);
}

static void check_kind(const struct lk_message *m)
{
    static const char *const devtypes[] = {NULL, "", "l2tpeth", "wlan"};

    for (size_t i = 0; i < sizeof(devtypes) / sizeof(devtypes[0]); i++) {
        const struct lk_kind *kind = lk_kind_of(m, devtypes[i]);
        struct lk_link link = {.device = LK_VPN};

        if (!kind)
            continue;
        MUST(strlen(kind->kind) < sizeof(link.kind));
        strcpy(link.kind, kind->kind);
        MUST(lk_device_type(kind->device)[0]);
        MUST(!strcmp(lk_device_name(&link), kind->device_name));
    }
}

/* Nothing is counted that was not counted since. */
static void check_stats(const struct lk_message *m, unsigned divide)
{
    uint64_t base[LK_COUNTERS];
    uint64_t all[LK_MEMBERS], cleared[LK_MEMBERS];

    for (unsigned i = 0; i < LK_COUNTERS; i++)
        base[i] = m->counter[i] / (divide + 1);
    lk_stats_compute(m->counter, NULL, 1, 2, all);
    lk_stats_compute(m->counter, base, 1, 2, cleared);
    MUST(all[LK_BytesXmited] == m->counter[LK_TX_BYTES]);
    MUST(cleared[LK_BytesXmited] == m->counter[LK_TX_BYTES] - base[LK_TX_BYTES]);
    MUST(all[LK_Bps] == 1 && cleared[LK_ConnectDuration] == 2);
}

static void read_message(const uint8_t *body, size_t size, unsigned divide)
{
    struct nlmsghdr *head = malloc(NLMSG_HDRLEN + size);
    struct lk_message m, again;
    struct nl_msg *msg;
    int result;

    MUST(head);
    *head = (struct nlmsghdr){.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + size),
                              .nlmsg_type = RTM_NEWLINK};
    memcpy((uint8_t *)head + NLMSG_HDRLEN, body, size);
    msg = nlmsg_convert(head);
    free(head);
    MUST(msg);
    memset(&m, 0x5a, sizeof(m));
    memset(&again, 0xa5, sizeof(again));
    result = lk_parse(msg, &m);
    MUST(result == 0 || result == -EBADMSG);
    MUST(lk_parse(msg, &again) == result);
    nlmsg_free(msg);
    if (result)
        return;
    MUST(!memcmp(&m, &again, sizeof(m)));
    check_name(m.name);
    check_name(m.kind);
    MUST(m.name[0] && !strchr(m.name, '/'));
    MUST(m.index && m.index <= INT32_MAX);
    check_kind(&m);
    check_stats(&m, divide);
    MUST(lk_handle(lk_identity_without_sysfs(1, &m), m.index));
}

static void read_file(const uint8_t *body, size_t size)
{
    const uint64_t boot[2] = {1, 2};
    uint8_t *image = malloc(size ? size : 1);
    struct lk_table table = {NULL, 0};
    struct lk_link link = {.identity = 5, .index = 6};
    struct lk_record record = {.netns = 4, .identity = 5, .index = 6};
    int result;

    MUST(image);
    memcpy(image, body, size);
    /* Damage that a checksum would catch is not what is looked for. */
    if (size >= 40 && (size - 40) % 8 == 0) {
        uint64_t sum = te_sum(te_sum(0, image, 32), image + 40, size - 40);

        memcpy(image + 32, &sum, sizeof(sum));
    }
    result = lk_store_parse(image, size, boot, &table);
    free(image);
    MUST(result == 0 || result == -EBADMSG);
    if (result)
        return;
    MUST(table.count <= LK_STORE_MAX);
    MUST(!lk_table_put(&table, &record));
    MUST(lk_table_find(&table, 4, &link));
    lk_table_free(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    uint8_t what = take_8(&in), divide = take_8(&in);

    if (what & 1)
        read_file(in.at, in.left);
    else
        read_message(in.at, in.left, divide);
    return 0;
}
