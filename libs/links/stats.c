/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base.h"
#include "stats.h"

static const int origins[LK_MEMBERS] = {
#define STAT(member, unit, origin, source, note) [LK_##member] = origin,
#include "stats.def"
#undef STAT
};

static const struct lk_member_info members[LK_MEMBERS] = {
#define STAT(member, unit, origin, source, note) [LK_##member] = {#member, unit, source, note},
#include "stats.def"
#undef STAT
};

const struct lk_member_info *lk_member_info(unsigned int member)
{
    return member < LK_MEMBERS ? &members[member] : NULL;
}

/* A driver that starts its counters anew has undone our clearing. */
static uint64_t count_since(uint64_t counter, uint64_t base)
{
    return counter >= base ? counter - base : counter;
}

uint32_t lk_windows_value(enum lk_member member, uint64_t value)
{
    return origins[member] == LK_STAT_SPEED && value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

void lk_stats_compute(const uint64_t counter[LK_COUNTERS], const uint64_t *base, uint64_t speed,
                      uint64_t duration, uint64_t value[LK_MEMBERS])
{
    for (unsigned int i = 0; i < LK_MEMBERS; i++) {
        switch (origins[i]) {
        case LK_STAT_NONE:
            value[i] = 0;
            break;
        case LK_STAT_SPEED:
            value[i] = speed;
            break;
        case LK_STAT_SINCE:
            value[i] = duration;
            break;
        default:
            value[i] = count_since(counter[origins[i]], base ? base[origins[i]] : 0);
        }
    }
}

uint64_t lk_speed(const char *name)
{
    struct ethtool_cmd cmd = {.cmd = ETHTOOL_GSET};
    struct ifreq request;
    uint32_t speed = 0;
    int fd = te_above_stderr(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

    if (fd < 0)
        return 0;
    memset(&request, 0, sizeof(request));
    strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
    request.ifr_data = (void *)&cmd;
    if (!ioctl(fd, SIOCETHTOOL, &request))
        speed = ethtool_cmd_speed(&cmd);
    close(fd);
    return speed == (uint32_t)SPEED_UNKNOWN ? 0 : speed * UINT64_C(1000000);
}
