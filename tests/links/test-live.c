/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Real links, in a network of the test's own. Each test runs in two surroundings: with a /sys that
 * shows this network, where a link is known by its inode there, and with the machine's.
 */
#include <errno.h>
#include <linux/ppp-ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include "links.h"
#include "net.h"
#include "scratch.h"
#include "tun-kit.h"

enum surroundings { OWN_SYS, FOREIGN_SYS, SURROUNDINGS };

static const char *dir;

/* false: cannot be had here; says so. */
static bool enter(int surroundings)
{
    const char *lacking;

    if (!net_enter())
        return false;
    lacking = tun_lacking();
    if (lacking) {
        printf("SKIP: %s\n", lacking);
        return false;
    }
    if (surroundings == OWN_SYS &&
        (!kit_own_mounts() || mount("sysfs", "/sys", "sysfs", 0, NULL))) {
        printf("SKIP: may not mount a /sys of our own\n");
        return false;
    }
    dir = kit_fresh();
    return true;
}

#define ENTER(surroundings)       \
    do {                          \
        if (!enter(surroundings)) \
            return;               \
    } while (0)

struct listing {
    struct lk_link link[8];
    unsigned count;
};

static int keep(const struct lk_link *link, void *arg)
{
    struct listing *listing = arg;

    ck_assert_uint_lt(listing->count, 8);
    listing->link[listing->count++] = *link;
    return 0;
}

static struct listing list(void)
{
    struct listing listing = {.count = 0};

    ck_assert_int_eq(lk_list(dir, keep, &listing), 0);
    return listing;
}

/* The only link that there is. */
static struct lk_link only(void)
{
    struct listing listing = list();

    ck_assert_uint_eq(listing.count, 1);
    return listing.link[0];
}

static struct lk_stats stats(uint32_t handle)
{
    struct lk_stats of;

    ck_assert_int_eq(lk_stats(dir, handle, 0, &of), 0);
    return of;
}

static void check_traffic(uint32_t handle, uint32_t tx_packets, uint32_t tx_bytes,
                          uint32_t rx_packets, uint32_t rx_bytes)
{
    struct lk_stats of = stats(handle);

    ck_assert_uint_eq(of.value[LK_FramesXmited], tx_packets);
    ck_assert_uint_eq(of.value[LK_BytesXmited], tx_bytes);
    ck_assert_uint_eq(of.value[LK_FramesRcved], rx_packets);
    ck_assert_uint_eq(of.value[LK_BytesRcved], rx_bytes);
    for (unsigned i = LK_CrcErr; i <= LK_CompressionRatioOut; i++)
        ck_assert_uint_eq(of.value[i], 0);
}

START_TEST(a_link_counts_exactly_what_went_through_it)
{
    struct tun_link tun;
    struct lk_link link;

    ENTER(_i);
    tun_make(&tun, "tun7", false, 0);
    ck_assert_uint_eq(list().count, 0); /* not up */
    tun_up(&tun);
    link = only();
    ck_assert_str_eq(link.name, "tun7");
    ck_assert_str_eq(link.kind, "tun");
    ck_assert_uint_eq(link.index, tun.index);
    ck_assert_int_eq(link.own_sysfs, _i == OWN_SYS);
    ck_assert(link.connected);
    check_traffic(link.handle, 0, 0, 0, 0);
    tun_arrive(&tun, 3, 100);
    tun_leave(&tun, 5, 1000);
    check_traffic(link.handle, 5, 5000, 3, 300);
    tun_remove(&tun);
}
END_TEST

START_TEST(clearing_starts_from_zero_for_every_process)
{
    struct tun_link tun;
    struct lk_link link;
    pid_t pid;

    ENTER(_i);
    tun_make(&tun, "tun7", false, 0);
    tun_up(&tun);
    tun_arrive(&tun, 3, 100);
    link = only();
    pid = suite_fork();
    if (!pid)
        _exit(lk_clear(dir, link.handle, 0) ? 1 : 0);
    ck_assert_int_eq(kit_wait(pid), 0);
    check_traffic(link.handle, 0, 0, 0, 0);
    tun_leave(&tun, 2, 60);
    tun_arrive(&tun, 1, 40);
    check_traffic(link.handle, 2, 120, 1, 40);
    /* by the link instead of by the connection: the same */
    ck_assert_int_eq(lk_clear(dir, link.handle, 1), 0);
    check_traffic(link.handle, 0, 0, 0, 0);
    /* another user's files: as the kernel has it */
    dir = kit_fresh();
    check_traffic(link.handle, 2, 120, 4, 340);
    tun_remove(&tun);
}
END_TEST

START_TEST(a_link_that_goes_down_and_comes_back_is_the_same)
{
    struct tun_link tun;
    struct lk_link link, again;
    struct lk_stats of;
    uint32_t before;

    ENTER(_i);
    tun_make(&tun, "tun7", false, 0);
    tun_up(&tun);
    link = only();
    tun_arrive(&tun, 3, 100);
    ck_assert_int_eq(lk_clear(dir, link.handle, 0), 0);
    tun_arrive(&tun, 1, 50);
    before = stats(link.handle).value[LK_ConnectDuration];
    tun_down(&tun);
    ck_assert_uint_eq(list().count, 0);
    ck_assert_int_eq(lk_find(link.handle, &again), 0);
    ck_assert(!again.connected);
    check_traffic(link.handle, 0, 0, 1, 50);
    ck_assert_int_eq(lk_clear(dir, link.handle, 1), -ENOTCONN);
    ck_assert_int_eq(lk_stats(dir, link.handle, 2, &of), -ENOTCONN);
    tun_up(&tun);
    again = only();
    ck_assert_uint_eq(again.handle, link.handle);
    ck_assert(again.connected);
    check_traffic(link.handle, 0, 0, 1, 50);
    ck_assert_uint_ge(stats(link.handle).value[LK_ConnectDuration], before);
    tun_remove(&tun);
}
END_TEST

START_TEST(without_a_process_a_link_has_no_carrier_and_is_no_connection)
{
    struct tun_link tun;

    ENTER(_i);
    net_run("ip tuntap add tun8 mode tun");
    net_run("ip link set tun8 up");
    ck_assert_uint_eq(list().count, 0);
    tun_make(&tun, "tun8", false, 0);
    ck_assert_str_eq(only().name, "tun8");
    close(tun.fd);
    ck_assert_uint_eq(list().count, 0);
}
END_TEST

START_TEST(a_new_name_is_no_new_link_where_sysfs_knows_it)
{
    struct tun_link tun;
    struct lk_link link, renamed;

    ENTER(_i);
    tun_make(&tun, "tun7", false, 0);
    tun_up(&tun);
    tun_arrive(&tun, 3, 100);
    link = only();
    ck_assert_int_eq(lk_clear(dir, link.handle, 0), 0);
    tun_rename(&tun, "office");
    renamed = only();
    ck_assert_str_eq(renamed.name, "office");
    if (_i == OWN_SYS) {
        ck_assert_uint_eq(renamed.handle, link.handle);
        check_traffic(link.handle, 0, 0, 0, 0);
    } else {
        /* Nothing else tells it from a link that was made under that name. */
        ck_assert_uint_ne(renamed.handle, link.handle);
        ck_assert_int_eq(lk_find(link.handle, &link), -ENODEV);
        check_traffic(renamed.handle, 0, 0, 3, 300);
    }
    tun_remove(&tun);
}
END_TEST

START_TEST(a_link_made_again_is_another)
{
    struct lk_stats untouched, of;
    struct tun_link tun;
    struct lk_link link, again;

    ENTER(_i);
    tun_make(&tun, "tun7", false, 0);
    tun_up(&tun);
    tun_arrive(&tun, 3, 100);
    link = only();
    ck_assert_int_eq(lk_clear(dir, link.handle, 0), 0);
    tun_remove(&tun);
    memset(&of, 0x5a, sizeof(of));
    untouched = of;
    ck_assert_int_eq(lk_stats(dir, link.handle, 0, &of), -ENODEV);
    ck_assert_mem_eq(&of, &untouched, sizeof(of));
    ck_assert_int_eq(lk_clear(dir, link.handle, 0), -ENODEV);

    tun_make(&tun, "tun7", false, 0);
    ck_assert_uint_ne(tun.index, link.index);
    tun_up(&tun);
    tun_arrive(&tun, 7, 100);
    again = only();
    ck_assert_uint_ne(again.handle, link.handle);
    ck_assert_int_eq(lk_stats(dir, link.handle, 0, &of), -ENODEV);
    check_traffic(again.handle, 0, 0, 7, 700);
    tun_remove(&tun);
}
END_TEST

START_TEST(a_link_made_again_under_its_index_too_is_another_where_sysfs_knows_it)
{
    struct tun_link tun;
    struct lk_link link, again;
    struct lk_stats of;

    ENTER(OWN_SYS);
    tun_make(&tun, "tun7", false, 77);
    tun_up(&tun);
    tun_arrive(&tun, 3, 100);
    link = only();
    ck_assert_int_eq(lk_clear(dir, link.handle, 0), 0);
    for (unsigned i = 0; i < net_times(100); i++) {
        tun_remove(&tun);
        tun_make(&tun, "tun7", false, 77);
        tun_up(&tun);
        tun_arrive(&tun, 7, 100);
        again = only();
        ck_assert_uint_eq(again.index, link.index);
        ck_assert_uint_ne(again.handle, link.handle);
        ck_assert_int_eq(lk_stats(dir, link.handle, 0, &of), -ENODEV);
        check_traffic(again.handle, 0, 0, 7, 700);
    }
    tun_remove(&tun);
}
END_TEST

START_TEST(a_twin_in_the_namespace_that_sysfs_shows_is_not_taken_for_the_link)
{
    struct tun_link twin, tun;
    struct lk_link other, link;

    ENTER(OWN_SYS);
    tun_make(&twin, "tun7", false, 77);
    tun_up(&twin);
    tun_arrive(&twin, 5, 100);
    other = only();
    ck_assert(other.own_sysfs);
    net_another(); /* and /sys stays behind */
    tun_make(&tun, "tun7", false, 77);
    tun_up(&tun);
    for (unsigned i = 0; i < 3; i++) {
        link = only();
        ck_assert(!link.own_sysfs);
        ck_assert_uint_ne(link.handle, other.handle);
        check_traffic(link.handle, 0, 0, 4 * i, 400 * i);
        tun_arrive(&tun, 4, 100); /* less than the twin, then more */
    }
    tun_remove(&tun);
}
END_TEST

START_TEST(links_are_told_apart_and_listed_by_index)
{
    struct tun_link tun[5];
    struct listing listing;

    ENTER(_i);
    for (unsigned i = 0; i < 5; i++) {
        char name[16];

        snprintf(name, sizeof(name), "tun%u", i);
        tun_make(&tun[i], name, i & 1, 90 - i);
        tun_up(&tun[i]);
        if (!(i & 1))
            tun_arrive(&tun[i], i, 100);
    }
    listing = list();
    ck_assert_uint_eq(listing.count, 5);
    for (unsigned i = 0; i < 5; i++) {
        ck_assert_uint_eq(listing.link[i].index, 86 + i);
        ck_assert_str_eq(listing.link[i].name, tun[4 - i].name);
        if (!(i & 1))
            check_traffic(listing.link[i].handle, 0, 0, 4 - i, 100 * (4 - i));
    }
    for (unsigned i = 0; i < 5; i++)
        tun_remove(&tun[i]);
}
END_TEST

START_TEST(a_virtual_machines_tap_in_a_bridge_is_no_connection)
{
    struct tun_link tap;

    ENTER(_i);
    if (system("ip link add br0 type bridge 2>/dev/null")) {
        printf("SKIP: no bridge in this kernel\n");
        return;
    }
    tun_make(&tap, "vnet0", true, 0);
    tun_up(&tap);
    ck_assert_uint_eq(list().count, 1);
    net_run("ip link set vnet0 master br0");
    ck_assert_uint_eq(list().count, 0);
    tun_remove(&tap);
}
END_TEST

static const struct {
    const char *make, *name, *device;
} kinds[] = {
    {"ip link add wg9 type wireguard", "wg9", "WireGuard"},
    {"ip link add ipip9 type ipip local 192.0.2.1 remote 192.0.2.9", "ipip9", "IPIP"},
    {"ip link add gre9 type gre local 192.0.2.1 remote 192.0.2.9", "gre9", "GRE"},
    {"ip link add sit9 type sit local 192.0.2.1 remote 192.0.2.9", "sit9", "SIT"},
    {"ip link add vti9 type vti local 192.0.2.1 remote 192.0.2.9 key 9", "vti9", "IPsec"},
    {"ip link add xfrm9 type xfrm dev lo if_id 9", "xfrm9", "IPsec"},
    {"ip link add ip6tnl9 type ip6tnl local 2001:db8::1 remote 2001:db8::9", "ip6tnl9", "IP6TNL"},
};

START_TEST(kinds_that_the_kernel_has_are_found)
{
    char command[256];
    struct lk_link link;

    ENTER(OWN_SYS);
    snprintf(command, sizeof(command), "%s 2>/dev/null", kinds[_i].make);
    if (system(command)) {
        printf("SKIP: no %s in this kernel\n", kinds[_i].device);
        return;
    }
    ck_assert_uint_eq(list().count, 0);
    net_run("ip link set %s up", kinds[_i].name);
    link = only();
    ck_assert_str_eq(link.name, kinds[_i].name);
    ck_assert_str_eq(lk_device_name(&link), kinds[_i].device);
    ck_assert_str_eq(lk_device_type(link.device), "vpn");
}
END_TEST

/* Without anything below it, which is all that a PPP link needs in order to be one. */
START_TEST(a_ppp_link_of_the_kernel_is_found)
{
    struct lk_link link;
    int unit = -1, fd;

    ENTER(_i);
    fd = open("/dev/ppp", O_RDWR | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, PPPIOCNEWUNIT, &unit)) {
        printf("SKIP: no PPP in this kernel\n");
        return;
    }
    ck_assert_uint_eq(list().count, 0);
    net_run("ip link set dev ppp%d up", unit);
    link = only();
    ck_assert_str_eq(lk_device_name(&link), "PPP");
    ck_assert_int_eq(link.device, LK_MODEM);
    check_traffic(link.handle, 0, 0, 0, 0);
    close(fd);
    ck_assert_uint_eq(list().count, 0);
}
END_TEST

START_TEST(duration_counts_from_the_oldest_address_else_from_the_first_look)
{
    struct tun_link tun;
    struct lk_link link;
    struct lk_stats of;
    uint32_t first;

    ENTER(_i);
    tun_make(&tun, "tun7", false, 0);
    tun_up(&tun);
    usleep(300000);
    net_run("ip addr add 203.0.113.1/32 dev tun7"); /* a younger one */
    link = only();
    of = stats(link.handle);
    ck_assert_int_eq(of.since, LK_SINCE_ADDRESS);
    ck_assert_uint_ge(of.value[LK_ConnectDuration], 280);
    ck_assert_uint_le(of.value[LK_ConnectDuration], 10000);

    /* Once known, it stays: the address may go. */
    net_run("ip addr flush dev tun7");
    ck_assert_uint_ge(stats(link.handle).value[LK_ConnectDuration], of.value[LK_ConnectDuration]);
    /* Not so for somebody who has never looked. */
    dir = kit_fresh();
    of = stats(link.handle);
    ck_assert_int_eq(of.since, LK_SINCE_SIGHT);
    first = of.value[LK_ConnectDuration];
    ck_assert_uint_lt(first, 280);
    usleep(50000);
    ck_assert_uint_ge(stats(link.handle).value[LK_ConnectDuration], first + 50);
    /* Clearing is no new beginning. */
    ck_assert_int_eq(lk_clear(dir, link.handle, 0), 0);
    ck_assert_uint_ge(stats(link.handle).value[LK_ConnectDuration], first + 50);
    tun_remove(&tun);
}
END_TEST

START_TEST(without_a_state_file_statistics_are_read_all_the_same)
{
    struct tun_link tun;
    struct lk_link link;

    ENTER(_i);
    tun_make(&tun, "tun7", false, 0);
    tun_up(&tun);
    tun_arrive(&tun, 3, 100);
    dir = "/proc/there-is-no-such-directory";
    link = only();
    check_traffic(link.handle, 0, 0, 3, 300);
    ck_assert_int_lt(lk_clear(dir, link.handle, 0), 0);
    check_traffic(link.handle, 0, 0, 3, 300);
    tun_remove(&tun);
}
END_TEST

START_TEST(no_handle_is_a_link_by_chance)
{
    static const uint32_t nobody[] = {0, 1, 2, 0xffffffff, 0x80000000};
    struct tun_link tun;
    struct lk_link link;
    struct lk_stats of;

    ENTER(_i);
    tun_make(&tun, "tun7", false, 0);
    tun_up(&tun);
    link = only();
    for (unsigned i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
        ck_assert_int_eq(lk_find(nobody[i], &link), -ENODEV);
        ck_assert_int_eq(lk_stats(dir, nobody[i], 0, &of), -ENODEV);
        ck_assert_int_eq(lk_clear(dir, nobody[i], 0), -ENODEV);
    }
    for (unsigned bit = 0; bit < 32; bit++)
        ck_assert_int_eq(lk_find(link.handle ^ 1u << bit, &link), -ENODEV);
    tun_remove(&tun);
}
END_TEST

/* While packets come and one clears all the time, another never reads what was there before. */
START_TEST(clearing_while_others_read_never_shows_what_was_before)
{
    enum { BEFORE = 1000, ROUNDS = 300 };
    struct tun_link tun;
    struct lk_link link;
    pid_t pid;

    ENTER(_i);
    tun_make(&tun, "tun7", false, 0);
    tun_up(&tun);
    tun_arrive(&tun, BEFORE, 100);
    link = only();
    ck_assert_int_eq(lk_clear(dir, link.handle, 0), 0);
    pid = suite_fork();
    if (!pid) {
        for (;;) {
            int rc;

            tun_arrive(&tun, 1, 100);
            rc = lk_clear(dir, link.handle, 0);
            if (rc && rc != -EBUSY)
                _exit(1);
        }
    }
    for (unsigned i = 0; i < net_times(ROUNDS); i++)
        ck_assert_uint_lt(stats(link.handle).value[LK_FramesRcved], BEFORE);
    kill(pid, SIGKILL);
    ck_assert_int_eq(kit_wait(pid), 128 + SIGKILL);
    tun_remove(&tun);
}
END_TEST

START_TEST(nothing_is_left_open)
{
    struct tun_link tun;
    struct lk_link link;
    unsigned before;

    ENTER(_i);
    tun_make(&tun, "tun7", false, 0);
    tun_up(&tun);
    link = only();
    before = net_descriptors();
    for (unsigned i = 0; i < 20; i++) {
        only();
        stats(link.handle);
        ck_assert_int_eq(lk_clear(dir, link.handle, 0), 0);
        ck_assert_int_eq(lk_find(0, &link), -ENODEV);
    }
    ck_assert_uint_eq(net_descriptors(), before);
    tun_remove(&tun);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("live links");
    TCase *tcase = tcase_create("live links");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
#define BOTH(test) tcase_add_loop_test(tcase, test, 0, SURROUNDINGS)
    BOTH(a_link_counts_exactly_what_went_through_it);
    BOTH(clearing_starts_from_zero_for_every_process);
    BOTH(a_link_that_goes_down_and_comes_back_is_the_same);
    BOTH(without_a_process_a_link_has_no_carrier_and_is_no_connection);
    BOTH(a_new_name_is_no_new_link_where_sysfs_knows_it);
    BOTH(a_link_made_again_is_another);
    tcase_add_test(tcase, a_link_made_again_under_its_index_too_is_another_where_sysfs_knows_it);
    tcase_add_test(tcase, a_twin_in_the_namespace_that_sysfs_shows_is_not_taken_for_the_link);
    BOTH(links_are_told_apart_and_listed_by_index);
    BOTH(a_virtual_machines_tap_in_a_bridge_is_no_connection);
    tcase_add_loop_test(tcase, kinds_that_the_kernel_has_are_found, 0,
                        (int)(sizeof(kinds) / sizeof(kinds[0])));
    BOTH(a_ppp_link_of_the_kernel_is_found);
    BOTH(duration_counts_from_the_oldest_address_else_from_the_first_look);
    BOTH(without_a_state_file_statistics_are_read_all_the_same);
    BOTH(no_handle_is_a_link_by_chance);
    BOTH(clearing_while_others_read_never_shows_what_was_before);
    BOTH(nothing_is_left_open);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
