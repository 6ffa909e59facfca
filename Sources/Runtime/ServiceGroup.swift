/// Runs services until one of them ends or somebody asks them to stop; then stops all, the last one first.
///
/// The services are nested like scopes: each runs beside everything that was listed after it, and is cancelled only when
/// that has ended. So a service may rely on those listed before it until its own last line.
///
///     run(0) ┬ services[0].run()
///            └ run(1) ┬ services[1].run()
///                     └ … ─ wait for the stop
///
/// Cancelling the task of ``run()`` itself stops all at once: cancellation knows no order. Open `stop` instead.
package struct ServiceGroup: Sendable {
    private let services: [(name: String, service: any Service)]
    private let stop: Latch<Void>
    private let log: Log

    /// - Parameter stop: opened from outside, by a signal for instance, to end the group in order.
    package init(_ services: [(name: String, service: any Service)], stop: Latch<Void> = Latch(), log: Log = .disabled)
    {
        self.services = services
        self.stop = stop
        self.log = log
    }

    /// Returns after an orderly stop; throws what the first service to fail has thrown, after all have ended.
    package func run() async throws {
        let failure = Latch<any Error>()
        await run(from: 0, failure: failure)
        try Task.checkCancellation()
        if let error = failure.value { throw error }
    }

    private func run(from index: Int, failure: Latch<any Error>) async {
        guard index < services.count else {
            try? await stop.wait()  // a cancelled wait means the same
            return
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await supervise(services[index], failure: failure) }
            await run(from: index + 1, failure: failure)
            log.debug("stopping a service", ["service": "\(services[index].name)"])
            group.cancelAll()
        }
    }

    /// Whoever ends before the stop is the reason for it.
    private func supervise(_ entry: (name: String, service: any Service), failure: Latch<any Error>) async {
        do {
            try await entry.service.run()
            guard stop.value == nil, !Task.isCancelled else { return }
            failure.open(ServiceEnded(name: entry.name))
            log.error("a service ended on its own", ["service": "\(entry.name)"])
        } catch {
            guard !(error is CancellationError && Task.isCancelled) else { return }
            failure.open(error)
            log.error("a service failed", ["service": "\(entry.name)", "error": "\(error)"])
        }
        stop.open()
    }
}

/// A service returned although nobody had asked it to.
package struct ServiceEnded: Error, CustomStringConvertible {
    package let name: String
    package var description: String { "the service \(name) ended on its own" }
}
