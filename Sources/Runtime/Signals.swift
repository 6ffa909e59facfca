import Glibc

/// Turns SIGTERM and SIGINT into an orderly stop.
///
/// The signals are blocked before the first task exists, so that every thread inherits the mask, and the main thread waits
/// for them. A top-level `await` would not do: it leaves the main thread in `dispatch_main()`, whose helper thread has
/// an empty mask, and there SIGTERM still kills the process instead of draining it.
package enum Signals {
    package static let stopping: [Int32] = [SIGTERM, SIGINT]

    /// Runs `body` as the one root task of the process and exits with the status that it returns.
    ///
    /// The first signal opens the latch that `body` got; a second one ends the process at once, as a shell would report it.
    /// A SIGINT that ``Interrupts`` has a taker for does neither. SIGPIPE is ignored: a peer that has left is an error of the
    /// write.
    package static func run(
        _ body: @escaping @Sendable (_ stop: Latch<Void>, _ interrupts: Interrupts) async -> Int32
    ) -> Never {
        signal(SIGPIPE, SIG_IGN)
        block(stopping)
        let stop = Latch<Void>()
        let interrupts = Interrupts()
        // The root of all tasks: nothing stands above it that it could be a child of.
        Task.detached { exit(await body(stop, interrupts)) }
        var received = wait(for: stopping)
        while received == SIGINT, interrupts.deliver() { received = wait(for: stopping) }
        stop.open()
        exit(128 + wait(for: stopping))
    }

    /// Keeps `signals` from this thread and from those that it starts.
    package static func block(_ signals: [Int32]) {
        var set = set(of: signals)
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Blocks the thread until one of `signals`, which must be blocked, arrives.
    package static func wait(for signals: [Int32]) -> Int32 {
        var set = set(of: signals)
        var signal: Int32 = 0
        while sigwait(&set, &signal) != 0 {}
        return signal
    }

    private static func set(of signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        return set
    }
}
