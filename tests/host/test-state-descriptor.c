/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that closes all descriptors, ours included, and gets the numbers again: we must neither
 * read, write, lock nor close what is a stranger's.
 */
#include <sys/socket.h>

#include "state-tamper.h"

/* --- the program closes our descriptor and gets the number again --- */

static void take_number(int own, int number)
{
    ck_assert_int_eq(dup2(own, number), number);
    close(own);
}

START_TEST(a_descriptor_that_is_a_strangers_file_is_left_alone)
{
    char content[100000], now[100000];
    int number, fd;

    begin();
    number = st.fd;
    memset(content, 'x', sizeof(content));
    fd = open(spare_name("stranger"), O_CREAT | O_RDWR, 0600);
    ck_assert_int_eq(write(fd, content, sizeof(content)), sizeof(content));
    ck_assert_int_eq(lseek(fd, 1234, SEEK_SET), 1234);
    take_number(fd, number);

    ck_assert_int_eq(kit_get(&st, dir, 1), 11);
    ck_assert_int_ne(st.fd, number);
    /* again, with a change first */
    te_state_close(&st);
    ck_assert_int_eq(kit_get(&st, dir, 1), 11);
    fd = open(spare_name("stranger"), O_RDWR);
    ck_assert_int_eq(lseek(fd, 1234, SEEK_SET), 1234);
    number = st.fd;
    take_number(fd, number);
    ck_assert_int_eq(kit_set(&st, dir, 1, 12), 0);
    ck_assert_int_ne(st.fd, number);
    /* and again, with nothing but closing */
    fd = open(spare_name("stranger"), O_RDWR);
    take_number(fd, st.fd);
    fd = st.fd;
    te_state_close(&st);
    ck_assert_int_ne(fcntl(fd, F_GETFD), -1);

    ck_assert_int_eq(kit_get_anew(dir, 1), 12);
    ck_assert_int_eq(lseek(number, 0, SEEK_CUR), 1234);
    ck_assert_int_eq(pread(number, now, sizeof(now), 0), sizeof(now));
    ck_assert_mem_eq(now, content, sizeof(now));
}
END_TEST

START_TEST(a_strangers_copy_of_our_file_is_not_taken_for_it)
{
    char content[65536];
    int number, fd;

    begin();
    number = st.fd;
    ck_assert_int_eq(pread(number, content, sizeof(content), 0), sizeof(content));
    ck_assert_int_eq(kit_set(&st, dir, 1, 12), 0);
    fd = open(spare_name("copy"), O_CREAT | O_RDWR, 0600);
    ck_assert_int_eq(write(fd, content, sizeof(content)), sizeof(content));
    take_number(fd, number);
    ck_assert_int_eq(kit_get(&st, dir, 1), 12);
    ck_assert_int_ne(st.fd, number);
    ck_assert_int_eq(lseek(number, 0, SEEK_CUR), sizeof(content));
    close(number);
    te_state_close(&st);
}
END_TEST

START_TEST(a_descriptor_that_is_a_strangers_socket_is_left_alone)
{
    int ends[2], number;
    char byte;

    begin();
    number = st.fd;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    take_number(ends[0], number);
    ck_assert_int_eq(kit_set(&st, dir, 1, 12), 0);
    ck_assert_int_ne(st.fd, number);
    ck_assert_int_eq(kit_get(&st, dir, 1), 12);
    te_state_close(&st);
    ck_assert_int_eq(recv(ends[1], &byte, 1, MSG_DONTWAIT), -1);
    ck_assert_int_eq(errno, EAGAIN);
    ck_assert_int_eq(send(ends[1], "y", 1, 0), 1);
    ck_assert_int_eq(read(number, &byte, 1), 1);
    ck_assert_int_eq(byte, 'y');
}
END_TEST

START_TEST(a_strangers_descriptor_of_our_own_file_is_left_alone)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int number, fd, witness;

    begin();
    number = st.fd;
    fd = open(kit_file(dir), O_RDWR);
    ck_assert_int_eq(lseek(fd, 77, SEEK_SET), 77);
    take_number(fd, number);
    /* A lock that it holds must neither count as ours nor be let go by us. */
    ck_assert_int_eq(fcntl(number, F_OFD_SETLK, &lock), 0);
    ck_assert_int_eq(kit_set(&st, dir, 1, 12), -EBUSY);
    ck_assert_int_eq(lseek(number, 0, SEEK_CUR), 77);
    te_state_close(&st);
    ck_assert_int_ne(fcntl(number, F_GETFD), -1);
    witness = open(kit_file(dir), O_RDWR);
    ck_assert_int_eq(fcntl(witness, F_OFD_GETLK, &lock), 0);
    ck_assert_int_eq(lock.l_type, F_WRLCK);
    ck_assert_int_eq(lock.l_len, 0);
    close(witness);
    close(number);
    ck_assert_int_eq(kit_set(&st, dir, 1, 12), 0);
    te_state_close(&st);
}
END_TEST

START_TEST(a_closed_descriptor_is_opened_again)
{
    begin();
    close(st.fd);
    ck_assert_int_eq(kit_get(&st, dir, 1), 11);
    close(st.fd);
    ck_assert_int_eq(kit_set(&st, dir, 1, 12), 0);
    close(st.fd);
    te_state_close(&st);
    ck_assert_int_eq(kit_get(&st, dir, 1), 12);
    te_state_close(&st);
}
END_TEST

START_TEST(the_directory_kept_while_there_is_no_file_may_be_lost_too)
{
    int ends[2], number;
    char byte;

    st = (struct te_state)TE_STATE_INIT;
    dir = kit_fresh();
    ck_assert_int_eq(kit_get(&st, dir, 1), 0);
    number = st.fd;
    ck_assert_int_ge(number, 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    take_number(ends[0], number);
    ck_assert_int_eq(kit_get(&st, dir, 1), 0);
    ck_assert_int_ne(st.fd, number);
    ck_assert_int_eq(kit_set(&st, dir, 1, 12), 0);
    te_state_close(&st);
    ck_assert_int_eq(recv(ends[1], &byte, 1, MSG_DONTWAIT), -1);
    ck_assert_int_eq(errno, EAGAIN);
    ck_assert_int_ne(fcntl(number, F_GETFD), -1);
}
END_TEST

SUITE("lost descriptors of the state", 60, a_descriptor_that_is_a_strangers_file_is_left_alone,
      a_strangers_copy_of_our_file_is_not_taken_for_it,
      a_descriptor_that_is_a_strangers_socket_is_left_alone,
      a_strangers_descriptor_of_our_own_file_is_left_alone, a_closed_descriptor_is_opened_again,
      the_directory_kept_while_there_is_no_file_may_be_lost_too)
