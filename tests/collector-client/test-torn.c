/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records that are being written: threads that do nothing else, and readers that believe no half.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collector/reading.h"
#include "mock-link.h"
#include "net.h"
#include "suite.h"

#define READINGS 200000

static struct te_collector_record record;
static volatile bool stop;

/* Every word of a record holds the same number. */
static void *hammer(void *arg)
{
    uint32_t pause = *(uint32_t *)arg;

    for (uint32_t n = 1; !stop; n++) {
        mock_write_begin(&record);
        memset(&record.sock, (int)(n & 0xff), sizeof(record.sock));
        memset(&record.events, (int)(n & 0xff), sizeof(record.events));
        memset(&record.out, (int)(n & 0xff), sizeof(record.out) + sizeof(record.in));
        record.head.time_ns = n & 0xff;
        mock_write_end(&record);
        for (volatile uint32_t i = 0; i < pause; i++)
            ;
    }
    return NULL;
}

static bool whole(const struct te_record_copy *copy)
{
    const uint8_t *at = (const uint8_t *)&copy->sock;

    if (copy->head.time_ns != at[0])
        return false;
    for (size_t i = 0; i < sizeof(*copy) - sizeof(copy->head); i++)
        if (at[i] != at[0])
            return false;
    return true;
}

START_TEST(no_half_of_a_record_is_believed)
{
    uint32_t pause = _i ? 500 : 0;
    unsigned good = 0, torn = 0;
    struct te_record_copy copy;
    pthread_t writer;

    stop = false;
    memset(&record, 0, sizeof(record));
    ck_assert_int_eq(pthread_create(&writer, NULL, hammer, &pause), 0);
    for (unsigned i = 0; i < net_times(READINGS); i++)
        if (te_record_copy(&record, &copy)) {
            good++;
            torn += !whole(&copy);
        }
    stop = true;
    pthread_join(writer, NULL);
    ck_assert_uint_eq(torn, 0);
    /* One that leaves some time between two writes, as every real one does, is read nearly always.
     */
    if (_i)
        ck_assert_msg(good > net_times(READINGS) / 2, "%u of %u", good, net_times(READINGS));
}
END_TEST

START_TEST(an_odd_count_is_given_up_soon)
{
    struct te_record_copy copy;

    memset(&record, 0, sizeof(record));
    record.head.seq = 7;
    ck_assert(!te_record_copy(&record, &copy));
    record.head.seq = 8;
    ck_assert(te_record_copy(&record, &copy));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("torn records");
    TCase *tcase = tcase_create("torn records");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, no_half_of_a_record_is_believed, 0, 2);
    tcase_add_test(tcase, an_odd_count_is_given_up_soon);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
