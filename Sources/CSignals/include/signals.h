// What of POSIX signals and of the ends of processes Swift cannot import: macros, the union inside `struct sigaction`,
// and the members of `siginfo_t`, which differ from system to system. Everything else Swift calls by its own name.

#ifndef FATHOM_SIGNALS_H
#define FATHOM_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/// A function that is called when a signal comes: its number, where it comes from, and the state of the thread.
typedef void (*fathom_signal_handler)(int number, siginfo_t *origin, void *context);

/// Calls a handler when a signal comes. System calls that it interrupts start anew.
void fathom_handle_signal(int number, fathom_signal_handler handler);

/// Gives the calling thread, for as long as it lives, a stack of its own for handlers, so that one runs though the
/// thread's stack is full. Call before there is anything to handle; once in a thread.
void fathom_use_signal_stack(void);

/// Makes `fathom_write_backtrace` safe to call from a handler: loads what it needs.
void fathom_prepare_backtrace(void);

/// Writes where the calling thread is to a file, a frame in a line: the program or library and the place in it. Writes
/// nothing where the C library cannot tell.
void fathom_write_backtrace(int descriptor);

/// Gives a signal its default action.
void fathom_default_signal(int number);

/// Makes a signal do nothing.
void fathom_ignore_signal(int number);

/// Whether an action is to do nothing.
bool fathom_is_ignored(const struct sigaction *action);

/// Whether an action is the default one.
bool fathom_is_default(const struct sigaction *action);

/// Whether an instruction of this thread caused the signal, and will again when the handler returns; false where
/// somebody sent it.
bool fathom_is_fault(const siginfo_t *origin);

/// The address that a fault is about.
const void *fathom_fault_address(const siginfo_t *origin);

/// Whether a child of this process has ended and nobody has waited for it yet; it stays so. `status` is then the signal
/// that ended it where `by_signal` is true, else its exit code.
bool fathom_child_has_ended(pid_t child, int *status, bool *by_signal);

#endif
