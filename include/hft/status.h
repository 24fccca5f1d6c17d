/* SPDX-License-Identifier: Apache-2.0 */
/* status.h -- every outcome a user can see, once.
 *
 * An outcome is STATUS-DETAIL, for example 250-591. HFT_OUTCOMES below is the one
 * list of them: number, name, the sentence a person reads, whether the engine sends
 * again by itself, and the exit code of a waiting `hft`. Everything else that speaks
 * about outcomes (the daemon, the CLI, the manual pages) is made from this list.
 *
 * Words in capitals inside a sentence stand for what the place that reports it fills
 * in; they are documentation, not format strings. */
#ifndef HFT_STATUS_H
#define HFT_STATUS_H

/* What `hft` and other clients exit with. The cause decides, a known cause always
 * beats HFT_EXIT_WAITING and HFT_EXIT_TIMEOUT. */
enum hft_exit {
	HFT_EXIT_DONE = 0,	/* done and durable */
	HFT_EXIT_FAILED = 1,	/* failed for the reason in the message, also: no connection */
	HFT_EXIT_USAGE = 2,	/* wrong usage */
	HFT_EXIT_NO_ENGINE = 3, /* no engine at the socket */
	HFT_EXIT_REFUSED = 4,	/* refused by policy, theirs or ours */
	HFT_EXIT_TIMEOUT = 5,	/* timed out waiting; the work goes on in the engine */
	HFT_EXIT_NOT_FOUND = 6, /* no such id, file, host or definition here */
	HFT_EXIT_INTEGRITY = 7, /* the source changed, or verification failed */
	HFT_EXIT_WAITING = 8,	/* waits in auto-wait or the Resend Queue without a final cause */
	HFT_EXIT_CLUSTER_BUSY = 54,   /* another command works on the service */
	HFT_EXIT_CLUSTER_ENDING = 55, /* the service is ending */
	HFT_EXIT_ISOLATED = 71,	      /* the engine ended because its group is isolated */
};

/* Whether the engine sends again by itself after this outcome. */
enum hft_resend {
	HFT_RESEND_NO,	      /* goes to the Resend Queue at once, or is no failure of a send */
	HFT_RESEND_CYCLE,     /* eligible for auto-wait, as long as the counter lasts */
	HFT_RESEND_AT_START,  /* sent again when the service starts the next time */
	HFT_RESEND_AS_TRY,    /* a failed connect try: the grid goes on */
	HFT_RESEND_BY_DETAIL, /* the detail is the other side's status; that decides */
};

/* Statuses. The classic numbers where they exist; 202 and 901-949 are this product's. */
enum hft_status {
	HFT_DONE = 0,
	HFT_CONNECT_FAILED = 202,
	HFT_READ_FAILED = 208,
	HFT_WRITE_FAILED = 212,
	HFT_RECEIVER_FAILED = 250, /* detail: the receiver's status */
	HFT_JOB_FAILED = 514,
	HFT_RECEIVER_BUSY = 516,
	HFT_VERIFY_FAILED = 535,
	HFT_SEND_STOPPED = 590,
	HFT_RECEIVE_STOPPED = 591,
	HFT_OBSERVE_STOPPED = 592,
	HFT_CANCELLED = 901,
	HFT_SOURCE_CHANGED = 903,
	HFT_RESUME_REFUSED = 904,
	HFT_REFUSED = 905,
	HFT_TARGET_EXISTS = 906,
	HFT_CSV_FAILED = 907,
	HFT_SOURCE_UNREADABLE = 908,
	HFT_TARGET_UNWRITABLE = 909,
	HFT_PREJOB_FAILED = 910,
	HFT_FENCED = 911,
	HFT_NOT_FOUND = 912,
	HFT_NO_AGREEMENT = 913,
	HFT_SERVICE_MISSING = 914,
	HFT_NOT_READY = 915,
	HFT_FOUND_BROKEN = 916,
	HFT_SENDER_FAILED = 917, /* detail: the sender's status */
};

/* Details with a meaning of their own. */
enum hft_detail {
	HFT_DETAIL_NONE = 0,
	HFT_DETAIL_LOCKED = 1,		/* 909: the target is locked or being received */
	HFT_DETAIL_NO_RECEIVE = 1,	/* 914: the receive service is missing */
	HFT_DETAIL_NO_OBSERVE = 2,	/* 914: the observe service is missing */
	HFT_DETAIL_NO_SEND = 3,		/* 914: the send service is missing */
	HFT_DETAIL_ALL_SENT = 271,	/* 590: stopped after all data was sent */
	HFT_DETAIL_TRIES_USED_UP = 901, /* 202: the last try of the grid failed */
	HFT_DETAIL_FOR_GOOD = 901,	/* 591: stopped, and no resend is wanted now */
	HFT_DETAIL_HOST_DEAD = 961,	/* 208, 212: the verdict that ended the session */
	HFT_DETAIL_PATH_DEAD = 962,	/* 208, 212 */
	HFT_DETAIL_PROCESS_STUCK = 963, /* 208, 212 */
	HFT_DETAIL_PROCESS_GONE = 964,	/* 208, 212 */
	HFT_DETAIL_LOCAL_FAULT = 965,	/* 208, 212 */
	HFT_DETAIL_ANY = 65535,		/* in HFT_OUTCOMES only: every detail not listed apart */
};

/* X(status, detail, name, sentence, resend, exit), by status; an exact detail stands
 * before HFT_DETAIL_ANY. The exit codes of 250 and 917 are those of the other side's
 * status, except that nothing is "not found here" (6) when it was not found there. */
#define HFT_OUTCOMES(X)                                                                            \
	X(HFT_DONE, HFT_DETAIL_NONE, "done", "NAME is complete, durable and in place at HOST",     \
	  HFT_RESEND_NO, HFT_EXIT_DONE)                                                            \
	X(HFT_CONNECT_FAILED, HFT_DETAIL_NONE, "connect-failed",                                   \
	  "no connection to HOST (ADDRESS): REASON", HFT_RESEND_NO, HFT_EXIT_FAILED)               \
	X(HFT_CONNECT_FAILED, HFT_DETAIL_TRIES_USED_UP, "connect-exhausted",                       \
	  "HOST was not ready within WINDOW s (TRIES tries); waits in the Resend Queue as LISTNO", \
	  HFT_RESEND_NO, HFT_EXIT_FAILED)                                                          \
	X(HFT_READ_FAILED, HFT_DETAIL_ANY, "read-failed",                                          \
	  "reading from HOST failed after BYTES: REASON", HFT_RESEND_CYCLE, HFT_EXIT_FAILED)       \
	X(HFT_WRITE_FAILED, HFT_DETAIL_ANY, "write-failed",                                        \
	  "writing to HOST failed after BYTES: REASON", HFT_RESEND_CYCLE, HFT_EXIT_FAILED)         \
	X(HFT_RECEIVER_FAILED, HFT_DETAIL_ANY, "receiver-failed",                                  \
	  "HOST ended the transfer: SENTENCE", HFT_RESEND_BY_DETAIL, HFT_EXIT_FAILED)              \
	X(HFT_JOB_FAILED, HFT_DETAIL_NONE, "job-failed",                                           \
	  "the job JOB after receiving ended with RESULT and notification is set to job",          \
	  HFT_RESEND_NO, HFT_EXIT_FAILED)                                                          \
	X(HFT_RECEIVER_BUSY, HFT_DETAIL_NONE, "receiver-busy",                                     \
	  "HOST already receives its limit of LIMIT transfers", HFT_RESEND_AS_TRY,                 \
	  HFT_EXIT_FAILED)                                                                         \
	X(HFT_VERIFY_FAILED, HFT_DETAIL_NONE, "verify-failed",                                     \
	  "what arrived differs from what was sent (CHUNKS); nothing was published",               \
	  HFT_RESEND_CYCLE, HFT_EXIT_INTEGRITY)                                                    \
	X(HFT_SEND_STOPPED, HFT_DETAIL_NONE, "send-stopped",                                       \
	  "the send service was force-stopped; the transfer goes on when it starts again",         \
	  HFT_RESEND_AT_START, HFT_EXIT_WAITING)                                                   \
	X(HFT_SEND_STOPPED, HFT_DETAIL_ALL_SENT, "send-stopped-late",                              \
	  "the send service was force-stopped after all data was sent; `hft resend LISTNO` "       \
	  "settles it",                                                                            \
	  HFT_RESEND_NO, HFT_EXIT_FAILED)                                                          \
	X(HFT_RECEIVE_STOPPED, HFT_DETAIL_NONE, "receive-stopped",                                 \
	  "the receive service was force-stopped; the sender resends by itself", HFT_RESEND_CYCLE, \
	  HFT_EXIT_FAILED)                                                                         \
	X(HFT_RECEIVE_STOPPED, HFT_DETAIL_FOR_GOOD, "receive-stopped-for-good",                    \
	  "the receive service was force-stopped and wants no resend now", HFT_RESEND_NO,          \
	  HFT_EXIT_FAILED)                                                                         \
	X(HFT_OBSERVE_STOPPED, HFT_DETAIL_NONE, "observe-stopped",                                 \
	  "the observe service was force-stopped while answering this request", HFT_RESEND_NO,     \
	  HFT_EXIT_FAILED)                                                                         \
	X(HFT_CANCELLED, HFT_DETAIL_NONE, "cancelled", "cancelled by USER", HFT_RESEND_NO,         \
	  HFT_EXIT_FAILED)                                                                         \
	X(HFT_SOURCE_CHANGED, HFT_DETAIL_NONE, "source-changed",                                   \
	  "PATH is not the file that was sent before: DIFFERENCE", HFT_RESEND_NO,                  \
	  HFT_EXIT_INTEGRITY)                                                                      \
	X(HFT_RESUME_REFUSED, HFT_DETAIL_NONE, "resume-refused",                                   \
	  "cannot continue: REASON; `--from-start` sends all", HFT_RESEND_NO, HFT_EXIT_FAILED)     \
	X(HFT_REFUSED, HFT_DETAIL_NONE, "refused", "HOST does not permit this: RULE",              \
	  HFT_RESEND_NO, HFT_EXIT_REFUSED)                                                         \
	X(HFT_TARGET_EXISTS, HFT_DETAIL_NONE, "target-exists", "NAME exists and the mode is new",  \
	  HFT_RESEND_NO, HFT_EXIT_FAILED)                                                          \
	X(HFT_CSV_FAILED, HFT_DETAIL_NONE, "csv-failed",                                           \
	  "conversion failed at record RECORD, field FIELD: REASON", HFT_RESEND_NO,                \
	  HFT_EXIT_FAILED)                                                                         \
	X(HFT_SOURCE_UNREADABLE, HFT_DETAIL_NONE, "source-unreadable", "cannot read PATH: REASON", \
	  HFT_RESEND_NO, HFT_EXIT_FAILED)                                                          \
	X(HFT_TARGET_UNWRITABLE, HFT_DETAIL_NONE, "target-unwritable",                             \
	  "cannot write PATH: REASON", HFT_RESEND_NO, HFT_EXIT_FAILED)                             \
	X(HFT_TARGET_UNWRITABLE, HFT_DETAIL_LOCKED, "target-locked",                               \
	  "cannot write PATH: locked or being received", HFT_RESEND_NO, HFT_EXIT_FAILED)           \
	X(HFT_PREJOB_FAILED, HFT_DETAIL_NONE, "prejob-failed",                                     \
	  "the pre-send job JOB ended with RESULT; nothing was sent", HFT_RESEND_NO,               \
	  HFT_EXIT_FAILED)                                                                         \
	X(HFT_FENCED, HFT_DETAIL_NONE, "fenced", "node NODE owns this journal since TIME",         \
	  HFT_RESEND_NO, HFT_EXIT_FAILED)                                                          \
	X(HFT_NOT_FOUND, HFT_DETAIL_NONE, "not-found",                                             \
	  "no such id, record, host or definition: WHAT", HFT_RESEND_NO, HFT_EXIT_NOT_FOUND)       \
	X(HFT_NO_AGREEMENT, HFT_DETAIL_NONE, "no-agreement", "HOST cannot do FEATURE",             \
	  HFT_RESEND_NO, HFT_EXIT_FAILED)                                                          \
	X(HFT_SERVICE_MISSING, HFT_DETAIL_NO_RECEIVE, "service-missing",                           \
	  "the receive service is not running on HOST", HFT_RESEND_NO, HFT_EXIT_FAILED)            \
	X(HFT_SERVICE_MISSING, HFT_DETAIL_NO_OBSERVE, "service-missing",                           \
	  "the observe service is not running on HOST", HFT_RESEND_NO, HFT_EXIT_FAILED)            \
	X(HFT_SERVICE_MISSING, HFT_DETAIL_NO_SEND, "service-missing",                              \
	  "the send service is not running on HOST", HFT_RESEND_NO, HFT_EXIT_FAILED)               \
	X(HFT_NOT_READY, HFT_DETAIL_NONE, "not-ready", "SERVICE on HOST is starting or ending",    \
	  HFT_RESEND_AS_TRY, HFT_EXIT_FAILED)                                                      \
	X(HFT_FOUND_BROKEN, HFT_DETAIL_NONE, "found-broken",                                       \
	  "found in progress after an end without a stop", HFT_RESEND_AT_START, HFT_EXIT_WAITING)  \
	X(HFT_SENDER_FAILED, HFT_DETAIL_ANY, "sender-failed", "HOST ended the transfer: SENTENCE", \
	  HFT_RESEND_NO, HFT_EXIT_FAILED)

#endif
