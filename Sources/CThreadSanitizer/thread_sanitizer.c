// Makes `Synchronization.Mutex` visible to the thread sanitizer; empty in every other build.
//
// The compiler inlines the mutex's fast path into instrumented code, but a contended lock goes through `_lockSlow` in
// the standard library, which is not instrumented: the sanitizer misses that acquisition and reports every access behind
// it as a race. This definition goes before the library's. It takes the lock like the fast path does, by exchanging 0
// for the thread's id, so no waiter is ever registered with the kernel and unlocking stays on its fast path as well.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

__attribute__((swiftcall)) void mutex_lock_slow(
    uint32_t thread,
    __attribute__((swift_context)) _Atomic uint32_t *storage
) __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");

__attribute__((swiftcall)) void mutex_lock_slow(
    uint32_t thread,
    __attribute__((swift_context)) _Atomic uint32_t *storage
) {
    uint32_t unlocked = 0;
    while (!atomic_compare_exchange_weak_explicit(storage, &unlocked, thread, memory_order_acquire, memory_order_relaxed)) {
        unlocked = 0;
        sched_yield();
    }
}
#endif
#endif
