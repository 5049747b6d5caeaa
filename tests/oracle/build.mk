# SPDX-License-Identifier: LGPL-2.1-or-later
# The oracle: captures of both ends of real transfers tell what every member ought to be.

ORACLE := tests/oracle
ORACLE_RIG_SRC := rig.c scenario.c end.c capture.c traffic.c witness.c
ORACLE_RIG_OBJ := $(ORACLE_RIG_SRC:%.c=$(O)/oracle/%.o)
ORACLE_JUDGE_SRC := judge.c verdict.c table.c judged.c reading.c pcap.c ledger.c sender.c receive.c rtt.c \
	series.c
ORACLE_JUDGE_OBJ := $(ORACLE_JUDGE_SRC:%.c=$(O)/oracle/%.o)

LINT += $(wildcard $(ORACLE)/*.[ch])
TESTS += $(ORACLE)/test-oracle.sh
TESTS_LONG += $(ORACLE)/test-oracle-collector.sh $(ORACLE)/test-oracle-long.sh
TESTS_ALONE += $(addprefix $(ORACLE)/test-oracle,.sh -collector.sh -long.sh)
check-only: $(O)/oracle-rig $(O)/oracle-judge

# The rig uses the library; the judge must not even see its headers.
$(ORACLE_RIG_OBJ): ORACLE_CFLAGS = -std=gnu11 -D_GNU_SOURCE -Iinclude -Itests/path -Itests/lib -pthread
$(ORACLE_JUDGE_OBJ): ORACLE_CFLAGS = -std=gnu11 -D_GNU_SOURCE

$(call host_objects,$(O)/oracle,$(ORACLE),ORACLE_CFLAGS)

$(O)/oracle-rig: $(ORACLE_RIG_OBJ) $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(NL_LIBS) -pthread

$(O)/oracle-judge: $(ORACLE_JUDGE_OBJ)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm

# A run of the whole matrix, written down; takes minutes.
.PHONY: oracle-docs
oracle-docs: $(O)/oracle-rig $(O)/oracle-judge $(O)/path-relay
	rm -rf $(O)/oracle/runs && mkdir $(O)/oracle/runs
	O=$(O) $(ORACLE)/matrix.sh --keep=$(O)/oracle/runs/sock_diag >/dev/null
	O=$(O) $(ORACLE)/matrix.sh --keep=$(O)/oracle/runs/collector --collector >/dev/null
	$(O)/oracle-judge --markdown=$(O)/oracle/tables.md $(O)/oracle/runs/sock_diag/*/ \
		$(O)/oracle/runs/collector/*/
	cat $(ORACLE)/intro.md $(O)/oracle/tables.md > docs/oracle.md
