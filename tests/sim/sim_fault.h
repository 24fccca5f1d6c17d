/* SPDX-License-Identifier: Apache-2.0 */
/* sim_fault.h -- trouble at its time: deaths, cuts, changed sources, damaged part files.
 *
 * What it is: what the scenario planned, done when its trigger is reached. What it is not: the
 * faults by chance, which the world draws for each operation. */
#pragma once

#include "sim/sim_run.h"

/* Plans what has a time. */
void fault_begin(struct run *run);
/* Does what has become due. To be called after each step of the world. */
void fault_act(struct run *run);
/* A program runs (again): its journal gets its place to die. */
void fault_node_started(struct run *run, struct node *node);
/* Nothing new goes wrong from now on. */
void fault_end(struct run *run);
/* The same, and what is cut is healed, and who is dead comes back. */
void fault_make_calm(struct run *run);
/* The receiver loses power now and comes back. */
void fault_cut_power(struct run *run);
/* Somebody starts the sender's engine anew. */
void fault_restart_sender(struct run *run);
/* struct node_events: an engine has ended as it was told. */
void fault_node_stopped(void *arg, struct node *node);
/* struct node_events: a journal is at its place to die. */
void fault_journal_death(void *arg, struct node *node);
